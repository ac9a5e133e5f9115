/* SPDX-License-Identifier: MIT */
/* The store: what goes in comes out, exactly, in order, once; also after a kill. */
#include "store-fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_KILLS 10

/* Equal as JSON, but for the numbers the store gives. */
static void
assert_same_record (gpointer expected, gpointer found)
{
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;

  g_object_set (found, "id", G_GINT64_CONSTANT (0), NULL);
  if (FLATLINE_IS_FREEZE (found))
    g_object_set (found, "run-id", G_GINT64_CONSTANT (0), NULL);
  a = flatline_record_to_json_string (expected, FALSE);
  b = flatline_record_to_json_string (found, FALSE);
  g_assert_cmpstr (a, ==, b);
}

static void
test_run (StoreFixture *fixture)
{
  g_autoptr (FlatlineRun) run = store_fixture_make_run ("app.py");
  g_autoptr (FlatlineRun) open = NULL;
  g_autoptr (FlatlineRun) ended = NULL;

  flatline_store_add_run (fixture->store, run);
  store_fixture_flush (fixture->store);
  open = store_fixture_find_run (fixture->store, run->uid);
  g_assert_nonnull (open);
  g_assert_cmpstr (open->heart, ==, store_fixture_is_server (fixture) ? "beating" : NULL);
  g_object_set (open, "heart", NULL, NULL);
  g_assert_cmpint (open->id, >, 0);
  assert_same_record (run, open);

  run->ended_us = run->started_us + 5000001;
  run->exit_status = 3;
  run->end_reason = g_strdup ("exited");
  flatline_store_end_run (fixture->store, run);
  store_fixture_flush (fixture->store);
  ended = store_fixture_find_run (fixture->store, run->uid);
  assert_same_record (run, ended);
}

/* Whoever queues a record may go on with it: what is written is what it was. */
static void
test_record_changes_after_queueing (StoreFixture *fixture)
{
  g_autoptr (FlatlineRun) run = store_fixture_make_run ("before");
  g_autoptr (FlatlineRun) found = NULL;
  g_autofree char *uid = g_strdup (run->uid);

  flatline_store_add_run (fixture->store, run);
  g_object_set (run, "title", "after", NULL);
  store_fixture_flush (fixture->store);
  found = store_fixture_find_run (fixture->store, uid);
  g_assert_cmpstr (found->title, ==, "before");
}

static void
test_freeze (StoreFixture *fixture)
{
  g_autoptr (FlatlineRun) run = store_fixture_make_run ("app.py");
  g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", "It's dead", 10);
  g_autoptr (FlatlineSnapshot) snapshot = store_fixture_make_snapshot ("print ('hi')\n");
  g_autoptr (FlatlineSnapshot) loaded = NULL;
  g_autoptr (GPtrArray) freezes = NULL;
  g_autoptr (GPtrArray) changed = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gint64 id;

  snapshot->exception = g_object_new (FLATLINE_TYPE_EXCEPTION_INFO, "type-name", "ValueError", "message", "no", NULL);
  flatline_store_add_run (fixture->store, run);
  flatline_store_add_freeze (fixture->store, run->uid, freeze, snapshot);
  store_fixture_flush (fixture->store);
  freezes = store_fixture_list_freezes (fixture->store, NULL);
  g_assert_cmpuint (freezes->len, ==, 1);
  id = ((FlatlineFreeze *)freezes->pdata[0])->id;
  assert_same_record (freeze, freezes->pdata[0]);

  loaded = flatline_store_load_snapshot (fixture->store, id, &error);
  g_assert_no_error (error);
  /* The hash of the source is the store's addition. */
  for (guint i = 0; i < flatline_list_length (loaded->sources); i++)
    g_object_set (flatline_list_peek (loaded->sources, i), "sha256", NULL, NULL);
  before = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), FALSE);
  after = flatline_record_to_json_string (FLATLINE_RECORD (loaded), FALSE);
  g_assert_cmpstr (before, ==, after);

  g_object_set (freeze, "ended-us", freeze->time_us + 7, "summary", "It came back", NULL);
  flatline_store_update_freeze (fixture->store, freeze);
  store_fixture_flush (fixture->store);
  changed = store_fixture_list_freezes (fixture->store, NULL);
  g_assert_cmpuint (changed->len, ==, 1);
  assert_same_record (freeze, changed->pdata[0]);
}

