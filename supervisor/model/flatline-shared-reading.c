/* SPDX-License-Identifier: MIT */
/* Each list is walked once, which leaves no trace in it, into an array of its items. */
#include "flatline-shared-reading.h"

struct _FlatlineSharedReading
{
  GHashTable *items;    /* GListStore -> GPtrArray */
  GHashTable *examples; /* GType -> an object of it, which a search wants to be given */
};

static _Thread_local FlatlineSharedReading *current;

FlatlineSharedReading *
flatline_shared_reading_begin (void)
{
  g_return_val_if_fail (current == NULL, NULL);
  current = g_new0 (FlatlineSharedReading, 1);
  current->items = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
  current->examples = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  return current;
}

void
flatline_shared_reading_end (FlatlineSharedReading *self)
{
  current = NULL;
  g_hash_table_unref (self->items);
  g_hash_table_unref (self->examples);
  g_free (self);
}

FlatlineSharedReading *
flatline_shared_reading_get (void)
{
  return current;
}

static gpointer
get_example (FlatlineSharedReading *self, GListStore *list)
{
  const GType type = g_list_model_get_item_type (G_LIST_MODEL (list));
  gpointer example = g_hash_table_lookup (self->examples, GSIZE_TO_POINTER (type));

  if (!example)
    {
      example = g_object_new (type, NULL);
      g_hash_table_insert (self->examples, GSIZE_TO_POINTER (type), example);
    }
  return example;
}

static gboolean
take (gconstpointer item, gconstpointer wanted, gpointer items)
{
  g_ptr_array_add (items, (gpointer)item);
  return FALSE;
}

gpointer
flatline_shared_reading_peek (FlatlineSharedReading *self, GListStore *list, guint position)
{
  GPtrArray *items = g_hash_table_lookup (self->items, list);

  /* One that this thread makes meanwhile may have grown. */
  if (!items || items->len != g_list_model_get_n_items (G_LIST_MODEL (list)))
    {
      items = g_ptr_array_new ();
      g_list_store_find_with_equal_func_full (list, get_example (self, list), take, items, NULL);
      g_hash_table_insert (self->items, list, items);
    }
  return position < items->len ? items->pdata[position] : NULL;
}
