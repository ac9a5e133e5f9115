/* SPDX-License-Identifier: MIT */
/* The history: what is found, in which order, page by page, in groups; what goes with age; schemas of old. */
#include "store-fixture.h"

#include "flatline-store-schema.h"

#include <string.h>
#include <unistd.h>

static guint
count_freezes (FlatlineStore *store, FlatlineStoreFilter filter)
{
  g_autoptr (GPtrArray) freezes = store_fixture_list_freezes (store, &filter);

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
  kept = store_fixture_find_run (store, run->uid);

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
      g_autoptr (GPtrArray) page = store_fixture_list_freezes (fixture->store, &filter);

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
  g_autoptr (GPtrArray) beats = store_fixture_list_beats (store, run_uid, 0, 0, 0);

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
  g_assert_null (store_fixture_find_run (store, old_run->uid));
  rates = flatline_store_list_beat_rates (store, run->uid, 0, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rates->len, ==, 5);
  g_assert_cmpint (((FlatlineBeatRate *)rates->pdata[0])->beats, ==, 60);
  g_assert_cmpint (((FlatlineBeatRate *)rates->pdata[0])->time_us, ==, old_us);
  freezes = store_fixture_list_freezes (store, NULL);
  g_assert_cmpuint (freezes->len, ==, 1);
  g_assert_cmpstr (((FlatlineFreeze *)freezes->pdata[0])->summary, ==, "young");
  loaded = flatline_store_load_snapshot (store, ((FlatlineFreeze *)freezes->pdata[0])->id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (((FlatlineSourceFile *)flatline_list_peek (loaded->sources, 0))->text, ==, "young = 1\n");
  g_assert_true (flatline_store_prune (store, &retention, &pruned, &error));
  g_assert_cmpuint (pruned.n_freezes + pruned.n_beats + pruned.n_runs, ==, 0);
}

/* Beats go by whole minutes, as many as there are in one; those of a minute that is not over stay. */
static void
test_retention_of_beats (StoreFixture *fixture)
{
  FlatlineStore *store = fixture->store;
  const gint64 minute_us = G_GINT64_CONSTANT (60) * G_USEC_PER_SEC;
  const gint64 begin_us = (g_get_real_time () / minute_us - 62) * minute_us;
  /* Who keeps no old freezes keeps no old beats either. */
  const FlatlineRetention retention = { .freeze_age_us = 60 * minute_us, .beat_age_us = 100 * minute_us };
  g_autoptr (FlatlineRun) run = store_fixture_add_run (store);
  g_autoptr (GPtrArray) left = NULL;
  g_autoptr (GError) error = NULL;
  FlatlinePruned pruned;

  for (guint i = 0; i < 25000; i++)
    {
      g_autoptr (FlatlineBeat) beat = store_fixture_make_beat (begin_us + i, "TICK", NULL);

      flatline_store_add_beat (store, run->uid, beat);
    }
  for (guint i = 60; i < 300; i++)
    {
      g_autoptr (FlatlineBeat) beat = store_fixture_make_beat (begin_us + i * G_USEC_PER_SEC, "TICK", NULL);

      flatline_store_add_beat (store, run->uid, beat);
    }
  store_fixture_flush (store);
  g_assert_true (flatline_store_prune (store, &retention, &pruned, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (pruned.n_beats, >=, 25060);
  g_assert_cmpuint (pruned.n_beats, <, 25240);
  left = store_fixture_list_beats (store, run->uid, 0, 0, 0);
  g_assert_cmpint (((FlatlineBeat *)left->pdata[0])->time_us % minute_us, ==, 0);
}

/* Where the file is too large the oldest freezes go, then beats; a server has no file. */
static void
test_retention_of_size (StoreFixture *fixture)
{
  FlatlineStore *store = fixture->store;
  const gint64 old_us = g_get_real_time () - G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC;
  g_autoptr (FlatlineRun) run = store_fixture_add_run (store);
  g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", "old", 10);
  g_autoptr (FlatlineBeat) beat = store_fixture_make_beat (old_us, "TICK", NULL);
  g_autoptr (GError) error = NULL;
  FlatlinePruned pruned;

  flatline_store_add_freeze (store, run->uid, freeze, NULL);
  flatline_store_add_beat (store, run->uid, beat);
  store_fixture_flush (store);
  g_assert_true (
      flatline_store_prune (store, &(FlatlineRetention){ .file_bytes = G_GINT64_CONSTANT (1) << 40 }, &pruned, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (pruned.n_freezes + pruned.n_beats, ==, 0);
  g_assert_true (flatline_store_prune (store, &(FlatlineRetention){ .file_bytes = 1 }, &pruned, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (pruned.n_freezes, ==, store_fixture_is_server (fixture) ? 0 : 1);
  g_assert_cmpuint (pruned.n_beats, ==, store_fixture_is_server (fixture) ? 0 : 1);
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

/* Count and first and last of a signature; 0 when there is no such group. */
static gint64
count_group (FlatlineStore *store, const char *signature, gint64 *first_us, gint64 *last_us)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) groups = flatline_store_list_groups (store, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < groups->len; i++)
    {
      FlatlineFreezeGroup *group = groups->pdata[i];

      if (strcmp (group->signature, signature) != 0)
        continue;
      *first_us = group->first_us;
      *last_us = group->last_us;
      return group->count;
    }
  return 0;
}

/* Whatever becomes of freezes, the counts of their groups are right. */
static void
test_groups_follow (StoreFixture *fixture)
{
  static const char one[] = "deadlock@/srv/app.py:12", two[] = "sleep@/srv/app.py:12";
  FlatlineStore *store = fixture->store;
  g_autoptr (FlatlineFreeze) old = store_fixture_make_freeze ("deadlock", "old", 1000);
  g_autoptr (FlatlineFreeze) middle = store_fixture_make_freeze ("deadlock", "middle", 500);
  g_autoptr (FlatlineFreeze) young = store_fixture_make_freeze ("deadlock", "young", 10);
  g_autoptr (GPtrArray) freezes = NULL;
  g_autoptr (GError) error = NULL;
  gint64 first_us = 0, last_us = 0;

  flatline_store_add_freeze (store, NULL, middle, NULL);
  flatline_store_add_freeze (store, NULL, young, NULL);
  flatline_store_add_freeze (store, NULL, old, NULL);
  /* The same again, as after a commit whose answer was lost. */
  flatline_store_add_freeze (store, NULL, old, NULL);
  store_fixture_flush (store);
  g_assert_cmpint (count_group (store, one, &first_us, &last_us), ==, 3);
  g_assert_cmpint (first_us, ==, old->time_us);
  g_assert_cmpint (last_us, ==, young->time_us);

  /* A later look may find another verdict. */
  g_object_set (middle, "verdict-kind", "sleep", "signature", two, NULL);
  flatline_store_update_freeze (store, middle);
  flatline_store_update_freeze (store, middle);
  store_fixture_flush (store);
  g_assert_cmpint (count_group (store, one, &first_us, &last_us), ==, 2);
  g_assert_cmpint (count_group (store, two, &first_us, &last_us), ==, 1);
  g_assert_cmpint (first_us, ==, middle->time_us);

  freezes = store_fixture_list_freezes (store, NULL);
  g_assert_true (flatline_store_delete_freeze (store, ((FlatlineFreeze *)freezes->pdata[0])->id, &error));
  g_assert_cmpint (count_group (store, one, &first_us, &last_us), ==, 1);
  g_assert_cmpint (last_us, ==, old->time_us);
  g_assert_true (flatline_store_prune (
      store, &(FlatlineRetention){ .freeze_age_us = G_GINT64_CONSTANT (800) * G_USEC_PER_SEC }, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (count_group (store, one, &first_us, &last_us), ==, 0);
  g_assert_cmpint (count_group (store, two, &first_us, &last_us), ==, 1);
}

static void
test_order (StoreFixture *fixture)
{
  FlatlineStore *store = fixture->store;
  g_autoptr (GPtrArray) pages = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) groups = NULL;
  FlatlineStoreFilter filter = { .limit = 4, .order = FLATLINE_STORE_ORDER_OLDEST };

  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze (i % 3 ? "sleep" : "deadlock", "x", 100 - i / 2);

      flatline_store_add_freeze (store, NULL, freeze, NULL);
    }
  store_fixture_flush (store);
  while (TRUE)
    {
      g_autoptr (GPtrArray) page = store_fixture_list_freezes (store, &filter);

      g_ptr_array_extend (pages, page, (GCopyFunc)g_object_ref, NULL);
      if (page->len < filter.limit)
        break;
      filter.before_id = ((FlatlineFreeze *)page->pdata[page->len - 1])->id;
    }
  g_assert_cmpuint (pages->len, ==, 10);
  for (guint i = 1; i < pages->len; i++)
    g_assert_cmpint (((FlatlineFreeze *)pages->pdata[i - 1])->time_us, <=,
                     ((FlatlineFreeze *)pages->pdata[i])->time_us);
  groups =
      flatline_store_list_groups (store, &(FlatlineStoreFilter){ .order = FLATLINE_STORE_ORDER_MOST_FREQUENT }, NULL);
  g_assert_cmpuint (groups->len, ==, 2);
  g_assert_cmpint (((FlatlineFreezeGroup *)groups->pdata[0])->count, ==, 6);
  g_assert_cmpint (((FlatlineFreezeGroup *)groups->pdata[1])->count, ==, 4);
}

/* A graph asks for the first beat of each span: where there are beats there is a mark, where there are none there is
 * none. */
static void
test_marks (StoreFixture *fixture)
{
  g_autoptr (FlatlineRun) run = store_fixture_make_run ("app.py");
  const gint64 second_us = G_USEC_PER_SEC, start_us = run->started_us;
  g_autoptr (GPtrArray) marks = NULL;
  g_autoptr (GError) error = NULL;
  guint n_loop = 0;

  flatline_store_add_run (fixture->store, run);
  /* A thousand seconds of ten beats a second, with silence from 400 to 600; the loop beats once, at 500. */
  for (guint i = 0; i < 10000; i++)
    {
      g_autoptr (FlatlineBeat) beat = store_fixture_make_beat (start_us + i * second_us / 10, "TICK", "main.py");

      if (i < 4000 || i >= 6000)
        flatline_store_add_beat (fixture->store, run->uid, beat);
      if (i == 5000)
        {
          g_object_set (beat, "lane", "loop", NULL);
          flatline_store_add_beat (fixture->store, run->uid, beat);
        }
    }
  store_fixture_flush (fixture->store);
  marks = flatline_store_list_beat_marks (fixture->store, run->uid, start_us, start_us + 1000 * second_us, 130, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < marks->len; i++)
    {
      FlatlineBeat *mark = marks->pdata[i];
      double second = (mark->time_us - start_us) / 1e6;

      n_loop += strcmp (mark->lane, "loop") == 0;
      if (strcmp (mark->lane, "program") == 0)
        g_assert_true (second < 400 || second >= 600);
      else
        g_assert_cmpfloat (second, ==, 500);
      if (i > 0)
        g_assert_cmpint (mark->time_us, >=, ((FlatlineBeat *)marks->pdata[i - 1])->time_us);
    }
  g_assert_cmpuint (n_loop, ==, 1);
  g_assert_cmpuint (marks->len, >=, 103);
  g_assert_cmpuint (marks->len, <=, 107);
}

/* What version 3 of the schema left, for both back ends. */
static const char old_rows[] = "INSERT INTO host (id, name) VALUES (1, 'then');"
                               "INSERT INTO run (id, uid, host, title, started_us) VALUES (1, 'r', 1, 'app.py', 1000);"
                               "INSERT INTO beat (run, time_us, seq, lane, reason) VALUES (1, 3000, 2, 'program', '2');"
                               "INSERT INTO beat (run, time_us, seq, lane, reason) VALUES (1, 2000, 1, 'program', '1');"
                               "INSERT INTO beat (run, time_us, seq, lane, reason) VALUES (1, 1000, 0, 'program', '0');"
                               "INSERT INTO beat (run, time_us, seq, lane, reason) VALUES (1, 2500, 3, 'loop', 'l');"
                               "INSERT INTO freeze (uid, run, host, time_us, signature) VALUES ('a', 1, 1, 5000, 's');"
                               "INSERT INTO freeze (uid, run, host, time_us, signature) VALUES ('b', 1, 1, 7000, 's');"
                               "INSERT INTO freeze (uid, run, host, time_us) VALUES ('c', 1, 1, 6000)";

/* A store of every earlier version becomes one of today's, with all that was in it. */
static void
test_old_schema (StoreFixture *fixture)
{
  g_autoptr (FlatlineDatabase) database = NULL;
  g_autoptr (GPtrArray) beats = NULL;
  g_autoptr (GPtrArray) program = NULL;
  g_autoptr (GPtrArray) freezes = NULL;
  g_autoptr (GError) error = NULL;
  gint64 first_us, last_us;

  g_clear_object (&fixture->store);
  if (store_fixture_is_server (fixture))
    {
      g_free (fixture->address->database);
      fixture->address->database = g_strdup ("old_schema");
      database = flatline_database_open_mariadb (fixture->address, 60, TRUE, &error);
    }
  else
    {
      unlink (fixture->file);
      database = flatline_database_open_sqlite (fixture->file, TRUE, &error);
    }
  g_assert_no_error (error);
  flatline_store_schema_migrate (database, 3, &error);
  g_assert_no_error (error);
  flatline_database_execute (database, old_rows, &error);
  g_assert_no_error (error);
  g_clear_pointer (&database, flatline_database_close);

  fixture->store = store_fixture_open_again (fixture);
  beats = store_fixture_list_beats (fixture->store, "r", 0, 0, 0);
  g_assert_cmpuint (beats->len, ==, 4);
  g_assert_cmpstr (((FlatlineBeat *)beats->pdata[2])->reason, ==, "l");
  freezes = store_fixture_list_freezes (fixture->store, NULL);
  g_assert_cmpuint (freezes->len, ==, 3);
  g_assert_cmpint (count_group (fixture->store, "s", &first_us, &last_us), ==, 2);
  g_assert_cmpint (first_us, ==, 5000);
  g_assert_cmpint (last_us, ==, 7000);
  g_assert_cmpint (count_group (fixture->store, "", &first_us, &last_us), ==, 1);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  store_fixture_add_test ("filter", test_filter);
  store_fixture_add_test ("pages", test_pages);
  store_fixture_add_test ("order", test_order);
  store_fixture_add_test ("groups", test_groups);
  store_fixture_add_test ("groups-follow", test_groups_follow);
  store_fixture_add_test ("marks", test_marks);
  store_fixture_add_test ("retention", test_retention);
  store_fixture_add_test ("retention-of-beats", test_retention_of_beats);
  store_fixture_add_test ("retention-of-size", test_retention_of_size);
  store_fixture_add_test ("retention-by-itself", test_retention_by_itself);
  store_fixture_add_test ("old-schema", test_old_schema);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
