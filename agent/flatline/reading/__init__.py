# SPDX-License-Identifier: MIT
"""Reading of .flatline files without Flatline: loading checks a file whole before anything is shown of it, terminal
makes its texts harmless, recorded and expressions answer what is asked about its values, session is the conversation.
Nothing of a file is ever run, imported or unpickled.
"""
