/* SPDX-License-Identifier: MIT */
#include "store-fixture.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FLUSH_TIMEOUT_MS 300000 /* a busy machine; the test program has a limit of its own */
#define PATIENCE_US      (300 * G_USEC_PER_SEC)

typedef struct
{
  const char *backend;
  StoreTestFunc func;
} TestCase;

static MariadbServer *server;

MariadbServer *
store_fixture_get_server (void)
{
  static gboolean asked;

  if (!asked)
    server = mariadb_server_new (NULL);
  asked = TRUE;
  return server;
}

void
store_fixture_stop_server (void)
{
  g_clear_pointer (&server, mariadb_server_free);
}

gboolean
store_fixture_is_server (StoreFixture *fixture)
{
  return fixture->address != NULL;
}

FlatlineStore *
store_fixture_open_again (StoreFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  FlatlineStore *store;

  if (fixture->address)
    {
      store = flatline_store_open_server (fixture->address, fixture->file);
      g_assert_true (flatline_store_wait_for_server (store, FLUSH_TIMEOUT_MS));
      return store;
    }
  store = flatline_store_open_sqlite (fixture->file, &error);
  g_assert_no_error (error);
  return store;
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        remove_folder (path);
      else
        g_unlink (path);
    }
  g_rmdir (folder);
}

static void
run_test (gconstpointer data)
{
  static guint n_databases;
  const TestCase *test_case = data;
  StoreFixture fixture = { .backend = test_case->backend };
  g_autofree char *database = g_strdup_printf ("flatline`%u", ++n_databases);

  if (g_str_equal (fixture.backend, "mariadb"))
    {
      if (!store_fixture_get_server ())
        {
          g_test_skip ("there is no mariadbd here (Debian: mariadb-server-core)");
          return;
        }
      fixture.address = mariadb_server_dup_address (server, database);
    }
  fixture.folder = g_dir_make_tmp ("flatline-store-XXXXXX", NULL);
  fixture.file = g_build_filename (fixture.folder, "flatline.sqlite", NULL);
  fixture.store = store_fixture_open_again (&fixture);
  test_case->func (&fixture);
  g_clear_object (&fixture.store);
  g_assert_true (g_file_test (fixture.file, G_FILE_TEST_EXISTS) == !fixture.address);
  remove_folder (fixture.folder);
  g_free (fixture.folder);
  g_free (fixture.file);
  flatline_server_free (fixture.address);
}

void
store_fixture_add_test (const char *name, StoreTestFunc func)
{
  static const char *const backends[] = { "sqlite", "mariadb" };

  for (gsize i = 0; i < G_N_ELEMENTS (backends); i++)
    {
      g_autofree char *path = g_strdup_printf ("/store/%s/%s", backends[i], name);
      TestCase *test_case = g_new0 (TestCase, 1);

      test_case->backend = backends[i];
      test_case->func = func;
      g_test_add_data_func_full (path, test_case, run_test, g_free);
    }
}

void
store_fixture_flush (FlatlineStore *store)
{
  g_assert_true (flatline_store_flush (store, FLUSH_TIMEOUT_MS));
}

FlatlineRun *
store_fixture_make_run (const char *title)
{
  FlatlineRun *run = g_object_new (FLATLINE_TYPE_RUN, NULL);

  run->uid = flatline_new_uid ();
  run->host = g_strdup (g_get_host_name ());
  run->title = g_strdup (title);
  run->argv = g_strsplit ("/srv/app.py|--name|two words", "|", -1);
  run->cwd = g_strdup ("/srv");
  run->python = g_strdup ("3.11.2");
  run->pid = 4711;
  run->started_us = g_get_real_time ();
  run->exit_status = -1;
  return run;
}

FlatlineFreeze *
store_fixture_make_freeze (const char *kind, const char *summary, gint64 age)
{
  FlatlineFreeze *freeze = g_object_new (FLATLINE_TYPE_FREEZE, NULL);

  freeze->uid = flatline_new_uid ();
  freeze->host = g_strdup (g_get_host_name ());
  freeze->title = g_strdup ("app.py");
  freeze->pid = 4711;
  freeze->kind = g_strdup ("freeze");
  freeze->cause = g_strdup ("program beats silent for 2.6 s");
  freeze->time_us = g_get_real_time () - age * G_USEC_PER_SEC;
  freeze->last_beat_us = freeze->time_us - 2600000;
  freeze->stale_ms = 2600;
  freeze->last_reason = g_strdup ("LOAD");
  freeze->last_caller = g_strdup ("main.py");
  freeze->verdict_kind = g_strdup (kind);
  freeze->summary = g_strdup (summary);
  freeze->location = g_strdup ("/srv/app.py:12 in load");
  freeze->confidence = g_strdup ("certain");
  freeze->signature = g_strdup_printf ("%s@/srv/app.py:12", kind);
  return freeze;
}

