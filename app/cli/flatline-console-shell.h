/* SPDX-License-Identifier: MIT */
/* A shell command from the console, which ends it when it takes too long. */
#pragma once

#include "flatline-console.h"

G_BEGIN_DECLS

/*
 * Runs @line in a shell, at most 20 s, with FLATLINE_PID set to @pid, and prints what it said. @owner lives until then.
 */
void
flatline_console_shell_run (
    const char *line, gint64 pid, FlatlineConsolePrintFunc print, gpointer user_data, GObject *owner);

G_END_DECLS
