/* SPDX-License-Identifier: MIT */
#include "store-fixture.h"

#include <glib/gstdio.h>

#define FLUSH_TIMEOUT_MS 60000

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
    server = mariadb_server_new ();
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
