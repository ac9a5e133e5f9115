/* SPDX-License-Identifier: MIT */
/*
 * FlatlineSqliteStore: the default store, one file in WAL mode. Writers queue jobs for one thread, which puts what has
 * gathered into one transaction: beats at most 200 ms later, freezes at once. Readers open a connection for the call,
 * so they never wait for the writer. Several processes may use the file.
 */
#include "flatline-paths.h"
#include "flatline-sqlite-statements.h"
#include "flatline-snapshot-pack.h"
#include "flatline-store.h"

#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#define BATCH_DELAY_US  (200 * 1000)
#define MAX_QUEUED_JOBS 500000
#define BUSY_TIMEOUT_MS 5000
#define DEFAULT_LIMIT   100

typedef enum
{
  JOB_ADD_RUN,
  JOB_END_RUN,
  JOB_ADD_BEAT,
  JOB_ADD_FREEZE,
  JOB_UPDATE_FREEZE,
  JOB_FLUSH,
  JOB_QUIT,
} JobKind;

typedef struct
{
  JobKind kind;
  char *run_uid;
  GObject *record; /* FlatlineRun, FlatlineBeat or FlatlineFreeze */
  FlatlineSnapshot *snapshot;
  gint64 seq;
} Job;

typedef struct
{
  FlatlineStore parent_instance;
  char *file;
  sqlite3 *db; /* the writer thread's */
  GThread *thread;
  GAsyncQueue *jobs;
  GMainContext *context; /* where signals are emitted */
  gint64 next_seq;
  int n_dropped; /* atomic */

  GMutex mutex;
  GCond flushed;
  guint64 n_flushes_done, n_flushes_asked;
  gboolean trouble_told;
} FlatlineSqliteStore;

typedef FlatlineStoreClass FlatlineSqliteStoreClass;

GType
flatline_sqlite_store_get_type (void);
G_DEFINE_FINAL_TYPE (FlatlineSqliteStore, flatline_sqlite_store, FLATLINE_TYPE_STORE)
#define SQLITE_STORE(object) ((FlatlineSqliteStore *)(gpointer)(object))

static void
job_free (gpointer data)
{
  Job *job = data;

  g_free (job->run_uid);
  g_clear_object (&job->record);
  g_clear_object (&job->snapshot);
  g_free (job);
}

/* Signals are for the thread that opened the store. */
typedef struct
{
  FlatlineStore *store;
  char *line; /* NULL: freezes-changed */
} Announcement;

static void
announcement_free (gpointer data)
{
  Announcement *announcement = data;

  g_object_unref (announcement->store);
  g_free (announcement->line);
  g_free (announcement);
}

static gboolean
emit_announcement (gpointer data)
{
  Announcement *announcement = data;

  if (announcement->line)
    g_signal_emit_by_name (announcement->store, "trouble", announcement->line);
  else
    g_signal_emit_by_name (announcement->store, "freezes-changed");
  return G_SOURCE_REMOVE;
}

static void
announce (FlatlineSqliteStore *self, const char *line)
{
  Announcement *announcement = g_new0 (Announcement, 1);

  announcement->store = g_object_ref (FLATLINE_STORE (self));
  announcement->line = g_strdup (line);
  g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT, emit_announcement, announcement, announcement_free);
}

static void
tell_trouble (FlatlineSqliteStore *self, const char *what)
{
  g_autofree char *line = NULL;

  if (self->trouble_told)
    return;
  self->trouble_told = TRUE;
  line = g_strdup_printf ("Cannot write to “%s”: %s", self->file, what);
  announce (self, line);
}

static void
set_error (sqlite3 *db, const char *file, int code, GError **error)
{
  g_set_error (error, FLATLINE_STORE_ERROR, code, "The store “%s” cannot be used: %s", file, sqlite3_errmsg (db));
}

/* A text with NUL or invalid UTF-8 is stored as made valid. */
static void
bind_text (sqlite3_stmt *statement, int index, const char *text)
{
  g_autofree char *valid = text && !g_utf8_validate (text, -1, NULL) ? g_utf8_make_valid (text, -1) : NULL;

  sqlite3_bind_text (statement, index, valid ? valid : text, -1, SQLITE_TRANSIENT);
}

