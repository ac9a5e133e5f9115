/* SPDX-License-Identifier: MIT */
/* An ordered list tells what it holds, ends in the order that was asked for, and loses no record on the way. */
#include "flatline-ordered-list.h"
#include "flatline-table-row.h"
#include "list-watching.h"

#define N_ROUNDS 300
#define N_MOST   400

static int
number_of (gconstpointer record)
{
  return GPOINTER_TO_INT (g_object_get_data ((GObject *)record, "number"));
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  int sign = GPOINTER_TO_INT (user_data);

  return sign * ((number_of (a) > number_of (b)) - (number_of (a) < number_of (b)));
}

static void
note_move (FlatlineOrderedList *list, GObject *record, guint position, guint *n_moves)
{
  g_autoptr (FlatlineTableRow) row = g_list_model_get_item (G_LIST_MODEL (list), position);

  g_assert_true (flatline_table_row_get_record (row) == record);
  ++*n_moves;
}

static void
let_it_settle (FlatlineOrderedList *list)
{
  while (flatline_ordered_list_is_moving (list))
    g_main_context_iteration (NULL, TRUE);
}

/* In order, and the same rows as were told of, with each record once. */
static void
assert_ordered (FlatlineOrderedList *list, GListStore *store, GPtrArray *known, int sign)
{
  GListModel *model = G_LIST_MODEL (list);
  guint n_items = g_list_model_get_n_items (model);
  g_autoptr (GHashTable) records = g_hash_table_new (NULL, NULL);
  gpointer before = NULL;

  g_assert_cmpuint (n_items, ==, g_list_model_get_n_items (G_LIST_MODEL (store)));
  g_assert_cmpuint (n_items, ==, known->len);
  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (FlatlineTableRow) row = g_list_model_get_item (model, i);
      gpointer record = flatline_table_row_get_record (row);
      guint position;

      g_assert_true (row == g_ptr_array_index (known, i));
      g_assert_true (g_hash_table_add (records, record));
      g_assert_true (g_list_store_find (store, record, &position));
      if (sign == 0)
        g_assert_cmpuint (position, ==, i);
      else if (before)
        g_assert_cmpint (compare (before, record, GINT_TO_POINTER (sign)), <=, 0);
      before = record;
    }
}

static void
change (GListStore *store)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (store));
  guint position = (guint)g_test_rand_int_range (0, (int)n_items + 1);
  guint asked = (guint)g_test_rand_int_range (0, 30);
  guint removed = MIN (asked, n_items - position);
  guint added = n_items > N_MOST ? 0 : (guint)g_test_rand_int_range (0, 40);
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < added; i++)
    {
      GObject *record = g_object_new (G_TYPE_OBJECT, NULL);

      g_object_set_data (record, "number", GINT_TO_POINTER (g_test_rand_int_range (0, 100)));
      g_ptr_array_add (records, record);
    }
  g_list_store_splice (store, position, removed, records->pdata, records->len);
}

static void
test_order (void)
{
  g_autoptr (GListStore) store = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (FlatlineOrderedList) list = flatline_ordered_list_new (g_object_ref (G_LIST_MODEL (store)));
  g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_object_unref);
  guint n_moves = 0;
  int sign = 0;

  g_signal_connect (list, "items-changed", G_CALLBACK (list_watching_follow), known);
  g_signal_connect (list, "record-moved", G_CALLBACK (note_move), &n_moves);
  for (guint round = 0; round < N_ROUNDS; round++)
    {
      change (store);
      if (round % 7 == 0)
        {
          sign = g_test_rand_int_range (-1, 2);
          flatline_ordered_list_set_order (list, sign ? compare : NULL, GINT_TO_POINTER (sign));
        }
      /* Records come and go on the way too. */
      for (guint i = 0; i < 3 && flatline_ordered_list_is_moving (list); i++)
        g_main_context_iteration (NULL, TRUE);
      change (store);
      let_it_settle (list);
      assert_ordered (list, store, known, sign);
    }
  g_assert_cmpuint (n_moves, >, 0);
}

