/* SPDX-License-Identifier: MIT */
#include "list-watching.h"

void
list_watching_follow (GListModel *list, guint position, guint removed, guint added, GPtrArray *known)
{
  g_assert_cmpuint (position + removed, <=, known->len);
  if (removed > 0)
    g_ptr_array_remove_range (known, position, removed);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (known, position + i, g_list_model_get_item (list, position + i));
}

guint
list_watching_get_place (gpointer view)
{
  return ((ListReader *)g_object_get_data (view, "reader"))->place;
}

void
list_watching_read (GListModel *list, guint position, guint removed, guint added, ListReader *reader)
{
  const gboolean before = position < reader->place;

  g_assert_cmpuint (added, ==, 0);
  if (position < reader->place + 200 && position + removed + 200 > reader->place)
    g_assert_cmpuint (removed, <, 20);
  if (reader->n_before_it > 0)
    g_assert_true (before);
  *(before ? &reader->n_before_it : &reader->n_after_it) += removed;
  reader->place -= before ? removed : 0;
}
