/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStore: where runs, beats, freezes and snapshots are kept. SQLite by default; MariaDB for a team.
 *
 * Writers (flatline_store_add_*, _end_*, _update_*) never block and never fail the caller: they queue for the store's
 * worker thread, which batches. What could not be written is reported by the "trouble" signal (one line for people, on
 * the main thread) and kept back, bounded. Readers are GTasks: call from the main thread, finish there. A run and a
 * freeze are copied; a beat and a snapshot are kept as they are, and must not be changed afterwards.
 *
 * uid strings (flatline_new_uid) tie rows together, so nobody waits for a row's id.
 */
#pragma once

#include "flatline-database.h"
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
  FLATLINE_STORE_ERROR_AWAY,      /* the server cannot be reached, or the disk is full: later it may work */
  FLATLINE_STORE_ERROR_CONFLICT,  /* somebody else changes the same rows at this moment: at once it may work */
  FLATLINE_STORE_ERROR_DAMAGED,   /* the file is no database, or not whole */
  FLATLINE_STORE_ERROR_REFUSED,   /* the database does not take this record, now or later */
  FLATLINE_STORE_ERROR_FAILED,
} FlatlineStoreError;

#define FLATLINE_TYPE_STORE (flatline_store_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineStore, flatline_store, FLATLINE, STORE, GObject)

typedef enum
{
  FLATLINE_STORE_ORDER_NEWEST,
  FLATLINE_STORE_ORDER_OLDEST,
  FLATLINE_STORE_ORDER_MOST_FREQUENT, /* of groups; freezes: newest */
} FlatlineStoreOrder;

/* What to list; zero/NULL fields do not restrict. */
typedef struct
{
  const char *text; /* in verdict, title, location, host */
  const char *kind; /* verdict kind; or "exception", "manual" of the freeze itself */
  const char *host;
  const char *signature;
  gint64 run_id;
  gint64 from_us; /* UTC */
  gint64 to_us;
  FlatlineStoreOrder order;
  gint64 before_id; /* paging: only what comes after this id in the order */
  guint limit;      /* 0: 100 */
  guint offset;     /* paging of groups: skip so many */
} FlatlineStoreFilter;

/* What is not kept for ever; 0: it is. */
typedef struct
{
  gint64 freeze_age_us; /* older freezes are deleted, and runs without any */
  gint64 beat_age_us;   /* older beats become rates, a number a minute */
  gint64 file_bytes;    /* of a file, not of a server: the oldest freezes go first */
} FlatlineRetention;

/* What pruning did. */
typedef struct
{
  guint64 n_freezes, n_beats, n_runs;
} FlatlinePruned;

/* The default store, a file; @file NULL: "flatline.sqlite" in the data folder. Blocking. Transfer full. */
FlatlineStore *
flatline_store_open_sqlite (const char *file, GError **error);

/*
 * A server, for a team. Returns at once and never fails: connecting goes on in a thread. While the server is away, what
 * is written waits in a spool and reading fails with FLATLINE_STORE_ERROR_AWAY. A server that is the wrong one (no
 * rights, no MariaDB, too old) is one "trouble", and @fallback_file (as above) takes its place. Transfer full.
 */
FlatlineStore *
flatline_store_open_server (const FlatlineServer *server, const char *fallback_file);

/* Waits until it is known whether the server can be used, at most @timeout_ms. A file is known at once. */
gboolean
flatline_store_wait_for_server (FlatlineStore *self, guint timeout_ms);

/* Whether what is kept may go with the session, since the data folder cannot be written: it is a "trouble", too. */
gboolean
flatline_store_is_makeshift (FlatlineStore *self);

/* How many records wait on this machine for the server. */
guint64
flatline_store_count_spooled (FlatlineStore *self);

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

/*
 * Waits until what was queued is safe (committed, or in the spool while the server is away), at most @timeout_ms; FALSE
 * when something is left.
 */
gboolean
flatline_store_flush (FlatlineStore *self, guint timeout_ms);

/*
 * Blocking readers, for the terminal, tests and workers. GPtrArray of records, newest first (beats: oldest first), or
 * what is said of each: transfer full, NULL with an error. Times are UTC, microseconds.
 */
GPtrArray *
flatline_store_list_runs (FlatlineStore *self, const FlatlineStoreFilter *filter, GError **error);
GPtrArray *
flatline_store_list_freezes (FlatlineStore *self, const FlatlineStoreFilter *filter, GError **error);
GPtrArray *
flatline_store_list_beats (
    FlatlineStore *self, gint64 run_id, const char *run_uid, gint64 from_us, gint64 to_us, guint limit, GError **error);
