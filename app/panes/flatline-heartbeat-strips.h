/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHeartbeatStrips: the graph as pictures of pieces of time. A piece that is over does not change any more: it
 * is drawn once, kept as a picture, and moved. Only the piece that has the present in it is drawn at each frame.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* How time lies on the screen; pictures of another scale are no good. */
typedef struct
{
  double us_per_px;
  double height;
  int scale;     /* device pixels a pixel */
  gint64 now_us; /* what lies before is over */
} FlatlineStripScale;

/* Draws the time from @left_us on, @width pixels of it, with x = 0 at @left_us. It is clipped there. */
typedef void (*FlatlineStripFunc) (GtkSnapshot *snapshot, double left_us, double width, gpointer user_data);

/*
 * A picture of @width and @height pixels, drawn once with what _begin() gives. It is a node that paints an image, and
 * no texture: GTK 4.8 takes each pixel of a texture through floating point whenever Cairo draws it.
 */
cairo_t *
flatline_picture_begin (double width, double height, int scale);
GskRenderNode *
flatline_picture_end (cairo_t *cr, double width, double height);
void
flatline_picture_append (GtkSnapshot *snapshot, GskRenderNode *picture, double x, double y);

typedef struct _FlatlineHeartbeatStrips FlatlineHeartbeatStrips;

FlatlineHeartbeatStrips *
flatline_heartbeat_strips_new (void);
void
flatline_heartbeat_strips_free (FlatlineHeartbeatStrips *self);

/* What lies at @from_us or later has changed. G_MININT64: everything. */
void
flatline_heartbeat_strips_forget (FlatlineHeartbeatStrips *self, gint64 from_us);

/* Draws the @width pixels that end at @right_us, from x = 0 on; what has to be drawn is asked of @draw. */
void
flatline_heartbeat_strips_draw (FlatlineHeartbeatStrips *self,
                                GtkSnapshot *snapshot,
                                const FlatlineStripScale *scale,
                                gint64 right_us,
                                double width,
                                FlatlineStripFunc draw,
                                gpointer user_data);

G_END_DECLS