static void
test_delete (StoreFixture *fixture)
{
  g_autoptr (FlatlineRun) run = store_fixture_make_run ("app.py");
  g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", "dead", 10);
  g_autoptr (FlatlineFreeze) other = store_fixture_make_freeze ("deadlock", "dead too", 9);
  g_autoptr (FlatlineSnapshot) snapshot = store_fixture_make_snapshot ("x = 1\n");
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) after = NULL;
  g_autoptr (GError) error = NULL;
  gint64 id;

  flatline_store_add_run (fixture->store, run);
  flatline_store_add_freeze (fixture->store, run->uid, freeze, snapshot);
  flatline_store_add_freeze (fixture->store, run->uid, other, snapshot);
  store_fixture_flush (fixture->store);
  before = store_fixture_list_freezes (fixture->store, NULL);
  g_assert_cmpuint (before->len, ==, 2);
  id = ((FlatlineFreeze *)before->pdata[1])->id;

  g_assert_true (flatline_store_delete_freeze (fixture->store, id, &error));
  g_assert_no_error (error);
  after = store_fixture_list_freezes (fixture->store, NULL);
  g_assert_cmpuint (after->len, ==, 1);
  g_assert_cmpstr (((FlatlineFreeze *)after->pdata[0])->uid, ==, other->uid);
  g_assert_null (flatline_store_load_snapshot (fixture->store, id, &error));
  g_assert_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (flatline_store_delete_freeze (fixture->store, id, &error));
  g_assert_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_NOT_FOUND);
}

static void
test_beats (StoreFixture *fixture)
{
  const guint n_beats = 25000;
  g_autoptr (FlatlineRun) run = store_fixture_make_run ("app.py");
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GPtrArray) some = NULL;
  const gint64 start_us = run->started_us;

  flatline_store_add_run (fixture->store, run);
  for (guint i = 0; i < n_beats; i++)
    {
      g_autofree char *reason = g_strdup_printf ("%u", i);
      /* Two beats may bear the same microsecond. */
      g_autoptr (FlatlineBeat) beat = store_fixture_make_beat (start_us + i / 2, reason, "main.py");

      flatline_store_add_beat (fixture->store, run->uid, beat);
    }
  store_fixture_flush (fixture->store);
  all = store_fixture_list_beats (fixture->store, run->uid, 0, 0, 0);
  g_assert_cmpuint (all->len, ==, n_beats);
  for (guint i = 0; i < n_beats; i++)
    {
      FlatlineBeat *beat = all->pdata[i];

      g_assert_cmpint (g_ascii_strtoll (beat->reason, NULL, 10), ==, i);
      g_assert_cmpint (beat->time_us, ==, start_us + i / 2);
    }
  g_assert_cmpstr (((FlatlineBeat *)all->pdata[0])->lane, ==, "program");
  g_assert_cmpstr (((FlatlineBeat *)all->pdata[0])->caller, ==, "main.py");
  g_assert_cmpint (((FlatlineBeat *)all->pdata[0])->pid, ==, 4711);
  some = store_fixture_list_beats (fixture->store, run->uid, start_us + 10, start_us + 12, 5);
  g_assert_cmpuint (some->len, ==, 5);
  g_assert_cmpstr (((FlatlineBeat *)some->pdata[0])->reason, ==, "20");
}

/* Texts nobody should send, and what must come back: themselves, or made valid where they are not UTF-8. */
static void
on_freezes_changed (FlatlineStore *store, guint *count)
{
  (*count)++;
}

