/* SPDX-License-Identifier: MIT */
/*
 * The connections of the tree: read in a worker, merged into the list so that a row stays a row. While monitored, each
 * row says what happened to it since the reading before; one that is gone stays for one more.
 */
#include "config.h"

#include "flatline-connections.h"
#include "flatline-session-private.h"

#define MONITOR_INTERVAL_S 1

static char *
dup_key (const FlatlineConnection *connection)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT "|%" G_GINT64_FORMAT "|%s|%s|%s", connection->pid, connection->inode,
                          connection->protocol ? connection->protocol : "",
                          connection->inode ? "" : connection->local_address,
                          connection->inode ? "" : connection->remote_address);
}

static gboolean
has_changed (const FlatlineConnection *before, const FlatlineConnection *now)
{
  return g_strcmp0 (before->state, now->state) != 0 || g_strcmp0 (before->remote_address, now->remote_address) != 0
         || before->receive_queue != now->receive_queue || before->send_queue != now->send_queue
         || before->retransmits != now->retransmits || before->bytes_received != now->bytes_received
         || before->bytes_sent != now->bytes_sent;
}

static void
update_row (FlatlineConnection *row, FlatlineConnection *now, const char *change)
{
  g_object_set (row, "fd", now->fd, "state", now->state, "local-address", now->local_address, "remote-address",
                now->remote_address, "receive-queue", now->receive_queue, "send-queue", now->send_queue,
                "bytes-received", now->bytes_received, "bytes-sent", now->bytes_sent, "retransmits", now->retransmits,
                "age-ms", now->age_ms, "peer-pid", now->peer_pid, "change", change, NULL);
}

/* Rows that were there: updated, marked as gone, or taken out. What is left in @readings afterwards is new. */
static void
merge_rows (FlatlineSession *self, GHashTable *readings)
{
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->connections)); i-- > 0;)
    {
      FlatlineConnection *row = flatline_list_peek (self->connections, i);
      g_autofree char *key = dup_key (row);
      FlatlineConnection *now = g_hash_table_lookup (readings, key);

      if (now)
        {
          update_row (row, now, self->monitoring && has_changed (row, now) ? "changed" : NULL);
          g_hash_table_remove (readings, key);
        }
      else if (self->monitoring && g_strcmp0 (row->change, "gone") != 0)
        g_object_set (row, "change", "gone", NULL);
      else
        g_list_store_remove (self->connections, i);
    }
}

static void
merge (FlatlineSession *self, GPtrArray *connections)
{
  g_autoptr (GHashTable) readings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  gboolean first = g_list_model_get_n_items (G_LIST_MODEL (self->connections)) == 0;

  for (guint i = 0; i < connections->len; i++)
    {
      FlatlineConnection *connection = g_ptr_array_index (connections, i);

      g_hash_table_insert (readings, dup_key (connection), g_object_ref (connection));
    }
  merge_rows (self, readings);
  for (guint i = 0; i < connections->len; i++)
    {
      FlatlineConnection *connection = g_ptr_array_index (connections, i);
      g_autofree char *key = dup_key (connection);

      if (g_hash_table_lookup (readings, key) != connection)
        continue;
      if (self->monitoring && !first)
        g_object_set (connection, "change", "new", NULL);
      g_list_store_append (self->connections, connection);
    }
}

static void
read_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_task_return_pointer (task, flatline_connections_list (task_data), (GDestroyNotify)g_ptr_array_unref);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineSession *self = FLATLINE_SESSION (source);
  g_autoptr (GPtrArray) connections = g_task_propagate_pointer (G_TASK (result), NULL);

  self->refreshing_connections = FALSE;
  if (connections)
    merge (self, connections);
}

void
flatline_session_refresh_connections (FlatlineSession *self)
{
  g_autoptr (GTask) task = NULL;
  GArray *pids;

  if (self->refreshing_connections)
    return;
  pids = flatline_process_tree_list_pids (self->tree);
  if (pids->len == 0 && self->pid > 0)
    g_array_append_val (pids, self->pid);
  self->refreshing_connections = TRUE;
  task = g_task_new (self, NULL, on_read, NULL);
  g_task_set_task_data (task, pids, (GDestroyNotify)g_array_unref);
  g_task_run_in_thread (task, read_in_worker);
}

static gboolean
on_monitor (gpointer user_data)
{
  FlatlineSession *self = user_data;

  if (self->pid > 0)
    flatline_session_refresh_connections (self);
  return G_SOURCE_CONTINUE;
}

void
flatline_session_stop_monitor (FlatlineSession *self)
{
  self->monitoring = FALSE;
  g_clear_handle_id (&self->monitor_source, g_source_remove);
}

void
flatline_session_set_monitor (FlatlineSession *self, gboolean monitor)
{
  flatline_session_stop_monitor (self);
  if (!monitor)
    return;
  flatline_session_refresh_connections (self);
  self->monitoring = TRUE;
  self->monitor_source = g_timeout_add_seconds (MONITOR_INTERVAL_S, on_monitor, self);
}