FlatlineSnapshot *
store_fixture_make_snapshot (const char *source_text)
{
  FlatlineSnapshot *snapshot = flatline_snapshot_new ("freeze");
  FlatlineThread *thread = g_object_new (FLATLINE_TYPE_THREAD, "native-id", (gint64)42, "name", "worker", NULL);
  FlatlineFrame *frame =
      g_object_new (FLATLINE_TYPE_FRAME, "function", "load", "file", "/srv/app.py", "line", (gint64)1, NULL);
  FlatlineValue *value = g_object_new (FLATLINE_TYPE_VALUE, "name", "größe", "text", "'😀'", NULL);
  FlatlineSourceFile *source =
      g_object_new (FLATLINE_TYPE_SOURCE_FILE, "file", "/srv/app.py", "text", source_text, NULL);

  flatline_list_append (&frame->locals, value);
  flatline_list_append (&thread->frames, frame);
  flatline_list_append (&snapshot->threads, thread);
  flatline_list_append (&snapshot->sources, source);
  return snapshot;
}

FlatlineBeat *
store_fixture_make_beat (gint64 time_us, const char *reason, const char *caller)
{
  FlatlineBeat *beat = g_object_new (FLATLINE_TYPE_BEAT, NULL);

  beat->time_us = time_us;
  beat->lane = g_strdup ("program");
  beat->reason = g_strdup (reason);
  beat->caller = g_strdup (caller);
  beat->pid = 4711;
  return beat;
}

void
store_fixture_wait_until_replayed (FlatlineStore *store)
{
  gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;

  while (flatline_store_count_spooled (store) > 0 && g_get_monotonic_time () < deadline_us)
    g_usleep (5000);
  g_assert_cmpuint (flatline_store_count_spooled (store), ==, 0);
}

FlatlineRun *
store_fixture_add_run (FlatlineStore *store)
{
  FlatlineRun *run = store_fixture_make_run ("app.py");

  flatline_store_add_run (store, run);
  return run;
}

void
store_fixture_add_beats (FlatlineStore *store, FlatlineRun *run, guint from, guint to)
{
  for (guint i = from; i < to; i++)
    {
      g_autofree char *reason = g_strdup_printf ("%u", i);
      g_autoptr (FlatlineBeat) beat = store_fixture_make_beat (run->started_us + i, reason, "main.py");

      flatline_store_add_beat (store, run->uid, beat);
    }
}

void
store_fixture_assert_beats (FlatlineStore *store, const char *run_uid, guint n_beats)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) beats = flatline_store_list_beats (store, 0, run_uid, 0, 0, 0, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (beats->len, ==, n_beats);
  for (guint i = 0; i < n_beats; i++)
    g_assert_cmpint (g_ascii_strtoll (((FlatlineBeat *)beats->pdata[i])->reason, NULL, 10), ==, i);
}

GPtrArray *
store_fixture_list_freezes (FlatlineStore *store, const FlatlineStoreFilter *filter)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *freezes = flatline_store_list_freezes (store, filter, &error);

  g_assert_no_error (error);
  return freezes;
}

FlatlineRun *
store_fixture_find_run (FlatlineStore *store, const char *uid)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) runs = flatline_store_list_runs (store, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < runs->len; i++)
    if (g_strcmp0 (((FlatlineRun *)runs->pdata[i])->uid, uid) == 0)
      return g_object_ref (runs->pdata[i]);
  return NULL;
}

GPtrArray *
store_fixture_list_beats (FlatlineStore *store, const char *run_uid, gint64 from_us, gint64 to_us, guint limit)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *beats = flatline_store_list_beats (store, 0, run_uid, from_us, to_us, limit, &error);

  g_assert_no_error (error);
  return beats;
}

static void
on_trouble (FlatlineStore *store, const char *line, GPtrArray *lines)
{
  g_test_message ("%s", line);
  g_ptr_array_add (lines, g_strdup (line));
}

void
store_fixture_collect_troubles (FlatlineStore *store, GPtrArray *lines)
{
  g_signal_connect (store, "trouble", G_CALLBACK (on_trouble), lines);
}

static gboolean
has_store_threads (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;

  while (tasks && (name = g_dir_read_name (tasks)))
    {
      g_autofree char *file = g_build_filename ("/proc/self/task", name, "comm", NULL);
      g_autofree char *comm = NULL;

      if (atoi (name) != getpid () && g_file_get_contents (file, &comm, NULL, NULL) && g_str_has_prefix (comm, "store"))
        return TRUE;
    }
  return FALSE;
}

pid_t
store_fixture_fork (void)
{
  gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;

  while (has_store_threads () && g_get_monotonic_time () < deadline_us)
    g_usleep (1000);
  return fork ();
}
