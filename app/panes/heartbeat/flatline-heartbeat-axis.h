/* SPDX-License-Identifier: MIT */
/*
 * Which time lies at which place of the heartbeat graph: the span in view and its right edge, which follows the clock
 * or stands still. Times are UTC in microseconds, places are pixels from the left of the graph. Pure.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FLATLINE_AXIS_MIN_SPAN_US (2 * G_USEC_PER_SEC)
#define FLATLINE_AXIS_MAX_SPAN_US (24 * 3600 * (gint64)G_USEC_PER_SEC)

typedef struct
{
  gint64 span_us;
  gint64 right_us;    /* while it stands still */
  gboolean following; /* the right edge is now */
  gint64 step_us;     /* by which it moves at least; 0: by a pixel */
} FlatlineHeartbeatAxis;

/* The right edge at @now_us, moved by whole pixels only, so that nothing drawn trembles. */
gint64
flatline_heartbeat_axis_get_right (const FlatlineHeartbeatAxis *self, gint64 now_us, double width, int scale);

/* When it will be another one, while it follows. */
gint64
flatline_heartbeat_axis_get_next_us (const FlatlineHeartbeatAxis *self, gint64 now_us, double width, int scale);

gint64
flatline_heartbeat_axis_get_time (const FlatlineHeartbeatAxis *self, gint64 right_us, double width, double x);

/* Shows @factor times the span; the time @at_us stays where it is, or the right edge while following. */
void
flatline_heartbeat_axis_zoom (FlatlineHeartbeatAxis *self, double factor, gint64 at_us, gint64 now_us);

/* Moves the view by @by_us, not before @first_us; past @now_us it follows again. */
void
flatline_heartbeat_axis_pan (FlatlineHeartbeatAxis *self, gint64 by_us, gint64 first_us, gint64 now_us);

/* The step between two lines of the grid: a round time that is at least @min_pixels wide. */
gint64
flatline_heartbeat_axis_get_step (const FlatlineHeartbeatAxis *self, double width, double min_pixels);

G_END_DECLS
