/* SPDX-License-Identifier: MIT */
/* What lists that change between other work tell of it is what they hold, whatever comes and goes below meanwhile. */
#include "flatline-found-list.h"
#include "flatline-gradual-list.h"
#include "list-watching.h"

#define N_ROUNDS 2000
#define N_MOST   700

static void
assert_same (GListModel *list, GPtrArray *known)
{
  g_assert_cmpuint (known->len, ==, g_list_model_get_n_items (list));
  for (guint i = 0; i < known->len; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (list, i);

      g_assert_true (item == g_ptr_array_index (known, i));
    }
}

static GPtrArray *
make_items (guint n_items)
{
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n_items; i++)
    g_ptr_array_add (items, g_object_new (G_TYPE_OBJECT, NULL));
  return items;
}

static void
change (GListStore *store, guint round)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (store));
  guint position = (guint)g_test_rand_int_range (0, (int)n_items + 1);
  /* Now and then most of it goes, or hundreds come. */
  int reach = round % 10 == 0 ? N_MOST : 5;
  guint asked = (guint)g_test_rand_int_range (0, reach);
  guint removed = MIN (asked, n_items - position);
  guint added = n_items > N_MOST ? 0 : (guint)g_test_rand_int_range (0, reach);
  g_autoptr (GPtrArray) items = make_items (added);

  g_list_store_splice (store, position, removed, items->pdata, items->len);
}

static void
let_it_settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_gradual (void)
{
  g_autoptr (GListStore) store = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (GListModel) list = flatline_gradual_list_new (g_object_ref (G_LIST_MODEL (store)));
  g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_object_unref);

  g_signal_connect (list, "items-changed", G_CALLBACK (list_watching_follow), known);
  for (guint round = 0; round < N_ROUNDS; round++)
    {
      change (store, round);
      assert_same (list, known);
      for (int i = g_test_rand_int_range (0, 3); i > 0 && g_main_context_iteration (NULL, FALSE); i--)
        assert_same (list, known);
    }
  let_it_settle ();
  assert_same (list, known);
  assert_same (G_LIST_MODEL (store), known);
}

static int
compare_backwards (gconstpointer a, gconstpointer b, gpointer data)
{
  return a < b ? 1 : -1;
}

/* What moves stays, and is not shown anew: that would be an empty table for a moment. */
static void
test_order (void)
{
  g_autoptr (GListStore) store = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (GListModel) list = flatline_gradual_list_new (g_object_ref (G_LIST_MODEL (store)));
  g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) items = make_items (N_MOST);

  g_signal_connect (list, "items-changed", G_CALLBACK (list_watching_follow), known);
  g_list_store_splice (store, 0, 0, items->pdata, items->len);
  assert_same (list, known);
  g_assert_cmpuint (known->len, <, N_MOST);
  let_it_settle ();
  g_list_store_sort (store, compare_backwards, NULL);
  assert_same (list, known);
  assert_same (G_LIST_MODEL (store), known);
}

/* Letting go */

static GListModel *
make_leaving_list (GListStore *store, GPtrArray *items, GObject *view)
{
  GListModel *list = flatline_gradual_list_new (g_object_ref (G_LIST_MODEL (store)));

  flatline_gradual_list_let_go_gradually (list, list_watching_get_place, view);
  g_list_store_splice (store, 0, 0, items->pdata, items->len);
  let_it_settle ();
  return list;
}

/* As when a tree is folded: the parent, its children, and one that comes after them. */
static void
test_gone (void)
{
  g_autoptr (GListStore) store = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (GObject) view = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GPtrArray) items = make_items (2000);
  g_autoptr (GListModel) list = make_leaving_list (store, items, view);
  g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_object_unref);
  ListReader reader = { 500, 0, 0 };

  g_object_set_data (view, "reader", &reader);
  list_watching_follow (list, 0, 0, 2000, known);
  g_signal_connect (list, "items-changed", G_CALLBACK (list_watching_read), &reader);
  g_signal_connect (list, "items-changed", G_CALLBACK (list_watching_follow), known);
  g_list_store_splice (store, 1, 1998, NULL, 0);
  g_assert_cmpuint (known->len, ==, 2000);
  let_it_settle ();
  assert_same (list, known);
  assert_same (G_LIST_MODEL (store), known);
  g_assert_cmpuint (reader.n_before_it, ==, 499);
  g_assert_cmpuint (reader.n_after_it, ==, 1499);
}

static void
test_all_gone (void)
{
  g_autoptr (GListStore) store = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (GObject) view = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GPtrArray) items = make_items (N_MOST);
  g_autoptr (GListModel) list = make_leaving_list (store, items, view);
  g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_object_unref);
  ListReader reader = { 300, 0, 0 };

  g_object_set_data (view, "reader", &reader);
  list_watching_follow (list, 0, 0, N_MOST, known);
  g_signal_connect (list, "items-changed", G_CALLBACK (list_watching_follow), known);
  g_list_store_splice (store, 1, N_MOST - 2, NULL, 0);
  g_assert_cmpuint (known->len, ==, N_MOST);
  flatline_gradual_list_let_all_go (list);
  assert_same (G_LIST_MODEL (store), known);
}

/* A view that has ended has no place. */
static void
test_gone_without_view (void)
{
  g_autoptr (GListStore) store = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (GObject) view = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GPtrArray) items = make_items (N_MOST);
  g_autoptr (GListModel) list = make_leaving_list (store, items, view);

  g_clear_object (&view);
  g_list_store_remove_all (store);
  let_it_settle ();
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 0);
}

