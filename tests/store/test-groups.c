/* SPDX-License-Identifier: MIT */
/*
 * Groups, whatever is asked for: what is counted as freezes come, change and go is what counting them all by hand
 * finds. And what a Flatline too old to count left wrong is mended.
 */
#include "store-fixture.h"

#include <string.h>

#define N_FREEZES 300

static const char *const kinds[] = { "deadlock", "sleep", "busy-loop" };
static const char *const hosts[] = { "one", "two", "three's" };

static void
add_random_freezes (FlatlineStore *store, GPtrArray *freezes)
{
  for (guint i = 0; i < N_FREEZES; i++)
    {
      FlatlineFreeze *freeze =
          store_fixture_make_freeze (kinds[g_random_int_range (0, 3)], "waits", g_random_int_range (0, 1000));
      g_autofree char *signature = g_strdup_printf ("place %d", g_random_int_range (0, 7));
      const char *kind = (const char *const[]){ "freeze", "exception", "manual" }[g_random_int_range (0, 3)];

      g_object_set (freeze, "host", hosts[g_random_int_range (0, 3)], "signature", signature, "kind", kind, NULL);
      flatline_store_add_freeze (store, NULL, freeze, NULL);
      g_ptr_array_add (freezes, freeze);
    }
  store_fixture_flush (store);
}

/* The verdict comes later, or is another one. */
static void
change_some (FlatlineStore *store, GPtrArray *freezes)
{
  for (guint i = 0; i < freezes->len; i += 3)
    {
      FlatlineFreeze *freeze = freezes->pdata[i];
      g_autofree char *signature = g_strdup_printf ("place %d", g_random_int_range (0, 9));

      g_object_set (freeze, "verdict-kind", kinds[g_random_int_range (0, 3)], "signature", signature, NULL);
      flatline_store_update_freeze (store, freeze);
    }
  store_fixture_flush (store);
}

static void
delete_some (FlatlineStore *store)
{
  g_autoptr (GPtrArray) listed = store_fixture_list_freezes (store, &(FlatlineStoreFilter){ .limit = N_FREEZES });
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < listed->len; i += 4)
    {
      g_assert_true (flatline_store_delete_freeze (store, ((FlatlineFreeze *)listed->pdata[i])->id, &error));
      g_assert_no_error (error);
    }
}

typedef struct
{
  gint64 count, first_us, last_us;
} Count;

static GHashTable *
count_by_hand (FlatlineStore *store, const FlatlineStoreFilter *filter)
{
  FlatlineStoreFilter all = *filter;
  GHashTable *counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GPtrArray) freezes = NULL;

  all.limit = 10 * N_FREEZES;
  freezes = store_fixture_list_freezes (store, &all);
  for (guint i = 0; i < freezes->len; i++)
    {
      const FlatlineFreeze *freeze = freezes->pdata[i];
      Count *count = g_hash_table_lookup (counts, freeze->signature);

      if (!count)
        {
          count = g_new (Count, 1);
          *count = (Count){ 0, freeze->time_us, freeze->time_us };
          g_hash_table_insert (counts, g_strdup (freeze->signature), count);
        }
      count->count++;
      count->first_us = MIN (count->first_us, freeze->time_us);
      count->last_us = MAX (count->last_us, freeze->time_us);
    }
  return counts;
}

static void
assert_groups (FlatlineStore *store, const FlatlineStoreFilter *filter)
{
  g_autoptr (GHashTable) counts = count_by_hand (store, filter);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) groups = flatline_store_list_groups (store, filter, &error);
  gint64 before = G_MAXINT64;

  g_assert_no_error (error);
  g_assert_cmpuint (groups->len, ==, g_hash_table_size (counts));
  for (guint i = 0; i < groups->len; i++)
    {
      const FlatlineFreezeGroup *group = groups->pdata[i];
      const Count *count = g_hash_table_lookup (counts, group->signature);
      const gint64 order = filter->order == FLATLINE_STORE_ORDER_MOST_FREQUENT ? group->count : group->last_us;

      g_assert_nonnull (count);
      g_assert_cmpint (group->count, ==, count->count);
      g_assert_cmpint (group->first_us, ==, count->first_us);
      g_assert_cmpint (group->last_us, ==, count->last_us);
      g_assert_cmpint (order, <=, before);
      before = order;
    }
}

