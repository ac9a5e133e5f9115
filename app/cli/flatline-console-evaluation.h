/* SPDX-License-Identifier: MIT */
/* The console in the living program: P, expressions and statements in the frame that waits; and traces and patches. */
#pragma once

#include "flatline-console.h"

G_BEGIN_DECLS

/* @source NULL or empty: says how it is used. The value is printed when it is there; @owner lives until then. */
void
flatline_console_evaluate (const char *source,
                           FlatlineSession *session,
                           FlatlineSnapshot *snapshot,
                           FlatlineConsolePrintFunc print,
                           gpointer user_data,
                           GObject *owner);

/* A command of FlatlineLive; what was done is printed. */
void
flatline_console_change (
    const char *line, FlatlineSession *session, FlatlineConsolePrintFunc print, gpointer user_data, GObject *owner);

G_END_DECLS
