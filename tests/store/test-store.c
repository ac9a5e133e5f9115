/* SPDX-License-Identifier: MIT */
/* The store: what goes in comes out, exactly, in order, once; also hostile text, also after a kill. */
#include "store-fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_KILLS 10

static GPtrArray *
list_freezes (FlatlineStore *store, const FlatlineStoreFilter *filter)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *freezes = flatline_store_list_freezes (store, filter, &error);

  g_assert_no_error (error);
  return freezes;
}

static FlatlineRun *
find_run (FlatlineStore *store, const char *uid)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) runs = flatline_store_list_runs (store, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < runs->len; i++)
    if (g_strcmp0 (((FlatlineRun *)runs->pdata[i])->uid, uid) == 0)
      return g_object_ref (runs->pdata[i]);
  return NULL;
}

static GPtrArray *
list_beats (FlatlineStore *store, const char *run_uid, gint64 from_us, gint64 to_us, guint limit)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *beats = flatline_store_list_beats (store, 0, run_uid, from_us, to_us, limit, &error);

  g_assert_no_error (error);
  return beats;
}

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
  open = find_run (fixture->store, run->uid);
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
  ended = find_run (fixture->store, run->uid);
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
  found = find_run (fixture->store, uid);
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
  freezes = list_freezes (fixture->store, NULL);
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
  changed = list_freezes (fixture->store, NULL);
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
  before = list_freezes (fixture->store, NULL);
  g_assert_cmpuint (before->len, ==, 2);
  id = ((FlatlineFreeze *)before->pdata[1])->id;

  g_assert_true (flatline_store_delete_freeze (fixture->store, id, &error));
  g_assert_no_error (error);
  after = list_freezes (fixture->store, NULL);
  g_assert_cmpuint (after->len, ==, 1);
  g_assert_cmpstr (((FlatlineFreeze *)after->pdata[0])->uid, ==, other->uid);
  g_assert_null (flatline_store_load_snapshot (fixture->store, id, &error));
  g_assert_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (flatline_store_delete_freeze (fixture->store, id, &error));
  g_assert_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_NOT_FOUND);
}

static guint
count_freezes (FlatlineStore *store, FlatlineStoreFilter filter)
{
  g_autoptr (GPtrArray) freezes = list_freezes (store, &filter);

  return freezes->len;
}

static void
test_filter (StoreFixture *fixture)
{
  FlatlineStore *store = fixture->store;
  g_autoptr (FlatlineRun) run = store_fixture_make_run ("app.py");
  g_autoptr (FlatlineRun) kept = NULL;
  g_autoptr (FlatlineFreeze) first = store_fixture_make_freeze ("deadlock", "waits for 100% of lock_a", 300);
  g_autoptr (FlatlineFreeze) second = store_fixture_make_freeze ("busy-loop", "waits for 1000 of lockXa", 200);
  g_autoptr (FlatlineFreeze) third = store_fixture_make_freeze ("busy-loop", "Das Öl \\ '; DROP TABLE freeze; --", 100);

  g_object_set (third, "host", "other-host", "location", "/srv/other.py:3 in spin", "signature", NULL, NULL);
  flatline_store_add_run (store, run);
  flatline_store_add_freeze (store, run->uid, first, NULL);
  flatline_store_add_freeze (store, run->uid, second, NULL);
  flatline_store_add_freeze (store, NULL, third, NULL);
  store_fixture_flush (store);
  kept = find_run (store, run->uid);

  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ 0 }), ==, 3);
  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ .text = "100%" }), ==, 1);
  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ .text = "lock_a" }), ==, 1);
  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ .text = "WAITS FOR" }), ==, 2);
  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ .text = "\\ '; DROP" }), ==, 1);
  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ .text = "!" }), ==, 0);
  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ .text = "in spin" }), ==, 1);
  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ .text = "ther-hos" }), ==, 1);
  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ .kind = "busy-loop" }), ==, 2);
  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ .host = "other-host" }), ==, 1);
  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ .signature = first->signature }), ==, 1);
  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ .run_id = kept->id }), ==, 2);
  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ .from_us = second->time_us }), ==, 2);
  g_assert_cmpuint (count_freezes (store, (FlatlineStoreFilter){ .to_us = second->time_us }), ==, 2);
  g_assert_cmpuint (
      count_freezes (store, (FlatlineStoreFilter){ .kind = "busy-loop", .text = "lock", .host = g_get_host_name () }),
      ==, 1);
}

