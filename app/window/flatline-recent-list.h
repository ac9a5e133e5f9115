/* SPDX-License-Identifier: MIT */
/* The scripts that were run last, in the empty window. A row goes to the window's action "open-uri". */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* From now on @list shows what @settings remember, and is hidden while that is nothing. */
void
flatline_recent_list_follow (GtkListBox *list, GSettings *settings);

G_END_DECLS
