/* SPDX-License-Identifier: MIT */
/* Where the rows of a column view are whose cells flatline-columns makes. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @child is the widget of @list_item (borrowed: it owns the widget), a cell's. */
void
flatline_row_places_note (GtkWidget *child, GtkListItem *list_item);

/* The position of the row below the point, or GTK_INVALID_LIST_POSITION. */
guint
flatline_column_view_position_at (GtkColumnView *view, double x, double y);

/* Selected, in view, and with the focus, so that the next arrow key goes on from there. */
void
flatline_column_view_go_to (GtkColumnView *view, guint position);

/* @view: a GtkColumnView. Returns: the row in the middle of those that it has widgets for. */
guint
flatline_column_view_get_place (gpointer view);

G_END_DECLS
