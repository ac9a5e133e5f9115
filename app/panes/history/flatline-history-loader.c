/* SPDX-License-Identifier: MIT */
/* FlatlineHistoryLoader: which page to ask for, and how what came differs from what is there. */
#include "flatline-history-loader.h"

#define PAGE_LENGTH 50

struct _FlatlineHistoryLoader
{
  GObject parent_instance;
  FlatlineStore *store;
  GListStore *items;
  GCancellable *cancellable; /* of the reading under way */
  GHashTable *hidden;        /* ids of freezes */
  FlatlineHistoryKind kind;
  FlatlineStoreFilter filter; /* with texts of its own */
  gboolean appending;
  gboolean complete; /* the last page is loaded */
};

enum
{
  SIGNAL_CHANGING,
  SIGNAL_LOADED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineHistoryLoader, flatline_history_loader, G_TYPE_OBJECT)

static void
clear_filter (FlatlineHistoryLoader *self)
{
  g_free ((char *)self->filter.text);
  g_free ((char *)self->filter.kind);
  g_free ((char *)self->filter.host);
  g_free ((char *)self->filter.signature);
  self->filter = (FlatlineStoreFilter){ 0 };
}

static gboolean
is_same (gpointer a, gpointer b)
{
  if (G_OBJECT_TYPE (a) != G_OBJECT_TYPE (b))
    return FALSE;
  if (FLATLINE_IS_FREEZE (a))
    {
      FlatlineFreeze *left = a, *right = b;

      return left->id == right->id && left->ended_us == right->ended_us
             && g_strcmp0 (left->summary, right->summary) == 0;
    }
  if (FLATLINE_IS_RUN (a))
    {
      FlatlineRun *left = a, *right = b;

      return left->id == right->id && left->ended_us == right->ended_us && g_strcmp0 (left->heart, right->heart) == 0
             && g_strcmp0 (left->end_reason, right->end_reason) == 0;
    }
  return g_strcmp0 (((FlatlineFreezeGroup *)a)->signature, ((FlatlineFreezeGroup *)b)->signature) == 0
         && ((FlatlineFreezeGroup *)a)->count == ((FlatlineFreezeGroup *)b)->count
         && ((FlatlineFreezeGroup *)a)->last_us == ((FlatlineFreezeGroup *)b)->last_us;
}

/* What comes at the top moves as much out of the end: then the rest stays as it is. Returns: how many are left. */
static guint
drop_end (FlatlineHistoryLoader *self, GPtrArray *items)
{
  const guint n_before = flatline_list_length (self->items);
  guint n_left = items->len > 0 ? n_before : 0;

  while (n_left > 0 && !is_same (flatline_list_peek (self->items, n_left - 1), items->pdata[items->len - 1]))
    n_left--;
  if (n_left == 0 || n_left == n_before)
    return n_before;
  g_signal_emit (self, signals[SIGNAL_CHANGING], 0);
  g_list_store_splice (self->items, n_left, n_before - n_left, NULL, 0);
  return n_left;
}

/* Replaces only what differs. */
static void
replace (FlatlineHistoryLoader *self, GPtrArray *items)
{
  guint n_before = drop_end (self, items);
  guint n_same = 0, n_same_end = 0;

  while (n_same < MIN (n_before, items->len)
         && is_same (flatline_list_peek (self->items, n_same), items->pdata[n_same]))
    n_same++;
  while (n_same_end < MIN (n_before, items->len) - n_same
         && is_same (flatline_list_peek (self->items, n_before - n_same_end - 1),
                     items->pdata[items->len - n_same_end - 1]))
    n_same_end++;
  if (n_before > n_same + n_same_end)
    g_signal_emit (self, signals[SIGNAL_CHANGING], 0);
  g_list_store_splice (self->items, n_same, n_before - n_same - n_same_end, items->pdata + n_same,
                       items->len - n_same - n_same_end);
}

