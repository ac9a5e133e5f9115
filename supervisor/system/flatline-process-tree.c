/* SPDX-License-Identifier: MIT */
/*
 * FlatlineProcessTree. A refresh has two halves: a worker thread reads /proc into plain facts (flatline-process-table,
 * flatline-process-facts), then the main thread writes them into the records it has, makes records for the newborn and
 * marks the ended. A record stays the same object, in the same place, as long as it is shown: an orphan remains under
 * the parent that started it, even when that one has ended.
 */
#include "flatline-process-tree.h"

#include "flatline-process-facts.h"
#include "flatline-process-reading.h"
#include "flatline-process.h"

/* Ended processes kept in view; beyond that the oldest leaves go. */
#define MAX_ENDED 200

/* Ends told of children that the tree never saw; their numbers may be used again, so they are not kept for ever. */
#define MAX_EXITS 256

typedef struct
{
  FlatlineProcess *record; /* owned */
  GListStore *siblings;    /* the list that shows it; borrowed, the record above owns it */
  gint64 looked_at_us;     /* monotonic time of the last reading */
} Node;

struct _FlatlineProcessTree
{
  GObject parent_instance;

  gint64 root_pid;
  gint64 root_start_ticks;
  char *token;
  GListStore *roots;
  GHashTable *living; /* pid (gint64 *) -> Node */
  GQueue ended;       /* Node, oldest first */
  GHashTable *exits;  /* pid (gint64 *) -> text, of children whose end was told before the tree saw it */
  GPtrArray *waiting; /* GTask, finished by the refresh under way */
  gboolean reading;
  guint generation; /* grows with each root, so that a reading of the one before is dropped */
};

typedef struct
{
  FlatlineProcessKinship kinship;
  GHashTable *names; /* pid -> comm at the last reading */
  guint generation;
} Request;

enum
{
  SIGNAL_REFRESHED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
flatline_process_tree_list_model_init (GListModelInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FlatlineProcessTree,
                               flatline_process_tree,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, flatline_process_tree_list_model_init))

static gint64 *
copy_number (gint64 number)
{
  gint64 *copy = g_new (gint64, 1);

  *copy = number;
  return copy;
}

static void
node_free (Node *node)
{
  g_object_unref (node->record);
  g_free (node);
}

static void
request_free (Request *request)
{
  g_free (request->kinship.token);
  g_hash_table_unref (request->kinship.known);
  g_hash_table_unref (request->names);
  g_free (request);
}

/* --- the worker's half --- */

static void
read_in_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  FlatlineProcessReading *reading = flatline_process_reading_new (&request->kinship, request->names);

  g_task_return_pointer (task, reading, (GDestroyNotify)flatline_process_reading_free);
}

/* --- the main thread's half --- */

static GListStore *
ensure_children (FlatlineProcess *parent)
{
  if (!parent->children)
    {
      g_autoptr (GListStore) list = g_list_store_new (FLATLINE_TYPE_PROCESS);
      g_object_set (parent, "children", list, NULL);
    }
  return parent->children;
}

static void
forget_oldest_ended (FlatlineProcessTree *self)
{
  GList *link = self->ended.head;

  while (link && self->ended.length > MAX_ENDED)
    {
      GList *next = link->next;
      Node *node = link->data;
      guint position;

      /* One that still has children in view holds their place. */
      if (flatline_list_length (node->record->children) == 0 && node->record->pid != self->root_pid)
        {
          if (g_list_store_find (node->siblings, node->record, &position))
            g_list_store_remove (node->siblings, position);
          g_queue_delete_link (&self->ended, link);
          node_free (node);
        }
      link = next;
    }
}

static void
end_node (FlatlineProcessTree *self, Node *node)
{
  FlatlineProcess *record = node->record;
  const char *told = g_hash_table_lookup (self->exits, &record->pid);

  g_object_set (record, "alive", FALSE, "state", "Z", "state-text", flatline_process_state_text ('Z'), "cpu-percent",
                0.0, "threads", (gint64)0, "rss-bytes", (gint64)0, NULL);
  if (told)
    g_object_set (record, "exit-text", told, NULL);
  else if (!record->exit_text)
    g_object_set (record, "exit-text", "ended", NULL);
  g_hash_table_remove (self->exits, &record->pid);
  g_queue_push_tail (&self->ended, node);
}

static double
cpu_percent_since (const Node *node, const FlatlineProcessFacts *facts, gint64 read_at_us)
{
  const gint64 elapsed_us = read_at_us - node->looked_at_us;
  const gint64 used_us = facts->cpu_time_us - node->record->cpu_time_us;

  if (node->looked_at_us == 0 || elapsed_us <= 0 || used_us <= 0)
    return 0;
  return 100.0 * (double)used_us / (double)elapsed_us;
}

/* A reading that was under way when the end was told still shows the process. */
static gboolean
is_known_to_have_ended (FlatlineProcessTree *self, const FlatlineProcessFacts *facts)
{
  for (GList *link = self->ended.tail; link; link = link->prev)
    {
      FlatlineProcess *record = ((Node *)link->data)->record;

      if (record->pid == facts->pid && record->start_ticks == facts->start_ticks)
        return TRUE;
    }
  return FALSE;
}

