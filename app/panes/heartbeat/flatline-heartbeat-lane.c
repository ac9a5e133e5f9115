/* SPDX-License-Identifier: MIT */
/*
 * A lane of the heartbeat graph: at most one beat each eight pixels, so that a day of beats costs what half a minute
 * does, and the line between them.
 */
#include "config.h"

#include <math.h>

#include "flatline-heartbeat-view.h"

#define BUCKET_PIXELS 8.0

/* Shorter ones are between beats of a lane that goes on. */
#define LONG_SILENCE_PIXELS 21.0
#define LONG_SILENCE_US     G_USEC_PER_SEC /* however wide a second is: between beats that come is no silence */

static gboolean
is_in_freeze (const FlatlineHeartbeatView *self, gint64 time_us)
{
  GArray *marks = flatline_heartbeat_record_get_marks (self->record);

  for (guint i = 0; i < marks->len; i++)
    {
      FlatlineMark *mark = &g_array_index (marks, FlatlineMark, i);

      if (mark->kind == FLATLINE_MARK_FREEZE && time_us >= mark->silent_us
          && time_us < (mark->ended_us ? mark->ended_us : G_MAXINT64))
        return TRUE;
    }
  return FALSE;
}

/* The line between two beats, which may reach out of the piece: a silence in a freeze is red. */
static void
draw_silence (const FlatlineHeartbeatView *self, cairo_t *cr, double from, double to, double y, gint64 silence_us)
{
  gboolean is_long = silence_us > LONG_SILENCE_US && (double)silence_us > LONG_SILENCE_PIXELS * self->us_per_px;
  gboolean flat = is_long && is_in_freeze (self, flatline_heartbeat_view_get_time (self, (from + to) / 2));

  if (to > from)
    flatline_heartbeat_ink_fill (cr, flat ? &self->ink->flat : &self->ink->alive, flat ? 1.0 : 0.85, from, y, to - from,
                                 FLATLINE_HEARTBEAT_LINE);
}

void
flatline_heartbeat_view_draw_lane (const FlatlineHeartbeatView *self, cairo_t *cr, FlatlineLane lane)
{
  FlatlineHeartbeatRecord *record = self->record;
  const double y = self->ink->line - self->ink->beats[lane].top;
  /* Buckets are anchored in time: beats keep their choice while the view moves over them, and in the next piece. */
  gint64 bucket_us = MAX (1, (gint64)(BUCKET_PIXELS * self->us_per_px));
  gint64 from_us = flatline_heartbeat_view_get_time (self, -FLATLINE_BEAT_WIDTH);
  gint64 until_us = flatline_heartbeat_view_get_time (self, self->width + FLATLINE_BEAT_WIDTH);
  gint64 first_us = flatline_heartbeat_record_get_first_us (record);
  double end = MIN (flatline_heartbeat_view_get_x (self, self->now_us), self->width);
  double drawn = MAX (0, flatline_heartbeat_view_get_x (self, first_us));
  const FlatlineKeptBeat *beat, *before;
  gint64 last_us;

  from_us -= from_us % bucket_us;
  before = flatline_heartbeat_record_find_before (record, lane, from_us);
  last_us = before ? before->time_us : first_us;
  beat = flatline_heartbeat_record_find_from (record, lane, from_us);
  while (beat && beat->time_us <= until_us)
    {
      double x = flatline_heartbeat_view_get_x (self, beat->time_us) - floor (FLATLINE_BEAT_WIDTH / 2);

      draw_silence (self, cr, drawn, MIN (x, self->width), y, beat->time_us - last_us);
      flatline_heartbeat_ink_beat (self->ink, cr, lane, x);
      drawn = MAX (drawn, x + FLATLINE_BEAT_WIDTH);
      last_us = beat->time_us;
      beat = flatline_heartbeat_record_find_from (record, lane, beat->time_us - beat->time_us % bucket_us + bucket_us);
    }
  draw_silence (self, cr, drawn, end, y, (beat ? beat->time_us : self->now_us) - last_us);
}
