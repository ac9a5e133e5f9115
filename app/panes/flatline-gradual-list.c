/* SPDX-License-Identifier: MIT */
/* What is shown is the source without those of its items that still wait: always in the order of the source. */
#include "config.h"

#include "flatline-gradual-list.h"

#include <string.h>

#include "flatline-turn.h"

/* GtkListView and GtkColumnView build at most about 200 rows, wherever the view is: what comes behind them costs none.
 */
#define N_BUILT   260
#define N_AT_ONCE 12 /* a few new rows are no work; nobody sees a short list grow */

struct _FlatlineGradualList
{
  GObject parent_instance;
  GListModel *source;
  GByteArray *taken; /* for each item of the source whether it is shown */
  GPtrArray *shown;  /* owned items */
  guint first;       /* all items of the source before it are shown */
  guint n_at_once;   /* so many more may be shown in this turn of the main loop */
  guint step_source;
};

static void
flatline_gradual_list_model_init (GListModelInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FlatlineGradualList,
                               flatline_gradual_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, flatline_gradual_list_model_init))

static guint
count_taken (FlatlineGradualList *self, guint from, guint to)
{
  guint n = 0;

  for (guint i = from; i < to; i++)
    n += self->taken->data[i];
  return n;
}

/* All before the first one that waits are shown, so its place in the source is its place here. */
static void
take (FlatlineGradualList *self, guint n)
{
  const guint position = self->first;

  for (guint i = 0; i < n; i++)
    {
      g_ptr_array_insert (self->shown, (int)(position + i), g_list_model_get_item (self->source, position + i));
      self->taken->data[position + i] = TRUE;
    }
  g_list_model_items_changed (G_LIST_MODEL (self), position, 0, n);
}

static guint
count_waiting (FlatlineGradualList *self)
{
  guint n = 0;

  while (self->first + n < self->taken->len && !self->taken->data[self->first + n])
    n++;
  return n;
}

static gboolean
step (gpointer user_data)
{
  FlatlineGradualList *self = user_data;
  gboolean over = FALSE; /* one row at least */

  self->n_at_once = N_AT_ONCE;
  while (self->shown->len < self->taken->len)
    {
      guint n_waiting = count_waiting (self);

      if (n_waiting == 0)
        self->first++;
      else if (over)
        return G_SOURCE_CONTINUE;
      else
        {
          take (self, self->first == self->shown->len && self->first >= N_BUILT ? n_waiting : 1);
          over = flatline_turn_is_over ();
        }
    }
  self->step_source = 0;
  return G_SOURCE_REMOVE;
}

/* Those of the items that came which are shown at once: what was shown before it moved, and a few that are new. */
static guint
take_what_may_be (FlatlineGradualList *self, guint position, guint added, GHashTable *moved, guint place)
{
  guint n_taken = 0;

  for (guint i = 0; i < added; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (self->source, position + i);
      gboolean was_shown = g_hash_table_remove (moved, item);

      if (!was_shown && self->n_at_once == 0)
        continue;
      self->n_at_once -= !was_shown;
      self->taken->data[position + i] = TRUE;
      g_ptr_array_insert (self->shown, (int)(place + n_taken++), g_steal_pointer (&item));
    }
  return n_taken;
}

static void
on_source_changed (FlatlineGradualList *self, guint position, guint removed, guint added, GListModel *source)
{
  const guint place = count_taken (self, 0, position);
  const guint n_gone = count_taken (self, position, position + removed);
  g_autoptr (GHashTable) moved = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  guint n_taken;

  for (guint i = 0; i < n_gone; i++)
    g_hash_table_add (moved, g_object_ref (self->shown->pdata[place + i]));
  if (n_gone > 0)
    g_ptr_array_remove_range (self->shown, place, n_gone);
  if (removed > 0)
    g_byte_array_remove_range (self->taken, position, removed);
  if (added > 0)
    {
      g_byte_array_set_size (self->taken, self->taken->len + added);
      memmove (self->taken->data + position + added, self->taken->data + position, self->taken->len - added - position);
      memset (self->taken->data + position, FALSE, added);
    }
  self->first = MIN (self->first, position);
  n_taken = take_what_may_be (self, position, added, moved, place);
  if (!self->step_source && added > 0)
    self->step_source = g_idle_add_full (FLATLINE_TURN_SHOW, step, self, NULL);
  if (n_gone > 0 || n_taken > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), place, n_gone, n_taken);
}

static GType
flatline_gradual_list_get_item_type (GListModel *model)
{
  return g_list_model_get_item_type (FLATLINE_GRADUAL_LIST (model)->source);
}

static guint
flatline_gradual_list_get_n_items (GListModel *model)
{
  return FLATLINE_GRADUAL_LIST (model)->shown->len;
}

static gpointer
flatline_gradual_list_get_item (GListModel *model, guint position)
{
  GPtrArray *shown = FLATLINE_GRADUAL_LIST (model)->shown;

  return position < shown->len ? g_object_ref (shown->pdata[position]) : NULL;
}

static void
flatline_gradual_list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = flatline_gradual_list_get_item_type;
  interface->get_n_items = flatline_gradual_list_get_n_items;
  interface->get_item = flatline_gradual_list_get_item;
}

static void
flatline_gradual_list_finalize (GObject *object)
{
  FlatlineGradualList *self = FLATLINE_GRADUAL_LIST (object);

  g_clear_handle_id (&self->step_source, g_source_remove);
  g_ptr_array_unref (self->shown);
  g_byte_array_unref (self->taken);
  g_object_unref (self->source);
  G_OBJECT_CLASS (flatline_gradual_list_parent_class)->finalize (object);
}

static void
flatline_gradual_list_class_init (FlatlineGradualListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_gradual_list_finalize;
}

static void
flatline_gradual_list_init (FlatlineGradualList *self)
{
  self->taken = g_byte_array_new ();
  self->shown = g_ptr_array_new_with_free_func (g_object_unref);
  self->n_at_once = N_AT_ONCE;
}

GListModel *
flatline_gradual_list_new (GListModel *model)
{
  FlatlineGradualList *self = g_object_new (FLATLINE_TYPE_GRADUAL_LIST, NULL);

  self->source = model;
  g_signal_connect_object (model, "items-changed", G_CALLBACK (on_source_changed), self, G_CONNECT_SWAPPED);
  on_source_changed (self, 0, 0, g_list_model_get_n_items (model), model);
  return G_LIST_MODEL (self);
}
