/* SPDX-License-Identifier: MIT */
/* Whether a program did not even start, by what was printed. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Whether Python, a shell or the dynamic loader says in @output that it could not start the program. @is_up: Python
 * itself has come up; then nothing else may have been printed.
 */
gboolean
flatline_output_tells_failed_start (const char *output, int exit_status, gboolean is_up);

G_END_DECLS
