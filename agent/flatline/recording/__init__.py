# SPDX-License-Identifier: MIT
"""A recording: every call, line, return, yield and exception of a program, with the variables that changed.

recorder knows which code is the program's own and writes what happens; monitoring and tracing tell it what that is, by
sys.monitoring from 3.12 on and by sys.settrace before; values says what variables are without asking them; file puts it
on disk so that a program that is killed leaves all but what it was at. The format is in DESIGN.md, its reader is
supervisor/recording/.
"""
