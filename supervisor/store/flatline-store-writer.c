/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStoreWriter: three ways for a batch, tried in this order: straight into the database, when it is there and
 * nothing waits in the spool; into the spool; kept in memory for a second, when neither disk nor server take it.
 */
#include "flatline-store-writer.h"

#include "flatline-store-backlog.h"
#include "flatline-store-connector.h"
#include "flatline-store-damage.h"
#include "flatline-store-pruning.h"
#include "flatline-store-sink.h"
#include "flatline-store.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#define BATCH_DELAY_US   (200 * 1000)
#define RETRY_US         G_USEC_PER_SEC
#define SEE_RUNS_US      (5 * G_USEC_PER_SEC)
#define PRUNE_PAUSE_US   G_USEC_PER_SEC
#define PRUNE_AGAIN_US   (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define FIRST_CONNECT_US (3 * G_USEC_PER_SEC)
#define MAX_QUEUED_BEATS 500000
#define MAX_BATCH        20000

struct _FlatlineStoreWriter
{
  FlatlineStoreWriterEvents events;
  gpointer data;
  GThread *thread;

  GMutex mutex;
  GCond wake;    /* the thread: there is something to do */
  GCond settled; /* whoever waits for a flush or a decision */
  GArray *queue;
  guint64 n_queued, n_settled;
  guint64 n_dropped;
  guint64 n_spooled;
  gboolean urgent, quitting, news, decided, replaying;
  FlatlineRetention retention;
  gint64 oldest_us;          /* when the first of the queue came, monotonic */
  FlatlineDatabase *awaited; /* the connection that a flush may cut */

  /* The thread's own */
  FlatlineStorePlace *fallback;
  FlatlineStoreConnector *connector; /* NULL: a file */
  FlatlineStoreSink *sink;           /* NULL while the server is away */
  FlatlineStoreBacklog *backlog;     /* NULL: a file */
  GArray *pending;
  GHashTable *open_runs; /* uid -> FlatlineRun that goes on */
  guint64 file_inode;    /* of the file that is written */
  guint batch; /* jobs in a transaction: fewer after a failure, since the server may have dropped us for their number */
  FlatlineStorePruning pruning;
  gint64 next_prune_us; /* 0: never */
  gint64 connect_deadline_us, next_try_us, next_seen_us;
  gboolean trouble_told;
};

static void
tell_trouble (FlatlineStoreWriter *self, const char *line)
{
  if (!self->trouble_told)
    self->events.trouble (line, self->data);
  self->trouble_told = TRUE;
}

static void
wake_up (gpointer data)
{
  FlatlineStoreWriter *self = data;

  g_mutex_lock (&self->mutex);
  self->news = TRUE;
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->mutex);
}

/* TRUE when something waits that must come before what comes now. */
static gboolean
has_backlog (FlatlineStoreWriter *self)
{
  return self->backlog && !flatline_store_backlog_is_empty (self->backlog);
}

/* What others may ask for. */
static void
publish (FlatlineStoreWriter *self, guint n_settled, gboolean decided)
{
  g_mutex_lock (&self->mutex);
  self->n_spooled = self->backlog ? flatline_store_backlog_count (self->backlog) : 0;
  self->replaying = self->sink && self->n_spooled > 0;
  self->n_settled += n_settled;
  self->decided = self->decided || decided;
  g_cond_broadcast (&self->settled);
  g_mutex_unlock (&self->mutex);
}

static void
set_sink (FlatlineStoreWriter *self, FlatlineDatabase *database)
{
  g_mutex_lock (&self->mutex);
  self->awaited = database && flatline_database_is_server (database) ? database : NULL;
  g_mutex_unlock (&self->mutex);
  g_clear_pointer (&self->sink, flatline_store_sink_free);
  if (!database)
    return;
  self->sink = flatline_store_sink_new (database);
  if (!flatline_database_is_server (database))
    self->file_inode = flatline_store_read_inode (flatline_database_get_name (database));
}

/* Jobs of the batch that are safe now. */
static void
settle (FlatlineStoreWriter *self, guint n)
{
  gboolean freezes = FALSE;

  for (guint i = 0; i < n; i++)
    {
      const FlatlineStoreJob *job = &g_array_index (self->pending, FlatlineStoreJob, i);
      const FlatlineStoreJobKind kind = job->kind;

      if (kind == FLATLINE_STORE_ADD_RUN && job->run_uid)
        g_hash_table_insert (self->open_runs, g_strdup (job->run_uid), g_object_ref (job->record));
      else if (kind == FLATLINE_STORE_END_RUN && job->run_uid)
        g_hash_table_remove (self->open_runs, job->run_uid);
      freezes = freezes || kind == FLATLINE_STORE_ADD_FREEZE || kind == FLATLINE_STORE_UPDATE_FREEZE;
    }
  g_array_remove_range (self->pending, 0, n);
  publish (self, n, FALSE);
  if (freezes)
    self->events.freezes_changed (self->data);
}

