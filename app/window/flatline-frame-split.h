/* SPDX-License-Identifier: MIT */
/*
 * What takes long to style is laid out in the next turn of the main loop, and what takes long to lay out is drawn in
 * the one after: GTK does all in one, and a change of the whole window, as when a pane is opened, would hold up what is
 * typed meanwhile for as long as they take together.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For as long as @window lives, after its first frame, which is awaited. */
void
flatline_frame_split_follow (GtkWindow *window);

/* From the first frame on: it comes that much later, and what is typed into the window behind it does not. */
void
flatline_frame_split_follow_dialog (GtkWindow *window);

G_END_DECLS