static void
test_signals (StoreFixture *fixture)
{
  g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", "dead", 10);
  g_autoptr (GPtrArray) all = NULL;
  guint count = 0;

  g_signal_connect (fixture->store, "freezes-changed", G_CALLBACK (on_freezes_changed), &count);
  flatline_store_add_freeze (fixture->store, NULL, freeze, NULL);
  while (count == 0)
    g_main_context_iteration (NULL, TRUE);
  all = store_fixture_list_freezes (fixture->store, NULL);
  g_assert_cmpuint (all->len, ==, 1);
}

/* The child of the test below: beats until it is killed; tells how many are safe. */
static void
write_until_killed (StoreFixture *fixture, int told)
{
  g_autoptr (FlatlineStore) store = store_fixture_open_again (fixture);
  g_autoptr (FlatlineRun) run = store_fixture_make_run ("killed");

  g_assert_cmpint (write (told, run->uid, 32), ==, 32);
  flatline_store_add_run (store, run);
  for (guint32 n = 0;; n++)
    {
      g_autoptr (FlatlineBeat) beat = NULL;
      g_autofree char *reason = g_strdup_printf ("%u", n);

      beat = store_fixture_make_beat (run->started_us + n, reason, NULL);
      flatline_store_add_beat (store, run->uid, beat);
      if (n % 100 == 99)
        {
          guint32 safe = n + 1;

          store_fixture_flush (store);
          g_assert_cmpint (write (told, &safe, sizeof safe), ==, sizeof safe);
        }
    }
}

static void
kill_one_writer (StoreFixture *fixture)
{
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (GPtrArray) beats = NULL;
  char uid[33] = "";
  guint32 safe = 0, told = 0;
  int pipe_fds[2];
  guint wanted = g_random_int_range (1, 20);
  pid_t child;

  g_assert_cmpint (pipe (pipe_fds), ==, 0);
  child = store_fixture_fork ();
  if (child == 0)
    {
      close (pipe_fds[0]);
      write_until_killed (fixture, pipe_fds[1]);
      _exit (0);
    }
  close (pipe_fds[1]);
  g_assert_cmpint (read (pipe_fds[0], uid, 32), ==, 32);
  for (guint i = 0; i < wanted; i++)
    g_assert_cmpint (read (pipe_fds[0], &safe, sizeof safe), ==, sizeof safe);
  g_usleep (g_random_int_range (0, 3000));
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  while (read (pipe_fds[0], &told, sizeof told) == sizeof told)
    safe = told;
  close (pipe_fds[0]);

  store = store_fixture_open_again (fixture);
  run = store_fixture_find_run (store, uid);
  g_assert_nonnull (run);
  /* A server waits for silence too: the run may be another machine's of the same name. */
  if (!store_fixture_is_server (fixture))
    g_assert_cmpstr (run->end_reason, ==, "supervisor died");
  beats = store_fixture_list_beats (store, uid, 0, 0, 0);
  g_assert_cmpuint (beats->len, >=, safe);
  for (guint i = 0; i < beats->len; i++)
    g_assert_cmpint (g_ascii_strtoll (((FlatlineBeat *)beats->pdata[i])->reason, NULL, 10), ==, i);
}

static void
test_killed_writer (StoreFixture *fixture)
{
  /* No thread of ours may be alive over fork(). */
  g_clear_object (&fixture->store);
  for (int i = 0; i < N_KILLS; i++)
    kill_one_writer (fixture);
}

static void
test_refusals (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-store-XXXXXX", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "no", "such", "folder.sqlite", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (flatline_store_open_sqlite (nowhere, &error));
  g_assert_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_OPEN);
  g_assert_nonnull (strstr (error->message, nowhere));
  rmdir (folder);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  store_fixture_add_test ("run", test_run);
  store_fixture_add_test ("record-changes-after-queueing", test_record_changes_after_queueing);
  store_fixture_add_test ("freeze", test_freeze);
  store_fixture_add_test ("delete", test_delete);
  store_fixture_add_test ("beats", test_beats);
  store_fixture_add_test ("signals", test_signals);
  store_fixture_add_test ("killed-writer", test_killed_writer);
  g_test_add_func ("/store/refusals", test_refusals);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
