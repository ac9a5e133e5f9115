/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStore: where runs, beats, freezes and snapshots are kept. SQLite by default; MariaDB for a team.
 *
 * Writers (flatline_store_add_*, _end_*, _update_*) never block and never fail the caller: they queue for the store's
 * worker thread, which batches. What could not be written is reported by the "trouble" signal (one line for people, on
 * the main thread) and kept back, bounded. Readers are GTasks: call from the main thread, finish there. Records given
 * to a writer must not be changed afterwards.
 *
 * uid strings (flatline_new_uid) tie rows together, so nobody waits for a row's id.
 */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

#define FLATLINE_STORE_ERROR (flatline_store_error_quark ())
GQuark
flatline_store_error_quark (void);

typedef enum
{
  FLATLINE_STORE_ERROR_OPEN,      /* file or server cannot be opened: the message says why and what to do */
  FLATLINE_STORE_ERROR_VERSION,   /* written by a newer Flatline */
  FLATLINE_STORE_ERROR_NOT_FOUND, /* no such freeze or run */
  FLATLINE_STORE_ERROR_FAILED,
} FlatlineStoreError;

#define FLATLINE_TYPE_STORE (flatline_store_get_type ())
G_DECLARE_DERIVABLE_TYPE (FlatlineStore, flatline_store, FLATLINE, STORE, GObject)

/* What to list; zero/NULL fields do not restrict. */
typedef struct
{
  const char *text; /* in verdict, title, location, host */
  const char *kind; /* verdict kind */
  const char *host;
  const char *signature;
  gint64 run_id;
  gint64 from_us; /* UTC */
  gint64 to_us;
  gint64 before_id; /* paging: only ids below this */
  guint limit;      /* 0: 100 */
} FlatlineStoreFilter;

struct _FlatlineStoreClass
{
  GObjectClass parent_class;

  /* Writers */
  void (*add_run) (FlatlineStore *self, FlatlineRun *run);
  void (*end_run) (FlatlineStore *self, FlatlineRun *run);
  void (*add_beat) (FlatlineStore *self, const char *run_uid, FlatlineBeat *beat);
  void (*add_freeze) (FlatlineStore *self, const char *run_uid, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot);
  void (*update_freeze) (FlatlineStore *self, FlatlineFreeze *freeze);
  gboolean (*flush) (FlatlineStore *self, guint timeout_ms);

  /* Readers; each runs in a worker thread of the caller's GTask, with its own connection */
  GPtrArray *(*list_runs) (FlatlineStore *self, const FlatlineStoreFilter *filter, GError **error);
  GPtrArray *(*list_freezes) (FlatlineStore *self, const FlatlineStoreFilter *filter, GError **error);
  GPtrArray *(*list_beats) (FlatlineStore *self,
                            gint64 run_id,
                            const char *run_uid,
                            gint64 from_us,
                            gint64 to_us,
                            guint limit,
                            GError **error);
  FlatlineSnapshot *(*load_snapshot) (FlatlineStore *self, gint64 freeze_id, GError **error);
  gboolean (*delete_freeze) (FlatlineStore *self, gint64 freeze_id, GError **error);

  /*
   * DB mode: the age of the run's newest beat of lane "program" by the store's own clock, microseconds; -1 when there
   * is none or the store does not decide (SQLite).
   */
  gint64 (*read_newest_beat_age_us) (FlatlineStore *self, const char *run_uid, GError **error);
};

/* The default SQLite store; @file NULL: "flatline.sqlite" in the data folder. Blocking. Transfer full. */
FlatlineStore *
flatline_store_open_sqlite (const char *file, GError **error);

void
flatline_store_add_run (FlatlineStore *self, FlatlineRun *run);
void
flatline_store_end_run (FlatlineStore *self, FlatlineRun *run);
void
flatline_store_add_beat (FlatlineStore *self, const char *run_uid, FlatlineBeat *beat);
void
flatline_store_add_freeze (FlatlineStore *self,
                           const char *run_uid,
                           FlatlineFreeze *freeze,
                           FlatlineSnapshot *snapshot /* nullable */);
void
flatline_store_update_freeze (FlatlineStore *self, FlatlineFreeze *freeze);

/* Waits until what was queued is committed, at most @timeout_ms; FALSE when something is left. */
gboolean
flatline_store_flush (FlatlineStore *self, guint timeout_ms);

/* Blocking readers, for the terminal, tests and workers. GPtrArray of records, newest first (beats: oldest first). */
GPtrArray *
flatline_store_list_runs (FlatlineStore *self, const FlatlineStoreFilter *filter, GError **error);
GPtrArray *
flatline_store_list_freezes (FlatlineStore *self, const FlatlineStoreFilter *filter, GError **error);
GPtrArray *
flatline_store_list_beats (
    FlatlineStore *self, gint64 run_id, const char *run_uid, gint64 from_us, gint64 to_us, guint limit, GError **error);
FlatlineSnapshot *
flatline_store_load_snapshot (FlatlineStore *self, gint64 freeze_id, GError **error);
gboolean
flatline_store_delete_freeze (FlatlineStore *self, gint64 freeze_id, GError **error);
gint64
flatline_store_read_newest_beat_age_us (FlatlineStore *self, const char *run_uid, GError **error);

/* The same for the window: the work in a worker, the answer on the main thread. The filter is copied. */
void
flatline_store_list_freezes_async (FlatlineStore *self,
                                   const FlatlineStoreFilter *filter,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
GPtrArray *
flatline_store_list_freezes_finish (FlatlineStore *self, GAsyncResult *result, GError **error);
void
flatline_store_load_snapshot_async (
    FlatlineStore *self, gint64 freeze_id, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
FlatlineSnapshot *
flatline_store_load_snapshot_finish (FlatlineStore *self, GAsyncResult *result, GError **error);
void
flatline_store_list_beats_async (FlatlineStore *self,
                                 const char *run_uid,
                                 gint64 from_us,
                                 gint64 to_us,
                                 guint limit,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
GPtrArray *
flatline_store_list_beats_finish (FlatlineStore *self, GAsyncResult *result, GError **error);
void
flatline_store_delete_freeze_async (
    FlatlineStore *self, gint64 freeze_id, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean
flatline_store_delete_freeze_finish (FlatlineStore *self, GAsyncResult *result, GError **error);

/* Signals: "freezes-changed" () on the main thread after a freeze was committed, changed or deleted by this process;
 * "trouble" (const char *line). */

G_END_DECLS