static void
tell_refusals (FlatlineStoreWriter *self)
{
  g_autofree char *line = flatline_store_sink_take_refusal (self->sink);

  if (line)
    self->events.trouble (line, self->data);
}

/* The runs that go on are put into a new file before anything of theirs. */
static void
begin_runs_again (FlatlineStoreWriter *self)
{
  GArray *jobs = flatline_store_job_list_new ();
  GHashTableIter iter;
  gpointer uid, run;

  g_hash_table_iter_init (&iter, self->open_runs);
  while (g_hash_table_iter_next (&iter, &uid, &run))
    {
      FlatlineStoreJob job = { .kind = FLATLINE_STORE_ADD_RUN, .run_uid = g_ref_string_new (uid) };

      job.record = g_object_ref (run);
      g_array_append_val (jobs, job);
    }
  if (jobs->len > 0
      && !flatline_store_sink_write (self->sink, (FlatlineStoreJob *)(gpointer)jobs->data, jobs->len, NULL))
    self->next_try_us = g_get_monotonic_time () + RETRY_US;
  g_array_unref (jobs);
}

/* The server is the wrong one: everything goes to the file from now on. */
static void
fall_back (FlatlineStoreWriter *self, const char *why)
{
  g_autoptr (GError) error = NULL;
  FlatlineDatabase *file = flatline_store_place_open_for_writing (self->fallback, &error);
  g_autofree char *line =
      file ? g_strdup_printf (_ ("%s. Freezes are kept on this machine instead, in “%s”"), why, self->fallback->file)
           : g_strdup_printf (_ ("%s. And %s"), why, error->message);

  g_clear_pointer (&self->connector, flatline_store_connector_free);
  set_sink (self, file);
  if (file)
    {
      flatline_store_sink_mark_abandoned (self->sink);
      begin_runs_again (self);
    }
  self->trouble_told = FALSE;
  tell_trouble (self, line);
  self->trouble_told = FALSE;
  self->events.fell_back (self->data);
  publish (self, 0, TRUE);
}

static void
tell_away (FlatlineStoreWriter *self, GError *error)
{
  g_autofree char *line = g_strdup_printf (_ ("%s. What is to be kept waits on this machine"), error->message);

  tell_trouble (self, line);
  publish (self, 0, TRUE);
}

/* FALSE: there is no writing any file. */
static gboolean
replace_damaged_file (FlatlineStoreWriter *self)
{
  FlatlineDatabase *damaged = flatline_store_sink_get_database (self->sink);
  FlatlineStorePlace *place = flatline_store_place_new_file (flatline_database_get_name (damaged));
  FlatlineDatabase *file;
  g_autofree char *line = NULL;

  place->set_aside = flatline_store_set_damaged_aside (place->file, self->file_inode);
  file = flatline_store_place_open_for_writing (place, NULL);
  if (file)
    {
      line = flatline_store_place_take_damage (place);
      set_sink (self, file);
      begin_runs_again (self);
      if (line)
        self->events.trouble (line, self->data);
      self->next_try_us = 0;
    }
  flatline_store_place_free (place);
  return file != NULL;
}

/* What the database said last: later is another chance, or never. */
static void
handle_failure (FlatlineStoreWriter *self, GError *error)
{
  self->next_try_us = g_get_monotonic_time () + RETRY_US;
  if (!self->connector && g_error_matches (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_DAMAGED)
      && replace_damaged_file (self))
    return;
  if (!self->connector)
    {
      g_autofree char *line = g_strdup_printf (_ ("Nothing can be kept for now: %s"), error->message);
      tell_trouble (self, line);
      return;
    }
  if (g_error_matches (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_OPEN)
      || g_error_matches (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_VERSION))
    {
      fall_back (self, error->message);
      return;
    }
  set_sink (self, NULL);
  self->batch = MAX (self->batch / 2, 1);
  flatline_store_connector_ask_again (self->connector);
  tell_away (self, error);
}

