/* SPDX-License-Identifier: MIT */
/* FlatlineStoreSink: the rows of runs and freezes, with a freeze's snapshot, exception and sources. */
#include "flatline-store-sink-private.h"

#include "flatline-shared-reading.h"
#include "flatline-snapshot-pack.h"
#include "flatline-store-groups.h"
#include "flatline-store-statements.h"
#include "flatline-store.h"

#include <string.h>
#include <unistd.h>

#define MAX_NAME_LENGTH 190 /* characters that fit into an index: {name} */

char *
flatline_store_dup_signature (const char *signature)
{
  g_autofree char *valid = g_utf8_make_valid (signature ? signature : "", -1);

  if (g_utf8_strlen (valid, -1) <= MAX_NAME_LENGTH)
    return g_steal_pointer (&valid);
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, valid, -1);
}

/* Field 22 of /proc/PID/stat: with the pid it names a process for good. */
static gint64
read_start_ticks (gint64 pid)
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

/* Once a connection: a host never goes. */
static gboolean
write_host (FlatlineStoreSink *self, const char *host, GError **error)
{
  if (!host)
    host = "?";
  if (g_hash_table_contains (self->hosts, host))
    return TRUE;
  if (!flatline_database_run (self->database, error, SQL_ADD_HOST, "t", host))
    return FALSE;
  g_hash_table_add (self->hosts, g_strdup (host));
  return TRUE;
}

static gboolean
write_run (FlatlineStoreSink *self, FlatlineRun *run, GError **error)
{
  g_autofree char *argv = run->argv ? g_strjoinv ("\x1f", run->argv) : NULL;

  g_hash_table_add (self->open_runs, g_strdup (run->uid));
  return write_host (self, run->host, error)
         && flatline_database_run (self->database, error, SQL_ADD_RUN, "ttttttiiiii", run->uid,
                                   run->host ? run->host : "?", run->title, argv, run->cwd, run->python, run->pid,
                                   run->started_us, (gint64)getpid (), read_start_ticks (getpid ()),
                                   self->clock_ahead_us);
}

static gboolean
write_run_end (FlatlineStoreSink *self, FlatlineRun *run, GError **error)
{
  g_hash_table_remove (self->open_runs, run->uid);
  return flatline_database_run (self->database, error, SQL_END_RUN, "iiittit", run->ended_us, run->exit_status,
                                run->exit_signal, run->end_reason, run->python, run->pid, run->uid);
}

/* The texts of sources go into their own table, once a content; the document keeps file name and hash. */
static gboolean
write_sources (FlatlineStoreSink *self, const char *freeze_uid, FlatlineSnapshot *snapshot, GError **error)
{
  for (guint i = 0; i < flatline_list_length (snapshot->sources); i++)
    {
      FlatlineSourceFile *source = flatline_list_peek (snapshot->sources, i);

      if (!source->text)
        continue;
      /* Never the hash that came with it: an imported document may say what it likes. */
      g_free (source->sha256);
      source->sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, source->text, -1);
      if (!flatline_database_run (self->database, error, SQL_ADD_SOURCE, "tt", source->sha256, source->text)
          || !flatline_database_run (self->database, error, SQL_USE_SOURCE, "tt", source->sha256, freeze_uid))
        return FALSE;
      g_clear_pointer (&source->text, g_free);
    }
  return TRUE;
}

/* The original belongs to the panes. */
static FlatlineSnapshot *
copy_snapshot (FlatlineSnapshot *original)
{
  g_autoptr (FlatlineSharedReading) reading = flatline_shared_reading_begin ();

  return flatline_record_copy (original);
}

static gboolean
write_snapshot (FlatlineStoreSink *self, const char *freeze_uid, FlatlineSnapshot *original, GError **error)
{
  g_autoptr (FlatlineSnapshot) copy = copy_snapshot (original);
  g_autoptr (GBytes) bytes = NULL;
  FlatlineExceptionInfo *exception;

  if (!write_sources (self, freeze_uid, copy, error))
    return FALSE;
  bytes = flatline_snapshot_pack (copy);
  if (!flatline_database_run (self->database, error, SQL_ADD_SNAPSHOT, "bt", bytes, freeze_uid))
    return FALSE;
  exception = copy->exception;
  return !exception
         || flatline_database_run (self->database, error, SQL_ADD_EXCEPTION, "tttt", exception->type_name,
                                   exception->message, exception->traceback_text, freeze_uid);
}