static sqlite3_stmt *
prepare (sqlite3 *db, const char *sql)
{
  sqlite3_stmt *statement = NULL;

  sqlite3_prepare_v2 (db, sql, -1, &statement, NULL);
  return statement;
}

/* Runs a statement to its end and frees it. */
static gboolean
run_statement (FlatlineSqliteStore *self, sqlite3_stmt *statement)
{
  int result = statement ? sqlite3_step (statement) : SQLITE_ERROR;

  if (result != SQLITE_DONE && result != SQLITE_ROW)
    tell_trouble (self, sqlite3_errmsg (self->db));
  sqlite3_finalize (statement);
  return result == SQLITE_DONE || result == SQLITE_ROW;
}

static gint64
read_own_start_ticks (gint64 pid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/stat", pid);
  g_autofree char *text = NULL;
  const char *at;
  g_auto (GStrv) fields = NULL;

  if (!g_file_get_contents (file, &text, NULL, NULL) || !(at = strrchr (text, ')')))
    return 0;
  fields = g_strsplit (at + 2, " ", -1);
  return g_strv_length (fields) > 19 ? g_ascii_strtoll (fields[19], NULL, 10) : 0;
}

static void
write_host (FlatlineSqliteStore *self, const char *host)
{
  sqlite3_stmt *statement = prepare (self->db, SQL_ADD_HOST);

  bind_text (statement, 1, host ? host : "?");
  run_statement (self, statement);
}

static void
write_run (FlatlineSqliteStore *self, FlatlineRun *run)
{
  sqlite3_stmt *statement;
  g_autofree char *argv = run->argv ? g_strjoinv ("\x1f", run->argv) : NULL;

  write_host (self, run->host);
  statement = prepare (self->db, SQL_ADD_RUN);
  bind_text (statement, 1, run->uid);
  bind_text (statement, 2, run->host ? run->host : "?");
  bind_text (statement, 3, run->title);
  bind_text (statement, 4, argv);
  bind_text (statement, 5, run->cwd);
  bind_text (statement, 6, run->python);
  sqlite3_bind_int64 (statement, 7, run->pid);
  sqlite3_bind_int64 (statement, 8, run->started_us);
  sqlite3_bind_int64 (statement, 9, getpid ());
  sqlite3_bind_int64 (statement, 10, read_own_start_ticks (getpid ()));
  run_statement (self, statement);
}

static void
write_run_end (FlatlineSqliteStore *self, FlatlineRun *run)
{
  sqlite3_stmt *statement = prepare (self->db, SQL_END_RUN);

  bind_text (statement, 1, run->uid);
  sqlite3_bind_int64 (statement, 2, run->ended_us);
  sqlite3_bind_int64 (statement, 3, run->exit_status);
  sqlite3_bind_int64 (statement, 4, run->exit_signal);
  bind_text (statement, 5, run->end_reason);
  bind_text (statement, 6, run->python);
  sqlite3_bind_int64 (statement, 7, run->pid);
  run_statement (self, statement);
}

static void
write_beat (FlatlineSqliteStore *self, Job *job, sqlite3_stmt *statement)
{
  FlatlineBeat *beat = FLATLINE_BEAT (job->record);

  sqlite3_reset (statement);
  bind_text (statement, 1, job->run_uid);
  sqlite3_bind_int64 (statement, 2, beat->time_us);
  sqlite3_bind_int64 (statement, 3, job->seq);
  bind_text (statement, 4, beat->lane ? beat->lane : "program");
  bind_text (statement, 5, beat->reason);
  bind_text (statement, 6, beat->caller);
  sqlite3_bind_int64 (statement, 7, beat->pid);
  if (sqlite3_step (statement) != SQLITE_DONE)
    tell_trouble (self, sqlite3_errmsg (self->db));
}

/* The texts of sources go into their own table, once a content; the document keeps file name and hash. */
static void
write_sources (FlatlineSqliteStore *self, FlatlineSnapshot *snapshot)
{
  for (guint i = 0; i < flatline_list_length (snapshot->sources); i++)
    {
      FlatlineSourceFile *source = flatline_list_peek (snapshot->sources, i);
      sqlite3_stmt *statement;

      if (!source->text)
        continue;
      if (!source->sha256)
        source->sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, source->text, -1);
      statement = prepare (self->db, SQL_ADD_SOURCE);
      bind_text (statement, 1, source->sha256);
      bind_text (statement, 2, source->text);
      run_statement (self, statement);
      g_clear_pointer (&source->text, g_free);
    }
}

