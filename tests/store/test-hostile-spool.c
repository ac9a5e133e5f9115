/* SPDX-License-Identifier: MIT */
/*
 * Spools in which bytes or rows were changed since they were written: whatever is in them, all of it comes to an end,
 * into the store or under another name, and what comes into the store can be read and shown.
 * ./test --fuzz SECONDS store/hostile-spool goes on with it for so long; FLATLINE_TEST_SEED tries one.
 */
#include "flatline-store-backlog.h"
#include "flatline-store-schema.h"
#include "store-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#define LEAST_ROUNDS 60
#define N_BEATS      600
#define N_FREEZES    4
#define MAX_STEPS    1000

static void
add_job (FlatlineStoreBacklog *backlog, FlatlineStoreJobKind kind, const char *uid, gpointer record, gpointer snapshot)
{
  g_autoptr (GRefString) run_uid = g_ref_string_new (uid);
  const FlatlineStoreJob job = { .kind = kind, .run_uid = run_uid, .record = record, .snapshot = snapshot, .seq = 1 };
  g_autoptr (GError) error = NULL;

  flatline_store_backlog_add (backlog, &job, 1, &error);
  g_assert_no_error (error);
}

static void
add_beats (FlatlineStoreBacklog *backlog, const char *uid)
{
  g_autoptr (GArray) jobs = flatline_store_job_list_new ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < N_BEATS; i++)
    {
      g_autofree char *reason = g_strdup_printf ("beat %u", i);
      FlatlineStoreJob job = { .kind = FLATLINE_STORE_ADD_BEAT, .run_uid = g_ref_string_new (uid), .seq = i };

      job.record = FLATLINE_RECORD (store_fixture_make_beat (g_get_real_time () + i, reason, "app.py"));
      g_array_append_val (jobs, job);
    }
  flatline_store_backlog_add (backlog, (FlatlineStoreJob *)(gpointer)jobs->data, jobs->len, &error);
  g_assert_no_error (error);
}

/* What a supervisor leaves behind whose server was away. Transfer full: the one file of it. */
static char *
leave_spool (const char *folder)
{
  FlatlineStoreBacklog *backlog = flatline_store_backlog_new (folder);
  g_autoptr (FlatlineRun) run = store_fixture_make_run ("app.py");
  g_autoptr (GDir) dir = NULL;
  char *file = NULL;
  const char *name;

  add_job (backlog, FLATLINE_STORE_ADD_RUN, run->uid, run, NULL);
  add_beats (backlog, run->uid);
  for (guint i = 0; i < N_FREEZES; i++)
    {
      g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", "why", i);
      g_autoptr (FlatlineSnapshot) snapshot = store_fixture_make_snapshot (i % 2 ? "a\n" : "b\n");

      add_job (backlog, FLATLINE_STORE_ADD_FREEZE, run->uid, freeze, snapshot);
      add_job (backlog, FLATLINE_STORE_UPDATE_FREEZE, run->uid, freeze, NULL);
    }
  add_job (backlog, FLATLINE_STORE_END_RUN, run->uid, run, NULL);
  flatline_store_backlog_free (backlog);
  dir = g_dir_open (folder, 0, NULL);
  while ((name = g_dir_read_name (dir)))
    if (g_str_has_suffix (name, ".spool"))
      file = g_build_filename (folder, name, NULL);
  g_assert_nonnull (file);
  return file;
}

static void
run_sql (sqlite3 *file, const char *sql)
{
  char *message = NULL;

  if (sqlite3_exec (file, sql, NULL, NULL, &message) != SQLITE_OK)
    g_test_message ("%s: %s", sql, message);
  sqlite3_free (message);
}

