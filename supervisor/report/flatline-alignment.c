/* SPDX-License-Identifier: MIT */
/* Two lists side by side: by the longest common subsequence of their keys, or by the keys alone. */
#include "flatline-alignment.h"

#include "flatline-record.h"

#define MAX_CELLS (4 * 1000 * 1000) /* of the table of an alignment; longer lists are aligned by position */

static GPtrArray *
list_keys (GListStore *list, FlatlineKeyFunc func)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < flatline_list_length (list); i++)
    g_ptr_array_add (keys, func (flatline_list_peek (list, i)));
  return keys;
}

static gboolean
same_key (GPtrArray *left, guint i, GPtrArray *right, guint k)
{
  return g_strcmp0 (left->pdata[i], right->pdata[k]) == 0;
}

/* Lengths of the longest common subsequences of what follows each pair of positions, between @first and the ends. */
static guint16 *
make_table (GPtrArray *left, guint n_left, GPtrArray *right, guint n_right, guint first)
{
  const guint width = n_right - first + 1;
  guint16 *table = g_new0 (guint16, (gsize)(n_left - first + 1) * width);

  for (guint i = n_left; i-- > first;)
    for (guint k = n_right; k-- > first;)
      {
        guint16 *cell = &table[(gsize)(i - first) * width + (k - first)];

        *cell = same_key (left, i, right, k) ? cell[width + 1] + 1 : MAX (cell[width], cell[1]);
      }
  return table;
}

static void
add_pair (GArray *pairs, int left, int right)
{
  const FlatlinePair pair = { left, right };

  g_array_append_val (pairs, pair);
}

/* The part that is neither a common beginning nor a common end. */
static void
align_middle (GArray *pairs, GPtrArray *left, guint n_left, GPtrArray *right, guint n_right, guint first)
{
  const guint width = n_right - first + 1;
  g_autofree guint16 *table = NULL;
  guint i = first, k = first;

  if ((gsize)(n_left - first) * (n_right - first) <= MAX_CELLS)
    table = make_table (left, n_left, right, n_right, first);
  while (i < n_left && k < n_right)
    {
      const guint16 *cell = table ? &table[(gsize)(i - first) * width + (k - first)] : NULL;

      if (!cell || same_key (left, i, right, k))
        add_pair (pairs, i++, k++);
      else if (cell[width] >= cell[1])
        add_pair (pairs, i++, -1);
      else
        add_pair (pairs, -1, k++);
    }
  while (i < n_left)
    add_pair (pairs, i++, -1);
  while (k < n_right)
    add_pair (pairs, -1, k++);
}

GArray *
flatline_align (GListStore *left_list, GListStore *right_list, FlatlineKeyFunc func)
{
  g_autoptr (GPtrArray) left = list_keys (left_list, func);
  g_autoptr (GPtrArray) right = list_keys (right_list, func);
  GArray *pairs = g_array_new (FALSE, FALSE, sizeof (FlatlinePair));
  guint n_left = left->len, n_right = right->len, first = 0, n_end = 0;

  while (first < MIN (n_left, n_right) && same_key (left, first, right, first))
    {
      add_pair (pairs, first, first);
      first++;
    }
  while (n_left > first && n_right > first && same_key (left, n_left - 1, right, n_right - 1))
    {
      n_left--;
      n_right--;
      n_end++;
    }
  align_middle (pairs, left, n_left, right, n_right, first);
  for (guint i = 0; i < n_end; i++)
    add_pair (pairs, n_left + i, n_right + i);
  return pairs;
}

GArray *
flatline_match (GListStore *left_list, GListStore *right_list, FlatlineKeyFunc func)
{
  g_autoptr (GPtrArray) left = list_keys (left_list, func);
  g_autoptr (GPtrArray) right = list_keys (right_list, func);
  g_autoptr (GHashTable) positions =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_queue_free);
  GArray *pairs = g_array_new (FALSE, FALSE, sizeof (FlatlinePair));
  g_autofree gboolean *taken = g_new0 (gboolean, right->len + 1);

  for (guint k = 0; k < right->len; k++)
    {
      const char *key = right->pdata[k] ? right->pdata[k] : "";
      GQueue *queue = g_hash_table_lookup (positions, key);

      if (!queue)
        g_hash_table_insert (positions, (char *)key, queue = g_queue_new ());
      g_queue_push_tail (queue, GUINT_TO_POINTER (k + 1));
    }
  for (guint i = 0; i < left->len; i++)
    {
      GQueue *queue = g_hash_table_lookup (positions, left->pdata[i] ? left->pdata[i] : "");
      const int k = queue ? GPOINTER_TO_INT (g_queue_pop_head (queue)) - 1 : -1;

      add_pair (pairs, i, k);
      if (k >= 0)
        taken[k] = TRUE;
    }
  for (guint k = 0; k < right->len; k++)
    if (!taken[k])
      add_pair (pairs, -1, k);
  return pairs;
}
