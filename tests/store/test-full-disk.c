/* SPDX-License-Identifier: MIT */
/*
 * A disk that is full at random moments while beats come in, and then is not any more: the one with the store's file,
 * the one with the spool while the server comes and goes, the server's own. Nobody waits, and every beat is there in
 * the end, once and in order. Three moments each; two hundred with ./test --soak.
 */
#include "server-case.h"
#include "small-disk.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define PATIENCE_US (60 * G_USEC_PER_SEC)
#define MAX_MOMENTS 100

typedef struct
{
  FlatlineStore *store;
  FlatlineRun *run;
  guint n_beats;
  char *line; /* the last one of trouble */
  guint n_lines;
  gint64 longest_us; /* that whoever beats had to wait */
} Ingest;

static guint
count_moments (void)
{
  return g_getenv ("FLATLINE_TEST_SOAK") ? 200 : 3;
}

/* Ten, with so much text that a moment of them wants more of the disk than SQLite has set aside already. */
static void
add_ten (Ingest *self)
{
  static const char text[] = "................................................................................"
                             "................................................................................";

  for (guint i = 0; i < 10; i++, self->n_beats++)
    {
      g_autofree char *reason = g_strdup_printf ("%u %s%s", self->n_beats, text, text);
      g_autoptr (FlatlineBeat) beat =
          store_fixture_make_beat (self->run->started_us + self->n_beats, reason, "main.py");

      flatline_store_add_beat (self->store, self->run->uid, beat);
    }
}

/* Beats for up to @longest_us. */
static void
beat_for_a_while (Ingest *self, gint64 longest_us)
{
  const gint64 end_us = g_get_monotonic_time () + g_random_int_range (0, longest_us);

  do
    {
      const gint64 start_us = g_get_monotonic_time ();

      add_ten (self);
      self->longest_us = MAX (self->longest_us, g_get_monotonic_time () - start_us);
      g_usleep (300);
    }
  while (g_get_monotonic_time () < end_us);
}

/* Would never come back if whoever beats had to wait for the disk, which is emptied only afterwards. */
static void
go_through_full_disk (Ingest *self, SmallDisk *disk)
{
  beat_for_a_while (self, 60000);
  small_disk_fill (disk);
  beat_for_a_while (self, 300000);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  small_disk_empty (disk);
}

static void
on_trouble (FlatlineStore *store, const char *line, Ingest *self)
{
  if (self->n_lines++ == 0)
    g_test_message ("%s", line);
  g_free (self->line);
  self->line = g_strdup (line);
}

static void
ingest_begin (Ingest *self, FlatlineStore *store)
{
  *self = (Ingest){ .store = store, .run = store_fixture_add_run (store) };
  g_signal_connect (store, "trouble", G_CALLBACK (on_trouble), self);
}

static void
ingest_end (Ingest *self)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_test_message ("%u beats, %u lines of trouble; ten beats took %.2f ms at most", self->n_beats, self->n_lines,
                  self->longest_us / 1000.0);
  g_assert_cmpuint (self->n_lines, >, 0);
  store_fixture_assert_beats (self->store, self->run->uid, self->n_beats);
  g_signal_handlers_disconnect_by_data (self->store, self);
  g_clear_object (&self->run);
  g_clear_pointer (&self->line, g_free);
}

/* One line says it, and what is accepted meanwhile is not said to be safe. */
static void
go_through_certain_trouble (Ingest *self, SmallDisk *disk)
{
  const guint n_lines = self->n_lines;
  const gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;

  small_disk_fill (disk);
  store_fixture_add_beats (self->store, self->run, self->n_beats, self->n_beats + 100000);
  self->n_beats += 100000;
  while (self->n_lines == n_lines && g_get_monotonic_time () < deadline_us)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (5000);
  g_assert_nonnull (strstr (self->line, "full"));
  g_assert_null (strchr (self->line, '\n'));
  g_assert_false (flatline_store_flush (self->store, 100));
  small_disk_empty (disk);
  store_fixture_flush (self->store);
  g_assert_cmpuint (self->n_lines, ==, n_lines + 1);
}

