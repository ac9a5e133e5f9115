/* SPDX-License-Identifier: MIT */
/* What a gradual list tells of its changes is what it holds, whatever comes and goes below it and in between. */
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
test_tells_what_it_holds (void)
{
  g_autoptr (GListStore) store = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (GListModel) list = flatline_gradual_list_new (g_object_ref (G_LIST_MODEL (store)));
  g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_object_unref);

  g_signal_connect (list, "items-changed", G_CALLBACK (follow), known);
  for (guint round = 0; round < N_ROUNDS; round++)
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
      assert_same (list, known);
      for (int i = g_test_rand_int_range (0, 3); i > 0 && g_main_context_iteration (NULL, FALSE); i--)
        assert_same (list, known);
    }
  while (g_main_context_iteration (NULL, FALSE))
    ;
  assert_same (list, known);
  g_assert_cmpuint (known->len, ==, g_list_model_get_n_items (G_LIST_MODEL (store)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window/gradual-list", test_tells_what_it_holds);
  return g_test_run ();
}