/* GPtrArray of FlatlineFreezeGroup, the one that froze last first; before_id has no meaning. */
GPtrArray *
flatline_store_list_groups (FlatlineStore *self, const FlatlineStoreFilter *filter, GError **error);
/*
 * Of each of @n_spans equal spans of time the first beat of each lane, time and lane only: as many as a graph has
 * points, however many beats there are. GPtrArray of FlatlineBeat, by time.
 */
GPtrArray *
flatline_store_list_beat_marks (
    FlatlineStore *self, const char *run_uid, gint64 from_us, gint64 to_us, guint n_spans, GError **error);
/* GPtrArray of FlatlineBeatRate, by time: what became of old beats. */
GPtrArray *
flatline_store_list_beat_rates (FlatlineStore *self, const char *run_uid, gint64 from_us, gint64 to_us, GError **error);
/* The names of all hosts that ever wrote, sorted: GPtrArray of char *. */
GPtrArray *
flatline_store_list_hosts (FlatlineStore *self, GError **error);
/* Transfer full; FLATLINE_STORE_ERROR_NOT_FOUND where the freeze has none. */
FlatlineSnapshot *
flatline_store_load_snapshot (FlatlineStore *self, gint64 freeze_id, GError **error);
gboolean
flatline_store_delete_freeze (FlatlineStore *self, gint64 freeze_id, GError **error);

/* Whether there is a clock besides this computer's: a server's, unless it was given up for the file. */
gboolean
flatline_store_has_clock (FlatlineStore *self);

/*
 * DB mode: the age, by the store's own clock, of the newest beat of lane "program" that process @pid of the run sent
 * since @since_us, microseconds; -1 when there is none or the store has no clock.
 */
gint64
flatline_store_read_newest_beat_age_us (
    FlatlineStore *self, const char *run_uid, gint64 pid, gint64 since_us, GError **error);

/* The same for the window: the work in a worker, the answer on the main thread. The filter is copied. */
void
flatline_store_list_freezes_async (FlatlineStore *self,
                                   const FlatlineStoreFilter *filter,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
void
flatline_store_list_groups_async (FlatlineStore *self,
                                  const FlatlineStoreFilter *filter,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
void
flatline_store_list_hosts_async (FlatlineStore *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
void
flatline_store_list_runs_async (FlatlineStore *self,
                                const FlatlineStoreFilter *filter,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
/* The answer of each of these. Transfer full; NULL with an error. */
GPtrArray *
flatline_store_list_finish (FlatlineStore *self, GAsyncResult *result, GError **error);

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
flatline_store_list_beat_marks_async (FlatlineStore *self,
                                      const char *run_uid,
                                      gint64 from_us,
                                      gint64 to_us,
                                      guint n_spans,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
GPtrArray *
flatline_store_list_beat_marks_finish (FlatlineStore *self, GAsyncResult *result, GError **error);
void
flatline_store_list_beat_rates_async (FlatlineStore *self,
                                      const char *run_uid,
                                      gint64 from_us,
                                      gint64 to_us,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
GPtrArray *
flatline_store_list_beat_rates_finish (FlatlineStore *self, GAsyncResult *result, GError **error);
/* The answer is -1 as in flatline_store_read_newest_beat_age_us(), with an error set when nothing answered. */
void
flatline_store_read_newest_beat_age_async (FlatlineStore *self,
                                           const char *run_uid,
                                           gint64 pid,
                                           gint64 since_us,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data);
gint64
flatline_store_read_newest_beat_age_finish (FlatlineStore *self, GAsyncResult *result, GError **error);
void
flatline_store_delete_freeze_async (
    FlatlineStore *self, gint64 freeze_id, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean
flatline_store_delete_freeze_finish (FlatlineStore *self, GAsyncResult *result, GError **error);

/* From now on, in small steps whenever the writer has nothing else to do. */
void
flatline_store_set_retention (FlatlineStore *self, const FlatlineRetention *retention);

/* All that is due at once. Blocking. @pruned: what was removed, nullable. */
gboolean
flatline_store_prune (FlatlineStore *self, const FlatlineRetention *retention, FlatlinePruned *pruned, GError **error);

/* Signals: "freezes-changed" () on the main thread after a freeze was committed, changed or deleted by this process;
 * "trouble" (const char *line). */

G_END_DECLS
