/* SPDX-License-Identifier: MIT */
/* All that is few is made of nodes, so that GTK sees what stays as it was and draws only the rest. */
#include "config.h"

#include "flatline-heartbeat-view.h"

#include <math.h>

double
flatline_heartbeat_view_get_x (const FlatlineHeartbeatView *self, gint64 time_us)
{
  return round ((double)time_us / self->us_per_px * self->ink->scale) / self->ink->scale - self->left_px;
}

gint64
flatline_heartbeat_view_get_time (const FlatlineHeartbeatView *self, double x)
{
  return (gint64)((self->left_px + x) * self->us_per_px);
}

double
flatline_heartbeat_view_get_lanes_height (const FlatlineHeartbeatView *self)
{
  return self->height - flatline_heartbeat_ink_get_clock_height (self->ink);
}

double
flatline_heartbeat_view_get_lane_top (const FlatlineHeartbeatView *self, FlatlineLane lane)
{
  return floor (lane * self->lane_height);
}

static void
append_line (const FlatlineHeartbeatView *self,
             GtkSnapshot *snapshot,
             FlatlineLane lane,
             const GdkRGBA *color,
             double alpha,
             double from,
             double to,
             double thickness)
{
  double y = flatline_heartbeat_view_get_lane_top (self, lane) + self->ink->line;

  from = MAX (from, 0);
  to = MIN (to, self->width);
  if (to > from)
    flatline_heartbeat_ink_append (snapshot, color, alpha, from, y, to - from, thickness);
}

static void
write_clock (const FlatlineHeartbeatView *self, gint64 time_us, gboolean with_seconds, char *text, gsize size)
{
  gint64 local_us = time_us + flatline_heartbeat_ink_get_utc_offset_us (self->ink, time_us);
  int seconds = (int)(local_us / G_USEC_PER_SEC % (24 * 3600));

  if (with_seconds)
    g_snprintf (text, size, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  else
    g_snprintf (text, size, "%02d:%02d", seconds / 3600, seconds / 60 % 60);
}

static void
append_clock (const FlatlineHeartbeatView *self, GtkSnapshot *snapshot)
{
  const double clock_width = flatline_heartbeat_ink_get_clock_width (self->ink);
  gint64 step_us = flatline_heartbeat_axis_get_step (self->axis, self->width, clock_width);
  gint64 left_us = flatline_heartbeat_view_get_time (self, -clock_width); /* its words reach into view */
  gint64 right_us = flatline_heartbeat_view_get_time (self, self->width);
  gint64 offset_us = flatline_heartbeat_ink_get_utc_offset_us (self->ink, left_us);
  double height = flatline_heartbeat_view_get_lanes_height (self);

  for (gint64 time_us = left_us - (left_us + offset_us) % step_us; time_us <= right_us; time_us += step_us)
    {
      double x = flatline_heartbeat_view_get_x (self, time_us);
      char text[16];

      write_clock (self, time_us, step_us < 60 * (gint64)G_USEC_PER_SEC, text, sizeof text);
      flatline_heartbeat_ink_append (snapshot, &self->ink->foreground, 0.08, x, 0, 1, height);
      flatline_heartbeat_ink_append_time (self->ink, snapshot, text, x + 3, height - 1);
    }
}

static void
append_freezes (const FlatlineHeartbeatView *self, GtkSnapshot *snapshot)
{
  GArray *marks = flatline_heartbeat_record_get_marks (self->record);

  for (guint i = 0; i < marks->len; i++)
    {
      FlatlineMark *mark = &g_array_index (marks, FlatlineMark, i);
      double left, right;

      if (mark->kind != FLATLINE_MARK_FREEZE)
        continue;
      left = flatline_heartbeat_view_get_x (self, mark->silent_us);
      right = flatline_heartbeat_view_get_x (self, mark->ended_us ? mark->ended_us : self->now_us);
      if (right < 0 || left > self->width)
        continue;
      left = MAX (left, 0);
      flatline_heartbeat_ink_append (snapshot, &self->ink->flat, 0.10, left, 0,
                                     MAX (MIN (right, self->width) - left, 1),
                                     flatline_heartbeat_view_get_lanes_height (self));
    }
}

/* A line for as long as the process was well, a red one while it was stopped or stuck, none after its end. */
static void
append_process (const FlatlineHeartbeatView *self, GtkSnapshot *snapshot)
{
  FlatlineHeartbeatRecord *record = self->record;
  const FlatlineLane lane = FLATLINE_LANE_PROCESS;
  gint64 left_us = flatline_heartbeat_view_get_time (self, 0);
  gint64 right_us = flatline_heartbeat_view_get_time (self, self->width);
  gint64 end_us = flatline_heartbeat_record_get_end_us (record);
  const FlatlineKeptBeat *state = flatline_heartbeat_record_find_before (record, lane, left_us);

  if (!state)
    state = flatline_heartbeat_record_find_from (record, lane, left_us);
  while (state && state->time_us <= right_us)
    {
      const FlatlineKeptBeat *next = flatline_heartbeat_record_find_from (record, lane, state->time_us + 1);
      gint64 until_us = next ? next->time_us : end_us ? end_us : self->now_us;

      append_line (self, snapshot, lane, state->is_ill ? &self->ink->flat : &self->ink->alive, 0.85,
                   flatline_heartbeat_view_get_x (self, state->time_us), flatline_heartbeat_view_get_x (self, until_us),
                   FLATLINE_HEARTBEAT_LINE);
      state = next;
    }
}

void
flatline_heartbeat_view_append_ground (const FlatlineHeartbeatView *self, GtkSnapshot *snapshot)
{
  append_clock (self, snapshot);
  append_freezes (self, snapshot);
  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    if (flatline_heartbeat_record_get_n_beats (self->record, lane) == 0)
      append_line (self, snapshot, lane, &self->ink->foreground, 0.18, 0, self->width, 1);
  append_process (self, snapshot);
}

void
flatline_heartbeat_view_append_marks (const FlatlineHeartbeatView *self, GtkSnapshot *snapshot)
{
  GArray *marks = flatline_heartbeat_record_get_marks (self->record);

  for (guint i = 0; i < marks->len; i++)
    {
      FlatlineMark *mark = &g_array_index (marks, FlatlineMark, i);
      gboolean bad = mark->kind == FLATLINE_MARK_FREEZE || mark->kind == FLATLINE_MARK_EXCEPTION;
      const GdkRGBA *color = bad ? &self->ink->flat : &self->ink->foreground;
      double x = flatline_heartbeat_view_get_x (self, mark->time_us);

      if (x < -3 || x > self->width + 3)
        continue;
      flatline_heartbeat_ink_append (snapshot, color, bad ? 0.9 : 0.4, x, 0, 1,
                                     flatline_heartbeat_view_get_lanes_height (self));
      flatline_heartbeat_ink_append (snapshot, color, bad ? 1.0 : 0.5, x - 2, 0, 5, 5);
    }
}
