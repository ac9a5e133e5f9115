/* SPDX-License-Identifier: MIT */
/*
 * A frame with much to lay out is drawn in the next turn of the main loop: GTK lays out and draws in one, and a change
 * of the whole window, as when a pane is opened, would hold up what is typed meanwhile for as long as both take.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For as long as @window lives. */
void
flatline_frame_split_follow (GtkWindow *window);

G_END_DECLS
