/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStoreWriter: three ways for a batch, tried in this order: straight into the database, when it is there and
 * nothing waits in the spool; into the spool; kept in memory for a second, when neither disk nor server take it.
 */
#include "flatline-store-writer-private.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#define SEE_RUNS_US      (5 * G_USEC_PER_SEC)
#define PRUNE_PAUSE_US   G_USEC_PER_SEC
#define PRUNE_AGAIN_US   (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define FIRST_CONNECT_US (3 * G_USEC_PER_SEC)

static void
wake_up (gpointer data)
{
  flatline_store_queue_wake (((FlatlineStoreWriter *)data)->queue);
}

/* TRUE when something waits that must come before what comes now. */
static gboolean
has_backlog (FlatlineStoreWriter *self)
{
  return !flatline_store_backlog_is_empty (self->backlog);
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
  flatline_store_writer_publish (self, n, FALSE);
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
        flatline_store_writer_tell_away (self, error);
      else if (error)
        flatline_store_writer_fall_back (self, error->message);
      return;
    }
  flatline_store_writer_set_sink (self, database);
  self->next_seen_us = 0;
  self->next_try_us = 0;
  flatline_store_backlog_adopt (self->backlog);
  flatline_store_writer_publish (self, 0, TRUE);
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
          flatline_store_writer_handle_failure (self, error);
          if (!self->connector && self->next_try_us == 0)
            continue;
          return FALSE;
        }
      tell_refusals (self);
      self->trouble_told = FALSE;
      self->batch = MIN (self->batch * 2, FLATLINE_STORE_MAX_BATCH);
      settle (self, n);
    }
  return TRUE;
}

static void
spool_pending (FlatlineStoreWriter *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  if (flatline_store_backlog_add (self->backlog, (FlatlineStoreJob *)(gpointer)self->pending->data, self->pending->len,
                                  &error))
    {
      settle (self, self->pending->len);
      return;
    }
  self->next_try_us = g_get_monotonic_time () + FLATLINE_STORE_RETRY_US;
  /* Of a file it was told already. */
  if (!self->connector)
    return;
  line = g_strdup_printf (_ ("Neither the server nor the disk keeps anything now: %s"), error->message);
  self->events.trouble (line, self->data);
}

static void
keep_pending (FlatlineStoreWriter *self)
{
  const gboolean is_urgent = flatline_store_queue_is_urgent (self->queue);
  const gboolean had_server = self->connector != NULL;

  if (self->file_name)
    flatline_store_writer_follow_file (self);
  /* The first connection is given a moment, so that a healthy server sees no spool at all. */
  if (!self->sink && !is_urgent && !flatline_store_queue_is_decided (self->queue)
      && g_get_monotonic_time () < self->connect_deadline_us)
    return;
  if (self->sink && !has_backlog (self) && write_pending (self))
    return;
  /* A server that turned out to be the wrong one was given up: the file is there now. */
  if (had_server && !self->connector && self->sink && !has_backlog (self) && write_pending (self))
    return;
  /* A file that is locked or full may do later; who cannot wait for that has the spool. */
  if (self->connector || is_urgent)
    spool_pending (self);
}

/* A piece of what waits into the database. */
static void
replay_some (FlatlineStoreWriter *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  guint64 n;

  if (!has_backlog (self) || !self->sink || g_get_monotonic_time () < self->next_try_us)
    return;
  if (flatline_store_backlog_replay (self->backlog, self->sink, self->batch, &error))
    {
      tell_refusals (self);
      self->batch = MIN (self->batch * 2, FLATLINE_STORE_MAX_BATCH);
    }
  else
    flatline_store_writer_handle_failure (self, error);
  flatline_store_writer_publish (self, 0, FALSE);
  if (has_backlog (self))
    return;
  n = flatline_store_backlog_take_replayed (self->backlog);
  if (n == 0)
    return;
  line = g_strdup_printf (ngettext ("What waited on this machine is kept now: %" PRIu64 " record",
                                    "What waited on this machine is kept now: %" PRIu64 " records", (gulong)n),
                          n);
  if (!flatline_store_writer_is_flapping (self))
    self->events.trouble (line, self->data);
  self->trouble_told = FALSE;
  self->events.freezes_changed (self->data);
}

static void
tell_news (FlatlineStoreWriter *self)
{
  const guint64 n_dropped = flatline_store_queue_take_dropped (self->queue);
  char *news;

  while ((news = flatline_store_backlog_take_news (self->backlog)))
    {
      self->events.trouble (news, self->data);
      g_free (news);
    }
  if (n_dropped > 0)
    {
      g_autofree char *line = g_strdup_printf (
          ngettext ("%" PRIu64 " beat was not kept: it came faster than it can be written",
                    "%" PRIu64 " beats were not kept: they came faster than they can be written", (gulong)n_dropped),
          n_dropped);

      self->events.trouble (line, self->data);
    }
}

