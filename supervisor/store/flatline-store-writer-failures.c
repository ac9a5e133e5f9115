/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStoreWriter: what it does when the database does not take what it is given: wait, give the server up for the
 * file, begin a new file in place of a damaged one; and one line, not one a second, that says so.
 */
#include "flatline-store-damage.h"
#include "flatline-store-writer-private.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#define AWAY_AGAIN_US (60 * G_USEC_PER_SEC)

static void
tell_trouble (FlatlineStoreWriter *self, const char *line)
{
  if (!self->trouble_told)
    self->events.trouble (line, self->data);
  self->trouble_told = TRUE;
}

void
flatline_store_writer_publish (FlatlineStoreWriter *self, guint n_settled, gboolean decided)
{
  flatline_store_queue_publish (self->queue, n_settled, flatline_store_backlog_count (self->backlog), decided);
}

void
flatline_store_writer_set_sink (FlatlineStoreWriter *self, FlatlineDatabase *database)
{
  flatline_store_queue_set_awaited (self->queue, database && flatline_database_is_server (database) ? database : NULL);
  g_clear_pointer (&self->sink, flatline_store_sink_free);
  if (!database)
    return;
  self->sink = flatline_store_sink_new (database);
  if (flatline_database_is_server (database))
    return;
  g_free (self->file_name);
  self->file_name = g_strdup (flatline_database_get_name (database));
  self->file_inode = flatline_store_read_inode (self->file_name);
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
    self->next_try_us = g_get_monotonic_time () + FLATLINE_STORE_RETRY_US;
  g_array_unref (jobs);
}

/* SQLite goes on writing to a file without a name, and when it closes it, removes the log beside whatever has the name:
 * the old one is closed before another is opened. */
void
flatline_store_writer_follow_file (FlatlineStoreWriter *self)
{
  g_autoptr (GError) error = NULL;
  FlatlineStorePlace *place;
  FlatlineDatabase *file;
  g_autofree char *folder = g_path_get_dirname (self->file_name);
  g_autofree char *line = NULL;

  if (self->connector || (self->sink && flatline_store_read_inode (self->file_name) == self->file_inode))
    return;
  flatline_store_writer_set_sink (self, NULL);
  g_mkdir_with_parents (folder, 0700); /* it may have gone, too; what is wrong otherwise is told below */
  place = flatline_store_place_new_file (self->file_name);
  file = flatline_store_place_open_for_writing (place, &error);
  flatline_store_place_free (place);
  if (!file)
    {
      flatline_store_writer_handle_failure (self, error);
      return;
    }
  flatline_store_writer_set_sink (self, file);
  begin_runs_again (self);
  line = g_strdup_printf (_ ("The store “%s” was removed or moved away: what comes from now on is kept in a new one"),
                          self->file_name);
  self->trouble_told = FALSE;
  self->events.trouble (line, self->data);
}

void
flatline_store_writer_fall_back (FlatlineStoreWriter *self, const char *why)
{
  g_autoptr (GError) error = NULL;
  FlatlineDatabase *file = flatline_store_place_open_for_writing (self->fallback, &error);
  g_autofree char *line =
      file ? g_strdup_printf (_ ("%s. Freezes are kept on this machine instead, in “%s”"), why, self->fallback->file)
           : g_strdup_printf (_ ("%s. And %s"), why, error->message);

  g_clear_pointer (&self->connector, flatline_store_connector_free);
  flatline_store_writer_set_sink (self, file);
  if (file)
    {
      flatline_store_sink_mark_abandoned (self->sink);
      begin_runs_again (self);
    }
  self->trouble_told = FALSE;
  tell_trouble (self, line);
  self->trouble_told = FALSE;
  self->events.fell_back (self->data);
  flatline_store_writer_publish (self, 0, TRUE);
}

gboolean
flatline_store_writer_is_flapping (FlatlineStoreWriter *self)
{
  return !self->trouble_told && g_get_monotonic_time () < self->next_away_us;
}

void
flatline_store_writer_tell_away (FlatlineStoreWriter *self, GError *error)
{
  g_autofree char *line = g_strdup_printf (_ ("%s. What is to be kept waits on this machine"), error->message);

  if (!flatline_store_writer_is_flapping (self))
    {
      tell_trouble (self, line);
      self->next_away_us = g_get_monotonic_time () + AWAY_AGAIN_US;
    }
  flatline_store_writer_publish (self, 0, TRUE);
}

/* FALSE: there is no writing any file. */
static gboolean
replace_damaged_file (FlatlineStoreWriter *self)
{
  FlatlineDatabase *damaged = flatline_store_sink_get_database (self->sink);
  FlatlineStorePlace *place = flatline_store_place_new_file (flatline_database_get_name (damaged));
  FlatlineDatabase *file;
  g_autofree char *line = NULL;

  flatline_store_place_set_aside (place, self->file_inode);
  file = flatline_store_place_open_for_writing (place, NULL);
  if (file)
    {
      line = flatline_store_place_take_news (place);
      flatline_store_writer_set_sink (self, file);
      begin_runs_again (self);
      if (line)
        self->events.trouble (line, self->data);
      self->next_try_us = 0;
    }
  flatline_store_place_free (place);
  return file != NULL;
}

void
flatline_store_writer_handle_failure (FlatlineStoreWriter *self, GError *error)
{
  self->next_try_us = g_get_monotonic_time () + FLATLINE_STORE_RETRY_US;
  if (!self->connector && self->sink && g_error_matches (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_DAMAGED)
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
      flatline_store_writer_fall_back (self, error->message);
      return;
    }
  flatline_store_writer_set_sink (self, NULL);
  self->batch = MAX (self->batch / 2, 1);
  flatline_store_connector_ask_again (self->connector);
  flatline_store_writer_tell_away (self, error);
}