static gboolean
write_freeze (FlatlineStoreSink *self, const FlatlineStoreJob *job, GError **error)
{
  FlatlineFreeze *freeze = FLATLINE_FREEZE (job->record);
  g_autofree char *signature = flatline_store_dup_signature (freeze->signature);

  if (!write_host (self, freeze->host, error)
      || !flatline_database_run (self->database, error, SQL_ADD_FREEZE, "ttttittiiiittttttt", freeze->uid, job->run_uid,
                                 freeze->host ? freeze->host : "?", freeze->title, freeze->pid, freeze->kind,
                                 freeze->cause, freeze->time_us, freeze->last_beat_us, freeze->stale_ms,
                                 freeze->ended_us, freeze->last_reason, freeze->last_caller, freeze->verdict_kind,
                                 freeze->summary, freeze->location, freeze->confidence, signature))
    return FALSE;
  /* Written once before: then it is counted already. */
  if (flatline_database_count_changes (self->database) > 0
      && !flatline_store_groups_join (self->database, freeze->uid, error))
    return FALSE;
  return !job->snapshot || write_snapshot (self, freeze->uid, job->snapshot, error);
}

static gboolean
write_freeze_change (FlatlineStoreSink *self, FlatlineFreeze *freeze, GError **error)
{
  g_autofree char *signature = flatline_store_dup_signature (freeze->signature);
  g_auto (FlatlineGroupPlace) before = { 0 };
  g_auto (FlatlineGroupPlace) after = { 0 };

  if (!flatline_store_groups_find (self->database, freeze->uid, &before, error)
      || !flatline_database_run (self->database, error, SQL_UPDATE_FREEZE, "itttttt", freeze->ended_us,
                                 freeze->verdict_kind, freeze->summary, freeze->location, freeze->confidence, signature,
                                 freeze->uid)
      || !flatline_store_groups_find (self->database, freeze->uid, &after, error))
    return FALSE;
  if (!before.signature || flatline_group_place_equal (&before, &after))
    return TRUE;
  return flatline_store_groups_join (self->database, freeze->uid, error)
         && flatline_store_groups_leave (self->database, &before, error);
}

gboolean
flatline_store_sink_write_record (FlatlineStoreSink *self, const FlatlineStoreJob *job, GError **error)
{
  switch (job->kind)
    {
    case FLATLINE_STORE_ADD_RUN:
      return write_run (self, FLATLINE_RUN (job->record), error);
    case FLATLINE_STORE_END_RUN:
      return write_run_end (self, FLATLINE_RUN (job->record), error);
    case FLATLINE_STORE_ADD_FREEZE:
      return write_freeze (self, job, error);
    case FLATLINE_STORE_UPDATE_FREEZE:
      return write_freeze_change (self, FLATLINE_FREEZE (job->record), error);
    case FLATLINE_STORE_ADD_BEAT:
      break;
    }
  g_assert_not_reached ();
}

/* A server may know runs of another machine or container of the same name: there silence must be added. */
void
flatline_store_sink_mark_abandoned (FlatlineStoreSink *self)
{
  const gint64 silence_us = flatline_database_is_server (self->database) ? FLATLINE_SILENT_RUN_US : -1;
  g_autoptr (GArray) abandoned = g_array_new (FALSE, FALSE, sizeof (gint64));
  FlatlineStatement *list =
      flatline_database_query (self->database, NULL, SQL_LIST_OPEN_RUNS, "ti", g_get_host_name (), silence_us);

  while (list && flatline_statement_step (list, NULL) > 0)
    {
      gint64 id = flatline_statement_get_integer (list, 0, 0);

      if (read_start_ticks (flatline_statement_get_integer (list, 1, 0)) != flatline_statement_get_integer (list, 2, 0))
        g_array_append_val (abandoned, id);
    }
  for (guint i = 0; i < abandoned->len; i++)
    flatline_database_run (self->database, NULL, SQL_MARK_ABANDONED, "i", g_array_index (abandoned, gint64, i));
}