/* A connection that was made meanwhile. */
static void
take_connection (FlatlineStoreWriter *self)
{
  g_autoptr (GError) error = NULL;
  FlatlineDatabase *database;

  if (!self->connector || self->sink)
    return;
  database = flatline_store_connector_take (self->connector, &error);
  if (!database)
    {
      if (g_error_matches (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_AWAY))
        tell_away (self, error);
      else if (error)
        fall_back (self, error->message);
      return;
    }
  set_sink (self, database);
  self->next_seen_us = 0;
  self->next_try_us = 0;
  flatline_store_backlog_adopt (self->backlog);
  publish (self, 0, TRUE);
}

/* Straight into the database. */
static gboolean
write_pending (FlatlineStoreWriter *self)
{
  while (self->pending->len > 0)
    {
      g_autoptr (GError) error = NULL;
      guint n = MIN (self->pending->len, self->batch);

      if (!flatline_store_sink_write (self->sink, (FlatlineStoreJob *)(gpointer)self->pending->data, n, &error))
        {
          handle_failure (self, error);
          if (!self->connector && self->next_try_us == 0)
            continue;
          return FALSE;
        }
      tell_refusals (self);
      self->trouble_told = FALSE;
      self->batch = MIN (self->batch * 2, MAX_BATCH);
      settle (self, n);
    }
  return TRUE;
}

static gboolean
spool_pending (FlatlineStoreWriter *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  if (!self->connector)
    return FALSE;
  if (flatline_store_backlog_add (self->backlog, (FlatlineStoreJob *)(gpointer)self->pending->data, self->pending->len,
                                  &error))
    {
      settle (self, self->pending->len);
      return TRUE;
    }
  line = g_strdup_printf (_ ("Neither the server nor the disk keep anything now: %s"), error->message);
  self->events.trouble (line, self->data);
  self->next_try_us = g_get_monotonic_time () + RETRY_US;
  return FALSE;
}

static void
keep_pending (FlatlineStoreWriter *self)
{
  if (self->pending->len == 0 || (!self->connector && !self->sink))
    return;
  /* The first connection is given a moment, so that a healthy server sees no spool at all. */
  if (!self->sink && !self->decided && g_get_monotonic_time () < self->connect_deadline_us)
    return;
  if (self->sink && !has_backlog (self) && write_pending (self))
    return;
  /* A server that turned out to be the wrong one was given up: the file is there now. */
  if (!self->connector && self->sink && !has_backlog (self))
    write_pending (self);
  else if (self->connector || has_backlog (self))
    spool_pending (self);
}

/* A piece of what waits into the database. */
static void
replay_some (FlatlineStoreWriter *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  guint64 n;

  if (!self->backlog || flatline_store_backlog_is_empty (self->backlog) || !self->sink
      || g_get_monotonic_time () < self->next_try_us)
    return;
  if (flatline_store_backlog_replay (self->backlog, self->sink, self->batch, &error))
    {
      tell_refusals (self);
      self->batch = MIN (self->batch * 2, MAX_BATCH);
    }
  else
    handle_failure (self, error);
  publish (self, 0, FALSE);
  if (!flatline_store_backlog_is_empty (self->backlog))
    return;
  n = flatline_store_backlog_take_replayed (self->backlog);
  if (n == 0 || !self->connector)
    return;
  line = g_strdup_printf (ngettext ("What waited on this machine is kept now: %" PRIu64 " record",
                                    "What waited on this machine is kept now: %" PRIu64 " records", (gulong)n),
                          n);
  self->trouble_told = FALSE;
  self->events.trouble (line, self->data);
  self->events.freezes_changed (self->data);
}

static void
tell_dropped (FlatlineStoreWriter *self)
{
  g_autofree char *line = NULL;
  guint64 n;

  g_mutex_lock (&self->mutex);
  n = self->n_dropped;
  self->n_dropped = 0;
  g_mutex_unlock (&self->mutex);
  if (n == 0)
    return;
  line = g_strdup_printf (ngettext ("%" PRIu64 " beat was not kept: it came faster than it can be written",
                                    "%" PRIu64 " beats were not kept: they came faster than they can be written",
                                    (gulong)n),
                          n);
  self->events.trouble (line, self->data);
}

/* When the thread must look after things by itself, monotonic. */
static gint64
get_next_look_us (FlatlineStoreWriter *self)
{
  gint64 look_us = self->connector ? g_get_monotonic_time () + SEE_RUNS_US : G_MAXINT64;

  if (self->next_prune_us > 0)
    look_us = MIN (look_us, self->next_prune_us);
  if (self->pending->len > 0 || has_backlog (self))
    look_us = MAX (self->next_try_us, g_get_monotonic_time ());
  if (self->pending->len > 0 && !self->sink && !self->decided)
    look_us = self->connect_deadline_us;
  if (self->pending->len == 0 && has_backlog (self) && !self->sink)
    look_us = g_get_monotonic_time () + RETRY_US;
  return look_us;
}

