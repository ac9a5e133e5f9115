# SPDX-License-Identifier: MIT
"""How `python -m flatline.dump SCRIPT` (and flatline.record) starts the script: by the interpreter itself, with a sitecustomize in front."""
