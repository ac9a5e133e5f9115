/* SPDX-License-Identifier: MIT */
/*
 * What is shown is the source without those of its items that still wait, always in the order of the source, and, where
 * they were, items that are to go.
 */
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
  FlatlineLeavingRows *leaving;
  gboolean leaves_gradually;
  guint first;     /* all items of the source before it are shown */
  guint n_at_once; /* so many more may be shown in this turn of the main loop */
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

/* Where what is shown follows the first @n items that stay. */
static guint
find_place (FlatlineGradualList *self, guint n)
{
  guint place = 0;

  if (flatline_leaving_rows_get_n (self->leaving) == 0)
    return n;
  for (guint n_before = 0; n_before < n; place++)
    n_before += !flatline_leaving_rows_is_leaving (self->leaving, place);
  return place;
}

/* All before the first one that waits are shown, and none is to go any more: its place in the source is its place here.
 */
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

static void
take_out_some (FlatlineGradualList *self)
{
  guint position;
  guint n = flatline_leaving_rows_take_some (self->leaving, &position);

  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), position, n, 0);
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
  while (flatline_leaving_rows_get_n (self->leaving) > 0)
    {
      take_out_some (self);
      if (flatline_turn_is_over ())
        return G_SOURCE_CONTINUE;
    }
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

static void
ensure_source (FlatlineGradualList *self)
{
  if (!self->step_source)
    self->step_source = g_idle_add_full (FLATLINE_TURN_SHOW, step, self, NULL);
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
      flatline_leaving_rows_remove (self->leaving, item);
      self->taken->data[position + i] = TRUE;
      g_ptr_array_insert (self->shown, (int)(place + n_taken++), g_steal_pointer (&item));
    }
  return n_taken;
}

/* What is shown from @place on by the items that came; what was to go there before stays to go, after them. */
static void
replace (FlatlineGradualList *self, guint place, guint n_out, guint position, guint added)
{
  g_autoptr (GHashTable) moved = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func (g_object_unref);
  guint n_in;

  for (guint i = 0; i < n_out; i++)
    {
      g_ptr_array_add (before, g_object_ref (self->shown->pdata[place + i]));
      g_hash_table_add (moved, before->pdata[i]);
    }
  if (n_out > 0)
    g_ptr_array_remove_range (self->shown, place, n_out);
  n_in = take_what_may_be (self, position, added, moved, place);
  for (guint i = 0; i < n_out; i++)
    if (flatline_leaving_rows_contain (self->leaving, before->pdata[i]))
      g_ptr_array_insert (self->shown, (int)(place + n_in++), g_object_ref (before->pdata[i]));
  flatline_leaving_rows_changed (self->leaving, place, n_out, n_in);
  if (n_out > 0 || n_in > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), place, n_out, n_in);
}

static void
update_taken (FlatlineGradualList *self, guint position, guint removed, guint added)
{
  if (removed > 0)
    g_byte_array_remove_range (self->taken, position, removed);
  if (added > 0)
    {
      g_byte_array_set_size (self->taken, self->taken->len + added);
      memmove (self->taken->data + position + added, self->taken->data + position, self->taken->len - added - position);
      memset (self->taken->data + position, FALSE, added);
    }
  self->first = MIN (self->first, position);
}

/* Those that come back before their rows went: their rows stay when they are between @place and the end, among what is
 * to go after it. Returns: that end. */
static guint
take_back (FlatlineGradualList *self, guint position, guint added, guint *place, guint end)
{
  const guint n_leaving = flatline_leaving_rows_get_n (self->leaving);
  gboolean any = FALSE;

  for (guint i = 0; i < added && n_leaving > 0 && !any; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (self->source, position + i);

      any = flatline_leaving_rows_contain (self->leaving, item);
    }
  if (!any)
    return end;
  while (end < self->shown->len && flatline_leaving_rows_is_leaving (self->leaving, end))
    end++;
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (self->source, position + i);
      guint at;

      if (!flatline_leaving_rows_contain (self->leaving, item) || !g_ptr_array_find (self->shown, item, &at)
          || (at >= *place && at < end))
        continue;
      end -= at < *place;
      *place -= at < *place;
      flatline_leaving_rows_remove (self->leaving, item);
      g_ptr_array_remove_index (self->shown, at);
      flatline_leaving_rows_changed (self->leaving, at, 1, 0);
      g_list_model_items_changed (G_LIST_MODEL (self), at, 1, 0);
    }
  return end;
}

static void
on_source_changed (FlatlineGradualList *self, guint position, guint removed, guint added, GListModel *source)
{
  const guint n_before = count_taken (self, 0, position);
  const guint n_gone = count_taken (self, position, position + removed);
  guint place = find_place (self, n_before);
  guint end = n_gone > 0 ? find_place (self, n_before + n_gone) : place;

  update_taken (self, position, removed, added);
  if (self->leaves_gradually && added == 0 && n_gone > N_AT_ONCE)
    for (guint i = place; i < end; i++)
      flatline_leaving_rows_add (self->leaving, self->shown->pdata[i]);
  else
    {
      end = take_back (self, position, added, &place, end);
      replace (self, place, end - place, position, added);
    }
  if (added > 0 || flatline_leaving_rows_get_n (self->leaving) > 0)
    ensure_source (self);
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
  flatline_leaving_rows_free (self->leaving);
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
  self->leaving = flatline_leaving_rows_new (self->shown, NULL);
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

void
flatline_gradual_list_let_go_gradually (GListModel *self, FlatlineLeavingPlaceFunc get_place, gpointer view)
{
  g_return_if_fail (FLATLINE_IS_GRADUAL_LIST (self));
  FLATLINE_GRADUAL_LIST (self)->leaves_gradually = TRUE;
  flatline_leaving_rows_set_place (FLATLINE_GRADUAL_LIST (self)->leaving, get_place, view);
}

void
flatline_gradual_list_end (GListModel *model, FlatlineLeavingPlaceFunc get_place, gpointer view)
{
  FlatlineGradualList *self = FLATLINE_GRADUAL_LIST (model);

  flatline_leaving_rows_set_place (self->leaving, get_place, view);
  g_clear_handle_id (&self->step_source, g_source_remove);
  g_signal_handlers_disconnect_by_func (self->source, on_source_changed, self);
  for (guint i = 0; i < self->shown->len; i++)
    if (!flatline_leaving_rows_is_leaving (self->leaving, i))
      flatline_leaving_rows_add (self->leaving, self->shown->pdata[i]);
}

gboolean
flatline_gradual_list_end_some (GListModel *model)
{
  FlatlineGradualList *self = FLATLINE_GRADUAL_LIST (model);

  take_out_some (self);
  return flatline_leaving_rows_get_n (self->leaving) > 0;
}

void
flatline_gradual_list_let_all_go (GListModel *self)
{
  while (FLATLINE_IS_GRADUAL_LIST (self) && flatline_leaving_rows_get_n (FLATLINE_GRADUAL_LIST (self)->leaving) > 0)
    take_out_some (FLATLINE_GRADUAL_LIST (self));
}
