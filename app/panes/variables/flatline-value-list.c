/* SPDX-License-Identifier: MIT */
/* The children of a value, read from the program when a person opens it. */
#include "config.h"

#include "flatline-value-list.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#define PAGE_ITEMS     1000 /* of one container, until somebody asks for the next ones */
#define MAX_TEXT_BYTES (16 * 1024)

struct _FlatlineValueList
{
  GObject parent_instance;
  FlatlineValue *value;
  FlatlineExaminer *examiner; /* NULL: the capture has it all */
  GListStore *items;          /* what is shown */
  GCancellable *cancellable;
  gboolean asked;
  gboolean reading;
  guint n_read;        /* items; the rest of the rows are words */
  FlatlineValue *more; /* the row that stands for what was not read; NULL: all was */
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

/* Whether @value has rows below it. */
static gboolean
has_children (FlatlineValue *value, FlatlineExaminer *examiner)
{
  return flatline_list_length (value->children) > 0 || (value->expandable && value->size != 0 && examiner);
}

static GQuark
get_list_quark (void)
{
  return g_quark_from_static_string ("flatline-value-list");
}

static FlatlineValue *
create_word (const char *word)
{
  return g_object_new (FLATLINE_TYPE_VALUE, "name", "…", "text", word, NULL);
}

/* A row that says something of the others. */
static void
append_word (FlatlineValueList *self, const char *word)
{
  g_autoptr (FlatlineValue) row = create_word (word);

  g_list_store_append (self->items, row);
}

static char *
dup_rest_words (FlatlineValueList *self, gint64 n_rest)
{
  g_autofree char *number = g_strdup_printf ("%'" PRId64, n_rest);

  if (!self->examiner)
    return g_strdup_printf (
        ngettext ("%" PRId64 " more is not shown", "%" PRId64 " more are not shown", (gulong)n_rest), n_rest);
  /* Translators: a row below the items of a list that were read; to open it (Enter, a double click) reads on */
  return g_strdup_printf (
      ngettext ("%s more: open this row to read it", "%s more: open this row to read on", (gulong)n_rest), number);
}

/* The row for the rest stays where it is, below what comes: it may have the focus. */
static void
update_rest (FlatlineValueList *self, gint64 n_rest)
{
  g_autofree char *words = n_rest > 0 ? dup_rest_words (self, n_rest) : NULL;
  guint last = g_list_model_get_n_items (G_LIST_MODEL (self->items)) - 1;

  if (!words && self->more)
    g_list_store_remove (self->items, last);
  if (!words)
    g_clear_object (&self->more);
  else if (self->more)
    g_object_set (self->more, "text", words, NULL);
  else
    {
      self->more = create_word (words);
      g_object_set_qdata (G_OBJECT (self->more), get_list_quark (), self->examiner ? self : NULL);
      g_list_store_append (self->items, self->more);
    }
}

static void
take_children (FlatlineValueList *self, FlatlineValue *from)
{
  const guint n_children = flatline_list_length (from->children);
  const guint n_before = self->n_read;
  const guint n_words = g_list_model_get_n_items (G_LIST_MODEL (self->items)) - n_before - (self->more != NULL);
  g_autoptr (GPtrArray) children = g_ptr_array_new ();

  for (guint i = 0; i < n_children; i++)
    g_ptr_array_add (children, flatline_list_peek (from->children, i));
  g_list_store_splice (self->items, n_before, n_words, children->pdata, n_children);
  self->n_read = n_before + n_children;
  update_rest (self, n_children > 0 ? from->size - self->n_read : 0);
}

static void
on_expanded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineValueList *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineValue) now = flatline_examiner_expand_finish (FLATLINE_EXAMINER (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->reading = FALSE;
  if (now)
    take_children (self, now);
  else if (self->more)
    g_object_set (self->more, "text", error->message, NULL);
  else if (flatline_list_length (self->value->children) > 0)
    take_children (self, self->value);
  else
    {
      g_list_store_remove_all (self->items);
      append_word (self, error->message);
    }
  g_signal_emit (self, signals[LOADED], 0);
}

static void
read_page (FlatlineValueList *self)
{
  self->reading = TRUE;
  flatline_examiner_expand_async (self->examiner, self->value, self->n_read, PAGE_ITEMS, MAX_TEXT_BYTES,
                                  self->cancellable, on_expanded, self);
}

/* Inside of a question for the number of items: the answer is the old one, news come by the signal. */
static void
ask_once (FlatlineValueList *self)
{
  if (self->asked)
    return;
  self->asked = TRUE;
  read_page (self);
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
  if (self->more)
    g_object_set_qdata (G_OBJECT (self->more), get_list_quark (), NULL);
  g_clear_object (&self->more);
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

  if (!has_children (value, examiner))
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
  if (flatline_list_length (value->children) > 0)
    take_children (self, value);
  /* The whole answer takes the place of what the capture has. */
  if (ask)
    self->n_read = 0;
  return self;
}

gboolean
flatline_value_list_read_on (FlatlineValue *row)
{
  FlatlineValueList *self = g_object_get_qdata (G_OBJECT (row), get_list_quark ());

  if (!self)
    return FALSE;
  if (!self->reading)
    {
      g_object_set (row, "text", _ ("reading…"), NULL);
      read_page (self);
    }
  return TRUE;
}