/* Waits for work, and a moment more for beats to gather; moves what came into the batch. FALSE: end. */
static gboolean
gather (FlatlineStoreWriter *self)
{
  const gint64 look_us = get_next_look_us (self);
  gboolean go_on;

  g_mutex_lock (&self->mutex);
  while (!self->quitting && !self->news && g_get_monotonic_time () < look_us)
    {
      gint64 until_us = look_us;

      if (self->queue->len > 0)
        {
          if (self->urgent || self->queue->len >= MAX_BATCH
              || g_get_monotonic_time () >= self->oldest_us + BATCH_DELAY_US)
            break;
          until_us = MIN (until_us, self->oldest_us + BATCH_DELAY_US);
        }
      g_cond_wait_until (&self->wake, &self->mutex, until_us);
    }
  self->news = FALSE;
  self->urgent = FALSE;
  /* What cannot be written now stays in the queue, which is bounded. */
  if (self->pending->len < MAX_BATCH && self->queue->len > 0)
    {
      GArray *taken = self->queue;

      self->queue = flatline_store_job_list_new ();
      g_array_append_vals (self->pending, taken->data, taken->len);
      g_array_set_clear_func (taken, NULL);
      g_array_unref (taken);
    }
  go_on = !self->quitting;
  g_mutex_unlock (&self->mutex);
  return go_on;
}

static void
see_runs (FlatlineStoreWriter *self)
{
  g_autoptr (GError) error = NULL;

  if (!self->sink || !self->connector || g_get_monotonic_time () < self->next_seen_us)
    return;
  if (self->next_seen_us == 0)
    flatline_store_sink_mark_abandoned (self->sink);
  self->next_seen_us = g_get_monotonic_time () + SEE_RUNS_US;
  if (!flatline_store_sink_see_runs (self->sink, &error))
    handle_failure (self, error);
}

/* Whatever fails here is tried again in an hour: who cannot delete may not be told about it every second. */
static void
prune_some (FlatlineStoreWriter *self)
{
  if (self->next_prune_us == 0 || g_get_monotonic_time () < self->next_prune_us || !self->sink || self->pending->len > 0
      || has_backlog (self))
    return;
  g_mutex_lock (&self->mutex);
  self->pruning.retention = self->retention;
  g_mutex_unlock (&self->mutex);
  self->next_prune_us = g_get_monotonic_time ();
  if (flatline_store_pruning_step (&self->pruning, flatline_store_sink_get_database (self->sink), NULL) > 0)
    self->next_prune_us += PRUNE_PAUSE_US;
  else
    self->next_prune_us += PRUNE_AGAIN_US;
  if (self->pruning.pruned.n_freezes > 0)
    self->events.freezes_changed (self->data);
  self->pruning.pruned = (FlatlinePruned){ 0 };
}

static gpointer
run_writer (gpointer data)
{
  FlatlineStoreWriter *self = data;
  gboolean go_on = TRUE;

  while (go_on)
    {
      go_on = gather (self);
      take_connection (self);
      if (!go_on)
        self->connect_deadline_us = 0;
      if (self->pending->len > 0 && (g_get_monotonic_time () >= self->next_try_us || !go_on))
        keep_pending (self);
      if (go_on)
        {
          replay_some (self);
          see_runs (self);
          prune_some (self);
        }
      tell_dropped (self);
    }
  set_sink (self, NULL);
  return NULL;
}

static FlatlineStoreWriter *
new_writer (const FlatlineStoreWriterEvents *events, gpointer data)
{
  FlatlineStoreWriter *self = g_new0 (FlatlineStoreWriter, 1);

  self->events = *events;
  self->data = data;
  self->queue = flatline_store_job_list_new ();
  self->pending = flatline_store_job_list_new ();
  self->open_runs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->batch = MAX_BATCH;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->wake);
  g_cond_init (&self->settled);
  return self;
}

FlatlineStoreWriter *
flatline_store_writer_new_for_file (FlatlineDatabase *file, const FlatlineStoreWriterEvents *events, gpointer data)
{
  FlatlineStoreWriter *self = new_writer (events, data);

  self->decided = TRUE;
  set_sink (self, file);
  flatline_store_sink_mark_abandoned (self->sink);
  self->thread = g_thread_new ("store", run_writer, self);
  return self;
}

