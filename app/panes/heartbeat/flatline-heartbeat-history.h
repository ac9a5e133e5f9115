/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHeartbeatHistory: fills a record with the beats that a store has kept of a run, as far as a view looks: the
 * whole run coarsely at first, and every beat where the view is close enough to show them. Beats that are so old that
 * only their number a minute was kept lie evenly in it and say so. Main thread; the store reads in a worker.
 */
#pragma once

#include "flatline-heartbeat-record.h"
#include "flatline-store.h"

G_BEGIN_DECLS

typedef struct _FlatlineHeartbeatHistory FlatlineHeartbeatHistory;

/* Of the run @run_uid until @until_us (UTC). @record must outlive it. Transfer full. */
FlatlineHeartbeatHistory *
flatline_heartbeat_history_new (FlatlineHeartbeatRecord *record,
                                FlatlineStore *store,
                                const char *run_uid,
                                gint64 until_us);
void
flatline_heartbeat_history_free (FlatlineHeartbeatHistory *self);

/* The view shows this time now. */
void
flatline_heartbeat_history_show (FlatlineHeartbeatHistory *self, gint64 left_us, gint64 right_us);

G_END_DECLS
