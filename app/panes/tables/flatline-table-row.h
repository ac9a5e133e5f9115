/* SPDX-License-Identifier: MIT */
/*
 * A place in a long table, which has one record now and may have another later: a row that only shows something else
 * costs its text, while one that is moved costs the layout of the whole table (GTK 4.8).
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_TABLE_ROW (flatline_table_row_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineTableRow, flatline_table_row, FLATLINE, TABLE_ROW, GObject)

FlatlineTableRow *
flatline_table_row_new (gpointer record);

gpointer
flatline_table_row_get_record (FlatlineTableRow *self);

/* Signal "record-changed". */
void
flatline_table_row_set_record (FlatlineTableRow *self, gpointer record);

G_END_DECLS