static void
write_snapshot (FlatlineSqliteStore *self, const char *freeze_uid, FlatlineSnapshot *original)
{
  g_autoptr (JsonNode) node = flatline_record_to_json (FLATLINE_RECORD (original));
  g_autoptr (GError) error = NULL;
  /* A copy: the original belongs to the panes. */
  g_autoptr (FlatlineSnapshot) copy = flatline_snapshot_from_json (node, &error);
  g_autoptr (GBytes) bytes = NULL;
  sqlite3_stmt *statement;
  gsize size;
  const void *data;

  if (!copy)
    {
      tell_trouble (self, error->message);
      return;
    }
  write_sources (self, copy);
  bytes = flatline_snapshot_pack (copy, &error);
  if (!bytes)
    {
      tell_trouble (self, error->message);
      return;
    }
  data = g_bytes_get_data (bytes, &size);
  statement = prepare (self->db, SQL_ADD_SNAPSHOT);
  bind_text (statement, 1, freeze_uid);
  sqlite3_bind_blob64 (statement, 2, data, size, SQLITE_TRANSIENT);
  run_statement (self, statement);
  if (copy->exception)
    {
      statement = prepare (self->db, SQL_ADD_EXCEPTION);
      bind_text (statement, 1, freeze_uid);
      bind_text (statement, 2, copy->exception->type_name);
      bind_text (statement, 3, copy->exception->message);
      bind_text (statement, 4, copy->exception->traceback_text);
      run_statement (self, statement);
    }
}

static void
write_freeze (FlatlineSqliteStore *self, Job *job)
{
  FlatlineFreeze *freeze = FLATLINE_FREEZE (job->record);
  sqlite3_stmt *statement;
  int i = 1;

  write_host (self, freeze->host);
  statement = prepare (self->db, SQL_ADD_FREEZE);
  bind_text (statement, i++, freeze->uid);
  bind_text (statement, i++, job->run_uid);
  bind_text (statement, i++, freeze->host ? freeze->host : "?");
  bind_text (statement, i++, freeze->title);
  sqlite3_bind_int64 (statement, i++, freeze->pid);
  bind_text (statement, i++, freeze->kind);
  bind_text (statement, i++, freeze->cause);
  sqlite3_bind_int64 (statement, i++, freeze->time_us);
  sqlite3_bind_int64 (statement, i++, freeze->last_beat_us);
  sqlite3_bind_int64 (statement, i++, freeze->stale_ms);
  sqlite3_bind_int64 (statement, i++, freeze->ended_us);
  bind_text (statement, i++, freeze->last_reason);
  bind_text (statement, i++, freeze->last_caller);
  bind_text (statement, i++, freeze->verdict_kind);
  bind_text (statement, i++, freeze->summary);
  bind_text (statement, i++, freeze->location);
  bind_text (statement, i++, freeze->confidence);
  bind_text (statement, i++, freeze->signature);
  if (run_statement (self, statement) && job->snapshot)
    write_snapshot (self, freeze->uid, job->snapshot);
}

static void
write_freeze_change (FlatlineSqliteStore *self, FlatlineFreeze *freeze)
{
  sqlite3_stmt *statement = prepare (self->db, SQL_UPDATE_FREEZE);

  bind_text (statement, 1, freeze->uid);
  sqlite3_bind_int64 (statement, 2, freeze->ended_us);
  bind_text (statement, 3, freeze->verdict_kind);
  bind_text (statement, 4, freeze->summary);
  bind_text (statement, 5, freeze->location);
  bind_text (statement, 6, freeze->confidence);
  bind_text (statement, 7, freeze->signature);
  run_statement (self, statement);
}

static gboolean
job_is_urgent (JobKind kind)
{
  return kind != JOB_ADD_BEAT;
}