/* A column of a row holds what was never put there. */
static void
spoil_row (sqlite3 *file, GRand *random)
{
  static const char *const columns[] = { "id", "jobs", "kind", "run_uid", "content", "content", "snapshot" };
  static const char *const values[] = { "-1",
                                        "0",
                                        "3",
                                        "99",
                                        "NULL",
                                        "'x'",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "1e300",
                                        "x'ff00fe'",
                                        "randomblob (100)",
                                        "randomblob (40 * 5)",
                                        "zeroblob (3000)",
                                        "'{\"uid\":null}'",
                                        "'[]'",
                                        "'{}'",
                                        "CAST (substr (content, 3) AS BLOB)",
                                        "CAST (substr (content, 1, 700) AS BLOB)",
                                        "CAST (content || content AS BLOB)",
                                        "CAST (replace (content, 'a', x'ff') AS BLOB)",
                                        "CAST (replace (content, ':', ':-') AS BLOB)" };
  g_autofree char *sql =
      g_strdup_printf ("UPDATE OR IGNORE job SET %s = %s WHERE id %% 4 = %d",
                       columns[g_rand_int_range (random, 0, G_N_ELEMENTS (columns))],
                       values[g_rand_int_range (random, 0, G_N_ELEMENTS (values))], g_rand_int_range (random, 0, 4));

  run_sql (file, sql);
}

static void
spoil_rows (const char *path, GRand *random)
{
  sqlite3 *file = NULL;
  const guint times = (guint)g_rand_int_range (random, 1, 5);

  g_assert_cmpint (sqlite3_open (path, &file), ==, SQLITE_OK);
  run_sql (file, "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace (sql, ' NOT NULL', '')");
  sqlite3_close (file);
  g_assert_cmpint (sqlite3_open (path, &file), ==, SQLITE_OK);
  for (guint i = 0; i < times; i++)
    spoil_row (file, random);
  sqlite3_close (file);
}

/* As a disk does it. */
static void
spoil_bytes (const char *path, GRand *random)
{
  const int fd = open (path, O_RDWR | O_CLOEXEC);
  const off_t size = lseek (fd, 0, SEEK_END);
  const guint times = (guint)g_rand_int_range (random, 1, 20);

  g_assert_cmpint (size, >, 1000);
  for (guint i = 0; i < times; i++)
    {
      const guint32 word = g_rand_boolean (random) ? g_rand_int (random) : 0;

      g_assert_cmpint (pwrite (fd, &word, sizeof word, g_rand_int_range (random, 0, (gint32)size)), ==, sizeof word);
    }
  if (g_rand_int_range (random, 0, 4) == 0)
    g_assert_cmpint (ftruncate (fd, g_rand_int_range (random, 0, (gint32)size)), ==, 0);
  close (fd);
}

/* A store of its own to replay it into. */
static FlatlineStoreSink *
make_sink (const char *path)
{
  g_autoptr (GError) error = NULL;
  FlatlineDatabase *database = flatline_database_open_sqlite (path, TRUE, &error);

  g_assert_no_error (error);
  g_assert_true (flatline_store_schema_migrate (database, FLATLINE_STORE_SCHEMA_NEWEST, &error));
  return flatline_store_sink_new (database);
}

static void
check_line (char *line)
{
  g_assert_true (!line || g_utf8_validate (line, -1, NULL));
  g_free (line);
}

/* The sizes of the pieces are those of a server that drops us: ever smaller. */
static guint64
replay (const char *folder, const char *into)
{
  g_autoptr (FlatlineStoreSink) sink = make_sink (into);
  FlatlineStoreBacklog *backlog = flatline_store_backlog_new (folder);
  guint64 n_replayed;
  char *line;
  guint steps = 0;

  flatline_store_backlog_adopt (backlog);
  while (!flatline_store_backlog_is_empty (backlog))
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (steps++, <, MAX_STEPS);
      flatline_store_backlog_replay (backlog, sink, 1000 >> steps % 5, &error);
      g_assert_no_error (error);
      check_line (flatline_store_sink_take_refusal (sink));
    }
  while ((line = flatline_store_backlog_take_news (backlog)))
    check_line (line);
  n_replayed = flatline_store_backlog_take_replayed (backlog);
  flatline_store_backlog_free (backlog);
  return n_replayed;
}

static void
check_records (GPtrArray *records, const GError *error)
{
  g_assert_no_error (error);
  for (guint i = 0; i < records->len; i++)
    {
      g_autofree char *json = flatline_record_to_json_string (records->pdata[i], FALSE);

      g_assert_true (g_utf8_validate (json, -1, NULL));
    }
}

