/* SPDX-License-Identifier: MIT */
/* The program's connections, as the console tells them: those that are there, and each change for its monitor. */
#pragma once

#include "flatline-console.h"
#include "flatline-report-text.h"

G_BEGIN_DECLS

/* All of them, once a worker has read them. @parts: colour or none. @owner lives until then. */
void
flatline_console_list_connections (FlatlineSession *session,
                                   FlatlineReportParts parts,
                                   FlatlineConsolePrintFunc print,
                                   gpointer user_data,
                                   GCancellable *cancellable,
                                   GObject *owner);

/* @changes: of FlatlineConnection. Of a crowd only the first, so that a person can still read and type. */
void
flatline_console_print_changes (GPtrArray *changes, FlatlineConsolePrintFunc print, gpointer user_data);

G_END_DECLS
