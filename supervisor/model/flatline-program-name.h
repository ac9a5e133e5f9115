/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What a person calls a process with this shell-quoted command line: the script ("server.py") or module
 * ("-m http.server") where an interpreter of Python runs it, else @name, the kernel's word for the process.
 */
char *
flatline_program_name_dup (const char *command_line, const char *name);

/* The same of its words, which may begin with what Python is to run ("-m", "package"). NULL: there are none. */
char *
flatline_program_name_dup_of_arguments (const char *const *argv);

/* What a file about it is called after: "server", "http.server". NULL as above. */
char *
flatline_program_name_dup_stem (const char *const *argv);

G_END_DECLS