/* How many records there are. */
static guint
read_store (const char *path)
{
  guint n;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineStore) store = flatline_store_open_sqlite (path, &error);
  const FlatlineStoreFilter all = { .limit = 1000 };
  g_autoptr (GPtrArray) runs = flatline_store_list_runs (store, &all, &error);
  g_autoptr (GPtrArray) freezes = flatline_store_list_freezes (store, &all, &error);

  check_records (runs, error);
  check_records (freezes, error);
  n = runs->len + freezes->len;
  for (guint i = 0; i < runs->len; i++)
    {
      const FlatlineRun *run = runs->pdata[i];
      g_autoptr (GPtrArray) beats = flatline_store_list_beats (store, run->id, run->uid, 0, 0, N_BEATS, &error);

      check_records (beats, error);
      n += beats->len;
    }
  return n;
}

static void
remove_folder (const char *folder)
{
  const char *const argv[] = { "rm", "-rf", folder, NULL };

  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

static guint64
try_seed (guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  g_autofree char *folder = g_dir_make_tmp ("flatline-hostile-XXXXXX", NULL);
  g_autofree char *into = g_build_filename (folder, "store.sqlite", NULL);
  g_autofree char *file = leave_spool (folder);
  guint64 n_replayed;

  g_test_message ("seed %u", seed);
  if (seed % 3)
    spoil_rows (file, random);
  else
    spoil_bytes (file, random);
  n_replayed = replay (folder, into);
  read_store (into);
  remove_folder (folder);
  return n_replayed;
}

static void
test_as_it_is (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-hostile-XXXXXX", NULL);
  g_autofree char *into = g_build_filename (folder, "store.sqlite", NULL);
  g_autofree char *file = leave_spool (folder);

  g_assert_cmpuint (replay (folder, into), >=, N_BEATS + 10);
  g_assert_cmpuint (read_store (into), ==, 1 + N_FREEZES + N_BEATS);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  remove_folder (folder);
}

/* What nobody can be told apart by is left out, and all else comes through. */
static void
test_without_names (void)
{
  static const char *const changes[] = {
    "UPDATE job SET content = '{}' WHERE kind = 0",
    "UPDATE job SET content = '{}' WHERE kind = 1",
    "UPDATE job SET content = '{}' WHERE kind = 3",
    "UPDATE job SET content = '{}' WHERE kind = 4",
    "UPDATE job SET run_uid = NULL",
    "UPDATE job SET content = x''",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autofree char *folder = g_dir_make_tmp ("flatline-hostile-XXXXXX", NULL);
      g_autofree char *into = g_build_filename (folder, "store.sqlite", NULL);
      g_autofree char *path = leave_spool (folder);
      sqlite3 *file = NULL;

      g_assert_cmpint (sqlite3_open (path, &file), ==, SQLITE_OK);
      run_sql (file, changes[i]);
      sqlite3_close (file);
      replay (folder, into);
      g_assert_cmpuint (read_store (into), <=, 1 + N_FREEZES + N_BEATS);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
      remove_folder (folder);
    }
}

static void
test_nonsense (void)
{
  const char *one = g_getenv ("FLATLINE_TEST_SEED");
  const char *seconds = g_getenv ("FLATLINE_TEST_FUZZ_SECONDS");
  const gint64 end_us = g_get_monotonic_time () + (seconds ? g_ascii_strtoll (seconds, NULL, 10) : 0) * G_USEC_PER_SEC;
  guint32 seed = one ? (guint32)g_ascii_strtoull (one, NULL, 10) : seconds ? g_random_int () : 1;
  guint64 n_replayed = 0;
  guint n;

  for (n = 0; n < (one ? 1 : LEAST_ROUNDS) || (!one && g_get_monotonic_time () < end_us); n++)
    n_replayed += try_seed (seed++);
  g_test_message ("%u tried, %" G_GUINT64_FORMAT " jobs came through", n, n_replayed);
  g_assert_cmpuint (n_replayed, >, one ? 0 : n * N_BEATS / 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/hostile-spool/as-it-is", test_as_it_is);
  g_test_add_func ("/store/hostile-spool/without-names", test_without_names);
  g_test_add_func ("/store/hostile-spool/nonsense", test_nonsense);
  return g_test_run ();
}