static void
test_file (void)
{
  g_autofree char *file = NULL;
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (GError) error = NULL;
  SmallDisk disk;
  Ingest ingest;

  if (!small_disk_mount (&disk, 768))
    return;
  file = g_build_filename (disk.folder, "flatline.sqlite", NULL);
  store = flatline_store_open_sqlite (file, &error);
  g_assert_no_error (error);
  ingest_begin (&ingest, store);
  /* First: later SQLite has room of its own, in a log that has grown. */
  go_through_certain_trouble (&ingest, &disk);
  for (guint i = 0; i < count_moments (); i++)
    {
      go_through_full_disk (&ingest, &disk);
      store_fixture_flush (store);
    }
  g_assert_cmpuint (ingest.n_lines, <=, count_moments () + 1);
  ingest_end (&ingest);
  g_clear_object (&store);
  small_disk_unmount (&disk);
}

/* The spool's disk, while the server is away, while it comes back, and while it is there. */
static void
test_spool (void)
{
  MariadbServer *server = store_fixture_get_server ();
  ServerCase self;
  SmallDisk disk;
  Ingest ingest;

  if (!server_case_begin (&self, "full_spool"))
    return;
  if (!small_disk_mount (&disk, 768))
    {
      server_case_end (&self);
      return;
    }
  g_free (self.file);
  self.file = g_build_filename (disk.folder, "flatline.sqlite", NULL);
  self.store = flatline_store_open_server (self.address, self.file);
  ingest_begin (&ingest, self.store);
  /* A short moment may find room that was there. */
  for (guint i = 0; i < count_moments () || (ingest.n_lines == 0 && i < MAX_MOMENTS); i++)
    {
      if (i % 4 == 0 && server->pid)
        mariadb_server_stop (server, SIGKILL);
      go_through_full_disk (&ingest, &disk);
      if (i % 4 == 2)
        mariadb_server_start (server);
      else
        store_fixture_flush (self.store);
    }
  if (!server->pid)
    mariadb_server_start (server);
  store_fixture_flush (self.store);
  store_fixture_wait_until_replayed (self.store);
  ingest_end (&ingest);
  g_assert_false (g_file_test (self.file, G_FILE_TEST_EXISTS));
  g_clear_object (&self.store);
  server_case_end (&self);
  small_disk_unmount (&disk);
}

/* A server whose disk is full takes nothing, and may even end for it. */
static void
test_server (void)
{
  g_autoptr (FlatlineServer) address = NULL;
  g_autofree char *file = NULL;
  g_autofree char *folder = NULL;
  MariadbServer *server;
  SmallDisk disk;
  Ingest ingest;
  FlatlineStore *store;

  if (!small_disk_mount (&disk, 1024))
    return;
  server = mariadb_server_new (disk.folder);
  if (!server)
    {
      small_disk_unmount (&disk);
      g_test_skip ("there is no mariadbd here (Debian: mariadb-server-core)");
      return;
    }
  folder = g_dir_make_tmp ("flatline-server-XXXXXX", NULL);
  file = g_build_filename (folder, "flatline.sqlite", NULL);
  address = mariadb_server_dup_address (server, "full");
  store = flatline_store_open_server (address, file);
  ingest_begin (&ingest, store);
  g_assert_true (flatline_store_wait_for_server (store, 60000));
  for (guint i = 0; i < count_moments (); i++)
    {
      go_through_full_disk (&ingest, &disk);
      if (!mariadb_server_is_alive (server))
        {
          g_test_message ("the server ended of the full disk: started again");
          mariadb_server_start (server);
        }
      store_fixture_flush (store);
      store_fixture_wait_until_replayed (store);
    }
  ingest_end (&ingest);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_object_unref (store);
  mariadb_server_free (server);
  g_spawn_sync (NULL, (char *[]){ "rm", "-rf", folder, NULL }, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                NULL);
  small_disk_unmount (&disk);
}

/* Not “disk I/O error”, by which nobody knows what to do. */
static void
test_words (void)
{
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *file = NULL;
  SmallDisk disk;

  if (!small_disk_mount (&disk, 1))
    return;
  file = g_build_filename (disk.folder, "flatline.sqlite", NULL);
  store = flatline_store_open_sqlite (file, &error);
  g_assert_no_error (error);
  g_clear_object (&store);
  small_disk_fill (&disk);
  store = flatline_store_open_sqlite (file, &error);
  g_assert_null (store);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, g_strerror (ENOSPC)));
  small_disk_unmount (&disk);
}

int
main (int argc, char **argv)
{
  int status;

  small_disk_prepare ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/full-disk/words", test_words);
  g_test_add_func ("/full-disk/file", test_file);
  g_test_add_func ("/full-disk/spool", test_spool);
  g_test_add_func ("/full-disk/server", test_server);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
