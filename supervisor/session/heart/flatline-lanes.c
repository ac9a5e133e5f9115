/* SPDX-License-Identifier: MIT */
/* Who beats, and since when each has been silent. Beats are judged by their own stamps, which other clocks made. */
#include "config.h"

#include "flatline-lanes.h"

#define MS           G_GINT64_CONSTANT (1000)
#define SETTLE_US    (500 * MS)       /* while beats of a backlog arrive closer than this, it is not empty */
#define MAX_LAG_US   (60 * 1000 * MS) /* a stamp that is older says nothing */
#define UNWRITTEN_US (1000 * MS)      /* beats that came so shortly before a question may not be in the database yet */

void
flatline_lanes_init (FlatlineLanes *self, gint64 database_us)
{
  self->witness.interval_us = database_us;
  self->loops = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
flatline_lanes_clear (FlatlineLanes *self)
{
  g_clear_pointer (&self->loops, g_hash_table_unref);
}

void
flatline_lanes_beat (FlatlineLanes *self, FlatlineLane lane_id, gint64 now_us, gint64 lag_us)
{
  FlatlineLaneBeats *lane = &self->lanes[lane_id];
  gint64 age_us;

  if (!lane->lag_known || lag_us < lane->least_lag_us)
    lane->least_lag_us = lag_us;
  lane->lag_known = TRUE;
  age_us = lag_us - lane->least_lag_us;
  if (age_us > MAX_LAG_US)
    age_us = 0;
  lane->counts = TRUE;
  lane->arrived_us = now_us;
  lane->beat_us = MAX (lane->beat_us, now_us - age_us);
}

void
flatline_lanes_begin (FlatlineLanes *self, FlatlineLane lane, gint64 now_us)
{
  self->lanes[lane].counts = TRUE;
  self->lanes[lane].arrived_us = self->lanes[lane].beat_us = now_us;
}

void
flatline_lanes_loop (FlatlineLanes *self, const char *loop, gint64 thread, gboolean runs, gint64 now_us)
{
  g_autofree char *name = g_strdup_printf ("%s %" G_GINT64_FORMAT, loop, thread);

  if (!runs)
    g_hash_table_remove (self->loops, name);
  /* Its first callback may already block: silence counts from here. */
  else if (g_hash_table_add (self->loops, g_steal_pointer (&name)))
    flatline_lanes_begin (self, FLATLINE_LANE_LOOP, now_us);
  if (g_hash_table_size (self->loops) == 0)
    self->lanes[FLATLINE_LANE_LOOP].counts = FALSE;
}

void
flatline_lanes_lose_agent (FlatlineLanes *self)
{
  g_hash_table_remove_all (self->loops);
  self->lanes[FLATLINE_LANE_LOOP].counts = FALSE;
  self->lanes[FLATLINE_LANE_INTERPRETER].counts = FALSE;
}

gboolean
flatline_lanes_counts (const FlatlineLanes *self, FlatlineLane lane)
{
  return self->lanes[lane].counts;
}

gboolean
flatline_lanes_has_loop (const FlatlineLanes *self)
{
  return self->lanes[FLATLINE_LANE_LOOP].counts && g_hash_table_size (self->loops) > 0;
}

/* The database has the word on the program's, but for what it cannot know yet. */
gint64
flatline_lanes_get_beat_us (const FlatlineLanes *self, FlatlineLane lane_id, gint64 now_us)
{
  const FlatlineLaneBeats *lane = &self->lanes[lane_id];

  if (lane_id != FLATLINE_LANE_PROGRAM || !flatline_witness_counts (&self->witness, now_us))
    return lane->beat_us;
  if (lane->arrived_us > self->witness.heard_asked_us - UNWRITTEN_US)
    return MAX (lane->beat_us, self->witness.beat_us);
  return self->witness.beat_us;
}

gboolean
flatline_lanes_is_silent (const FlatlineLanes *self, FlatlineLane lane_id, gint64 threshold_us, gint64 now_us)
{
  const FlatlineLaneBeats *lane = &self->lanes[lane_id];

  /* The database vouches for the time until it was asked. */
  if (lane_id == FLATLINE_LANE_PROGRAM && flatline_witness_is_heard (&self->witness, now_us))
    now_us = MIN (now_us, self->witness.heard_asked_us);
  return lane->counts && now_us - flatline_lanes_get_beat_us (self, lane_id, now_us) >= threshold_us
         && now_us - lane->arrived_us >= MIN (threshold_us, SETTLE_US);
}

void
flatline_lanes_forgive (FlatlineLanes *self, gint64 now_us)
{
  for (int i = 0; i < FLATLINE_N_LANES; i++)
    self->lanes[i].arrived_us = self->lanes[i].beat_us = now_us;
  flatline_witness_forgive (&self->witness, now_us);
}

void
flatline_lanes_shift (FlatlineLanes *self, gint64 gap_us, gint64 ticked_us)
{
  for (int i = 0; i < FLATLINE_N_LANES; i++)
    {
      self->lanes[i].arrived_us += gap_us;
      self->lanes[i].beat_us += gap_us;
    }
  flatline_witness_forgive (&self->witness, ticked_us + gap_us);
}

void
flatline_lanes_starve (FlatlineLanes *self, gint64 starved_us, gint64 now_us)
{
  for (int i = 0; i < FLATLINE_N_LANES; i++)
    {
      FlatlineLaneBeats *lane = &self->lanes[i];

      lane->arrived_us = MIN (lane->arrived_us + starved_us, MAX (lane->arrived_us, now_us));
      lane->beat_us = MIN (lane->beat_us + starved_us, MAX (lane->beat_us, now_us));
    }
}