static gboolean
is_hidden (FlatlineHistoryLoader *self, gpointer item)
{
  return FLATLINE_IS_FREEZE (item) && g_hash_table_contains (self->hidden, &((FlatlineFreeze *)item)->id);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineHistoryLoader) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = flatline_store_list_finish (FLATLINE_STORE (source), result, &error);
  g_autoptr (GPtrArray) shown = g_ptr_array_new ();

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->store)
    return;
  g_clear_object (&self->cancellable);
  for (guint i = 0; list && i < list->len; i++)
    if (!is_hidden (self, list->pdata[i]))
      g_ptr_array_add (shown, list->pdata[i]);
  if (list && self->appending)
    g_list_store_splice (self->items, flatline_list_length (self->items), 0, shown->pdata, shown->len);
  else if (list)
    replace (self, shown);
  if (list)
    self->complete = list->len < PAGE_LENGTH;
  g_signal_emit (self, signals[SIGNAL_LOADED], 0, error ? error->message : NULL);
}

static void
ask (FlatlineHistoryLoader *self, gboolean append)
{
  const guint n_items = flatline_list_length (self->items);
  gpointer last = append && n_items > 0 ? flatline_list_peek (self->items, n_items - 1) : NULL;
  FlatlineStoreFilter filter = self->filter;
  gpointer data = g_object_ref (self);

  filter.limit = append ? PAGE_LENGTH : MAX (PAGE_LENGTH, n_items);
  if (last && FLATLINE_IS_FREEZE (last))
    filter.before_id = ((FlatlineFreeze *)last)->id;
  else if (last && FLATLINE_IS_RUN (last))
    filter.before_id = ((FlatlineRun *)last)->id;
  else if (last)
    filter.offset = n_items;
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->appending = append;
  if (self->kind == FLATLINE_HISTORY_GROUPS)
    flatline_store_list_groups_async (self->store, &filter, self->cancellable, on_listed, data);
  else if (self->kind == FLATLINE_HISTORY_RUNS)
    flatline_store_list_runs_async (self->store, &filter, self->cancellable, on_listed, data);
  else
    flatline_store_list_freezes_async (self->store, &filter, self->cancellable, on_listed, data);
}

static void
flatline_history_loader_finalize (GObject *object)
{
  FlatlineHistoryLoader *self = FLATLINE_HISTORY_LOADER (object);

  flatline_history_loader_set_store (self, NULL);
  clear_filter (self);
  g_hash_table_unref (self->hidden);
  g_object_unref (self->items);
  G_OBJECT_CLASS (flatline_history_loader_parent_class)->finalize (object);
}

static void
flatline_history_loader_class_init (FlatlineHistoryLoaderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_history_loader_finalize;
  signals[SIGNAL_CHANGING] =
      g_signal_new ("changing", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_LOADED] = g_signal_new ("loaded", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
flatline_history_loader_init (FlatlineHistoryLoader *self)
{
  self->hidden = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
}

FlatlineHistoryLoader *
flatline_history_loader_new (GListStore *items)
{
  FlatlineHistoryLoader *self = g_object_new (FLATLINE_TYPE_HISTORY_LOADER, NULL);

  self->items = g_object_ref (items);
  return self;
}

void
flatline_history_loader_set_store (FlatlineHistoryLoader *self, FlatlineStore *store)
{
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_set_object (&self->store, store);
}

void
flatline_history_loader_load (FlatlineHistoryLoader *self, FlatlineHistoryKind kind, const FlatlineStoreFilter *filter)
{
  clear_filter (self);
  self->kind = kind;
  self->filter = *filter;
  self->filter.text = g_strdup (filter->text);
  self->filter.kind = g_strdup (filter->kind);
  self->filter.host = g_strdup (filter->host);
  self->filter.signature = g_strdup (filter->signature);
  flatline_history_loader_reload (self);
}

void
flatline_history_loader_reload (FlatlineHistoryLoader *self)
{
  if (self->store)
    ask (self, FALSE);
}

void
flatline_history_loader_load_more (FlatlineHistoryLoader *self)
{
  if (self->store && !self->complete && !self->cancellable)
    ask (self, TRUE);
}

void
flatline_history_loader_hide (FlatlineHistoryLoader *self, gint64 freeze_id)
{
  g_hash_table_add (self->hidden, g_memdup2 (&freeze_id, sizeof freeze_id));
}

void
flatline_history_loader_show (FlatlineHistoryLoader *self, gint64 freeze_id)
{
  g_hash_table_remove (self->hidden, &freeze_id);
}
