# SPDX-License-Identifier: MIT
"""From a living program to a snapshot, out of the program itself and without running any code of it.

anatomy reads types and instances by their own slots; texts writes what repr() would, values the tree below it; frames,
errors and tasks walk stacks; secrets hides what must not leave the machine; budget ends it in time; document puts all
together and files puts that on disk. The format's reference is supervisor/model/flatline-records.h.
"""