static void
assert_all_questions (FlatlineStore *store)
{
  static const char *const asked_kinds[] = { NULL, "deadlock", "sleep", "exception", "manual", "no such" };
  static const char *const asked_hosts[] = { NULL, "one", "three's", "nowhere" };
  const gint64 now_us = g_get_real_time ();
  const gint64 ages_us[] = { 0, 100 * G_USEC_PER_SEC, 500 * G_USEC_PER_SEC, 900 * G_USEC_PER_SEC };

  for (guint order = 0; order < 2; order++)
    for (guint kind = 0; kind < G_N_ELEMENTS (asked_kinds); kind++)
      for (guint host = 0; host < G_N_ELEMENTS (asked_hosts); host++)
        for (guint age = 0; age < G_N_ELEMENTS (ages_us); age++)
          for (guint until = 0; until < 2; until++)
            {
              FlatlineStoreFilter filter = { .kind = asked_kinds[kind], .host = asked_hosts[host] };

              filter.order = order ? FLATLINE_STORE_ORDER_MOST_FREQUENT : FLATLINE_STORE_ORDER_NEWEST;
              filter.from_us = age ? now_us - ages_us[age] : 0;
              filter.to_us = until ? now_us - 300 * G_USEC_PER_SEC : 0;
              assert_groups (store, &filter);
            }
  assert_groups (store, &(FlatlineStoreFilter){ .text = "wait" });
  assert_groups (store, &(FlatlineStoreFilter){ .text = "three's", .kind = "sleep" });
}

static void
test_counts (StoreFixture *fixture)
{
  g_autoptr (GPtrArray) freezes = g_ptr_array_new_with_free_func (g_object_unref);

  add_random_freezes (fixture->store, freezes);
  assert_all_questions (fixture->store);
  change_some (fixture->store, freezes);
  assert_all_questions (fixture->store);
  delete_some (fixture->store);
  assert_all_questions (fixture->store);
}

static FlatlineDatabase *
open_database (StoreFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  FlatlineDatabase *database = fixture->address ? flatline_database_open_mariadb (fixture->address, 60, FALSE, &error)
                                                : flatline_database_open_sqlite (fixture->file, FALSE, &error);

  g_assert_no_error (error);
  return database;
}

/* An older Flatline adds, changes and deletes freezes, and knows nothing of counts. */
static void
test_mended (StoreFixture *fixture)
{
  static const char *const changes[] = {
    "DELETE FROM freeze WHERE signature = 'place 1'",
    "DELETE FROM freeze WHERE signature = 'place 2' AND kind = 'manual'",
    "UPDATE freeze SET signature = 'a new one' WHERE signature = 'place 3'",
    "DELETE FROM freeze_part WHERE signature = 'place 4'",
    "DELETE FROM freeze_group WHERE signature = 'place 5'",
    "UPDATE freeze_part SET freezes = freezes + 1 WHERE signature = 'place 6'",
    "UPDATE freeze SET signature = NULL WHERE signature = 'place 0'",
  };
  g_autoptr (GPtrArray) freezes = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (FlatlineDatabase) database = NULL;
  g_autoptr (GError) error = NULL;

  add_random_freezes (fixture->store, freezes);
  database = open_database (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_assert_true (flatline_database_execute (database, changes[i], &error));
      g_assert_no_error (error);
    }
  g_assert_true (flatline_store_prune (fixture->store, &(FlatlineRetention){ 0 }, NULL, &error));
  g_assert_no_error (error);
  assert_all_questions (fixture->store);
}

static void
on_cancelled (GObject *store, GAsyncResult *result, gpointer n_answers)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = g_task_propagate_pointer (G_TASK (result), &error);

  g_assert_null (list);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  ++*(guint *)n_answers;
}

/* Searches that others replace as somebody types: each is answered, and the last one finds what there is. */
static void
test_replaced_searches (StoreFixture *fixture)
{
  g_autoptr (GPtrArray) freezes = g_ptr_array_new_with_free_func (g_object_unref);
  const FlatlineStoreFilter filter = { .text = "no such words" };
  guint n_answers = 0;

  add_random_freezes (fixture->store, freezes);
  for (guint i = 0; i < 40; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();

      if (i % 2)
        flatline_store_list_groups_async (fixture->store, &filter, cancellable, on_cancelled, &n_answers);
      else
        flatline_store_list_freezes_async (fixture->store, &filter, cancellable, on_cancelled, &n_answers);
      g_usleep (g_random_int_range (0, 2000));
      g_cancellable_cancel (cancellable);
    }
  while (n_answers < 40)
    g_main_context_iteration (NULL, TRUE);
  assert_groups (fixture->store, &(FlatlineStoreFilter){ .text = "wait" });
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  store_fixture_add_test ("counts", test_counts);
  store_fixture_add_test ("mended", test_mended);
  store_fixture_add_test ("replaced-searches", test_replaced_searches);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
