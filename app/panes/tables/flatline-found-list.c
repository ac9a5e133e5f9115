/* SPDX-License-Identifier: MIT */
/* What comes is looked at when it comes; a new filter goes from the beginning to the end once more. */
#include "config.h"

#include "flatline-found-list.h"

#include "flatline-turn.h"

#include <string.h>

#define MAX_RUN 32 /* rows that go or come at one go: a view has work with each */

struct _FlatlineFoundList
{
  GObject parent_instance;
  GListModel *source;
  GtkFilter *filter;
  GByteArray *found; /* for each item of the source whether it is here */
  GPtrArray *items;  /* those, owned */
  guint next;        /* item of the source to be looked at again */
  guint n_before;    /* of the items before it are here */
  guint step_source; /* while not all were */
};

static void
flatline_found_list_model_init (GListModelInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FlatlineFoundList,
                               flatline_found_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, flatline_found_list_model_init))

static gboolean
is_found (FlatlineFoundList *self, guint position)
{
  g_autoptr (GObject) item = g_list_model_get_item (self->source, position);

  return gtk_filter_match (self->filter, item);
}

static void
change_run (FlatlineFoundList *self, guint n, gboolean come)
{
  for (guint i = 0; i < n; i++)
    {
      if (come)
        g_ptr_array_insert (self->items, (int)(self->n_before + i),
                            g_list_model_get_item (self->source, self->next + i));
      self->found->data[self->next + i] = come;
    }
  if (!come)
    g_ptr_array_remove_range (self->items, self->n_before, n);
  g_list_model_items_changed (G_LIST_MODEL (self), self->n_before, come ? 0 : n, come ? n : 0);
  self->next += n;
  self->n_before += come ? n : 0;
}

/* Items that follow each other and change in the same way. */
static guint
count_run (FlatlineFoundList *self, gboolean here)
{
  guint n = 0;

  while (n < MAX_RUN && self->next + n < self->found->len && self->found->data[self->next + n] == here
         && is_found (self, self->next + n) != here)
    n++;
  return n;
}

static gboolean
step (gpointer user_data)
{
  FlatlineFoundList *self = user_data;

  while (self->next < self->found->len)
    {
      gboolean here = self->found->data[self->next];
      guint n = count_run (self, here);

      if (n > 0)
        change_run (self, n, !here);
      else
        {
          self->next++;
          self->n_before += here;
        }
      if (flatline_turn_is_over ())
        return G_SOURCE_CONTINUE;
    }
  self->step_source = 0;
  return G_SOURCE_REMOVE;
}

static void
on_filter_changed (FlatlineFoundList *self)
{
  self->next = self->n_before = 0;
  if (!self->step_source)
    self->step_source = g_idle_add_full (FLATLINE_TURN_FIND, step, self, NULL);
}

static guint
count_found (FlatlineFoundList *self, guint from, guint to)
{
  guint n = 0;

  for (guint i = from; i < to; i++)
    n += self->found->data[i];
  return n;
}

static guint
find_added (FlatlineFoundList *self, guint position, guint added, guint place)
{
  guint n = 0;

  for (guint i = position; i < position + added; i++)
    {
      self->found->data[i] = is_found (self, i);
      if (self->found->data[i])
        g_ptr_array_insert (self->items, (int)(place + n++), g_list_model_get_item (self->source, i));
    }
  return n;
}

static void
on_source_changed (FlatlineFoundList *self, guint position, guint removed, guint added, GListModel *source)
{
  const guint place = count_found (self, 0, position);
  const guint n_gone = count_found (self, position, position + removed);
  guint n_come;

  if (n_gone > 0)
    g_ptr_array_remove_range (self->items, place, n_gone);
  if (removed > 0)
    g_byte_array_remove_range (self->found, position, removed);
  if (added > 0)
    {
      g_byte_array_set_size (self->found, self->found->len + added);
      memmove (self->found->data + position + added, self->found->data + position, self->found->len - added - position);
    }
  n_come = find_added (self, position, added, place);
  if (self->next > position)
    {
      self->next = position;
      self->n_before = place;
    }
  if (n_gone > 0 || n_come > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), place, n_gone, n_come);
}

static GType
flatline_found_list_get_item_type (GListModel *model)
{
  return g_list_model_get_item_type (FLATLINE_FOUND_LIST (model)->source);
}

static guint
flatline_found_list_get_n_items (GListModel *model)
{
  return FLATLINE_FOUND_LIST (model)->items->len;
}

static gpointer
flatline_found_list_get_item (GListModel *model, guint position)
{
  GPtrArray *items = FLATLINE_FOUND_LIST (model)->items;

  return position < items->len ? g_object_ref (items->pdata[position]) : NULL;
}

static void
flatline_found_list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = flatline_found_list_get_item_type;
  interface->get_n_items = flatline_found_list_get_n_items;
  interface->get_item = flatline_found_list_get_item;
}

static void
flatline_found_list_finalize (GObject *object)
{
  FlatlineFoundList *self = FLATLINE_FOUND_LIST (object);

  g_clear_handle_id (&self->step_source, g_source_remove);
  g_ptr_array_unref (self->items);
  g_byte_array_unref (self->found);
  g_object_unref (self->source);
  g_object_unref (self->filter);
  G_OBJECT_CLASS (flatline_found_list_parent_class)->finalize (object);
}

static void
flatline_found_list_class_init (FlatlineFoundListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_found_list_finalize;
}

static void
flatline_found_list_init (FlatlineFoundList *self)
{
  self->found = g_byte_array_new ();
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
}

GListModel *
flatline_found_list_new (GListModel *model, GtkFilter *filter)
{
  FlatlineFoundList *self = g_object_new (FLATLINE_TYPE_FOUND_LIST, NULL);

  self->source = model;
  self->filter = filter;
  g_signal_connect_object (model, "items-changed", G_CALLBACK (on_source_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (filter, "changed", G_CALLBACK (on_filter_changed), self, G_CONNECT_SWAPPED);
  on_source_changed (self, 0, 0, g_list_model_get_n_items (model), model);
  return G_LIST_MODEL (self);
}