FlatlineStoreWriter *
flatline_store_writer_new_for_server (const FlatlineServer *server,
                                      FlatlineStorePlace *fallback,
                                      const char *spool_folder,
                                      const FlatlineStoreWriterEvents *events,
                                      gpointer data)
{
  FlatlineStoreWriter *self = new_writer (events, data);

  self->fallback = fallback;
  self->backlog = flatline_store_backlog_new (spool_folder);
  self->connect_deadline_us = g_get_monotonic_time () + FIRST_CONNECT_US;
  self->connector = flatline_store_connector_new (server, wake_up, self);
  self->thread = g_thread_new ("store", run_writer, self);
  return self;
}

void
flatline_store_writer_free (FlatlineStoreWriter *self)
{
  g_mutex_lock (&self->mutex);
  self->quitting = TRUE;
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->mutex);
  g_thread_join (self->thread);
  g_clear_pointer (&self->connector, flatline_store_connector_free);
  g_clear_pointer (&self->backlog, flatline_store_backlog_free);
  flatline_store_pruning_clear (&self->pruning);
  g_array_unref (self->queue);
  g_array_unref (self->pending);
  g_hash_table_unref (self->open_runs);
  g_clear_pointer (&self->fallback, flatline_store_place_free);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->settled);
  g_free (self);
}

void
flatline_store_writer_queue (FlatlineStoreWriter *self, FlatlineStoreJob job)
{
  gboolean is_beat = job.kind == FLATLINE_STORE_ADD_BEAT;

  g_mutex_lock (&self->mutex);
  if (is_beat && self->queue->len >= MAX_QUEUED_BEATS)
    {
      self->n_dropped++;
      g_mutex_unlock (&self->mutex);
      flatline_store_job_clear (&job);
      return;
    }
  if (self->queue->len == 0)
    self->oldest_us = g_get_monotonic_time ();
  g_array_append_val (self->queue, job);
  self->n_queued++;
  self->urgent = self->urgent || !is_beat;
  if (self->urgent || self->queue->len == 1 || self->queue->len == MAX_BATCH)
    g_cond_signal (&self->wake);
  g_mutex_unlock (&self->mutex);
}

gboolean
flatline_store_writer_flush (FlatlineStoreWriter *self, guint timeout_ms)
{
  const gint64 start_us = g_get_monotonic_time ();
  const gint64 cut_us = start_us + timeout_ms * G_GINT64_CONSTANT (600);
  const gint64 end_us = start_us + timeout_ms * G_GINT64_CONSTANT (1000);
  gboolean fine = TRUE, cut = FALSE;
  guint64 wanted;

  g_mutex_lock (&self->mutex);
  wanted = self->n_queued;
  while (fine && self->n_settled < wanted)
    {
      self->urgent = TRUE;
      g_cond_signal (&self->wake);
      if (g_cond_wait_until (&self->settled, &self->mutex, cut ? end_us : cut_us))
        continue;
      fine = !cut;
      /* The server keeps us waiting: without it, what is left goes to the spool. */
      if (!cut && self->awaited)
        flatline_database_abort (self->awaited);
      self->connect_deadline_us = 0;
      self->news = TRUE;
      cut = TRUE;
    }
  g_mutex_unlock (&self->mutex);
  return fine;
}

void
flatline_store_writer_set_retention (FlatlineStoreWriter *self, const FlatlineRetention *retention)
{
  g_mutex_lock (&self->mutex);
  self->retention = *retention;
  self->next_prune_us = g_get_monotonic_time () + PRUNE_PAUSE_US;
  self->news = TRUE;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->mutex);
}

guint64
flatline_store_writer_count_spooled (FlatlineStoreWriter *self)
{
  guint64 n;

  g_mutex_lock (&self->mutex);
  n = self->n_spooled;
  g_mutex_unlock (&self->mutex);
  return n;
}

gboolean
flatline_store_writer_wait_for_decision (FlatlineStoreWriter *self, guint timeout_ms)
{
  const gint64 end_us = g_get_monotonic_time () + timeout_ms * G_GINT64_CONSTANT (1000);
  gboolean decided;

  g_mutex_lock (&self->mutex);
  while (!self->decided && g_cond_wait_until (&self->settled, &self->mutex, end_us))
    ;
  decided = self->decided;
  g_mutex_unlock (&self->mutex);
  return decided;
}
