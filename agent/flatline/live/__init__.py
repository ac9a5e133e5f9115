# SPDX-License-Identifier: MIT
"""What the supervisor changes in the living program: calls that are traced, threads that are held at a breakpoint,
names that are patched. All of it is taken back when the supervisor goes, or says so.

names.py finds what a name means, without running code of the program; calls.py tells of calls; from Python 3.12 on
monitored.py hooks the code of a function, before that swapped.py its function objects; attributes.py what is no Python.
"""
