/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStoreSpool by SQLite: a row a record, or a row for up to a thousand beats. The lock is a file beside it, not
 * the file itself: closing any descriptor of that one would drop SQLite's own locks.
 */
#include "flatline-store-spool.h"

#include "flatline-database.h"
#include "flatline-snapshot-pack.h"
#include "flatline-store-damage.h"
#include "flatline-store.h"

#include <glib/gi18n.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define BEATS_A_ROW    250
#define MAX_PEEK_JOBS  4000
#define MAX_PEEK_BYTES (4 * 1024 * 1024)
#define SUFFIX         ".spool"
#define SQL_MAKE                                                                                                       \
  "CREATE TABLE IF NOT EXISTS job (id INTEGER PRIMARY KEY AUTOINCREMENT, jobs INTEGER NOT NULL, kind INTEGER NOT "     \
  "NULL,"                                                                                                              \
  " run_uid TEXT, content BLOB NOT NULL, snapshot BLOB)"
#define SQL_ADD    "INSERT INTO job (jobs, kind, run_uid, content, snapshot) VALUES (?, ?, ?, ?, ?)"
#define SQL_PEEK   "SELECT id, kind, run_uid, content, snapshot FROM job ORDER BY id"
#define SQL_REMOVE "DELETE FROM job WHERE id <= ?"
#define SQL_COUNT  "SELECT SUM(jobs) FROM job"

struct _FlatlineStoreSpool
{
  char *file;
  char *lock_file;
  int lock;
  FlatlineDatabase *database;
  guint64 count;
};

