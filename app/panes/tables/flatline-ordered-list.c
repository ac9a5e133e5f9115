/* SPDX-License-Identifier: MIT */
/*
 * FlatlineOrderedList: what is shown, what the source has, and, while there is a difference, where everything is to go.
 * What comes meanwhile is put where it belongs as far as can be seen, and the way is worked out anew. What the source
 * has no more stays until its row's turn comes.
 */
#include "config.h"

#include "flatline-ordered-list.h"

#include "flatline-table-row.h"
#include "flatline-turn.h"

struct _FlatlineOrderedList
{
  GObject parent_instance;
  GListModel *source;
  GPtrArray *origin;            /* the records in the order of the source, owned */
  GPtrArray *shown;             /* rows with the same in the order that is shown, owned */
  GPtrArray *target;            /* the records in the order that is wanted, borrowed; NULL: not worked out */
  GHashTable *positions;        /* record -> place in shown; while on the way */
  FlatlineLeavingRows *leaving; /* by records: shown, but not in the source any more */
  gboolean ordering;            /* there is a way to go when they have gone */
  guint looked_at;              /* so many were compared with themselves, and are known to @compare */
  guint next;                   /* all before are in their places */
  GCompareDataFunc compare;
  gpointer data;
  guint source_id;
};

enum
{
  RECORD_MOVED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
flatline_ordered_list_model_init (GListModelInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FlatlineOrderedList,
                               flatline_ordered_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, flatline_ordered_list_model_init))

static gpointer
record_at (FlatlineOrderedList *self, guint position)
{
  return flatline_table_row_get_record (self->shown->pdata[position]);
}

static int
compare_pointed (gconstpointer a, gconstpointer b, gpointer user_data)
{
  FlatlineOrderedList *self = user_data;

  return self->compare (*(const gpointer *)a, *(const gpointer *)b, self->data);
}

/* On the way to an order */

static void
work_out_target (FlatlineOrderedList *self)
{
  self->target = g_ptr_array_sized_new (self->shown->len);
  self->positions = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < self->shown->len; i++)
    {
      g_ptr_array_add (self->target, self->compare ? record_at (self, i) : self->origin->pdata[i]);
      g_hash_table_insert (self->positions, record_at (self, i), GUINT_TO_POINTER (i));
    }
  if (self->compare)
    g_ptr_array_sort_with_data (self->target, compare_pointed, self);
  self->next = 0;
}

static void
drop_target (FlatlineOrderedList *self)
{
  g_clear_pointer (&self->target, g_ptr_array_unref);
  g_clear_pointer (&self->positions, g_hash_table_unref);
}

static void
put (FlatlineOrderedList *self, guint position, gpointer record)
{
  flatline_table_row_set_record (self->shown->pdata[position], record);
  g_hash_table_insert (self->positions, record, GUINT_TO_POINTER (position));
  g_signal_emit (self, signals[RECORD_MOVED], 0, record, position);
}

static void
take_out_some (FlatlineOrderedList *self)
{
  guint position;
  guint n = flatline_leaving_rows_take_some (self->leaving, &position);

  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), position, n, 0);
}

/* Whether all are in their places. */
static gboolean
put_some (FlatlineOrderedList *self)
{
  gboolean over = FALSE; /* one row at least */

  while (self->next < self->shown->len && !over)
    {
      guint position = self->next++;
      gpointer here = record_at (self, position);
      gpointer wanted = self->target->pdata[position];
      guint there = GPOINTER_TO_UINT (g_hash_table_lookup (self->positions, wanted));

      over = flatline_turn_is_over ();
      if (here == wanted)
        continue;
      put (self, there, here);
      put (self, position, wanted);
    }
  return self->next == self->shown->len;
}

static gboolean
step (gpointer user_data)
{
  FlatlineOrderedList *self = user_data;

  while (flatline_leaving_rows_get_n (self->leaving) > 0)
    {
      take_out_some (self);
      if (flatline_turn_is_over ())
        return G_SOURCE_CONTINUE;
    }
  /* What a comparison has to find out about an item takes longer than the comparison. */
  while (self->ordering && self->compare && self->looked_at < self->shown->len)
    {
      gpointer record = record_at (self, self->looked_at++);

      self->compare (record, record, self->data);
      if (flatline_turn_is_over ())
        return G_SOURCE_CONTINUE;
    }
  if (self->ordering && !self->target)
    {
      work_out_target (self);
      return G_SOURCE_CONTINUE;
    }
  if (self->ordering && !put_some (self))
    return G_SOURCE_CONTINUE;
  drop_target (self);
  self->ordering = FALSE;
  self->source_id = 0;
  return G_SOURCE_REMOVE;
}

static void
ensure_source (FlatlineOrderedList *self)
{
  if (!self->source_id)
    self->source_id = g_idle_add_full (FLATLINE_TURN_ORDER, step, self, NULL);
}

static void
begin (FlatlineOrderedList *self)
{
  drop_target (self);
  self->looked_at = 0;
  self->ordering = TRUE;
  ensure_source (self);
}

/* What the source says */