/* Gathers what is there, waiting a moment for more beats; one transaction for all of it. */
static GPtrArray *
gather_jobs (FlatlineSqliteStore *self)
{
  GPtrArray *batch = g_ptr_array_new_with_free_func (job_free);
  Job *job = g_async_queue_pop (self->jobs);
  gint64 deadline_us = g_get_monotonic_time () + BATCH_DELAY_US;
  gboolean urgent = FALSE;

  while (job)
    {
      gint64 left_us = deadline_us - g_get_monotonic_time ();

      g_ptr_array_add (batch, job);
      urgent = urgent || job_is_urgent (job->kind);
      if (batch->len >= 10000)
        break;
      job = g_async_queue_try_pop (self->jobs);
      if (!job && !urgent && left_us > 0)
        job = g_async_queue_timeout_pop (self->jobs, left_us);
    }
  return batch;
}

static void
write_job (FlatlineSqliteStore *self, Job *job, sqlite3_stmt *add_beat)
{
  switch (job->kind)
    {
    case JOB_ADD_RUN:
      write_run (self, FLATLINE_RUN (job->record));
      break;
    case JOB_END_RUN:
      write_run_end (self, FLATLINE_RUN (job->record));
      break;
    case JOB_ADD_BEAT:
      write_beat (self, job, add_beat);
      break;
    case JOB_ADD_FREEZE:
      write_freeze (self, job);
      break;
    case JOB_UPDATE_FREEZE:
      write_freeze_change (self, FLATLINE_FREEZE (job->record));
      break;
    case JOB_FLUSH:
    case JOB_QUIT:
      break;
    }
}

/* After the commit: whoever waits for a flush, and whoever shows freezes. */
static gboolean
finish_batch (FlatlineSqliteStore *self, GPtrArray *batch)
{
  gboolean quit = FALSE, freezes = FALSE;

  for (guint i = 0; i < batch->len; i++)
    {
      Job *job = g_ptr_array_index (batch, i);

      quit = quit || job->kind == JOB_QUIT;
      freezes = freezes || job->kind == JOB_ADD_FREEZE || job->kind == JOB_UPDATE_FREEZE;
      if (job->kind != JOB_FLUSH)
        continue;
      g_mutex_lock (&self->mutex);
      self->n_flushes_done++;
      g_cond_broadcast (&self->flushed);
      g_mutex_unlock (&self->mutex);
    }
  if (freezes && !quit)
    announce (self, NULL);
  return !quit;
}

