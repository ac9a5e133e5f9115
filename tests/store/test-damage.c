/* SPDX-License-Identifier: MIT */
/*
 * Files that are damaged, or locked: set aside with one line, nothing overwritten, and what is accepted from then on is
 * kept.
 */
#include "flatline-store-damage.h"
#include "store-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_US (60 * G_USEC_PER_SEC)

typedef struct
{
  char *folder;
  char *file;
  GPtrArray *lines;
} Place;

static void
place_begin (Place *self)
{
  self->folder = g_dir_make_tmp ("flatline-damage-XXXXXX", NULL);
  self->file = g_build_filename (self->folder, "flatline.sqlite", NULL);
  self->lines = g_ptr_array_new_with_free_func (g_free);
}

static void
place_end (Place *self)
{
  g_spawn_sync (NULL, (char *[]){ "rm", "-rf", self->folder, NULL }, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                NULL, NULL);
  g_free (self->folder);
  g_free (self->file);
  g_ptr_array_unref (self->lines);
}

static FlatlineStore *
open_store (Place *self)
{
  g_autoptr (GError) error = NULL;
  FlatlineStore *store = flatline_store_open_sqlite (self->file, &error);

  g_assert_no_error (error);
  store_fixture_collect_troubles (store, self->lines);
  return store;
}

/* The files that were set aside. */
static GPtrArray *
list_set_aside (Place *self)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    if (strstr (name, ".damaged-") && !g_str_has_suffix (name, "-wal") && !g_str_has_suffix (name, "-shm"))
      g_ptr_array_add (names, g_build_filename (self->folder, name, NULL));
  return names;
}

static void
wait_for_line (Place *self)
{
  gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;

  while (self->lines->len == 0 && g_get_monotonic_time () < deadline_us)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (5000);
  g_assert_cmpuint (self->lines->len, ==, 1);
  g_assert_nonnull (strstr (self->lines->pdata[0], "set aside"));
  g_assert_null (strchr (self->lines->pdata[0], '\n'));
}

