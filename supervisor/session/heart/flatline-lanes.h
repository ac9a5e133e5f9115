/* SPDX-License-Identifier: MIT */
/*
 * FlatlineLanes: who beats in a program and since when each has been silent; a part of FlatlineWatchdog, and as pure. A
 * lane counts once it has beaten, for as long as whoever beats is there; the loop's while an event loop runs. With a
 * database its witness has the word on the program's lane (flatline-witness.h).
 */
#pragma once

#include "flatline-watchdog.h"
#include "flatline-witness.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean counts;
  gint64 arrived_us;
  gint64 beat_us; /* when it was sent, by our clock */
  gint64 least_lag_us;
  gboolean lag_known;
} FlatlineLaneBeats;

typedef struct
{
  FlatlineLaneBeats lanes[FLATLINE_N_LANES];
  FlatlineWitness witness; /* of the program's lane */
  GHashTable *loops;       /* "asyncio 12" */
} FlatlineLanes;

void
flatline_lanes_init (FlatlineLanes *self, gint64 database_us);
void
flatline_lanes_clear (FlatlineLanes *self);

/* As flatline_watchdog_beat() and flatline_watchdog_loop(). */
void
flatline_lanes_beat (FlatlineLanes *self, FlatlineLane lane, gint64 now_us, gint64 lag_us);
void
flatline_lanes_loop (FlatlineLanes *self, const char *loop, gint64 thread, gboolean runs, gint64 now_us);

/* The lane counts, and its silence from now on. */
void
flatline_lanes_begin (FlatlineLanes *self, FlatlineLane lane, gint64 now_us);
/* The lanes of the agent count no more. */
void
flatline_lanes_lose_agent (FlatlineLanes *self);

/* Whether its silence means anything: it has beaten, or somebody that beats on it is there. */
gboolean
flatline_lanes_counts (const FlatlineLanes *self, FlatlineLane lane);
gboolean
flatline_lanes_has_loop (const FlatlineLanes *self);
/* When the newest beat was. */
gint64
flatline_lanes_get_beat_us (const FlatlineLanes *self, FlatlineLane lane, gint64 now_us);
gboolean
flatline_lanes_is_silent (const FlatlineLanes *self, FlatlineLane lane, gint64 threshold_us, gint64 now_us);

/* Nobody can be blamed for the time until now, in which nothing could run; for @gap_us; for a processor not given. */
void
flatline_lanes_forgive (FlatlineLanes *self, gint64 now_us);
void
flatline_lanes_shift (FlatlineLanes *self, gint64 gap_us, gint64 ticked_us);
void
flatline_lanes_starve (FlatlineLanes *self, gint64 starved_us, gint64 now_us);

G_END_DECLS