static gpointer
run_writer (gpointer data)
{
  FlatlineSqliteStore *self = data;
  sqlite3_stmt *add_beat = prepare (self->db, SQL_ADD_BEAT);
  gboolean go_on = TRUE;

  while (go_on)
    {
      g_autoptr (GPtrArray) batch = gather_jobs (self);

      if (sqlite3_exec (self->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        tell_trouble (self, sqlite3_errmsg (self->db));
      for (guint i = 0; i < batch->len; i++)
        write_job (self, g_ptr_array_index (batch, i), add_beat);
      sqlite3_reset (add_beat);
      if (sqlite3_exec (self->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
        self->trouble_told = FALSE;
      else
        {
          tell_trouble (self, sqlite3_errmsg (self->db));
          sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
        }
      go_on = finish_batch (self, batch);
    }
  sqlite3_finalize (add_beat);
  return NULL;
}

/* Beats and snapshots are final when they come; runs and freezes go on changing in the session that owns them. */
static GObject *
keep_record (JobKind kind, gpointer record)
{
  g_autoptr (JsonNode) node = NULL;

  if (!record || kind == JOB_ADD_BEAT)
    return record ? g_object_ref (record) : NULL;
  node = flatline_record_to_json (record);
  return G_OBJECT (flatline_record_from_json (G_OBJECT_TYPE (record), node, NULL));
}

static void
queue_job (FlatlineStore *store, JobKind kind, const char *run_uid, gpointer record, FlatlineSnapshot *snapshot)
{
  FlatlineSqliteStore *self = SQLITE_STORE (store);
  Job *job;

  if (kind == JOB_ADD_BEAT && g_async_queue_length (self->jobs) > MAX_QUEUED_JOBS)
    {
      g_atomic_int_inc (&self->n_dropped);
      return;
    }
  job = g_new0 (Job, 1);
  job->kind = kind;
  job->run_uid = g_strdup (run_uid);
  job->record = keep_record (kind, record);
  job->snapshot = snapshot ? g_object_ref (snapshot) : NULL;
  job->seq = self->next_seq++;
  g_async_queue_push (self->jobs, job);
}

static void
sqlite_add_run (FlatlineStore *store, FlatlineRun *run)
{
  queue_job (store, JOB_ADD_RUN, run->uid, run, NULL);
}

static void
sqlite_end_run (FlatlineStore *store, FlatlineRun *run)
{
  queue_job (store, JOB_END_RUN, run->uid, run, NULL);
}

static void
sqlite_add_beat (FlatlineStore *store, const char *run_uid, FlatlineBeat *beat)
{
  queue_job (store, JOB_ADD_BEAT, run_uid, beat, NULL);
}

static void
sqlite_add_freeze (FlatlineStore *store, const char *run_uid, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  queue_job (store, JOB_ADD_FREEZE, run_uid, freeze, snapshot);
}

static void
sqlite_update_freeze (FlatlineStore *store, FlatlineFreeze *freeze)
{
  queue_job (store, JOB_UPDATE_FREEZE, NULL, freeze, NULL);
}

static gboolean
sqlite_flush (FlatlineStore *store, guint timeout_ms)
{
  FlatlineSqliteStore *self = SQLITE_STORE (store);
  gint64 deadline_us = g_get_monotonic_time () + (gint64)timeout_ms * 1000;
  gboolean fine = TRUE;
  guint64 wanted;

  g_mutex_lock (&self->mutex);
  wanted = ++self->n_flushes_asked;
  queue_job (store, JOB_FLUSH, NULL, NULL, NULL);
  while (fine && self->n_flushes_done < wanted)
    fine = g_cond_wait_until (&self->flushed, &self->mutex, deadline_us);
  g_mutex_unlock (&self->mutex);
  return fine;
}

/* A connection of the caller's own; NULL with an error when the file cannot be opened. */
static sqlite3 *
open_connection (const char *file, gboolean create, GError **error)
{
  sqlite3 *db = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);

  if (sqlite3_open_v2 (file, &db, flags, NULL) != SQLITE_OK)
    {
      set_error (db, file, FLATLINE_STORE_ERROR_OPEN, error);
      sqlite3_close (db);
      return NULL;
    }
  sqlite3_busy_timeout (db, BUSY_TIMEOUT_MS);
  sqlite3_exec (db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
  return db;
}

/* LIKE pattern for a text anywhere; NULL for none. */
static char *
dup_pattern (const char *text)
{
  g_autoptr (GString) pattern = NULL;

  if (!text || !*text)
    return NULL;
  pattern = g_string_new ("%");
  for (const char *c = text; *c; c++)
    {
      if (strchr ("%_\\", *c))
        g_string_append_c (pattern, '\\');
      g_string_append_c (pattern, *c);
    }
  g_string_append_c (pattern, '%');
  return g_string_free (g_steal_pointer (&pattern), FALSE);
}

static char *
dup_column (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *)sqlite3_column_text (statement, column));
}

typedef gpointer (*RowFunc) (sqlite3_stmt *statement);

/* All rows of a bound statement as records; frees the statement and closes the connection. */
static GPtrArray *
collect_rows (FlatlineSqliteStore *self, sqlite3 *db, sqlite3_stmt *statement, RowFunc func, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);
  int result;

  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (rows, func (statement));
  if (result != SQLITE_DONE)
    set_error (db, self->file, FLATLINE_STORE_ERROR_FAILED, error);
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return result == SQLITE_DONE ? g_steal_pointer (&rows) : NULL;
}

static gpointer
make_run (sqlite3_stmt *row)
{
  FlatlineRun *run = g_object_new (FLATLINE_TYPE_RUN, NULL);
  const char *argv = (const char *)sqlite3_column_text (row, 4);

  run->id = sqlite3_column_int64 (row, 0);
  run->uid = dup_column (row, 1);
  run->host = dup_column (row, 2);
  run->title = dup_column (row, 3);
  run->argv = argv ? g_strsplit (argv, "\x1f", -1) : NULL;
  run->cwd = dup_column (row, 5);
  run->python = dup_column (row, 6);
  run->pid = sqlite3_column_int64 (row, 7);
  run->started_us = sqlite3_column_int64 (row, 8);
  run->ended_us = sqlite3_column_int64 (row, 9);
  run->exit_status = sqlite3_column_type (row, 10) == SQLITE_NULL ? -1 : sqlite3_column_int64 (row, 10);
  run->exit_signal = sqlite3_column_int64 (row, 11);
  run->end_reason = dup_column (row, 12);
  return run;
}

static GPtrArray *
sqlite_list_runs (FlatlineStore *store, const FlatlineStoreFilter *filter, GError **error)
{
  static const FlatlineStoreFilter none;
  FlatlineSqliteStore *self = SQLITE_STORE (store);
  sqlite3 *db = open_connection (self->file, FALSE, error);
  g_autofree char *pattern = NULL;
  sqlite3_stmt *statement;

  if (!db)
    return NULL;
  filter = filter ? filter : &none;
  pattern = dup_pattern (filter->text);
  statement = prepare (db, SQL_LIST_RUNS);
  sqlite3_bind_int64 (statement, 1, filter->before_id);
  sqlite3_bind_int64 (statement, 2, filter->from_us);
  sqlite3_bind_int64 (statement, 3, filter->to_us);
  bind_text (statement, 4, filter->host);
  bind_text (statement, 5, pattern);
  sqlite3_bind_int64 (statement, 6, filter->limit ? filter->limit : DEFAULT_LIMIT);
  return collect_rows (self, db, statement, make_run, error);
}

static gpointer
make_freeze (sqlite3_stmt *row)
{
  FlatlineFreeze *freeze = g_object_new (FLATLINE_TYPE_FREEZE, NULL);
  int i = 0;

  freeze->id = sqlite3_column_int64 (row, i++);
  freeze->uid = dup_column (row, i++);
  freeze->run_id = sqlite3_column_int64 (row, i++);
  freeze->host = dup_column (row, i++);
  freeze->title = dup_column (row, i++);
  freeze->pid = sqlite3_column_int64 (row, i++);
  freeze->kind = dup_column (row, i++);
  freeze->cause = dup_column (row, i++);
  freeze->time_us = sqlite3_column_int64 (row, i++);
  freeze->last_beat_us = sqlite3_column_int64 (row, i++);
  freeze->stale_ms = sqlite3_column_int64 (row, i++);
  freeze->ended_us = sqlite3_column_int64 (row, i++);
  freeze->last_reason = dup_column (row, i++);
  freeze->last_caller = dup_column (row, i++);
  freeze->verdict_kind = dup_column (row, i++);
  freeze->summary = dup_column (row, i++);
  freeze->location = dup_column (row, i++);
  freeze->confidence = dup_column (row, i++);
  freeze->signature = dup_column (row, i++);
  return freeze;
}

static GPtrArray *
sqlite_list_freezes (FlatlineStore *store, const FlatlineStoreFilter *filter, GError **error)
{
  static const FlatlineStoreFilter none;
  FlatlineSqliteStore *self = SQLITE_STORE (store);
  sqlite3 *db = open_connection (self->file, FALSE, error);
  g_autofree char *pattern = NULL;
  sqlite3_stmt *statement;

  if (!db)
    return NULL;
  filter = filter ? filter : &none;
  pattern = dup_pattern (filter->text);
  statement = prepare (db, SQL_LIST_FREEZES);
  sqlite3_bind_int64 (statement, 1, filter->before_id);
  sqlite3_bind_int64 (statement, 2, filter->from_us);
  sqlite3_bind_int64 (statement, 3, filter->to_us);
  bind_text (statement, 4, filter->host);
  bind_text (statement, 5, pattern);
  bind_text (statement, 6, filter->kind);
  bind_text (statement, 7, filter->signature);
  sqlite3_bind_int64 (statement, 8, filter->run_id);
  sqlite3_bind_int64 (statement, 9, filter->limit ? filter->limit : DEFAULT_LIMIT);
  return collect_rows (self, db, statement, make_freeze, error);
}

static gpointer
make_beat (sqlite3_stmt *row)
{
  FlatlineBeat *beat = g_object_new (FLATLINE_TYPE_BEAT, NULL);

  beat->time_us = sqlite3_column_int64 (row, 0);
  beat->lane = dup_column (row, 1);
  beat->reason = dup_column (row, 2);
  beat->caller = dup_column (row, 3);
  beat->pid = sqlite3_column_int64 (row, 4);
  return beat;
}

static GPtrArray *
sqlite_list_beats (
    FlatlineStore *store, gint64 run_id, const char *run_uid, gint64 from_us, gint64 to_us, guint limit, GError **error)
{
  FlatlineSqliteStore *self = SQLITE_STORE (store);
  sqlite3 *db = open_connection (self->file, FALSE, error);
  sqlite3_stmt *statement;

  if (!db)
    return NULL;
  statement = prepare (db, SQL_LIST_BEATS);
  bind_text (statement, 1, run_uid);
  sqlite3_bind_int64 (statement, 2, run_id);
  sqlite3_bind_int64 (statement, 3, from_us);
  sqlite3_bind_int64 (statement, 4, to_us ? to_us : G_MAXINT64);
  sqlite3_bind_int64 (statement, 5, limit ? limit : G_MAXINT);
  return collect_rows (self, db, statement, make_beat, error);
}

static void
fill_sources (sqlite3 *db, FlatlineSnapshot *snapshot)
{
  for (guint i = 0; i < flatline_list_length (snapshot->sources); i++)
    {
      FlatlineSourceFile *source = flatline_list_peek (snapshot->sources, i);
      sqlite3_stmt *statement;

      if (source->text || !source->sha256)
        continue;
      statement = prepare (db, SQL_LOAD_SOURCE);
      bind_text (statement, 1, source->sha256);
      if (sqlite3_step (statement) == SQLITE_ROW)
        source->text = dup_column (statement, 0);
      sqlite3_finalize (statement);
    }
}

static FlatlineSnapshot *
sqlite_load_snapshot (FlatlineStore *store, gint64 freeze_id, GError **error)
{
  FlatlineSqliteStore *self = SQLITE_STORE (store);
  sqlite3 *db = open_connection (self->file, FALSE, error);
  FlatlineSnapshot *snapshot = NULL;
  sqlite3_stmt *statement;

  if (!db)
    return NULL;
  statement = prepare (db, SQL_LOAD_SNAPSHOT);
  sqlite3_bind_int64 (statement, 1, freeze_id);
  if (sqlite3_step (statement) == SQLITE_ROW)
    {
      g_autoptr (GBytes) bytes =
          g_bytes_new (sqlite3_column_blob (statement, 0), (gsize)sqlite3_column_bytes (statement, 0));

      snapshot = flatline_snapshot_unpack (bytes, error);
      if (snapshot)
        fill_sources (db, snapshot);
    }
  else
    g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_NOT_FOUND,
                 "There is no snapshot of freeze %" G_GINT64_FORMAT, freeze_id);
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return snapshot;
}

