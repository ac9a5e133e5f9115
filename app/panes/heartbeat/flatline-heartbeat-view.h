/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHeartbeatView: a stretch of time as it lies on the screen, the whole graph or a piece of it. Places are
 * counted in pixels from the epoch on, so that what is drawn for a time keeps its distance from all else while the view
 * moves over it.
 */
#pragma once

#include "flatline-heartbeat-axis.h"
#include "flatline-heartbeat-ink.h"
#include "flatline-heartbeat-record.h"

G_BEGIN_DECLS

typedef struct
{
  FlatlineHeartbeatInk *ink;
  FlatlineHeartbeatRecord *record;
  const FlatlineHeartbeatAxis *axis;
  double us_per_px;
  double left_px; /* where x is 0 */
  double width;
  double height;
  double lane_height;
  gint64 now_us; /* how far an open freeze reaches */
} FlatlineHeartbeatView;

/* On a pixel of the screen. */
double
flatline_heartbeat_view_get_x (const FlatlineHeartbeatView *self, gint64 time_us);
gint64
flatline_heartbeat_view_get_time (const FlatlineHeartbeatView *self, double x);

/* Without the clock below. */
double
flatline_heartbeat_view_get_lanes_height (const FlatlineHeartbeatView *self);
double
flatline_heartbeat_view_get_lane_top (const FlatlineHeartbeatView *self, FlatlineLane lane);

/* Around the view: the clock, freezes, and what is known of the process. */
void
flatline_heartbeat_view_append_ground (const FlatlineHeartbeatView *self, GtkSnapshot *snapshot);

/* Lines where something happened, above the beats. */
void
flatline_heartbeat_view_append_marks (const FlatlineHeartbeatView *self, GtkSnapshot *snapshot);

/* The beats of a lane and the silences between them, from the top of its beats on (flatline-heartbeat-ink). */
void
flatline_heartbeat_view_draw_lane (const FlatlineHeartbeatView *self, cairo_t *cr, FlatlineLane lane);

G_END_DECLS
