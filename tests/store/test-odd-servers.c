/* SPDX-License-Identifier: MIT */
/*
 * Servers that somebody set up in another way, and bad days of good ones: what is kept there is the same to the byte,
 * and what cannot be kept there now waits.
 */
#include "server-case.h"

#include <signal.h>
#include <string.h>

static const char words[] = "Größe 😀 'quoted' \"double\" `tick` back\\slash 100% \\' -- ; \\0";

/* The server of this program, started anew with other options; NULL: the usual ones. */
static void
restart (const char *const *options)
{
  MariadbServer *server = store_fixture_get_server ();

  mariadb_server_stop (server, SIGTERM);
  server->options = options;
  mariadb_server_start (server);
}

/* A run, beats, a freeze with all there is, and its end; read back, changed, found, counted, deleted. */
static void
assert_keeps_everything (ServerCase *self)
{
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", words, 10);
  g_autoptr (FlatlineSnapshot) snapshot = store_fixture_make_snapshot (words);
  g_autoptr (FlatlineSnapshot) loaded = NULL;
  g_autoptr (FlatlineBeat) beat = NULL;
  g_autoptr (GPtrArray) freezes = NULL;
  g_autoptr (GPtrArray) groups = NULL;
  g_autoptr (GPtrArray) beats = NULL;
  g_autoptr (GError) error = NULL;
  FlatlineStore *store = self->store;
  FlatlineFreeze *found;
  gint64 age_us;

  run = store_fixture_add_run (store);
  beat = store_fixture_make_beat (g_get_real_time (), words, words);
  flatline_store_add_beat (store, run->uid, beat);
  flatline_store_add_freeze (store, run->uid, freeze, snapshot);
  g_object_set (freeze, "ended-us", freeze->time_us + 5, NULL);
  flatline_store_update_freeze (store, freeze);
  store_fixture_flush (store);
  store_fixture_wait_until_replayed (store);
  beats = store_fixture_list_beats (store, run->uid, 0, 0, 0);
  g_assert_cmpuint (beats->len, ==, 1);
  g_assert_cmpstr (((FlatlineBeat *)beats->pdata[0])->reason, ==, words);
  age_us = flatline_store_read_newest_beat_age_us (store, run->uid, beat->pid, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (age_us, >=, 0);
  g_assert_cmpint (age_us, <, 600 * G_USEC_PER_SEC);
  freezes = store_fixture_list_freezes (store, &(FlatlineStoreFilter){ .text = "back\\slash 100% \\'" });
  g_assert_cmpuint (freezes->len, ==, 1);
  found = freezes->pdata[0];
  g_assert_cmpstr (found->summary, ==, words);
  g_assert_cmpint (found->time_us, ==, freeze->time_us);
  g_assert_cmpint (found->ended_us, ==, freeze->ended_us);
  groups = flatline_store_list_groups (store, &(FlatlineStoreFilter){ .kind = "deadlock" }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (groups->len, ==, 1);
  loaded = flatline_store_load_snapshot (store, found->id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (((FlatlineSourceFile *)flatline_list_peek (loaded->sources, 0))->text, ==, words);
  g_assert_true (flatline_store_delete_freeze (store, found->id, &error));
  g_assert_no_error (error);
  g_assert_true (flatline_store_prune (store, &(FlatlineRetention){ .freeze_age_us = 1 }, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (self->file, G_FILE_TEST_EXISTS));
}

typedef struct
{
  const char *name;
  const char *options[4];
} Setup;

static const Setup setups[] = {
  { "strict", { "--sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,PIPES_AS_CONCAT" } },
  { "oracle", { "--sql-mode=ORACLE" } },
  { "lenient", { "--sql-mode=" } },
  { "time-zone", { "--default-time-zone=+05:30" } },
  { "latin1", { "--character-set-server=latin1", "--collation-server=latin1_swedish_ci" } },
  { "utf8mb3", { "--character-set-server=utf8mb3", "--collation-server=utf8mb3_general_ci" } },
  { "lower-case", { "--lower-case-table-names=1" } },
  { "serializable", { "--transaction-isolation=SERIALIZABLE", "--autocommit=0" } },
  { "read-committed", { "--transaction-isolation=READ-COMMITTED", "--binlog-format=ROW" } },
  { "old-defaults",
    { "--explicit-defaults-for-timestamp=OFF", "--innodb-strict-mode=OFF", "--default-storage-engine=MyISAM" } },
};

static void
test_setup (gconstpointer data)
{
  const Setup *setup = data;
  g_autofree char *database = g_strdup_printf ("Odd_%s", setup->name);
  ServerCase self;

  if (!server_case_begin (&self, database))
    return;
  restart (setup->options);
  server_case_connect (&self);
  assert_keeps_everything (&self);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (self.lines->len, ==, 0);
  server_case_end (&self);
  restart (NULL);
}

static void
use_writer (ServerCase *self, const char *name)
{
  g_autofree char *sql = g_strdup_printf (
      "CREATE OR REPLACE USER %s; GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, REFERENCES,"
      " CREATE VIEW ON `%s`.* TO %s; CREATE DATABASE IF NOT EXISTS `%s`",
      name, self->address->database, name, self->address->database);

  mariadb_server_execute (store_fixture_get_server (), sql);
  g_free (self->address->user);
  self->address->user = g_strdup (name);
}

/* A replica, or a failover that is not over: nothing can be written until it can. */
static void
test_read_only (void)
{
  g_autoptr (FlatlineRun) run = NULL;
  ServerCase self;

  if (!server_case_begin (&self, "replica"))
    return;
  use_writer (&self, "replicated");
  server_case_connect (&self);
  run = store_fixture_add_run (self.store);
  store_fixture_add_beats (self.store, run, 0, 100);
  store_fixture_flush (self.store);
  g_assert_cmpuint (flatline_store_count_spooled (self.store), ==, 0);
  mariadb_server_execute (store_fixture_get_server (), "SET GLOBAL read_only = 1");
  store_fixture_add_beats (self.store, run, 100, 300);
  store_fixture_flush (self.store);
  g_assert_cmpuint (flatline_store_count_spooled (self.store), >, 0);
  server_case_wait_for_line (&self, "waits on this machine");
  g_assert_cmpuint (self.lines->len, ==, 1);
  mariadb_server_execute (store_fixture_get_server (), "SET GLOBAL read_only = 0");
  store_fixture_wait_until_replayed (self.store);
  store_fixture_assert_beats (self.store, run->uid, 300);
  g_assert_false (g_file_test (self.file, G_FILE_TEST_EXISTS));
  server_case_end (&self);
}

/* It was read-only from the start, and the tables are not made yet. */
static void
test_read_only_first (void)
{
  g_autoptr (FlatlineRun) run = NULL;
  ServerCase self;

  if (!server_case_begin (&self, "replica_first"))
    return;
  use_writer (&self, "replicated");
  mariadb_server_execute (store_fixture_get_server (), "SET GLOBAL read_only = 1");
  server_case_open (&self);
  run = store_fixture_add_run (self.store);
  store_fixture_add_beats (self.store, run, 0, 100);
  store_fixture_flush (self.store);
  g_assert_cmpuint (flatline_store_count_spooled (self.store), ==, 101);
  mariadb_server_execute (store_fixture_get_server (), "SET GLOBAL read_only = 0");
  store_fixture_wait_until_replayed (self.store);
  store_fixture_assert_beats (self.store, run->uid, 100);
  server_case_end (&self);
}

/* All seats are taken. */
static void
test_max_connections (void)
{
  static const char *const options[] = { "--max-connections=10", NULL };
  FlatlineDatabase *seats[16] = { NULL };
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineServer) owner = NULL;
  ServerCase self;

  if (!server_case_begin (&self, "crowded"))
    return;
  restart (options);
  use_writer (&self, "crowd");
  for (guint i = 0; i < G_N_ELEMENTS (seats); i++)
    seats[i] = flatline_database_open_mariadb (self.address, 60, FALSE, NULL);
  server_case_open (&self);
  run = store_fixture_add_run (self.store);
  store_fixture_add_beats (self.store, run, 0, 100);
  store_fixture_flush (self.store);
  g_assert_cmpuint (flatline_store_count_spooled (self.store), ==, 101);
  server_case_wait_for_line (&self, "waits on this machine");
  g_assert_cmpuint (self.lines->len, ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (seats); i++)
    flatline_database_close (seats[i]);
  store_fixture_wait_until_replayed (self.store);
  store_fixture_assert_beats (self.store, run->uid, 100);
  server_case_end (&self);
  restart (NULL);
}

/* An upgrade: it ends in good order in the middle of everything, and comes back. */
static void
test_restarted (void)
{
  g_autoptr (FlatlineRun) run = NULL;
  guint n_beats = 0;
  ServerCase self;

  if (!server_case_begin (&self, "upgraded"))
    return;
  server_case_open (&self);
  run = store_fixture_add_run (self.store);
  for (guint i = 0; i < 3; i++)
    {
      store_fixture_add_beats (self.store, run, n_beats, n_beats + 5000);
      n_beats += 5000;
      restart (NULL);
      store_fixture_add_beats (self.store, run, n_beats, n_beats + 5000);
      n_beats += 5000;
      store_fixture_flush (self.store);
    }
  store_fixture_wait_until_replayed (self.store);
  store_fixture_assert_beats (self.store, run->uid, n_beats);
  server_case_end (&self);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (setups); i++)
    {
      g_autofree char *path = g_strconcat ("/odd-servers/", setups[i].name, NULL);

      g_test_add_data_func (path, &setups[i], test_setup);
    }
  g_test_add_func ("/odd-servers/read-only", test_read_only);
  g_test_add_func ("/odd-servers/read-only-first", test_read_only_first);
  g_test_add_func ("/odd-servers/max-connections", test_max_connections);
  g_test_add_func ("/odd-servers/restarted", test_restarted);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
