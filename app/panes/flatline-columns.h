/* SPDX-License-Identifier: MIT */
/*
 * Columns of text for column views of records: a cell is a label bound by an expression, so it follows the record by
 * itself. Build the expression outward: the record of a cell, one of its properties, the text made of it.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_COLUMN_PLAIN = 0,
  FLATLINE_COLUMN_NUMERIC = 1 << 0, /* right-aligned, digits of one width */
  FLATLINE_COLUMN_EXPAND = 1 << 1,
  FLATLINE_COLUMN_ELLIPSIZE = 1 << 2, /* in the middle; the whole is the tooltip */
  FLATLINE_COLUMN_CUT = 1 << 3,       /* at the end; the whole is the tooltip */
} FlatlineColumnFlags;

/* The property @name of a cell's record; @in_tree: the view shows a GtkTreeListModel. Transfer full. */
GtkExpression *
flatline_column_property (GType record_type, const char *name, gboolean in_tree);

/* The text @format (char * (*) (gpointer, VALUE)) makes of @value (transfer full). Transfer full. */
GtkExpression *
flatline_column_format (GtkExpression *value, GCallback format);

/* Style classes (@classes: a GStrv, transfer full) for the labels of each row, for columns appended afterwards. */
void
flatline_column_view_set_row_classes (GtkColumnView *view, GtkExpression *classes);

/* Appends a column showing @text (transfer full, a string). The column is borrowed from the view. */
GtkColumnViewColumn *
flatline_column_append (GtkColumnView *view, const char *title, GtkExpression *text, FlatlineColumnFlags flags);

/* The same with the arrows of the tree; @children: the list of a record's children (transfer full). */
GtkColumnViewColumn *
flatline_column_append_tree (
    GtkColumnView *view, const char *title, GtkExpression *text, GtkExpression *children, FlatlineColumnFlags flags);

/* The position of the row below the point, or GTK_INVALID_LIST_POSITION. */
guint
flatline_column_view_position_at (GtkColumnView *view, double x, double y);

G_END_DECLS
