/* SPDX-License-Identifier: MIT */
/*
 * Keeps out of the work what is in the rows of a column view or list view that are not seen. GTK 4.8 builds about 200
 * rows wherever the view is; it draws only those in view, but styles all of them, measures all cells of a column again
 * for each one that comes, and draws the columns that do not fit beside the others: with ten columns two thousand cells
 * that nobody sees. And whenever the focus goes from one widget to another it goes through all that is visible in the
 * window to see whether its style is another now.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For as long as @view lives. */
void
flatline_rows_in_view_follow (GtkWidget *view);

/* @child is a cell's of a followed view: the cell waits until its row is in view. For all columns but the first, by
 * which it is known how high a row is that was never seen. */
void
flatline_rows_in_view_spare_cell (GtkWidget *child);

G_END_DECLS
