# SPDX-License-Identifier: MIT
"""How `python -m flatline.dump SCRIPT` starts the script: by the interpreter itself, with a sitecustomize in front."""
