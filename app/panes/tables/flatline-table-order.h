/* SPDX-License-Identifier: MIT */
/*
 * The order of the rows of a table that flatline_columns_append() made: by a click on the title of a column, by its
 * menu, or by the keys of the row's menu. It is kept in the settings.
 *
 * A row keeps its place while somebody reads: what a row is sorted by is looked at when it comes, and for all rows
 * every few seconds, but not as long as the pointer or a key moves in the table.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-columns.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_TABLE_ORDER (flatline_table_order_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineTableOrder, flatline_table_order, FLATLINE, TABLE_ORDER, GObject)

/* @pane: has @view in it, and gets the actions "order.column" and "order.descending". @key: of the settings of
 * Flatline, a string. @columns, @rows and @n_columns: those of the view. The view owns what is returned. */
FlatlineTableOrder *
flatline_table_order_add (GtkWidget *pane,
                          GtkColumnView *view,
                          const char *key,
                          const FlatlineRows *rows,
                          const FlatlineColumn *columns,
                          guint n_columns);

/* @model (transfer full) in order. @gradually: thousands of rows, that take their places in more than one turn of the
 * main loop: the items are FlatlineTableRows then, and the view has a GtkSingleSelection. Returns: (transfer full). */
GListModel *
flatline_table_order_sort (FlatlineTableOrder *self, GListModel *model, gboolean gradually);

/* The records change. */
void
flatline_table_order_set_live (FlatlineTableOrder *self, gboolean live);

/* Owned by @self. */
GMenuModel *
flatline_table_order_get_menu (FlatlineTableOrder *self);

G_END_DECLS