static gboolean
sqlite_delete_freeze (FlatlineStore *store, gint64 freeze_id, GError **error)
{
  FlatlineSqliteStore *self = SQLITE_STORE (store);
  sqlite3 *db = open_connection (self->file, FALSE, error);
  sqlite3_stmt *statement;
  gboolean fine;

  if (!db)
    return FALSE;
  statement = prepare (db, SQL_DELETE_FREEZE);
  sqlite3_bind_int64 (statement, 1, freeze_id);
  fine = sqlite3_step (statement) == SQLITE_DONE;
  if (!fine)
    set_error (db, self->file, FLATLINE_STORE_ERROR_FAILED, error);
  else if (sqlite3_changes (db) == 0)
    {
      fine = FALSE;
      g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_NOT_FOUND, "There is no freeze %" G_GINT64_FORMAT,
                   freeze_id);
    }
  sqlite3_finalize (statement);
  sqlite3_close (db);
  if (fine)
    announce (self, NULL);
  return fine;
}

/* The embedded store does not decide: the watchdog's own clock is as good. */
static gint64
sqlite_read_newest_beat_age_us (FlatlineStore *store, const char *run_uid, GError **error)
{
  return -1;
}

static void
flatline_sqlite_store_finalize (GObject *object)
{
  FlatlineSqliteStore *self = SQLITE_STORE (object);

  if (self->thread)
    {
      queue_job (FLATLINE_STORE (self), JOB_QUIT, NULL, NULL, NULL);
      g_thread_join (self->thread);
    }
  sqlite3_close (self->db);
  g_async_queue_unref (self->jobs);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->flushed);
  g_free (self->file);
  G_OBJECT_CLASS (flatline_sqlite_store_parent_class)->finalize (object);
}