static Node *
make_node (FlatlineProcessTree *self, const FlatlineProcessFacts *facts)
{
  Node *parent = g_hash_table_lookup (self->living, &facts->ppid);
  Node *node = g_new0 (Node, 1);

  node->record = g_object_new (FLATLINE_TYPE_PROCESS, NULL);
  node->siblings = parent && facts->pid != self->root_pid ? ensure_children (parent->record) : self->roots;
  return node;
}

static void
apply_facts (FlatlineProcessTree *self, const FlatlineProcessFacts *facts, gint64 read_at_us)
{
  Node *node = g_hash_table_lookup (self->living, &facts->pid);
  gboolean is_new = FALSE;

  if (node && node->record->start_ticks != facts->start_ticks)
    {
      gpointer key;

      g_hash_table_steal_extended (self->living, &facts->pid, &key, NULL);
      g_free (key);
      end_node (self, node);
      node = NULL;
    }
  if (!node && is_known_to_have_ended (self, facts))
    return;
  if (!node)
    {
      node = make_node (self, facts);
      g_hash_table_insert (self->living, copy_number (facts->pid), node);
      is_new = TRUE;
    }
  flatline_process_facts_apply (facts, node->record, cpu_percent_since (node, facts, read_at_us));
  node->looked_at_us = read_at_us;
  /* Shown once it is filled in, so that no widget sees an empty row. */
  if (is_new)
    g_list_store_append (node->siblings, node->record);
}

static void
end_the_missing (FlatlineProcessTree *self, GPtrArray *facts)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  GHashTableIter iter;
  gint64 *pid;
  Node *node;

  for (guint i = 0; i < facts->len; i++)
    g_hash_table_add (seen, &((FlatlineProcessFacts *)g_ptr_array_index (facts, i))->pid);
  g_hash_table_iter_init (&iter, self->living);
  while (g_hash_table_iter_next (&iter, (gpointer *)&pid, (gpointer *)&node))
    if (!g_hash_table_contains (seen, pid))
      {
        gint64 *key = pid;

        g_hash_table_iter_steal (&iter);
        end_node (self, node);
        g_free (key);
      }
}

static void
apply_reading (FlatlineProcessTree *self, FlatlineProcessReading *reading)
{
  self->root_start_ticks = reading->root_start_ticks;
  g_free (self->token);
  self->token = g_steal_pointer (&reading->token);
  for (guint i = 0; i < reading->facts->len; i++)
    apply_facts (self, g_ptr_array_index (reading->facts, i), reading->read_at_us);
  end_the_missing (self, reading->facts);
  forget_oldest_ended (self);
}

static void
start_reading (FlatlineProcessTree *self);

static void
finish_reading (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineProcessTree *self = FLATLINE_PROCESS_TREE (source);
  FlatlineProcessReading *reading = g_task_propagate_pointer (G_TASK (result), NULL);
  const Request *request = g_task_get_task_data (G_TASK (result));
  g_autoptr (GPtrArray) served = NULL;

  self->reading = FALSE;
  if (reading && request->generation != self->generation)
    {
      flatline_process_reading_free (reading);
      start_reading (self);
      return;
    }
  if (reading)
    {
      apply_reading (self, reading);
      flatline_process_reading_free (reading);
    }
  served = g_steal_pointer (&self->waiting);
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_emit (self, signals[SIGNAL_REFRESHED], 0);
  for (guint i = 0; i < served->len; i++)
    {
      GTask *task = g_ptr_array_index (served, i);

      if (!g_task_return_error_if_cancelled (task))
        g_task_return_boolean (task, TRUE);
    }
}

static void
start_reading (FlatlineProcessTree *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, finish_reading, NULL);
  Request *request = g_new0 (Request, 1);
  GHashTableIter iter;
  gint64 *pid;
  Node *node;

  request->generation = self->generation;
  request->kinship.root = self->root_pid;
  request->kinship.root_start_ticks = self->root_start_ticks;
  request->kinship.token = g_strdup (self->token);
  request->kinship.known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  request->names = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_hash_table_iter_init (&iter, self->living);
  while (g_hash_table_iter_next (&iter, (gpointer *)&pid, (gpointer *)&node))
    {
      g_hash_table_insert (request->kinship.known, copy_number (*pid), copy_number (node->record->start_ticks));
      g_hash_table_insert (request->names, copy_number (*pid), g_strdup (node->record->name));
    }
  self->reading = TRUE;
  g_task_set_name (task, "process-tree-read");
  g_task_set_task_data (task, request, (GDestroyNotify)request_free);
  g_task_run_in_thread (task, read_in_worker);
}

/* --- class --- */

static GType
flatline_process_tree_get_item_type (GListModel *model)
{
  return FLATLINE_TYPE_PROCESS;
}

static guint
flatline_process_tree_get_n_items (GListModel *model)
{
  return flatline_list_length (FLATLINE_PROCESS_TREE (model)->roots);
}

static gpointer
flatline_process_tree_get_item (GListModel *model, guint position)
{
  return g_list_model_get_item (G_LIST_MODEL (FLATLINE_PROCESS_TREE (model)->roots), position);
}

