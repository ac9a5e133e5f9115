/* SPDX-License-Identifier: MIT */
/*
 * A fleet: ten supervisors, processes of their own, start at once upon a store that is empty or of an older schema, and
 * what the manual grants a writer and a reader is enough, word for word.
 */
#include "server-case.h"

#include "flatline-store-schema.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_SUPERVISORS 10
#define N_BEATS       200

/* In a child: a run with beats and a freeze, once everybody is ready. Tells its run. */
static void
supervise (StoreFixture *fixture, int ready, int told)
{
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", "at the same time", 1);
  g_autofree char *own = g_strdup_printf ("%s/%d.sqlite", fixture->folder, (int)getpid ());
  g_autoptr (GError) error = NULL;
  char byte;

  g_assert_cmpint (read (ready, &byte, 1), ==, 0);
  store = fixture->address ? flatline_store_open_server (fixture->address, own)
                           : flatline_store_open_sqlite (fixture->file, &error);
  g_assert_no_error (error);
  run = store_fixture_add_run (store);
  store_fixture_add_beats (store, run, 0, N_BEATS);
  flatline_store_add_freeze (store, run->uid, freeze, NULL);
  store_fixture_flush (store);
  store_fixture_wait_until_replayed (store);
  g_assert_false (g_file_test (own, G_FILE_TEST_EXISTS));
  g_assert_cmpint (write (told, run->uid, 32), ==, 32);
}

static void
start_ten (StoreFixture *fixture)
{
  int ready[2], told[2];
  pid_t children[N_SUPERVISORS];
  g_autoptr (GPtrArray) groups = NULL;

  g_assert_cmpint (pipe (ready), ==, 0);
  g_assert_cmpint (pipe (told), ==, 0);
  for (guint i = 0; i < N_SUPERVISORS; i++)
    {
      children[i] = store_fixture_fork ();
      if (children[i] == 0)
        {
          close (ready[1]);
          supervise (fixture, ready[0], told[1]);
          _exit (0);
        }
    }
  close (ready[0]);
  close (ready[1]);
  close (told[1]);
  for (guint i = 0; i < N_SUPERVISORS; i++)
    {
      int status = 0;

      waitpid (children[i], &status, 0);
      g_assert_cmpint (status, ==, 0);
    }
  fixture->store = store_fixture_open_again (fixture);
  for (guint i = 0; i < N_SUPERVISORS; i++)
    {
      char uid[33] = "";

      g_assert_cmpint (read (told[0], uid, 32), ==, 32);
      store_fixture_assert_beats (fixture->store, uid, N_BEATS);
    }
  close (told[0]);
  groups = flatline_store_list_groups (fixture->store, NULL, NULL);
  g_assert_cmpuint (groups->len, ==, 1);
  g_assert_cmpint (((FlatlineFreezeGroup *)groups->pdata[0])->count, ==, N_SUPERVISORS);
}

/* The fixture's store is there already: as if nobody had ever come. */
static void
forget_store (StoreFixture *fixture)
{
  g_clear_object (&fixture->store);
  if (fixture->address)
    {
      g_free (fixture->address->database);
      fixture->address->database = g_strdup_printf ("fleet_%u", g_random_int ());
    }
  else
    {
      g_free (fixture->file);
      fixture->file = g_build_filename (fixture->folder, "fleet.sqlite", NULL);
    }
}

static void
test_empty (StoreFixture *fixture)
{
  g_autofree char *file = g_strdup (fixture->file);

  forget_store (fixture);
  start_ten (fixture);
  g_free (fixture->file);
  fixture->file = g_steal_pointer (&file);
}

/* The first schema there was, which all ten find and one migrates. */
static void
test_old_schema (StoreFixture *fixture)
{
  g_autofree char *file = g_strdup (fixture->file);
  g_autoptr (FlatlineDatabase) database = NULL;
  g_autoptr (GError) error = NULL;

  forget_store (fixture);
  database = fixture->address ? flatline_database_open_mariadb (fixture->address, 60, TRUE, &error)
                              : flatline_database_open_sqlite (fixture->file, TRUE, &error);
  g_assert_no_error (error);
  g_assert_true (flatline_store_schema_migrate (database, 1, &error));
  g_assert_no_error (error);
  g_clear_pointer (&database, flatline_database_close);
  start_ten (fixture);
  g_free (fixture->file);
  fixture->file = g_steal_pointer (&file);
}

/* The statements of the manual for the server's administrator, but for TLS and with passwords of their own. */
static char *
read_grants (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("FLATLINE_TEST_SOURCE_ROOT"), "data", "MANUAL.md", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GString) sql = g_string_new (NULL);

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    if (g_str_has_prefix (*line, "    CREATE ") || g_str_has_prefix (*line, "    GRANT "))
      g_string_append (sql, *line + 4);
  g_string_replace (sql, " REQUIRE SSL", "", 0);
  g_string_replace (sql, "…", "granted", 0);
  return g_string_free (g_steal_pointer (&sql), FALSE);
}

static void
test_grants (void)
{
  g_autofree char *sql = read_grants ();
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineStore) watcher = NULL;
  g_autoptr (FlatlineServer) address = NULL;
  g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", "seen by all", 1);
  g_autoptr (GPtrArray) seen = NULL;
  g_autoptr (GError) error = NULL;
  ServerCase self;

  if (!server_case_begin (&self, "flatline"))
    return;
  g_test_message ("%s", sql);
  mariadb_server_execute (store_fixture_get_server (), sql);
  g_free (self.address->user);
  g_free (self.address->password);
  self.address->user = g_strdup ("flatline");
  self.address->password = g_strdup ("granted");
  server_case_connect (&self);
  run = store_fixture_add_run (self.store);
  store_fixture_add_beats (self.store, run, 0, 10);
  flatline_store_add_freeze (self.store, run->uid, freeze, NULL);
  store_fixture_flush (self.store);
  g_assert_cmpuint (flatline_store_count_spooled (self.store), ==, 0);
  g_assert_true (flatline_store_prune (self.store, &(FlatlineRetention){ 0 }, NULL, &error));
  g_assert_no_error (error);
  address = flatline_server_copy (self.address);
  g_free (address->user);
  address->user = g_strdup ("watcher");
  watcher = flatline_store_open_server (address, self.file);
  seen = store_fixture_list_freezes (watcher, NULL);
  g_assert_cmpuint (seen->len, ==, 1);
  store_fixture_assert_beats (watcher, run->uid, 10);
  g_assert_false (flatline_store_delete_freeze (watcher, ((FlatlineFreeze *)seen->pdata[0])->id, &error));
  g_assert_nonnull (strstr (error->message, "denied"));
  g_clear_object (&watcher);
  server_case_end (&self);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  store_fixture_add_test ("ten-at-once", test_empty);
  store_fixture_add_test ("ten-at-an-old-schema", test_old_schema);
  g_test_add_func ("/fleet/grants", test_grants);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
