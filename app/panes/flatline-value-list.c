/* SPDX-License-Identifier: MIT */
/* The children of a value, read from the program when a person opens it. */
#include "config.h"

#include "flatline-value-list.h"

#include <glib/gi18n.h>
#include <inttypes.h>

/* Of one container; a person who wants the rest has a question that a list does not answer. */
#define MAX_ITEMS      1000
#define MAX_TEXT_BYTES (16 * 1024)

struct _FlatlineValueList
{
  GObject parent_instance;
  FlatlineValue *value;
  FlatlineExaminer *examiner; /* NULL: the capture has it all */
  GListStore *items;          /* what is shown */
  GCancellable *cancellable;
  gboolean asked;
};

enum
{
  LOADED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
flatline_value_list_list_model_init (GListModelInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FlatlineValueList,
                               flatline_value_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, flatline_value_list_list_model_init))

static gboolean
is_whole (FlatlineValue *value)
{
  guint n_children = flatline_list_length (value->children);

  return n_children > 0 && (!value->truncated || (value->size >= 0 && n_children >= value->size));
}

gboolean
flatline_value_list_is_possible (FlatlineValue *value, FlatlineExaminer *examiner)
{
  return flatline_list_length (value->children) > 0 || (value->expandable && value->size != 0 && examiner);
}

/* A row that says something of the others. */
static void
append_word (FlatlineValueList *self, const char *word)
{
  g_autoptr (FlatlineValue) row = g_object_new (FLATLINE_TYPE_VALUE, "name", "…", "text", word, NULL);

  g_list_store_append (self->items, row);
}

static void
take_children (FlatlineValueList *self, FlatlineValue *from)
{
  guint n_children = flatline_list_length (from->children);

  g_list_store_remove_all (self->items);
  for (guint i = 0; i < n_children; i++)
    g_list_store_append (self->items, flatline_list_peek (from->children, i));
  if (from->size > n_children && n_children >= MAX_ITEMS)
    {
      g_autofree char *word =
          g_strdup_printf (ngettext ("%" PRId64 " more is not shown", "%" PRId64 " more are not shown",
                                     (gulong)(from->size - n_children)),
                           from->size - n_children);

      append_word (self, word);
    }
}

static void
on_expanded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineValueList *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineValue) now = flatline_examiner_expand_finish (FLATLINE_EXAMINER (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (now)
    take_children (self, now);
  else if (flatline_list_length (self->value->children) > 0)
    take_children (self, self->value);
  else
    {
      g_list_store_remove_all (self->items);
      append_word (self, error->message);
    }
  g_signal_emit (self, signals[LOADED], 0);
}

/* Inside of a question for the number of items: the answer is the old one, news come by the signal. */
static void
ask_once (FlatlineValueList *self)
{
  if (self->asked)
    return;
  self->asked = TRUE;
  flatline_examiner_expand_async (self->examiner, self->value, MAX_ITEMS, MAX_TEXT_BYTES, self->cancellable,
                                  on_expanded, self);
}

static GType
flatline_value_list_get_item_type (GListModel *model)
{
  return FLATLINE_TYPE_VALUE;
}

static guint
flatline_value_list_get_n_items (GListModel *model)
{
  FlatlineValueList *self = FLATLINE_VALUE_LIST (model);

  ask_once (self);
  return g_list_model_get_n_items (G_LIST_MODEL (self->items));
}

static gpointer
flatline_value_list_get_item (GListModel *model, guint position)
{
  return g_list_model_get_item (G_LIST_MODEL (FLATLINE_VALUE_LIST (model)->items), position);
}

static void
flatline_value_list_list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = flatline_value_list_get_item_type;
  interface->get_n_items = flatline_value_list_get_n_items;
  interface->get_item = flatline_value_list_get_item;
}

static void
flatline_value_list_dispose (GObject *object)
{
  FlatlineValueList *self = FLATLINE_VALUE_LIST (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->value);
  g_clear_object (&self->examiner);
  G_OBJECT_CLASS (flatline_value_list_parent_class)->dispose (object);
}

static void
flatline_value_list_finalize (GObject *object)
{
  FlatlineValueList *self = FLATLINE_VALUE_LIST (object);

  g_object_unref (self->items);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (flatline_value_list_parent_class)->finalize (object);
}

static void
flatline_value_list_class_init (FlatlineValueListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_value_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_value_list_finalize;
  signals[LOADED] =
      g_signal_new ("loaded", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
forward_items_changed (FlatlineValueList *self, guint position, guint removed, guint added, GListModel *items)
{
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

static void
flatline_value_list_init (FlatlineValueList *self)
{
  self->items = g_list_store_new (FLATLINE_TYPE_VALUE);
  self->cancellable = g_cancellable_new ();
  g_signal_connect_object (self->items, "items-changed", G_CALLBACK (forward_items_changed), self, G_CONNECT_SWAPPED);
}

FlatlineValueList *
flatline_value_list_new (FlatlineValue *value, FlatlineExaminer *examiner)
{
  FlatlineValueList *self;
  gboolean ask = !is_whole (value) && examiner && value->address;

  if (!flatline_value_list_is_possible (value, examiner))
    return NULL;
  self = g_object_new (FLATLINE_TYPE_VALUE_LIST, NULL);
  self->value = g_object_ref (value);
  if (ask)
    {
      self->examiner = g_object_ref (examiner);
      if (flatline_list_length (value->children) == 0)
        append_word (self, _ ("reading…"));
    }
  self->asked = !ask;
  for (guint i = 0; i < flatline_list_length (value->children); i++)
    g_list_store_append (self->items, flatline_list_peek (value->children, i));
  return self;
}

FlatlineValue *
flatline_value_list_get_value (FlatlineValueList *self)
{
  return self->value;
}
