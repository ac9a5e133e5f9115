/* SPDX-License-Identifier: MIT */
/*
 * The stacks of an interpreter that the inspector does not understand: another implementation of Python, a CPython
 * newer than Flatline. Its agent, if it can run, writes down from within what the threads do; states, waits and system
 * calls remain those that were read from outside.
 */
#include "config.h"

#include "flatline-diagnose.h"
#include "flatline-file.h"
#include "flatline-session-private.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#define PATIENCE_S 3 /* it writes for two seconds at most */

typedef struct
{
  FlatlineSnapshot *snapshot;
  char *path;
} Telling;

static void
telling_free (gpointer data)
{
  Telling *self = data;

  if (self->path)
    g_unlink (self->path);
  g_free (self->path);
  g_clear_object (&self->snapshot);
  g_free (self);
}

static gboolean
has_python_threads (FlatlineSnapshot *snapshot)
{
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    if (((FlatlineThread *)flatline_list_peek (snapshot->threads, i))->is_python)
      return TRUE;
  return FALSE;
}

static void
join_thread (FlatlineSnapshot *snapshot, FlatlineThread *told)
{
  /* Only `threading` knows the native ids, and not every program has imported it. */
  FlatlineThread *seen =
      flatline_snapshot_find_thread (snapshot, told->native_id == 0 && told->is_main ? told->pid : told->native_id);

  if (!seen)
    {
      flatline_list_append (&snapshot->threads, g_object_ref (told));
      return;
    }
  g_object_set (seen, "name", told->name, "ident", told->ident, "is-daemon", told->is_daemon, "is-python", TRUE, NULL);
  if (!seen->frames)
    g_set_object (&seen->frames, told->frames);
  else
    for (guint i = 0; i < flatline_list_length (told->frames); i++)
      flatline_list_append (&seen->frames, g_object_ref (flatline_list_peek (told->frames, i)));
}

static void
join (FlatlineSnapshot *snapshot, FlatlineSnapshot *told, guint64 agent_ident)
{
  for (guint i = 0; i < flatline_list_length (told->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (told->threads, i);

      if (thread->ident != agent_ident)
        join_thread (snapshot, thread);
    }
  if (flatline_list_length (snapshot->sources) == 0)
    g_set_object (&snapshot->sources, told->sources);
  if (snapshot->program && !snapshot->program->python && told->program)
    snapshot->program->python = g_strdup (told->program->python);
  flatline_snapshot_add_note (snapshot, _ ("The stacks in Python are what the program itself told a moment later"));
  flatline_diagnose (snapshot);
}

static void
on_told (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineSession *self = FLATLINE_SESSION (source);
  g_autoptr (GTask) task = user_data;
  Telling *telling = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = flatline_session_ask_finish (self, result, &error);
  g_autoptr (FlatlineSnapshot) told = node ? flatline_file_load (telling->path, &error) : NULL;

  if (told)
    join (telling->snapshot, told, JSON_NODE_HOLDS_VALUE (node) ? (guint64)json_node_get_int (node) : 0);
  else
    g_debug ("The agent of %" G_GINT64_FORMAT " told no stacks: %s", self->home.pid, error->message);
  g_task_return_pointer (task, g_steal_pointer (&telling->snapshot), g_object_unref);
}

static char *
dup_params (const char *path)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_add_string_value (json_builder_set_member_name (builder, "path"), path);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FlatlineSession *self = g_task_get_source_object (task);
  Telling *telling = g_task_get_task_data (task);
  const gint64 pid = flatline_examiner_get_pid (FLATLINE_EXAMINER (source));
  GError *error = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *params = NULL;
  g_autofree char *name = NULL;

  telling->snapshot = flatline_examiner_capture_finish (FLATLINE_EXAMINER (source), result, &error);
  if (!telling->snapshot)
    {
      g_task_return_error (task, error);
      return;
    }
  if (has_python_threads (telling->snapshot) || !self->channel
      || !flatline_agent_channel_has_agent (self->channel, pid))
    {
      g_task_return_pointer (task, g_steal_pointer (&telling->snapshot), g_object_unref);
      return;
    }
  folder = g_path_get_dirname (flatline_agent_channel_get_path (self->channel));
  name = g_strconcat (telling->snapshot->uid, ".flatline", NULL);
  telling->path = g_build_filename (folder, name, NULL);
  params = dup_params (telling->path);
  flatline_session_ask_async (self, pid, "stacks", params, PATIENCE_S, g_task_get_cancellable (task), on_told,
                              g_object_ref (task));
}

void
flatline_session_capture_heart_async (FlatlineSession *self,
                                      const char *reason,
                                      const FlatlineCaptureBudget *budget,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_task_data (task, g_new0 (Telling, 1), telling_free);
  flatline_examiner_capture_async (flatline_session_get_heart (self)->examiner, reason, budget, cancellable, on_read,
                                   task);
}

FlatlineSnapshot *
flatline_session_capture_heart_finish (FlatlineSession *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
