/* SPDX-License-Identifier: MIT */
/*
 * Keeps the cells of a column view out of the work that are not seen. GTK 4.8 builds about 200 rows wherever the view
 * is; it draws only those in view, but styles all of them, measures all cells of a column again for each one that
 * comes, and draws the columns that do not fit beside the others: with ten columns two thousand cells that nobody sees.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For as long as @view lives. */
void
flatline_rows_in_view_follow (GtkColumnView *view);

/* @child is a cell's of a followed view: the cell is there for layout and style only when its row is in view, or was a
 * short while ago. For all columns but one, which has the height and the name of a row that is not. */
void
flatline_rows_in_view_spare_cell (GtkWidget *child);

G_END_DECLS