/* Something else bears the store's name. */
static void
test_no_database (void)
{
  static const char content[] = "This was never a database, but it may be dear to somebody.\n";
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (GPtrArray) aside = NULL;
  g_autofree char *kept = NULL;
  Place self;

  place_begin (&self);
  g_assert_true (g_file_set_contents (self.file, content, -1, NULL));
  store = open_store (&self);
  wait_for_line (&self);
  aside = list_set_aside (&self);
  g_assert_cmpuint (aside->len, ==, 1);
  g_assert_true (g_file_get_contents (aside->pdata[0], &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, content);
  g_assert_nonnull (strstr (self.lines->pdata[0], aside->pdata[0]));
  run = store_fixture_add_run (store);
  store_fixture_add_beats (store, run, 0, 100);
  store_fixture_flush (store);
  store_fixture_assert_beats (store, run->uid, 100);
  place_end (&self);
}

/* What SQLite keeps beside a file goes with it; a file that is another one by now stays, with all of its own. */
static void
test_set_aside (void)
{
  Place self;

  place_begin (&self);
  for (int is_same = 0; is_same < 2; is_same++)
    {
      g_autofree char *wal = g_strconcat (self.file, "-wal", NULL), *shm = g_strconcat (self.file, "-shm", NULL);
      g_autofree char *line = NULL;

      g_assert_true (g_file_set_contents (self.file, "damaged", -1, NULL));
      g_assert_true (g_file_set_contents (wal, "newest", -1, NULL));
      g_assert_true (g_file_set_contents (shm, "index", -1, NULL));
      line = flatline_store_damage_tell (self.file, flatline_store_read_inode (self.file) + !is_same);
      g_assert_true (g_file_test (self.file, G_FILE_TEST_EXISTS) == !is_same);
      g_assert_true (g_file_test (wal, G_FILE_TEST_EXISTS) == !is_same);
      g_assert_true (g_file_test (shm, G_FILE_TEST_EXISTS) == !is_same);
      if (is_same)
        {
          g_autoptr (GPtrArray) aside = list_set_aside (&self);
          g_autofree char *name = g_strconcat (aside->pdata[0], "-wal", NULL), *kept = NULL;

          g_assert_true (g_file_get_contents (name, &kept, NULL, NULL));
          g_assert_cmpstr (kept, ==, "newest");
          g_assert_nonnull (strstr (line, aside->pdata[0]));
        }
      else
        g_assert_null (line);
    }
  place_end (&self);
}

/* Two come at once upon the same damaged file: the new one is not set aside too. */
static void
test_two_at_once (void)
{
  g_autoptr (FlatlineStore) first = NULL;
  g_autoptr (FlatlineStore) second = NULL;
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (GPtrArray) aside = NULL;
  Place self;

  place_begin (&self);
  g_assert_true (g_file_set_contents (self.file, "no database", -1, NULL));
  first = open_store (&self);
  second = open_store (&self);
  run = store_fixture_add_run (first);
  store_fixture_add_beats (first, run, 0, 10);
  store_fixture_flush (first);
  store_fixture_assert_beats (second, run->uid, 10);
  aside = list_set_aside (&self);
  g_assert_cmpuint (aside->len, ==, 1);
  place_end (&self);
}

/* The disk loses what is in the middle of the file while it is in use. */
static void
test_damaged_in_use (void)
{
  g_autofree char *garbage = g_strnfill (64 * 1024, '?');
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (GPtrArray) beats = NULL;
  g_autoptr (GPtrArray) aside = NULL;
  gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;
  guint n_beats = 100000;
  goffset size;
  Place self;
  int fd;

  place_begin (&self);
  store = open_store (&self);
  run = store_fixture_add_run (store);
  store_fixture_add_beats (store, run, 0, n_beats);
  store_fixture_flush (store);
  fd = open (self.file, O_RDWR | O_CLOEXEC);
  size = lseek (fd, 0, SEEK_END);
  for (goffset at = 4096; at < size; at += 64 * 1024)
    g_assert_cmpint (pwrite (fd, garbage, MIN (64 * 1024, size - at), at), >, 0);
  close (fd);
  while (self.lines->len == 0 && g_get_monotonic_time () < deadline_us)
    {
      g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("sleep", "after the damage", 0);

      store_fixture_add_beats (store, run, n_beats, n_beats + 1000);
      n_beats += 1000;
      flatline_store_add_freeze (store, run->uid, freeze, NULL);
      store_fixture_flush (store);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  wait_for_line (&self);
  /* The run goes on in the new file. */
  store_fixture_add_beats (store, run, n_beats, n_beats + 10);
  store_fixture_flush (store);
  beats = store_fixture_list_beats (store, run->uid, 0, 0, 0);
  g_assert_cmpuint (beats->len, >=, 10);
  g_assert_cmpint (g_ascii_strtoll (((FlatlineBeat *)beats->pdata[beats->len - 1])->reason, NULL, 10), ==, n_beats + 9);
  aside = list_set_aside (&self);
  g_assert_cmpuint (aside->len, ==, 1);
  place_end (&self);
}

/* Another program keeps the file locked: whoever flushes does not wait for it, and what waited is kept later. */
static void
test_locked (void)
{
  g_autoptr (FlatlineDatabase) other = NULL;
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (GError) error = NULL;
  Place self;

  place_begin (&self);
  store = open_store (&self);
  run = store_fixture_add_run (store);
  store_fixture_add_beats (store, run, 0, 100);
  store_fixture_flush (store);
  other = flatline_database_open_sqlite (self.file, FALSE, &error);
  g_assert_no_error (error);
  g_assert_true (flatline_database_execute (other, "BEGIN IMMEDIATE", &error));
  store_fixture_add_beats (store, run, 100, 1000);
  g_assert_true (flatline_store_flush (store, 20000));
  g_assert_cmpuint (flatline_store_count_spooled (store), ==, 900);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (self.lines->len, ==, 1);
  g_assert_nonnull (strstr (self.lines->pdata[0], "locked"));
  g_clear_object (&store);
  g_assert_true (flatline_database_execute (other, "ROLLBACK", &error));
  store = open_store (&self);
  g_assert_true (flatline_store_wait_for_server (store, 60000));
  store_fixture_wait_until_replayed (store);
  store_fixture_assert_beats (store, run->uid, 1000);
  g_clear_object (&store);
  place_end (&self);
}

static void
on_listed (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) runs = flatline_store_list_finish (FLATLINE_STORE (store), result, &error);

  g_assert_null (runs);
  g_assert_nonnull (error);
  g_assert_cmpuint (strlen (error->message), >, 0);
  *(gboolean *)user_data = TRUE;
}

/* Whoever asks from the window gets an answer, also when it is that there is none. */
static void
test_question_that_fails (void)
{
  Place place;
  g_autoptr (FlatlineStore) store = NULL;
  gboolean answered = FALSE;

  place_begin (&place);
  store = open_store (&place);
  g_assert_cmpint (g_unlink (place.file), ==, 0);
  flatline_store_list_runs_async (store, NULL, NULL, on_listed, &answered);
  while (!answered)
    g_main_context_iteration (NULL, TRUE);
  g_clear_object (&store);
  place_end (&place);
}

/* Removed, or moved away with its folder, while a run goes on: what comes then is kept under the name, and one line
 * says so. */
static void
test_taken_away (gconstpointer with_folder)
{
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (FlatlineStore) again = NULL;
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("freeze", "taken away", 0);
  g_autoptr (FlatlineSnapshot) snapshot = store_fixture_make_snapshot ("pass");
  g_autoptr (FlatlineRun) found = NULL;
  g_autoptr (GPtrArray) freezes = NULL;
  g_autofree char *folder = NULL;
  Place self;

  place_begin (&self);
  folder = g_build_filename (self.folder, "data", NULL);
  g_free (self.file);
  self.file = g_build_filename (folder, "flatline.sqlite", NULL);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  store = open_store (&self);
  run = store_fixture_add_run (store);
  store_fixture_flush (store);
  if (with_folder)
    {
      g_autofree char *elsewhere = g_build_filename (self.folder, "elsewhere", NULL);

      g_assert_cmpint (g_rename (folder, elsewhere), ==, 0);
    }
  else
    g_assert_cmpint (g_unlink (self.file), ==, 0);
  flatline_store_add_freeze (store, run->uid, freeze, snapshot);
  store_fixture_flush (store);
  again = flatline_store_open_sqlite (self.file, NULL);
  g_assert_nonnull (again);
  found = store_fixture_find_run (again, run->uid);
  g_assert_nonnull (found);
  freezes = store_fixture_list_freezes (again, NULL);
  g_assert_cmpuint (freezes->len, ==, 1);
  while (self.lines->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (self.lines->len, ==, 1);
  g_assert_nonnull (strstr (self.lines->pdata[0], "removed or moved away"));
  place_end (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/damage/question-that-fails", test_question_that_fails);
  g_test_add_func ("/damage/no-database", test_no_database);
  g_test_add_func ("/damage/set-aside", test_set_aside);
  g_test_add_func ("/damage/two-at-once", test_two_at_once);
  g_test_add_func ("/damage/in-use", test_damaged_in_use);
  g_test_add_func ("/damage/locked", test_locked);
  g_test_add_data_func ("/damage/removed", NULL, test_taken_away);
  g_test_add_data_func ("/damage/moved", "with its folder", test_taken_away);
  return g_test_run ();
}
