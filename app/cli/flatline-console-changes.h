/* SPDX-License-Identifier: MIT */
/* Changes of the program's connections, as the console's monitor tells them. */
#pragma once

#include "flatline-console.h"

G_BEGIN_DECLS

/* @changes: of FlatlineConnection. Of a crowd only the first, so that a person can still read and type. */
void
flatline_console_print_changes (GPtrArray *changes, FlatlineConsolePrintFunc print, gpointer user_data);

G_END_DECLS
