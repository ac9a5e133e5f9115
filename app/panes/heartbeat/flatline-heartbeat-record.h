/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHeartbeatRecord: what the heartbeat graph draws: the beats of a run by lane, in the order of their times, and
 * the marks between them: freezes, exceptions, starts and ends. It keeps what the session forgets after ten minutes,
 * in 32 bytes a beat, and finds any time without looking at every beat.
 *
 * Signal: "changed" (int64 from_us): what lies at that time or later is another; G_MININT64: everything may be.
 */
#pragma once

#include "flatline-session.h"

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_LANE_PROGRAM,
  FLATLINE_LANE_LOOP,
  FLATLINE_LANE_INTERPRETER,
  FLATLINE_LANE_PROCESS, /* no beats: what became of the process, and since when, in "reason" */
  FLATLINE_N_LANES,
} FlatlineLane;

typedef struct
{
  gint64 time_us;
  gboolean is_ill;    /* of the process: stopped, stuck in the kernel, or ended */
  const char *reason; /* owned by the record, NULL none */
  const char *caller;
} FlatlineKeptBeat;

typedef enum
{
  FLATLINE_MARK_START,
  FLATLINE_MARK_END,
  FLATLINE_MARK_FREEZE,
  FLATLINE_MARK_EXCEPTION,
} FlatlineMarkKind;

typedef struct
{
  FlatlineMarkKind kind;
  gint64 time_us;
  gint64 silent_us;       /* of a freeze: the last beat before it */
  gint64 ended_us;        /* of a freeze: when it was over, 0 not yet */
  FlatlineFreeze *freeze; /* owned, NULL for a start or an end */
} FlatlineMark;

#define FLATLINE_TYPE_HEARTBEAT_RECORD (flatline_heartbeat_record_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineHeartbeatRecord, flatline_heartbeat_record, FLATLINE, HEARTBEAT_RECORD, GObject)

FlatlineHeartbeatRecord *
flatline_heartbeat_record_new (void);

/* Follows the session from now on; what it knows already is taken in. NULL: follows none. */
void
flatline_heartbeat_record_follow (FlatlineHeartbeatRecord *self, FlatlineSession *session);

/* What a snapshot has kept. */
void
flatline_heartbeat_record_load (FlatlineHeartbeatRecord *self, FlatlineSnapshot *snapshot);

/* Beats of a store, @beats of FlatlineBeat in any order, each taken in once. */
void
flatline_heartbeat_record_add_beats (FlatlineHeartbeatRecord *self, GPtrArray *beats);

guint
flatline_heartbeat_record_get_n_beats (FlatlineHeartbeatRecord *self, FlatlineLane lane);

/* The first beat of @lane at or after @time_us, NULL none; borrowed until the next change. */
const FlatlineKeptBeat *
flatline_heartbeat_record_find_from (FlatlineHeartbeatRecord *self, FlatlineLane lane, gint64 time_us);

/* The last one before @time_us. */
const FlatlineKeptBeat *
flatline_heartbeat_record_find_before (FlatlineHeartbeatRecord *self, FlatlineLane lane, gint64 time_us);

/* The beat of @lane nearest to @time_us, at most @reach_us away. */
const FlatlineKeptBeat *
flatline_heartbeat_record_find_near (FlatlineHeartbeatRecord *self, FlatlineLane lane, gint64 time_us, gint64 reach_us);

/* GArray of FlatlineMark, oldest first; borrowed. */
GArray *
flatline_heartbeat_record_get_marks (FlatlineHeartbeatRecord *self);

/* The time of the oldest beat or mark, 0 without any. */
gint64
flatline_heartbeat_record_get_first_us (FlatlineHeartbeatRecord *self);

/* When the program ended, 0 while it lives. */
gint64
flatline_heartbeat_record_get_end_us (FlatlineHeartbeatRecord *self);

G_END_DECLS
