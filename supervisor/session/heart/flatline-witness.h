/* SPDX-License-Identifier: MIT */
/*
 * FlatlineWitness: what the database says of the program's newest beat (DB mode). It is asked once a poll interval, and
 * its word counts as long as it answers in time and knows what we know: a database that is slow, away, or behind with
 * writing is no witness, and memory decides. Pure, as the watchdog that asks it; times are the watchdog's.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Begins as zeros; @interval_us 0: there is no database to ask. */
typedef struct
{
  gint64 interval_us;
  gint64 last_asked_us;
  gint64 asked_us;       /* the question under way; 0: none */
  gint64 asked_beat_us;  /* the newest beat we knew of by then; 0: none */
  gint64 owed_us;        /* a question of before: it should know by now what we knew then */
  gint64 owed_beat_us;   /* the newest beat we knew of then */
  gint64 heard_asked_us; /* when what it said last was asked; 0: it never answered */
  gint64 beat_us;        /* the newest beat by its word; -1: none */
  gint64 forgiven_us;    /* silence before counts for nothing */
  gboolean failed, lags;
} FlatlineWitness;

/* @newest_beat_us: the newest beat that we know of, 0 for none. */
void
flatline_witness_ask (FlatlineWitness *self, gint64 now_us, gint64 newest_beat_us);

/* The answer: how old the newest beat is by the database's clock; -1 when it knows of none. */
void
flatline_witness_hear (FlatlineWitness *self, gint64 now_us, gint64 age_us);

/* There was no answer. */
void
flatline_witness_fail (FlatlineWitness *self);

/* Whatever was silent until now had a reason. */
void
flatline_witness_forgive (FlatlineWitness *self, gint64 now_us);

/* Whether it answers in time, whatever it says. */
gboolean
flatline_witness_is_heard (const FlatlineWitness *self, gint64 now_us);

/* Whether its word on the newest beat counts now. */
gboolean
flatline_witness_counts (const FlatlineWitness *self, gint64 now_us);

/* Whether it should count and does not: it did not answer in time, or lags behind. */
gboolean
flatline_witness_is_missing (const FlatlineWitness *self, gint64 now_us);

G_END_DECLS
