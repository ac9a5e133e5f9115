/* SPDX-License-Identifier: MIT */
/* The connections of the tree: read in a worker, written into the living list by its roster. */
#include "config.h"

#include "flatline-connections.h"
#include "flatline-session-private.h"

#define MONITOR_INTERVAL_S 1

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
  if (!connections || self->pid != GPOINTER_TO_SIZE (user_data))
    return;
  flatline_connection_roster_apply (self->connections, g_steal_pointer (&connections), g_get_monotonic_time (),
                                    self->monitoring);
  if (self->connections_known)
    return;
  self->connections_known = TRUE;
  flatline_session_notify (self, FLATLINE_PROPERTY_CONNECTIONS_KNOWN);
}

void
flatline_session_refresh_connections (FlatlineSession *self)
{
  g_autoptr (GTask) task = NULL;
  GArray *pids;

  if (self->refreshing_connections || flatline_connection_roster_is_busy (self->connections))
    return;
  pids = flatline_process_tree_list_pids (self->tree);
  if (pids->len == 0 && self->pid > 0)
    g_array_append_val (pids, self->pid);
  self->refreshing_connections = TRUE;
  task = g_task_new (self, NULL, on_read, GSIZE_TO_POINTER (self->pid));
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
