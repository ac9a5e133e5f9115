/* SPDX-License-Identifier: MIT */
/* FlatlineStoreJob: one thing to be written, on its way from the session to the database. A plain value. */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_STORE_ADD_RUN,
  FLATLINE_STORE_END_RUN,
  FLATLINE_STORE_ADD_BEAT,
  FLATLINE_STORE_ADD_FREEZE,
  FLATLINE_STORE_UPDATE_FREEZE,
} FlatlineStoreJobKind;

typedef struct
{
  FlatlineStoreJobKind kind;
  char *run_uid; /* GRefString, nullable */
  FlatlineRecord *record;
  FlatlineSnapshot *snapshot;
  gint64 seq; /* of beats: in the order they came */
} FlatlineStoreJob;

/* For g_array_set_clear_func(). */
void
flatline_store_job_clear (gpointer job);

/* An empty list that owns its jobs. */
GArray *
flatline_store_job_list_new (void);

/*
 * For the spool: @first alone as JSON, or it and the @n_jobs - 1 after it, which are beats of the same run. Of this
 * machine only: numbers are in its byte order. Transfer full.
 */
GBytes *
flatline_store_jobs_pack (const FlatlineStoreJob *first, guint n_jobs);

/* Appends what was packed, as far as it is whole. @snapshot: packed by flatline_snapshot_pack(), nullable. */
void
flatline_store_jobs_unpack (
    FlatlineStoreJobKind kind, const char *run_uid, GBytes *content, GBytes *snapshot, GArray *jobs);

G_END_DECLS