static void
test_pages (StoreFixture *fixture)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  FlatlineStoreFilter filter = { .limit = 7 };
  gint64 newest_us = G_MAXINT64;

  for (int i = 0; i < 50; i++)
    {
      g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", "dead", 1000 - i);

      flatline_store_add_freeze (fixture->store, NULL, freeze, NULL);
    }
  store_fixture_flush (fixture->store);
  while (TRUE)
    {
      g_autoptr (GPtrArray) page = list_freezes (fixture->store, &filter);

      for (guint i = 0; i < page->len; i++)
        {
          FlatlineFreeze *freeze = page->pdata[i];

          g_assert_cmpint (freeze->time_us, <=, newest_us);
          g_assert_true (g_hash_table_add (seen, g_strdup (freeze->uid)));
          newest_us = freeze->time_us;
          filter.before_id = freeze->id;
        }
      if (page->len < filter.limit)
        break;
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, 50);
}

static void
test_groups (StoreFixture *fixture)
{
  static const char *const kinds[] = { "deadlock", "busy-loop", "deadlock", "sleep", "deadlock" };
  g_autoptr (GPtrArray) groups = NULL;
  g_autoptr (GPtrArray) second = NULL;
  g_autoptr (GError) error = NULL;
  FlatlineFreezeGroup *group;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *summary = g_strdup_printf ("number %u", i);
      g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze (kinds[i], summary, 1000 - 10 * i);

      flatline_store_add_freeze (fixture->store, NULL, freeze, NULL);
    }
  store_fixture_flush (fixture->store);
  groups = flatline_store_list_groups (fixture->store, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (groups->len, ==, 3);
  group = groups->pdata[0];
  g_assert_cmpstr (group->signature, ==, "deadlock@/srv/app.py:12");
  g_assert_cmpint (group->count, ==, 3);
  g_assert_cmpint (group->last_us - group->first_us, >=, 39 * G_USEC_PER_SEC);
  g_assert_cmpstr (group->newest->summary, ==, "number 4");
  g_assert_cmpstr (((FlatlineFreezeGroup *)groups->pdata[1])->signature, ==, "sleep@/srv/app.py:12");
  second = flatline_store_list_groups (fixture->store,
                                       &(FlatlineStoreFilter){ .limit = 1, .offset = 1, .text = "number" }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (second->len, ==, 1);
  g_assert_cmpstr (((FlatlineFreezeGroup *)second->pdata[0])->signature, ==, "sleep@/srv/app.py:12");
}

static guint
count_beats (FlatlineStore *store, const char *run_uid)
{
  g_autoptr (GPtrArray) beats = list_beats (store, run_uid, 0, 0, 0);

  return beats->len;
}

/* Old freezes go, with all that is theirs; old beats become rates; what is young stays. */
static void
test_retention (StoreFixture *fixture)
{
  FlatlineStore *store = fixture->store;
  const gint64 hour_us = G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC;
  const gint64 old_us = (g_get_real_time () - 10 * hour_us) / (60 * G_USEC_PER_SEC) * (60 * G_USEC_PER_SEC);
  const FlatlineRetention retention = { .freeze_age_us = 5 * hour_us, .beat_age_us = hour_us };
  g_autoptr (FlatlineRun) old_run = store_fixture_make_run ("old");
  g_autoptr (FlatlineRun) run = store_fixture_make_run ("young");
  g_autoptr (FlatlineFreeze) old = store_fixture_make_freeze ("deadlock", "old", 10 * 3600);
  g_autoptr (FlatlineFreeze) young = store_fixture_make_freeze ("deadlock", "young", 60);
  g_autoptr (FlatlineSnapshot) old_snapshot = store_fixture_make_snapshot ("old = 1\n");
  g_autoptr (FlatlineSnapshot) young_snapshot = store_fixture_make_snapshot ("young = 1\n");
  g_autoptr (FlatlineSnapshot) loaded = NULL;
  g_autoptr (GPtrArray) freezes = NULL;
  g_autoptr (GPtrArray) rates = NULL;
  g_autoptr (GError) error = NULL;
  FlatlinePruned pruned;

  old_run->started_us = run->started_us = old_us;
  old_run->ended_us = old_us + 1;
  flatline_store_add_run (store, old_run);
  flatline_store_end_run (store, old_run);
  flatline_store_add_run (store, run);
  for (guint i = 0; i < 300; i++)
    {
      g_autoptr (FlatlineBeat) early = store_fixture_make_beat (old_us + i * G_USEC_PER_SEC, "TICK", NULL);
      g_autoptr (FlatlineBeat) late = store_fixture_make_beat (g_get_real_time (), "TICK", NULL);

      flatline_store_add_beat (store, old_run->uid, early);
      flatline_store_add_beat (store, run->uid, early);
      flatline_store_add_beat (store, run->uid, late);
    }
  flatline_store_add_freeze (store, run->uid, old, old_snapshot);
  flatline_store_add_freeze (store, run->uid, young, young_snapshot);
  store_fixture_flush (store);

  g_assert_true (flatline_store_prune (store, &retention, &pruned, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (pruned.n_freezes, ==, 1);
  g_assert_cmpuint (pruned.n_beats, ==, 600);
  g_assert_cmpuint (pruned.n_runs, ==, 1);
  g_assert_cmpuint (count_beats (store, run->uid), ==, 300);
  g_assert_null (find_run (store, old_run->uid));
  rates = flatline_store_list_beat_rates (store, run->uid, 0, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rates->len, ==, 5);
  g_assert_cmpint (((FlatlineBeatRate *)rates->pdata[0])->beats, ==, 60);
  g_assert_cmpint (((FlatlineBeatRate *)rates->pdata[0])->time_us, ==, old_us);
  freezes = list_freezes (store, NULL);
  g_assert_cmpuint (freezes->len, ==, 1);
  g_assert_cmpstr (((FlatlineFreeze *)freezes->pdata[0])->summary, ==, "young");
  loaded = flatline_store_load_snapshot (store, ((FlatlineFreeze *)freezes->pdata[0])->id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (((FlatlineSourceFile *)flatline_list_peek (loaded->sources, 0))->text, ==, "young = 1\n");
  g_assert_true (flatline_store_prune (store, &retention, &pruned, &error));
  g_assert_cmpuint (pruned.n_freezes + pruned.n_beats + pruned.n_runs, ==, 0);
}

/* The same by itself, after a setting. */
static void
test_retention_by_itself (StoreFixture *fixture)
{
  const gint64 deadline_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  for (int i = 0; i < 120; i++)
    {
      g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", "old", 10 * 3600 + i);

      flatline_store_add_freeze (fixture->store, NULL, freeze, NULL);
    }
  flatline_store_set_retention (fixture->store, &(FlatlineRetention){ .freeze_age_us = G_USEC_PER_SEC });
  while (count_freezes (fixture->store, (FlatlineStoreFilter){ .limit = 1 }) > 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_usleep (20000);
    }
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
  all = list_beats (fixture->store, run->uid, 0, 0, 0);
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
  some = list_beats (fixture->store, run->uid, start_us + 10, start_us + 12, 5);
  g_assert_cmpuint (some->len, ==, 5);
  g_assert_cmpstr (((FlatlineBeat *)some->pdata[0])->reason, ==, "20");
}

/* Texts nobody should send, and what must come back: themselves, or made valid where they are not UTF-8. */
static void
test_hostile_text (StoreFixture *fixture)
{
  g_autofree char *huge = g_strnfill (1024 * 1024, 'x');
  const char *const texts[] = {
    "",
    " ",
    "'",
    "\"",
    "`",
    "\\",
    "\\'",
    "%s%n",
    "?1",
    "{ignore}",
    "'; DROP TABLE beat; --",
    "a\nb\r\tc",
    "\x01\x1b[31m",
    "😀𝕏",
    "e\xcc\x81",
    "\xff\xfe",
    "\xc3",
    "trailing ",
    huge,
  };
  g_autoptr (FlatlineRun) run = store_fixture_make_run ("'; DROP TABLE run; --");
  g_autoptr (GPtrArray) beats = NULL;
  g_autoptr (GPtrArray) freezes = NULL;

  flatline_store_add_run (fixture->store, run);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (FlatlineBeat) beat = store_fixture_make_beat (run->started_us + i, texts[i], texts[i]);
      g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("unknown", texts[i], 1000 - i);

      flatline_store_add_beat (fixture->store, run->uid, beat);
      flatline_store_add_freeze (fixture->store, run->uid, freeze, NULL);
    }
  store_fixture_flush (fixture->store);
  beats = list_beats (fixture->store, run->uid, 0, 0, 0);
  freezes = list_freezes (fixture->store, NULL);
  g_assert_cmpuint (beats->len, ==, G_N_ELEMENTS (texts));
  g_assert_cmpuint (freezes->len, ==, G_N_ELEMENTS (texts));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *valid = g_utf8_make_valid (texts[i], -1);

      g_assert_cmpstr (((FlatlineBeat *)beats->pdata[i])->reason, ==, valid);
      g_assert_cmpstr (((FlatlineBeat *)beats->pdata[i])->caller, ==, valid);
      g_assert_cmpstr (((FlatlineFreeze *)freezes->pdata[freezes->len - 1 - i])->summary, ==, valid);
    }
}

static void
on_freezes_changed (FlatlineStore *store, guint *count)
{
  (*count)++;
}

static void
test_signals (StoreFixture *fixture)
{
  g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", "dead", 10);
  guint count = 0;

  g_signal_connect (fixture->store, "freezes-changed", G_CALLBACK (on_freezes_changed), &count);
  flatline_store_add_freeze (fixture->store, NULL, freeze, NULL);
  while (count == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (count_freezes (fixture->store, (FlatlineStoreFilter){ 0 }), ==, 1);
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
  child = fork ();
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
  run = find_run (store, uid);
  g_assert_nonnull (run);
  /* A server waits for silence too: the run may be another machine's of the same name. */
  if (!store_fixture_is_server (fixture))
    g_assert_cmpstr (run->end_reason, ==, "supervisor died");
  beats = list_beats (store, uid, 0, 0, 0);
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
  g_autofree char *file = g_build_filename (folder, "text.sqlite", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "no", "such", "folder.sqlite", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (flatline_store_open_sqlite (nowhere, &error));
  g_assert_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_OPEN);
  g_assert_nonnull (strstr (error->message, nowhere));
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (file,
                                      "This is no database, but it is long enough for a header of one.\n"
                                      "This is no database, but it is long enough for a header of one.\n",
                                      -1, NULL));
  g_assert_null (flatline_store_open_sqlite (file, &error));
  g_assert_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_OPEN);
  unlink (file);
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
  store_fixture_add_test ("filter", test_filter);
  store_fixture_add_test ("pages", test_pages);
  store_fixture_add_test ("groups", test_groups);
  store_fixture_add_test ("retention", test_retention);
  store_fixture_add_test ("retention-by-itself", test_retention_by_itself);
  store_fixture_add_test ("beats", test_beats);
  store_fixture_add_test ("hostile-text", test_hostile_text);
  store_fixture_add_test ("signals", test_signals);
  store_fixture_add_test ("killed-writer", test_killed_writer);
  g_test_add_func ("/store/refusals", test_refusals);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
