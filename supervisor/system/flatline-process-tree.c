/* SPDX-License-Identifier: MIT */
/*
 * FlatlineProcessTree. A refresh has two halves: a worker thread reads /proc into plain facts
 * (flatline-process-reading), then the main thread writes them into the records (flatline-process-roster), in steps of
 * a few milliseconds, so that a crowd of processes holds up nobody.
 */
#include "flatline-process-tree.h"

#include "flatline-process-private.h"
#include "flatline-process-roster.h"
#include "flatline-process.h"

#define STEP_US 3000

struct _FlatlineProcessTree
{
  GObject parent_instance;

  gint64 root_pid;
  gint64 root_start_ticks;
  char *token;
  FlatlineProcessRoster *roster;
  GPtrArray *waiting; /* GTask, finished by the refresh under way */
  gboolean reading;
  FlatlineProcessReading *written; /* being written into the records, NULL none */
  guint written_generation;
  guint next;
  guint generation; /* grows with each root, so that a reading of the one before is dropped */
};

typedef struct
{
  FlatlineProcessKinship kinship;
  GHashTable *names; /* pid -> what it was at the last reading, see flatline_process_facts_read() */
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

static void
start_reading (FlatlineProcessTree *self);

static void
finish_refresh (FlatlineProcessTree *self)
{
  g_autoptr (GPtrArray) served = g_steal_pointer (&self->waiting);

  self->reading = FALSE;
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_emit (self, signals[SIGNAL_REFRESHED], 0);
  for (guint i = 0; i < served->len; i++)
    {
      GTask *task = g_ptr_array_index (served, i);

      if (!g_task_return_error_if_cancelled (task))
        g_task_return_boolean (task, TRUE);
    }
}

static gboolean
write_some (gpointer user_data)
{
  FlatlineProcessTree *self = user_data;
  gboolean outdated = self->written_generation != self->generation;

  if (!outdated
      && !flatline_process_roster_apply (self->roster, self->written, &self->next, g_get_monotonic_time () + STEP_US))
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->written, flatline_process_reading_free);
  if (outdated)
    start_reading (self);
  else
    finish_refresh (self);
  return G_SOURCE_REMOVE;
}

static void
finish_reading (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineProcessTree *self = FLATLINE_PROCESS_TREE (source);
  FlatlineProcessReading *reading = g_task_propagate_pointer (G_TASK (result), NULL);
  const Request *request = g_task_get_task_data (G_TASK (result));

  if (!reading)
    {
      finish_refresh (self);
      return;
    }
  self->written = reading;
  self->written_generation = request->generation;
  self->next = 0;
  if (self->written_generation == self->generation)
    {
      self->root_start_ticks = reading->root_start_ticks;
      g_free (self->token);
      self->token = g_steal_pointer (&reading->token);
    }
  if (write_some (self) == G_SOURCE_CONTINUE)
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, write_some, g_object_ref (self), g_object_unref);
}

static void
start_reading (FlatlineProcessTree *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, finish_reading, NULL);
  Request *request = g_new0 (Request, 1);

  request->generation = self->generation;
  request->kinship.root = self->root_pid;
  request->kinship.root_start_ticks = self->root_start_ticks;
  request->kinship.token = g_strdup (self->token);
  request->kinship.known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  request->names = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  flatline_process_roster_list_living (self->roster, request->kinship.known, request->names);
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
  return flatline_list_length (flatline_process_roster_get_roots (FLATLINE_PROCESS_TREE (model)->roster));
}

static gpointer
flatline_process_tree_get_item (GListModel *model, guint position)
{
  GListStore *roots = flatline_process_roster_get_roots (FLATLINE_PROCESS_TREE (model)->roster);

  return g_list_model_get_item (G_LIST_MODEL (roots), position);
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

  g_clear_pointer (&self->roster, flatline_process_roster_free);
  g_clear_pointer (&self->written, flatline_process_reading_free);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
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
  self->roster = flatline_process_roster_new ();
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect_object (flatline_process_roster_get_roots (self->roster), "items-changed",
                           G_CALLBACK (forward_items_changed), self, G_CONNECT_SWAPPED);
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
  flatline_process_roster_begin (self->roster, root_pid);
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
  g_return_if_fail (FLATLINE_IS_PROCESS_TREE (self));

  flatline_process_roster_set_exit (self->roster, pid, exit_status, exit_signal);
}

gboolean
flatline_process_tree_set_heart (FlatlineProcessTree *self, gint64 pid, const char *heart)
{
  g_return_val_if_fail (FLATLINE_IS_PROCESS_TREE (self), FALSE);

  return flatline_process_roster_set_heart (self->roster, pid, heart);
}

GArray *
flatline_process_tree_list_pids (FlatlineProcessTree *self)
{
  g_return_val_if_fail (FLATLINE_IS_PROCESS_TREE (self), NULL);

  return flatline_process_roster_list_pids (self->roster);
}

guint
flatline_process_tree_send_signal (FlatlineProcessTree *self, int signum)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  FlatlineProcessKinship kinship;

  g_return_val_if_fail (FLATLINE_IS_PROCESS_TREE (self), 0);

  if (self->root_pid <= 1)
    return 0;
  flatline_process_roster_list_living (self->roster, known, NULL);
  kinship = (FlatlineProcessKinship){
    .root = self->root_pid,
    .root_start_ticks = self->root_start_ticks,
    .token = self->token,
    .known = known,
  };
  return flatline_process_send_signal_to_kin (&kinship, signum);
}
