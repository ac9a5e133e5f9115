/* SPDX-License-Identifier: MIT */
/*
 * FlatlineFramePace: how often an animation may draw. Where frames are dear (software OpenGL, a large screen, a busy
 * machine) they would follow each other without end, and what waits for an idle moment would wait for ever: then the
 * animation rests after a frame as long as that took.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct _FlatlineFramePace FlatlineFramePace;

/* Watches the frames of @widget's window while it is realized; borrowed, it owns this. */
FlatlineFramePace *
flatline_frame_pace_new (GtkWidget *widget);
void
flatline_frame_pace_free (FlatlineFramePace *self);

gboolean
flatline_frame_pace_may_draw (FlatlineFramePace *self);

G_END_DECLS
