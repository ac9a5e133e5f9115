/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHeartbeatStrips: a lane of the graph as pictures of pieces of time. What is over does not change any more: it
 * is drawn once, kept as a picture, and moved. Only from the last moments on it is drawn at each frame.
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

/* Draws @width pixels of time from @left_px on, a pixel counted from the epoch, which is at x = 0. What is beyond is
 * cut off. */
typedef void (*FlatlineStripFunc) (cairo_t *cr, double left_px, double width, gpointer user_data);

typedef struct _FlatlineHeartbeatStrips FlatlineHeartbeatStrips;

FlatlineHeartbeatStrips *
flatline_heartbeat_strips_new (void);
void
flatline_heartbeat_strips_free (FlatlineHeartbeatStrips *self);

/* What lies at @from_us or later has changed, what is later than now always may. G_MININT64: everything. */
void
flatline_heartbeat_strips_forget (FlatlineHeartbeatStrips *self, gint64 from_us);

/* The @width pixels from @left_px on, from x = 0 on; what has to be drawn is asked of @draw. */
void
flatline_heartbeat_strips_append (FlatlineHeartbeatStrips *self,
                                  GtkSnapshot *snapshot,
                                  const FlatlineStripScale *scale,
                                  double left_px,
                                  double width,
                                  FlatlineStripFunc draw,
                                  gpointer user_data);

G_END_DECLS
