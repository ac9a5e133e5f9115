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

/* A row of the spool: @first and the @n_jobs - 1 after it, which are beats of the same run if @n_jobs > 1. */
GVariant *
flatline_store_jobs_pack (const FlatlineStoreJob *first, guint n_jobs);

/* Appends what a row of the spool holds; FALSE when it is damaged. */
gboolean
flatline_store_jobs_unpack (GVariant *row, GArray *jobs);

#define FLATLINE_STORE_ROW_TYPE "(ymsmsaya(xxmsmsmsx))"

G_END_DECLS
