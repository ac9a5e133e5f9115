/* SPDX-License-Identifier: MIT */
/* The arithmetic of the heartbeat graph's time axis. */
#include "config.h"

#include "flatline-heartbeat-axis.h"

static gint64
get_pixel_us (const FlatlineHeartbeatAxis *self, double width, int scale)
{
  return MAX (1, (gint64)((double)self->span_us / MAX (width * scale, 1.0)));
}

gint64
flatline_heartbeat_axis_get_next_us (const FlatlineHeartbeatAxis *self, gint64 now_us, double width, int scale)
{
  const gint64 move_us = MAX (get_pixel_us (self, width, scale), self->step_us);

  return now_us - now_us % move_us + move_us;
}

gint64
flatline_heartbeat_axis_get_right (const FlatlineHeartbeatAxis *self, gint64 now_us, double width, int scale)
{
  const gint64 pixel_us = get_pixel_us (self, width, scale);
  gint64 right_us = self->following ? now_us : self->right_us;

  /* A step goes ahead of the clock: what comes until the next one is in view. */
  if (self->following && self->step_us > pixel_us)
    right_us = flatline_heartbeat_axis_get_next_us (self, now_us, width, scale);
  return right_us - right_us % pixel_us;
}

gint64
flatline_heartbeat_axis_get_time (const FlatlineHeartbeatAxis *self, gint64 right_us, double width, double x)
{
  return right_us - (gint64)((width - x) * (double)self->span_us / MAX (width, 1.0));
}

void
flatline_heartbeat_axis_zoom (FlatlineHeartbeatAxis *self, double factor, gint64 at_us, gint64 now_us)
{
  gint64 span_us =
      CLAMP ((gint64)((double)self->span_us * factor), FLATLINE_AXIS_MIN_SPAN_US, FLATLINE_AXIS_MAX_SPAN_US);

  if (!self->following)
    self->right_us = at_us + (gint64)((double)(self->right_us - at_us) * (double)span_us / (double)self->span_us);
  self->span_us = span_us;
  if (self->right_us >= now_us)
    self->following = TRUE;
}

void
flatline_heartbeat_axis_pan (FlatlineHeartbeatAxis *self, gint64 by_us, gint64 first_us, gint64 now_us)
{
  gint64 right_us = (self->following ? now_us : self->right_us) + by_us;

  /* The first beat may go as far as the middle of the view, no further. */
  right_us = MAX (right_us, MIN (first_us + self->span_us / 2, now_us));
  self->following = right_us >= now_us;
  self->right_us = MIN (right_us, now_us);
}

gint64
flatline_heartbeat_axis_get_step (const FlatlineHeartbeatAxis *self, double width, double min_pixels)
{
  static const int seconds[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600 };
  double least_s = (double)self->span_us / G_USEC_PER_SEC * min_pixels / MAX (width, 1.0);

  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
    if (seconds[i] >= least_s)
      return seconds[i] * (gint64)G_USEC_PER_SEC;
  return 43200 * (gint64)G_USEC_PER_SEC;
}
