/* SPDX-License-Identifier: MIT */
/*
 * FlatlineOrderedList: what is shown, what the source has, and, while there is a difference, where everything is to go.
 * What comes meanwhile is put where it belongs as far as can be seen, and the way is worked out anew.
 */
#include "config.h"

#include "flatline-ordered-list.h"

#include "flatline-table-row.h"
#include "flatline-turn.h"

struct _FlatlineOrderedList
{
  GObject parent_instance;
  GListModel *source;
  GPtrArray *origin;     /* the records in the order of the source, owned */
  GPtrArray *shown;      /* rows with the same in the order that is shown, owned */
  GPtrArray *target;     /* the records in the order that is wanted, borrowed; NULL: not worked out */
  GHashTable *positions; /* record -> place in shown; while on the way */
  guint looked_at;       /* so many were compared with themselves, and are known to @compare */
  guint next;            /* all before are in their places */
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

static gboolean
step (gpointer user_data)
{
  FlatlineOrderedList *self = user_data;
  gboolean over = FALSE; /* one row at least */

  /* What a comparison has to find out about an item takes longer than the comparison. */
  while (self->compare && self->looked_at < self->shown->len)
    {
      gpointer record = record_at (self, self->looked_at++);

      self->compare (record, record, self->data);
      if (flatline_turn_is_over ())
        return G_SOURCE_CONTINUE;
    }
  if (!self->target)
    {
      work_out_target (self);
      return G_SOURCE_CONTINUE;
    }
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
  if (self->next < self->shown->len)
    return G_SOURCE_CONTINUE;
  drop_target (self);
  self->source_id = 0;
  return G_SOURCE_REMOVE;
}

static void
begin (FlatlineOrderedList *self)
{
  drop_target (self);
  self->looked_at = 0;
  if (!self->source_id)
    self->source_id = g_idle_add_full (FLATLINE_TURN_ORDER, step, self, NULL);
}

/* What the source says */

/* From the end, so that what is taken out moves nothing that is still to be looked at. */
static void
take_out (FlatlineOrderedList *self, GHashTable *gone)
{
  for (guint end = self->shown->len; end > 0 && g_hash_table_size (gone) > 0;)
    {
      guint n = 0;

      while (n < end && g_hash_table_remove (gone, record_at (self, end - n - 1)))
        n++;
      if (n > 0)
        {
          g_ptr_array_remove_range (self->shown, end - n, n);
          g_list_model_items_changed (G_LIST_MODEL (self), end - n, n, 0);
        }
      end -= MAX (n, 1);
    }
}

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
on_source_changed (FlatlineOrderedList *self, guint position, guint removed, guint added, GListModel *source)
{
  const gboolean moving = self->source_id != 0;
  g_autoptr (GHashTable) gone = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) let_go = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < removed; i++)
    {
      g_hash_table_add (gone, self->origin->pdata[position + i]);
      g_ptr_array_add (let_go, g_object_ref (self->origin->pdata[position + i]));
    }
  if (removed > 0)
    g_ptr_array_remove_range (self->origin, position, removed);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (self->origin, (int)(position + i), g_list_model_get_item (source, position + i));
  if (moving)
    begin (self);
  if (!self->compare && !moving)
    {
      if (removed > 0)
        g_ptr_array_remove_range (self->shown, position, removed);
      for (guint i = 0; i < added; i++)
        g_ptr_array_insert (self->shown, (int)(position + i),
                            flatline_table_row_new (self->origin->pdata[position + i]));
      g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
      return;
    }
  take_out (self, gone);
  for (guint i = 0; i < added; i++)
    {
      gpointer record = self->origin->pdata[position + i];
      guint place = self->compare ? find_place (self, record) : self->shown->len;

      g_ptr_array_insert (self->shown, (int)place, flatline_table_row_new (record));
      g_list_model_items_changed (G_LIST_MODEL (self), place, 0, 1);
    }
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

gboolean
flatline_ordered_list_is_moving (FlatlineOrderedList *self)
{
  g_return_val_if_fail (FLATLINE_IS_ORDERED_LIST (self), FALSE);
  return self->source_id != 0;
}
