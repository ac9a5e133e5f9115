/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What a person calls a process with this shell-quoted command line: the script ("server.py") or module
 * ("-m http.server") where an interpreter of Python runs it, else @name, the kernel's word for the process.
 */
char *flatline_program_name_dup (const char *command_line, const char *name);

G_END_DECLS
