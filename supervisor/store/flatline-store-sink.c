/* SPDX-License-Identifier: MIT */
/* FlatlineStoreSink: transactions, and beats: as many as fit into one INSERT, since they come by the thousand. */
#include "config.h"

#include "flatline-store-sink-private.h"

#include "flatline-store-statements.h"
#include "flatline-store.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_TEXT_BYTES    (256 * 1024) /* of the beats in one statement */
#define CONFLICT_ATTEMPTS 6
#define CONFLICT_PAUSE_US 5000 /* at most, before the first repetition; twice as much before each other one */

static const guint row_counts[] = { 256, 32, 4, 1 };

FlatlineStoreSink *
flatline_store_sink_new (FlatlineDatabase *database)
{
  FlatlineStoreSink *self = g_new0 (FlatlineStoreSink, 1);

  self->database = database;
  self->run_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->open_runs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
flatline_store_sink_free (FlatlineStoreSink *self)
{
  if (!self)
    return;
  flatline_database_close (self->database);
  g_hash_table_unref (self->run_ids);
  g_hash_table_unref (self->open_runs);
  g_hash_table_unref (self->hosts);
  g_free (self->refusal);
  g_free (self);
}

FlatlineDatabase *
flatline_store_sink_get_database (FlatlineStoreSink *self)
{
  return self->database;
}

/* TRUE when @error only concerns one row: it is remembered and cleared. */
static gboolean
forgive (FlatlineStoreSink *self, GError **error)
{
  if (!g_error_matches (*error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_REFUSED))
    return FALSE;
  self->n_refused++;
  if (!self->refusal)
    self->refusal = g_strdup ((*error)->message);
  g_clear_error (error);
  return TRUE;
}

char *
flatline_store_sink_take_refusal (FlatlineStoreSink *self)
{
  g_autofree char *refusal = g_steal_pointer (&self->refusal);
  const guint n = self->n_refused;

  self->n_refused = 0;
  if (!refusal)
    return NULL;
  return g_strdup_printf (/* Translators: why, a whole sentence */
                          ngettext ("%u record was not kept. %s", "%u records were not kept. %s", n), n, refusal);
}

/* 0 when the run is not there. */
static gint64
find_run_id (FlatlineStoreSink *self, const char *uid, GError **error)
{
  gint64 *known = uid ? g_hash_table_lookup (self->run_ids, uid) : NULL;
  FlatlineStatement *statement;
  gint64 id = 0;
  int result;

  if (known || !uid)
    return known ? *known : 0;
  statement = flatline_database_query (self->database, error, SQL_FIND_RUN, "t", uid);
  if (!statement)
    return -1;
  result = flatline_statement_step (statement, error);
  if (result < 0)
    return -1;
  if (result > 0)
    {
      id = flatline_statement_get_integer (statement, 0, 0);
      flatline_statement_reset (statement);
      g_hash_table_insert (self->run_ids, g_strdup (uid), g_memdup2 (&id, sizeof id));
    }
  return id;
}

static FlatlineStatement *
prepare_beats (FlatlineStoreSink *self, guint n_rows, GError **error)
{
  static char *texts[G_N_ELEMENTS (row_counts)];
  static GMutex mutex;
  guint which = 0;

  while (row_counts[which] != n_rows)
    which++;
  g_mutex_lock (&mutex);
  if (!texts[which])
    {
      GString *sql = g_string_new (SQL_ADD_BEATS_HEAD);

      for (guint i = 0; i < n_rows; i++)
        g_string_append (sql, i == 0 ? SQL_ADD_BEATS_ROW : ", " SQL_ADD_BEATS_ROW);
      g_string_append (sql, SQL_ADD_BEATS_TAIL);
      texts[which] = g_string_free (sql, FALSE);
    }
  g_mutex_unlock (&mutex);
  return flatline_database_prepare (self->database, texts[which], error);
}

/* Lanes are walked through from "" on, where a server counts neither blanks nor what comes before them. */
static const char *
get_lane (FlatlineBeat *beat)
{
  return beat->lane && (guchar)*beat->lane > ' ' ? beat->lane : "program";
}

static gboolean
insert_beats (FlatlineStoreSink *self, gint64 run_id, const FlatlineStoreJob *jobs, guint n_rows, GError **error)
{
  FlatlineStatement *statement = prepare_beats (self, n_rows, error);

  if (!statement)
    return FALSE;
  for (guint i = 0; i < n_rows; i++)
    {
      FlatlineBeat *beat = FLATLINE_BEAT (jobs[i].record);

      flatline_statement_add_integer (statement, run_id);
      flatline_statement_add_integer (statement, beat->time_us);
      flatline_statement_add_integer (statement, jobs[i].seq);
      flatline_statement_add_text (statement, get_lane (beat));
      flatline_statement_add_text (statement, beat->reason);
      flatline_statement_add_text (statement, beat->caller);
      flatline_statement_add_integer (statement, beat->pid);
    }
  return flatline_statement_run (statement, error);
}

static gsize
count_text_bytes (const FlatlineStoreJob *job)
{
  FlatlineBeat *beat = FLATLINE_BEAT (job->record);

  return (beat->reason ? strlen (beat->reason) : 0) + (beat->caller ? strlen (beat->caller) : 0);
}

/* How many of the beats go into the next statement: a number there is a statement for, without too much text. */
static guint
choose_row_count (const FlatlineStoreJob *jobs, guint n_jobs)
{
  gsize bytes = 0;
  guint n = 0;

  while (n < n_jobs && n < row_counts[0] && (bytes += count_text_bytes (&jobs[n])) <= MAX_TEXT_BYTES)
    n++;
  for (guint i = 0; i < G_N_ELEMENTS (row_counts); i++)
    if (n >= row_counts[i])
      return row_counts[i];
  return 1;
}

/* Beats of one run. */
static gboolean
write_beats (FlatlineStoreSink *self, const FlatlineStoreJob *jobs, guint n_jobs, GError **error)
{
  gint64 run_id = find_run_id (self, jobs->run_uid, error);

  if (run_id < 0)
    return FALSE;
  /* Beats of a run that was refused, or deleted since. */
  if (run_id == 0)
    return TRUE;
  while (n_jobs > 0)
    {
      g_autoptr (GError) why = NULL;
      guint n = choose_row_count (jobs, n_jobs);

      if (!insert_beats (self, run_id, jobs, n, &why))
        {
          if (n > 1 && g_error_matches (why, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_REFUSED))
            {
              /* One of them is not wanted: each alone, to find which. */
              for (guint i = 0; i < n; i++)
                if (!write_beats (self, &jobs[i], 1, error))
                  return FALSE;
            }
          else if (!forgive (self, &why))
            {
              g_propagate_error (error, g_steal_pointer (&why));
              return FALSE;
            }
        }
      jobs += n;
      n_jobs -= n;
    }
  return TRUE;
}

static gboolean
is_beat_of (const FlatlineStoreJob *job, const char *run_uid)
{
  return job->kind == FLATLINE_STORE_ADD_BEAT && g_strcmp0 (job->run_uid, run_uid) == 0;
}

static gboolean
write_jobs (FlatlineStoreSink *self, const FlatlineStoreJob *jobs, guint n_jobs, GError **error)
{
  while (n_jobs > 0)
    {
      g_autoptr (GError) why = NULL;
      guint n = 1;

      if (jobs->kind == FLATLINE_STORE_ADD_BEAT)
        {
          while (n < n_jobs && is_beat_of (&jobs[n], jobs->run_uid))
            n++;
          if (!write_beats (self, jobs, n, error))
            return FALSE;
        }
      else if (!flatline_store_sink_write_record (self, jobs, &why) && !forgive (self, &why))
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return FALSE;
        }
      jobs += n;
      n_jobs -= n;
    }
  return TRUE;
}

