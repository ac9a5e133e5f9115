/* SPDX-License-Identifier: MIT */
/*
 * Keeps a row in sight that a pane has selected, whatever becomes of its list's size and its rows' heights meanwhile,
 * until a person takes over. GTK keeps the row at the same part of the height: in a list that becomes lower it moves
 * up, and what is above it out of sight, though there is room.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For as long as @scrolled lives, whose child is a GtkListView with a GtkSingleSelection. */
void
flatline_row_sight_follow (GtkScrolledWindow *scrolled);

/* The row that is selected now is to be seen, and all above it where they fit. */
void
flatline_row_sight_keep (GtkScrolledWindow *scrolled);

G_END_DECLS