/* One that is damaged somewhere has at least one: what comes before the damage is still to be read. */
static gboolean
read_count (FlatlineStoreSpool *self, GError **error)
{
  g_autoptr (GError) why = NULL;
  FlatlineStatement *statement = flatline_database_query (self->database, &why, SQL_COUNT, "");

  if (statement && flatline_statement_step (statement, &why) > 0)
    {
      self->count = flatline_statement_get_integer (statement, 0, 0);
      flatline_statement_reset (statement);
      return TRUE;
    }
  self->count = 1;
  if (g_error_matches (why, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_DAMAGED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

static void
close_files (FlatlineStoreSpool *self)
{
  g_clear_pointer (&self->database, flatline_database_close);
  if (!g_file_test (self->file, G_FILE_TEST_EXISTS))
    g_unlink (self->lock_file);
  close (self->lock);
  g_free (self->file);
  g_free (self->lock_file);
  g_free (self);
}

static void
remove_files (FlatlineStoreSpool *self)
{
  static const char *const suffixes[] = { "", "-wal", "-shm" };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *file = g_strconcat (self->file, suffixes[i], NULL);

      g_unlink (file);
    }
}

/* NULL without an error when somebody else holds it, or it is gone. */
static FlatlineStoreSpool *
open_spool (const char *file, gboolean create, GError **error)
{
  g_autofree char *lock_file = g_strconcat (file, ".lock", NULL);
  FlatlineStoreSpool *self;
  int lock = open (lock_file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (lock < 0 || flock (lock, LOCK_EX | LOCK_NB) != 0)
    {
      if (create)
        g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_AWAY, _ ("“%s” cannot be written"), lock_file);
      if (lock >= 0)
        close (lock);
      return NULL;
    }
  self = g_new0 (FlatlineStoreSpool, 1);
  self->file = g_strdup (file);
  self->lock_file = g_steal_pointer (&lock_file);
  self->lock = lock;
  if (create || g_file_test (file, G_FILE_TEST_EXISTS))
    self->database = flatline_database_open_sqlite (file, create, error);
  if (self->database && flatline_database_execute (self->database, SQL_MAKE, error) && read_count (self, error))
    return self;
  /* A new one that the disk has no place for leaves nothing. */
  if (create)
    remove_files (self);
  close_files (self);
  return NULL;
}

FlatlineStoreSpool *
flatline_store_spool_new (const char *folder, GError **error)
{
  g_autofree char *uid = flatline_new_uid ();
  g_autofree char *name = g_strconcat (uid, SUFFIX, NULL);
  g_autofree char *file = g_build_filename (folder, name, NULL);

  g_mkdir_with_parents (folder, 0700);
  return open_spool (file, TRUE, error);
}

char *
flatline_store_spool_set_aside (FlatlineStoreSpool *self)
{
  g_autofree char *file = g_strdup (self->file);

  close_files (self);
  return flatline_store_damage_tell (file, flatline_store_read_inode (file));
}

GPtrArray *
flatline_store_spool_adopt (const char *folder, GPtrArray *news)
{
  GPtrArray *spools = g_ptr_array_new_with_free_func ((GDestroyNotify)flatline_store_spool_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);
      g_autoptr (GError) error = NULL;
      FlatlineStoreSpool *spool = g_str_has_suffix (name, SUFFIX) ? open_spool (file, FALSE, &error) : NULL;
      char *line = NULL;

      if (spool)
        g_ptr_array_add (spools, spool);
      else if (g_error_matches (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_DAMAGED))
        line = flatline_store_damage_tell (file, flatline_store_read_inode (file));
      if (line)
        g_ptr_array_add (news, line);
    }
  return spools;
}

void
flatline_store_spool_free (FlatlineStoreSpool *self)
{
  if (self->count == 0)
    {
      g_clear_pointer (&self->database, flatline_database_close);
      remove_files (self);
    }
  close_files (self);
}

static gboolean
add_rows (FlatlineStoreSpool *self, const FlatlineStoreJob *jobs, guint n_jobs, GError **error)
{
  while (n_jobs > 0)
    {
      g_autoptr (GBytes) content = NULL;
      g_autoptr (GBytes) snapshot = jobs->snapshot ? flatline_snapshot_pack (jobs->snapshot) : NULL;
      guint n = 1;

      while (n < n_jobs && n < BEATS_A_ROW && jobs->kind == FLATLINE_STORE_ADD_BEAT
             && jobs[n].kind == FLATLINE_STORE_ADD_BEAT && g_strcmp0 (jobs[n].run_uid, jobs->run_uid) == 0)
        n++;
      content = flatline_store_jobs_pack (jobs, n);
      if (!flatline_database_run (self->database, error, SQL_ADD, "iitbb", (gint64)n, (gint64)jobs->kind, jobs->run_uid,
                                  content, snapshot))
        return FALSE;
      jobs += n;
      n_jobs -= n;
    }
  return TRUE;
}

gboolean
flatline_store_spool_add (FlatlineStoreSpool *self, const FlatlineStoreJob *jobs, guint n_jobs, GError **error)
{
  if (flatline_database_execute (self->database, "{begin}", error) && add_rows (self, jobs, n_jobs, error)
      && flatline_database_execute (self->database, "COMMIT", error))
    {
      self->count += n_jobs;
      return TRUE;
    }
  flatline_database_execute (self->database, "ROLLBACK", NULL);
  return FALSE;
}

guint64
flatline_store_spool_count (FlatlineStoreSpool *self)
{
  return self->count;
}

GArray *
flatline_store_spool_peek (FlatlineStoreSpool *self, guint max_jobs, gint64 *last, gboolean *damaged, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (GArray) jobs = flatline_store_job_list_new ();
  FlatlineStatement *statement = flatline_database_query (self->database, &why, SQL_PEEK, "");
  gsize n_bytes = 0;
  int result = statement ? 1 : -1;

  while (result > 0 && jobs->len < MIN (max_jobs, MAX_PEEK_JOBS) && n_bytes < MAX_PEEK_BYTES)
    {
      g_autoptr (GBytes) content = NULL;
      g_autoptr (GBytes) snapshot = NULL;
      g_autofree char *run_uid = NULL;

      result = flatline_statement_step (statement, &why);
      if (result <= 0)
        break;
      *last = flatline_statement_get_integer (statement, 0, 0);
      run_uid = flatline_statement_dup_text (statement, 2);
      content = flatline_statement_dup_bytes (statement, 3);
      snapshot = flatline_statement_dup_bytes (statement, 4);
      n_bytes += g_bytes_get_size (content) + g_bytes_get_size (snapshot);
      /* What the disk damaged is left out. */
      flatline_store_jobs_unpack (flatline_statement_get_integer (statement, 1, -1), run_uid, content, snapshot, jobs);
    }
  if (statement && result > 0)
    flatline_statement_reset (statement);
  *damaged = g_error_matches (why, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_DAMAGED);
  if (result >= 0 || *damaged)
    return g_steal_pointer (&jobs);
  g_propagate_error (error, g_steal_pointer (&why));
  return NULL;
}

gboolean
flatline_store_spool_remove (FlatlineStoreSpool *self, gint64 last, GError **error)
{
  if (!flatline_database_run (self->database, error, SQL_REMOVE, "i", last))
    return FALSE;
  return read_count (self, error);
}