static gboolean
write_transaction (FlatlineStoreSink *self, const FlatlineStoreJob *jobs, guint n_jobs, GError **error)
{
  if (!flatline_database_execute (self->database, "{begin}", error))
    return FALSE;
  if (write_jobs (self, jobs, n_jobs, error) && flatline_database_execute (self->database, "COMMIT", error))
    return TRUE;
  flatline_database_execute (self->database, "ROLLBACK", NULL);
  /* What was seen within the transaction is not there any more. */
  g_hash_table_remove_all (self->run_ids);
  g_hash_table_remove_all (self->hosts);
  return FALSE;
}

gboolean
flatline_store_sink_write (FlatlineStoreSink *self, const FlatlineStoreJob *jobs, guint n_jobs, GError **error)
{
  for (guint i = 0; i < CONFLICT_ATTEMPTS; i++)
    {
      g_autoptr (GError) why = NULL;

      if (write_transaction (self, jobs, n_jobs, &why))
        return TRUE;
      if (!g_error_matches (why, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_CONFLICT))
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return FALSE;
        }
      /* Two that met shall not meet again at once. */
      g_usleep (g_random_int_range (1, CONFLICT_PAUSE_US << i));
    }
  g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_AWAY,
               _ ("The database server %s is too busy to take what is to be kept"),
               flatline_database_get_name (self->database));
  return FALSE;
}

static void
read_clock (FlatlineStoreSink *self)
{
  gint64 before_us = g_get_real_time ();
  FlatlineStatement *statement = flatline_database_query (self->database, NULL, SQL_READ_CLOCK, "");

  if (!statement || flatline_statement_step (statement, NULL) <= 0)
    return;
  self->clock_ahead_us = flatline_statement_get_integer (statement, 0, 0) - (before_us + g_get_real_time ()) / 2;
  flatline_statement_reset (statement);
}

gboolean
flatline_store_sink_see_runs (FlatlineStoreSink *self, GError **error)
{
  GHashTableIter iter;
  gpointer uid;

  read_clock (self);
  g_hash_table_iter_init (&iter, self->open_runs);
  while (g_hash_table_iter_next (&iter, &uid, NULL))
    {
      gint64 id = find_run_id (self, uid, error);

      if (id < 0
          || (id > 0 && !flatline_database_run (self->database, error, SQL_SEE_RUN, "ii", self->clock_ahead_us, id)))
        return FALSE;
    }
  return TRUE;
}