/* Rows stay: only what they show changes. */
static void
test_rows_stay (void)
{
  g_autoptr (GListStore) store = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (FlatlineOrderedList) list = NULL;
  g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (FlatlineTableRow) first = NULL;
  gpointer record;

  while (g_list_model_get_n_items (G_LIST_MODEL (store)) < N_MOST / 2)
    change (store);
  list = flatline_ordered_list_new (g_object_ref (G_LIST_MODEL (store)));
  first = g_list_model_get_item (G_LIST_MODEL (list), 0);
  g_signal_connect (list, "items-changed", G_CALLBACK (list_watching_follow), known);
  flatline_ordered_list_set_order (list, compare, GINT_TO_POINTER (-1));
  let_it_settle (list);
  g_assert_cmpuint (known->len, ==, 0);
  record = flatline_table_row_get_record (first);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (store)); i++)
    {
      g_autoptr (GObject) other = g_list_model_get_item (G_LIST_MODEL (store), i);

      g_assert_cmpint (number_of (record), >=, number_of (other));
    }
}

static GListStore *
make_store (guint n_items)
{
  GListStore *store = g_list_store_new (G_TYPE_OBJECT);

  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (GObject) record = g_object_new (G_TYPE_OBJECT, NULL);

      g_object_set_data (record, "number", GUINT_TO_POINTER (i));
      g_list_store_append (store, record);
    }
  return store;
}

static void
test_gone (void)
{
  g_autoptr (GListStore) store = make_store (2000);
  g_autoptr (FlatlineOrderedList) list = flatline_ordered_list_new (g_object_ref (G_LIST_MODEL (store)));
  g_autoptr (FlatlineTableRow) seen = g_list_model_get_item (G_LIST_MODEL (list), 1000);
  g_autoptr (FlatlineTableRow) now = NULL;
  g_autoptr (GObject) record = g_list_model_get_item (G_LIST_MODEL (store), 1000);
  g_autoptr (GObject) view = g_object_new (G_TYPE_OBJECT, NULL);
  ListReader reader = { 1000, 0, 0 };

  g_object_set_data (view, "reader", &reader);
  flatline_ordered_list_set_place (list, list_watching_get_place, view);
  g_signal_connect (list, "items-changed", G_CALLBACK (list_watching_read), &reader);
  g_list_store_splice (store, 0, 2000, (gpointer *)&record, 1);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 2000);
  let_it_settle (list);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 1);
  g_assert_cmpuint (reader.n_before_it, ==, 1000);
  now = g_list_model_get_item (G_LIST_MODEL (list), 0);
  g_assert_true (now == seen);
}

/* What comes back before it went stays where it is, or goes where it belongs now. */
static void
test_comes_back (void)
{
  g_autoptr (GListStore) store = make_store (2000);
  g_autoptr (FlatlineOrderedList) list = flatline_ordered_list_new (g_object_ref (G_LIST_MODEL (store)));
  g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < 2000; i++)
    {
      g_ptr_array_add (rows, g_list_model_get_item (G_LIST_MODEL (list), i));
      g_ptr_array_add (records, g_list_model_get_item (G_LIST_MODEL (store), i));
    }
  list_watching_follow (G_LIST_MODEL (list), 0, 0, 2000, known);
  g_signal_connect (list, "items-changed", G_CALLBACK (list_watching_follow), known);
  g_list_store_splice (store, 10, 1980, NULL, 0);
  g_list_store_splice (store, 10, 0, records->pdata + 10, 1980);
  let_it_settle (list);
  assert_ordered (list, store, known, 0);
  for (guint i = 0; i < 2000; i++)
    g_assert_true (g_ptr_array_index (known, i) == g_ptr_array_index (rows, i));

  g_list_store_splice (store, 0, 2000, NULL, 0);
  g_list_store_splice (store, 0, 0, records->pdata + 1000, 1000);
  g_list_store_splice (store, 1000, 0, records->pdata, 500);
  let_it_settle (list);
  assert_ordered (list, store, known, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window/ordered-list/order", test_order);
  g_test_add_func ("/window/ordered-list/rows-stay", test_rows_stay);
  g_test_add_func ("/window/ordered-list/gone", test_gone);
  g_test_add_func ("/window/ordered-list/comes-back", test_comes_back);
  return g_test_run ();
}