/* When the thread must look after things by itself, monotonic. */
static gint64
get_next_look_us (FlatlineStoreWriter *self)
{
  gint64 look_us = self->connector ? g_get_monotonic_time () + SEE_RUNS_US : G_MAXINT64;

  g_mutex_lock (&self->mutex);
  if (self->next_prune_us > 0)
    look_us = MIN (look_us, self->next_prune_us);
  g_mutex_unlock (&self->mutex);
  if (self->pending->len > 0 || has_backlog (self))
    look_us = MAX (self->next_try_us, g_get_monotonic_time ());
  if (self->pending->len > 0 && !self->sink && !flatline_store_queue_is_decided (self->queue))
    look_us = self->connect_deadline_us;
  if (self->pending->len == 0 && has_backlog (self) && !self->sink)
    look_us = g_get_monotonic_time () + FLATLINE_STORE_RETRY_US;
  return look_us;
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
    flatline_store_writer_handle_failure (self, error);
}

/* TRUE when it is time; with what is wanted now. */
static gboolean
is_time_to_prune (FlatlineStoreWriter *self)
{
  gboolean is_time;

  g_mutex_lock (&self->mutex);
  is_time = self->next_prune_us > 0 && g_get_monotonic_time () >= self->next_prune_us;
  self->pruning.retention = self->retention;
  g_mutex_unlock (&self->mutex);
  return is_time;
}

/* Whatever fails here is tried again in an hour: who cannot delete may not be told about it every second. */
static void
prune_some (FlatlineStoreWriter *self)
{
  gint64 pause_us = PRUNE_AGAIN_US;

  if (!self->sink || self->pending->len > 0 || has_backlog (self) || !is_time_to_prune (self))
    return;
  if (flatline_store_pruning_step (&self->pruning, flatline_store_sink_get_database (self->sink), NULL) > 0)
    pause_us = PRUNE_PAUSE_US;
  g_mutex_lock (&self->mutex);
  self->next_prune_us = g_get_monotonic_time () + pause_us;
  g_mutex_unlock (&self->mutex);
  if (self->pruning.pruned.n_freezes > 0)
    self->events.freezes_changed (self->data);
  self->pruning.pruned = (FlatlinePruned){ 0 };
}

static gpointer
run_writer (gpointer data)
{
  FlatlineStoreWriter *self = data;
  gboolean go_on = TRUE;

  if (self->sink)
    {
      flatline_store_sink_mark_abandoned (self->sink);
      flatline_store_backlog_adopt (self->backlog);
      flatline_store_writer_publish (self, 0, TRUE);
    }
  while (go_on)
    {
      go_on = flatline_store_queue_gather (self->queue, self->pending, get_next_look_us (self));
      take_connection (self);
      if (self->pending->len > 0
          && (g_get_monotonic_time () >= self->next_try_us || flatline_store_queue_is_urgent (self->queue)))
        keep_pending (self);
      if (go_on)
        {
          replay_some (self);
          see_runs (self);
          prune_some (self);
        }
      tell_news (self);
    }
  flatline_store_writer_set_sink (self, NULL);
  return NULL;
}

static FlatlineStoreWriter *
new_writer (const char *spool_folder, const FlatlineStoreWriterEvents *events, gpointer data)
{
  FlatlineStoreWriter *self = g_new0 (FlatlineStoreWriter, 1);

  self->events = *events;
  self->data = data;
  self->queue = flatline_store_queue_new ();
  self->backlog = flatline_store_backlog_new (spool_folder);
  self->pending = flatline_store_job_list_new ();
  self->open_runs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->batch = FLATLINE_STORE_MAX_BATCH;
  g_mutex_init (&self->mutex);
  return self;
}

FlatlineStoreWriter *
flatline_store_writer_new_for_file (FlatlineDatabase *file,
                                    const char *spool_folder,
                                    const FlatlineStoreWriterEvents *events,
                                    gpointer data)
{
  FlatlineStoreWriter *self = new_writer (spool_folder, events, data);

  flatline_store_writer_set_sink (self, file);
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
  FlatlineStoreWriter *self = new_writer (spool_folder, events, data);

  self->fallback = fallback;
  self->connect_deadline_us = g_get_monotonic_time () + FIRST_CONNECT_US;
  self->connector = flatline_store_connector_new (server, wake_up, self);
  self->thread = g_thread_new ("store", run_writer, self);
  return self;
}

void
flatline_store_writer_free (FlatlineStoreWriter *self)
{
  flatline_store_queue_end (self->queue);
  g_thread_join (self->thread);
  g_clear_pointer (&self->connector, flatline_store_connector_free);
  flatline_store_backlog_free (self->backlog);
  flatline_store_pruning_clear (&self->pruning);
  flatline_store_queue_free (self->queue);
  g_array_unref (self->pending);
  g_hash_table_unref (self->open_runs);
  g_clear_pointer (&self->fallback, flatline_store_place_free);
  g_mutex_clear (&self->mutex);
  g_free (self->file_name);
  g_free (self);
}

FlatlineStoreQueue *
flatline_store_writer_get_queue (FlatlineStoreWriter *self)
{
  return self->queue;
}

void
flatline_store_writer_set_retention (FlatlineStoreWriter *self, const FlatlineRetention *retention)
{
  g_mutex_lock (&self->mutex);
  self->retention = *retention;
  self->next_prune_us = g_get_monotonic_time () + PRUNE_PAUSE_US;
  g_mutex_unlock (&self->mutex);
  flatline_store_queue_wake (self->queue);
}
