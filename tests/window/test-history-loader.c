/* SPDX-License-Identifier: MIT */
/* The list of past freezes: what stays in it when one comes keeps its row, however far somebody has scrolled. */
#include "flatline-history-loader.h"
#include "store-fixture.h"

#define N_FREEZES 130

static void
on_loaded (gboolean *loaded, const char *error)
{
  g_assert_null (error);
  *loaded = TRUE;
}

static void
wait_until_loaded (FlatlineHistoryLoader *loader)
{
  gboolean loaded = FALSE;
  gulong handler = g_signal_connect_swapped (loader, "loaded", G_CALLBACK (on_loaded), &loaded);

  while (!loaded)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handler_disconnect (loader, handler);
}

static void
on_items_changed (guint *n_removed, guint position, guint removed)
{
  *n_removed += removed;
}

static void
add_freeze (FlatlineStore *store, int age)
{
  g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", "dead", age);

  flatline_store_add_freeze (store, NULL, freeze, NULL);
}

static void
test_comes (StoreFixture *fixture)
{
  g_autoptr (GListStore) items = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (FlatlineHistoryLoader) loader = flatline_history_loader_new (items);
  g_autoptr (FlatlineFreeze) first = NULL;
  g_autoptr (FlatlineFreeze) second = NULL;
  guint n_items, n_removed = 0;

  for (int i = 0; i < N_FREEZES; i++)
    add_freeze (fixture->store, 1000 - i);
  store_fixture_flush (fixture->store);
  flatline_history_loader_set_store (loader, fixture->store);
  flatline_history_loader_load (loader, FLATLINE_HISTORY_FREEZES, &(FlatlineStoreFilter){ 0 });
  wait_until_loaded (loader);
  flatline_history_loader_load_more (loader);
  wait_until_loaded (loader);
  n_items = g_list_model_get_n_items (G_LIST_MODEL (items));
  g_assert_cmpuint (n_items, <, N_FREEZES);
  first = g_list_model_get_item (G_LIST_MODEL (items), 0);

  g_signal_connect_swapped (items, "items-changed", G_CALLBACK (on_items_changed), &n_removed);
  add_freeze (fixture->store, 1);
  store_fixture_flush (fixture->store);
  flatline_history_loader_reload (loader);
  wait_until_loaded (loader);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (items)), ==, n_items);
  g_assert_cmpuint (n_removed, ==, 1);
  second = g_list_model_get_item (G_LIST_MODEL (items), 1);
  g_assert_true (first == second);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  store_fixture_add_test ("comes", test_comes);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
