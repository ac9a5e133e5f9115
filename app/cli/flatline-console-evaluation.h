/* SPDX-License-Identifier: MIT */
/* The console's P: expressions and statements in the living program, in the frame that waits. */
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

G_END_DECLS