static void
flatline_sqlite_store_class_init (FlatlineSqliteStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_sqlite_store_finalize;
  klass->add_run = sqlite_add_run;
  klass->end_run = sqlite_end_run;
  klass->add_beat = sqlite_add_beat;
  klass->add_freeze = sqlite_add_freeze;
  klass->update_freeze = sqlite_update_freeze;
  klass->flush = sqlite_flush;
  klass->list_runs = sqlite_list_runs;
  klass->list_freezes = sqlite_list_freezes;
  klass->list_beats = sqlite_list_beats;
  klass->load_snapshot = sqlite_load_snapshot;
  klass->delete_freeze = sqlite_delete_freeze;
  klass->read_newest_beat_age_us = sqlite_read_newest_beat_age_us;
}

static void
flatline_sqlite_store_init (FlatlineSqliteStore *self)
{
  self->jobs = g_async_queue_new_full (job_free);
  self->context = g_main_context_ref_thread_default ();
  g_mutex_init (&self->mutex);
  g_cond_init (&self->flushed);
}

static int
read_version (sqlite3 *db)
{
  sqlite3_stmt *statement = prepare (db, "PRAGMA user_version");
  int version = statement && sqlite3_step (statement) == SQLITE_ROW ? sqlite3_column_int (statement, 0) : -1;

  sqlite3_finalize (statement);
  return version;
}

