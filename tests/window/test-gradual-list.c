/* SPDX-License-Identifier: MIT */
/* What lists that change between other work tell of it is what they hold, whatever comes and goes below meanwhile. */
#include "flatline-found-list.h"
#include "flatline-gradual-list.h"

#define N_ROUNDS 2000
#define N_MOST   700

/* What a view knows that believes every word. */
static void
follow (GListModel *list, guint position, guint removed, guint added, GPtrArray *known)
{
  g_assert_cmpuint (position + removed, <=, known->len);
  if (removed > 0)
    g_ptr_array_remove_range (known, position, removed);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (known, position + i, g_list_model_get_item (list, position + i));
}

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

  g_signal_connect (list, "items-changed", G_CALLBACK (follow), known);
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

  g_signal_connect (list, "items-changed", G_CALLBACK (follow), known);
  g_list_store_splice (store, 0, 0, items->pdata, items->len);
  assert_same (list, known);
  g_assert_cmpuint (known->len, <, N_MOST);
  let_it_settle ();
  g_list_store_sort (store, compare_backwards, NULL);
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

  g_signal_connect (list, "items-changed", G_CALLBACK (follow), known);
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
  g_test_add_func ("/window/found-list", test_found);
  return g_test_run ();
}