static void
note_lost (GListModel *list, guint position, guint removed, guint added, GHashTable *lost)
{
  GPtrArray *known = g_object_get_data (G_OBJECT (list), "known");

  for (guint i = 0; i < removed; i++)
    g_hash_table_add (lost, g_ptr_array_index (known, position + i));
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (list, position + i);

      g_hash_table_remove (lost, item);
    }
  g_assert_cmpuint (g_hash_table_size (lost), ==, 0);
}

/* What comes back before it went is in the view all the time. */
static void
test_comes_back (void)
{
  g_autoptr (GListStore) store = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (GObject) view = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GPtrArray) items = make_items (N_MOST);
  g_autoptr (GListModel) list = make_leaving_list (store, items, view);
  g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) lost = g_hash_table_new (NULL, NULL);
  ListReader reader = { 0, 0, 0 };

  g_object_set_data (view, "reader", &reader);
  g_object_set_data (G_OBJECT (list), "known", known);
  list_watching_follow (list, 0, 0, N_MOST, known);
  g_signal_connect (list, "items-changed", G_CALLBACK (note_lost), lost);
  g_signal_connect (list, "items-changed", G_CALLBACK (list_watching_follow), known);
  g_list_store_splice (store, 10, 300, NULL, 0);
  g_list_store_splice (store, 10, 0, items->pdata + 10, 300);
  assert_same (G_LIST_MODEL (store), known);
  let_it_settle ();
  assert_same (G_LIST_MODEL (store), known);
  assert_same (list, known);
}

/* Whatever comes, goes and comes back meanwhile, also elsewhere, each is there once, and at last in order. */
static void
test_gone_and_back (void)
{
  g_autoptr (GListStore) store = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (GObject) view = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GPtrArray) items = make_items (100);
  g_autoptr (GListModel) list = make_leaving_list (store, items, view);
  g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) out = g_ptr_array_new_with_free_func (g_object_unref);
  ListReader reader = { 0, 0, 0 };

  g_object_set_data (view, "reader", &reader);
  list_watching_follow (list, 0, 0, 100, known);
  g_signal_connect (list, "items-changed", G_CALLBACK (list_watching_follow), known);
  for (guint round = 0; round < N_ROUNDS; round++)
    {
      g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
      guint n_items = g_list_model_get_n_items (G_LIST_MODEL (store));
      guint position = (guint)g_test_rand_int_range (0, (int)n_items + 1);
      guint asked = (guint)g_test_rand_int_range (0, 60);
      guint removed = MIN (asked, n_items - position);

      reader.place = (guint)g_test_rand_int_range (0, 300);
      if (out->len > 0 && g_test_rand_bit ())
        {
          guint n = (guint)g_test_rand_int_range (1, (int)out->len + 1);

          g_list_store_splice (store, position, 0, out->pdata, n);
          g_ptr_array_remove_range (out, 0, n);
        }
      else if (removed > 0)
        {
          for (guint i = 0; i < removed; i++)
            g_ptr_array_add (out, g_list_model_get_item (G_LIST_MODEL (store), position + i));
          g_list_store_splice (store, position, removed, NULL, 0);
        }
      change (store, round);
      assert_same (list, known);
      for (guint i = 0; i < known->len; i++)
        g_assert_true (g_hash_table_add (seen, g_ptr_array_index (known, i)));
      for (int i = g_test_rand_int_range (0, 3); i > 0 && g_main_context_iteration (NULL, FALSE); i--)
        assert_same (list, known);
    }
  let_it_settle ();
  assert_same (list, known);
  assert_same (G_LIST_MODEL (store), known);
}

static gboolean
is_marked (gpointer item, gpointer mark)
{
  return GPOINTER_TO_SIZE (item) / 16 % 3 == *(gsize *)mark;
}

static void
test_found (void)
{
  gsize mark = 0;
  GtkFilter *filter = GTK_FILTER (gtk_custom_filter_new (is_marked, &mark, NULL));
  g_autoptr (GListStore) store = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (GListModel) list = flatline_found_list_new (g_object_ref (G_LIST_MODEL (store)), filter);
  g_autoptr (GListModel) wanted =
      G_LIST_MODEL (gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (store)), g_object_ref (filter)));
  g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_object_unref);

  g_signal_connect (list, "items-changed", G_CALLBACK (list_watching_follow), known);
  for (guint round = 0; round < N_ROUNDS; round++)
    {
      change (store, round);
      assert_same (list, known);
      if (round % 7 == 0)
        {
          mark = (gsize)g_test_rand_int_range (0, 3);
          gtk_filter_changed (filter, GTK_FILTER_CHANGE_DIFFERENT);
        }
      for (int i = g_test_rand_int_range (0, 3); i > 0 && g_main_context_iteration (NULL, FALSE); i--)
        assert_same (list, known);
    }
  let_it_settle ();
  assert_same (list, known);
  assert_same (wanted, known);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window/gradual-list", test_gradual);
  g_test_add_func ("/window/gradual-list/order", test_order);
  g_test_add_func ("/window/gradual-list/gone", test_gone);
  g_test_add_func ("/window/gradual-list/all-gone", test_all_gone);
  g_test_add_func ("/window/gradual-list/gone-without-view", test_gone_without_view);
  g_test_add_func ("/window/gradual-list/comes-back", test_comes_back);
  g_test_add_func ("/window/gradual-list/gone-and-back", test_gone_and_back);
  g_test_add_func ("/window/found-list", test_found);
  return g_test_run ();
}