/* Where @record belongs, as far as the others are in order. */
static guint
find_place (FlatlineOrderedList *self, gpointer record)
{
  guint low = 0, high = self->shown->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (self->compare (record_at (self, middle), record, self->data) <= 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
insert_rows (FlatlineOrderedList *self, guint place, const gpointer *records, guint n)
{
  for (guint i = 0; i < n; i++)
    g_ptr_array_insert (self->shown, (int)(place + i), flatline_table_row_new (records[i]));
  flatline_leaving_rows_changed (self->leaving, place, 0, n);
  g_list_model_items_changed (G_LIST_MODEL (self), place, 0, n);
}

static guint
count_new (FlatlineOrderedList *self, guint position, guint end)
{
  guint n = 0;

  while (position + n < end && !flatline_leaving_rows_contain (self->leaving, self->origin->pdata[position + n]))
    n++;
  return n;
}

/* A record that comes back before its row went: whether that is in its place, among those to go that follow @place. */
static gboolean
bring_back (FlatlineOrderedList *self, gpointer record, guint *place)
{
  guint i = *place;

  while (i < self->shown->len && record_at (self, i) != record && flatline_leaving_rows_is_leaving (self->leaving, i))
    i++;
  flatline_leaving_rows_remove (self->leaving, record);
  if (i == self->shown->len || record_at (self, i) != record)
    return FALSE;
  *place = i + 1;
  return TRUE;
}

/* Where what is shown is in the order of the source, with rows between that are to go. */
static guint
find_source_place (FlatlineOrderedList *self, guint position)
{
  guint place = 0;

  if (flatline_leaving_rows_get_n (self->leaving) == 0)
    return position;
  for (guint n_before = 0; place < self->shown->len && n_before < position; place++)
    n_before += !flatline_leaving_rows_is_leaving (self->leaving, place);
  return place;
}

static void
add_in_source_order (FlatlineOrderedList *self, guint position, guint added)
{
  const guint end = position + added;
  guint place = find_source_place (self, position);

  while (position < end)
    {
      guint n = count_new (self, position, end);

      if (n > 0)
        insert_rows (self, place, &self->origin->pdata[position], n);
      else if (!bring_back (self, self->origin->pdata[position], &place))
        begin (self);
      place += n;
      position += MAX (n, 1);
    }
}

static void
add_in_order (FlatlineOrderedList *self, guint position, guint added)
{
  for (guint i = position; i < position + added; i++)
    {
      gpointer record = self->origin->pdata[i];

      if (flatline_leaving_rows_remove (self->leaving, record))
        begin (self);
      else
        insert_rows (self, self->compare ? find_place (self, record) : self->shown->len, &self->origin->pdata[i], 1);
    }
}

static void
on_source_changed (FlatlineOrderedList *self, guint position, guint removed, guint added, GListModel *source)
{
  for (guint i = 0; i < removed; i++)
    flatline_leaving_rows_add (self->leaving, self->origin->pdata[position + i]);
  if (removed > 0)
    {
      g_ptr_array_remove_range (self->origin, position, removed);
      ensure_source (self);
    }
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (self->origin, (int)(position + i), g_list_model_get_item (source, position + i));
  if (self->ordering)
    begin (self);
  if (self->compare || self->ordering)
    add_in_order (self, position, added);
  else
    add_in_source_order (self, position, added);
}

static GType
flatline_ordered_list_get_item_type (GListModel *model)
{
  return FLATLINE_TYPE_TABLE_ROW;
}

static guint
flatline_ordered_list_get_n_items (GListModel *model)
{
  return FLATLINE_ORDERED_LIST (model)->shown->len;
}

static gpointer
flatline_ordered_list_get_item (GListModel *model, guint position)
{
  GPtrArray *shown = FLATLINE_ORDERED_LIST (model)->shown;

  return position < shown->len ? g_object_ref (shown->pdata[position]) : NULL;
}

static void
flatline_ordered_list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = flatline_ordered_list_get_item_type;
  interface->get_n_items = flatline_ordered_list_get_n_items;
  interface->get_item = flatline_ordered_list_get_item;
}

static void
flatline_ordered_list_finalize (GObject *object)
{
  FlatlineOrderedList *self = FLATLINE_ORDERED_LIST (object);

  g_clear_handle_id (&self->source_id, g_source_remove);
  drop_target (self);
  flatline_leaving_rows_free (self->leaving);
  g_ptr_array_unref (self->shown);
  g_ptr_array_unref (self->origin);
  g_object_unref (self->source);
  G_OBJECT_CLASS (flatline_ordered_list_parent_class)->finalize (object);
}

static void
flatline_ordered_list_class_init (FlatlineOrderedListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_ordered_list_finalize;
  signals[RECORD_MOVED] = g_signal_new ("record-moved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 2, G_TYPE_OBJECT, G_TYPE_UINT);
}

static void
flatline_ordered_list_init (FlatlineOrderedList *self)
{
  self->origin = g_ptr_array_new_with_free_func (g_object_unref);
  self->shown = g_ptr_array_new_with_free_func (g_object_unref);
  self->leaving = flatline_leaving_rows_new (self->shown, (FlatlineLeavingKeyFunc)flatline_table_row_get_record);
}

FlatlineOrderedList *
flatline_ordered_list_new (GListModel *source)
{
  FlatlineOrderedList *self = g_object_new (FLATLINE_TYPE_ORDERED_LIST, NULL);

  self->source = source;
  g_signal_connect_object (source, "items-changed", G_CALLBACK (on_source_changed), self, G_CONNECT_SWAPPED);
  on_source_changed (self, 0, 0, g_list_model_get_n_items (source), source);
  return self;
}

void
flatline_ordered_list_set_order (FlatlineOrderedList *self, GCompareDataFunc compare, gpointer data)
{
  g_return_if_fail (FLATLINE_IS_ORDERED_LIST (self));
  self->compare = compare;
  self->data = data;
  begin (self);
}

void
flatline_ordered_list_set_place (FlatlineOrderedList *self, FlatlineLeavingPlaceFunc get_place, gpointer view)
{
  g_return_if_fail (FLATLINE_IS_ORDERED_LIST (self));
  flatline_leaving_rows_set_place (self->leaving, get_place, view);
}

gboolean
flatline_ordered_list_is_moving (FlatlineOrderedList *self)
{
  g_return_val_if_fail (FLATLINE_IS_ORDERED_LIST (self), FALSE);
  return self->source_id != 0;
}