/* Brings the file to the newest version, in one transaction that others wait for. */
static gboolean
migrate (sqlite3 *db, const char *file, GError **error)
{
  const int newest = G_N_ELEMENTS (sqlite_migrations);
  g_autofree char *set_version = g_strdup_printf ("PRAGMA user_version = %d", newest);
  int version;
  gboolean fine;

  fine = sqlite3_exec (db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE", NULL, NULL, NULL)
         == SQLITE_OK;
  version = fine ? read_version (db) : -1;
  if (version > newest)
    {
      g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_VERSION,
                   "The store “%s” was written by a newer Flatline (version %d, this one knows %d)", file, version,
                   newest);
      sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
      return FALSE;
    }
  for (int i = version; fine && i >= 0 && i < newest; i++)
    fine = sqlite3_exec (db, sqlite_migrations[i], NULL, NULL, NULL) == SQLITE_OK;
  fine = fine && version >= 0 && sqlite3_exec (db, set_version, NULL, NULL, NULL) == SQLITE_OK
         && sqlite3_exec (db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
  if (!fine)
    set_error (db, file, FLATLINE_STORE_ERROR_OPEN, error);
  return fine;
}

/* Runs of this host whose supervisor is gone have ended, nobody knows how. */
static void
mark_abandoned_runs (sqlite3 *db)
{
  sqlite3_stmt *list = prepare (db, SQL_LIST_OPEN_RUNS);
  g_autoptr (GArray) abandoned = g_array_new (FALSE, FALSE, sizeof (gint64));

  bind_text (list, 1, g_get_host_name ());
  while (sqlite3_step (list) == SQLITE_ROW)
    {
      gint64 id = sqlite3_column_int64 (list, 0);

      if (read_own_start_ticks (sqlite3_column_int64 (list, 1)) != sqlite3_column_int64 (list, 2))
        g_array_append_val (abandoned, id);
    }
  sqlite3_finalize (list);
  for (guint i = 0; i < abandoned->len; i++)
    {
      sqlite3_stmt *mark = prepare (db, SQL_MARK_ABANDONED);

      sqlite3_bind_int64 (mark, 1, g_array_index (abandoned, gint64, i));
      sqlite3_step (mark);
      sqlite3_finalize (mark);
    }
}

FlatlineStore *
flatline_store_open_sqlite (const char *file, GError **error)
{
  g_autofree char *folder = file ? NULL : flatline_paths_dup_data_dir ();
  g_autofree char *path = file ? g_strdup (file) : g_build_filename (folder, "flatline.sqlite", NULL);
  sqlite3 *db = open_connection (path, TRUE, error);
  FlatlineSqliteStore *self;

  if (!db)
    return NULL;
  if (!migrate (db, path, error))
    {
      sqlite3_close (db);
      return NULL;
    }
  mark_abandoned_runs (db);
  self = g_object_new (flatline_sqlite_store_get_type (), NULL);
  self->file = g_steal_pointer (&path);
  self->db = db;
  self->thread = g_thread_new ("store", run_writer, self);
  return FLATLINE_STORE (self);
}
