/* SPDX-License-Identifier: MIT */
/*
 * FlatlineFramePace: when an animation draws. It says when its next picture differs, and no frame comes before: a tick
 * callback would have the clock turn at each sixtieth of a second. Where frames are dear (software OpenGL, a large
 * screen, a busy machine) they would follow each other without end, and what waits for an idle moment would wait for
 * ever: then the animation rests after a frame as long as that took. While nobody sees the window, it rests, too.
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

/* Has the widget drawn at @time_us of the monotonic clock, or as soon after it as may be; an earlier wish stays. */
void
flatline_frame_pace_draw_at (FlatlineFramePace *self, gint64 time_us);

/* No wish is left. */
void
flatline_frame_pace_stop (FlatlineFramePace *self);

G_END_DECLS