static void
flatline_process_tree_list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = flatline_process_tree_get_item_type;
  interface->get_n_items = flatline_process_tree_get_n_items;
  interface->get_item = flatline_process_tree_get_item;
}

static void
flatline_process_tree_finalize (GObject *object)
{
  FlatlineProcessTree *self = FLATLINE_PROCESS_TREE (object);

  g_clear_object (&self->roots);
  g_clear_pointer (&self->living, g_hash_table_unref);
  g_clear_pointer (&self->exits, g_hash_table_unref);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  g_queue_clear_full (&self->ended, (GDestroyNotify)node_free);
  g_free (self->token);
  G_OBJECT_CLASS (flatline_process_tree_parent_class)->finalize (object);
}

static void
flatline_process_tree_class_init (FlatlineProcessTreeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = flatline_process_tree_finalize;
  signals[SIGNAL_REFRESHED] =
      g_signal_new ("refreshed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
forward_items_changed (FlatlineProcessTree *self, guint position, guint removed, guint added, GListModel *roots)
{
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

static void
flatline_process_tree_init (FlatlineProcessTree *self)
{
  self->roots = g_list_store_new (FLATLINE_TYPE_PROCESS);
  self->living = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)node_free);
  self->exits = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  g_queue_init (&self->ended);
  g_signal_connect_object (self->roots, "items-changed", G_CALLBACK (forward_items_changed), self, G_CONNECT_SWAPPED);
}

FlatlineProcessTree *
flatline_process_tree_new (void)
{
  return g_object_new (FLATLINE_TYPE_PROCESS_TREE, NULL);
}

void
flatline_process_tree_set_root (FlatlineProcessTree *self, gint64 root_pid)
{
  g_return_if_fail (FLATLINE_IS_PROCESS_TREE (self));

  self->generation++;
  self->root_pid = root_pid;
  self->root_start_ticks = root_pid > 0 ? flatline_process_read_start_ticks (root_pid) : 0;
  g_clear_pointer (&self->token, g_free);
  g_queue_clear_full (&self->ended, (GDestroyNotify)node_free);
  g_hash_table_remove_all (self->living);
  g_hash_table_remove_all (self->exits);
  g_list_store_remove_all (self->roots);
}

void
flatline_process_tree_refresh_async (FlatlineProcessTree *self,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  GTask *task;

  g_return_if_fail (FLATLINE_IS_PROCESS_TREE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_name (task, "process-tree-refresh");
  if (self->root_pid <= 0 && !self->reading)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  g_ptr_array_add (self->waiting, task);
  if (!self->reading)
    start_reading (self);
}

gboolean
flatline_process_tree_refresh_finish (FlatlineProcessTree *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

void
flatline_process_tree_set_exit (FlatlineProcessTree *self, gint64 pid, int exit_status, int exit_signal)
{
  g_autofree char *text = NULL;
  Node *node;

  g_return_if_fail (FLATLINE_IS_PROCESS_TREE (self));

  text = flatline_process_dup_exit_text (exit_status, exit_signal);
  node = g_hash_table_lookup (self->living, &pid);
  if (node)
    {
      gpointer key;

      g_hash_table_replace (self->exits, copy_number (pid), g_steal_pointer (&text));
      g_hash_table_steal_extended (self->living, &pid, &key, NULL);
      g_free (key);
      end_node (self, node);
      return;
    }
  for (GList *link = self->ended.tail; link; link = link->prev)
    {
      Node *ended = link->data;

      if (ended->record->pid == pid)
        {
          g_object_set (ended->record, "exit-text", text, NULL);
          return;
        }
    }
  if (g_hash_table_size (self->exits) >= MAX_EXITS)
    g_hash_table_remove_all (self->exits);
  g_hash_table_replace (self->exits, copy_number (pid), g_steal_pointer (&text));
}

static void
append_living (GListModel *list, GArray *pids)
{
  for (guint i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr (FlatlineProcess) process = g_list_model_get_item (list, i);

      if (process->alive)
        g_array_append_val (pids, process->pid);
      if (process->children)
        append_living (G_LIST_MODEL (process->children), pids);
    }
}

GArray *
flatline_process_tree_list_pids (FlatlineProcessTree *self)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (gint64));

  g_return_val_if_fail (FLATLINE_IS_PROCESS_TREE (self), pids);

  append_living (G_LIST_MODEL (self->roots), pids);
  return pids;
}

GListStore *
flatline_process_tree_copy (FlatlineProcessTree *self)
{
  GListStore *copies = NULL;

  g_return_val_if_fail (FLATLINE_IS_PROCESS_TREE (self), NULL);

  for (guint i = 0; i < flatline_list_length (self->roots); i++)
    {
      g_autoptr (JsonNode) node = flatline_record_to_json (flatline_list_peek (self->roots, i));
      FlatlineRecord *copy = flatline_record_from_json (FLATLINE_TYPE_PROCESS, node, NULL);

      /* Refused only when it nests deeper than any document may. */
      if (copy)
        flatline_list_append (&copies, copy);
    }
  return copies;
}
