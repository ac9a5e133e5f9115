/* SPDX-License-Identifier: MIT */
/*
 * What is asked of the living program's agent: an expression, and what flatline-live.c has to ask. The agent needs the
 * GIL, so an answer may never come; whoever asked is told so after a while.
 */
#include "config.h"

#include "flatline-session-private.h"

#include <glib/gi18n.h>

typedef struct
{
  FlatlineAgentChannel *channel;
  gint64 id;
  gint64 pid;
  guint patience_s;
  gulong answered;
  gulong lost;
  guint timeout;
} Question;

static void
question_free (gpointer data)
{
  Question *self = data;

  g_clear_signal_handler (&self->answered, self->channel);
  g_clear_signal_handler (&self->lost, self->channel);
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_object (&self->channel);
  g_free (self);
}

/* The task is over: nobody is to hear of it again. */
static void
stop (GTask *task)
{
  Question *self = g_task_get_task_data (task);

  g_clear_signal_handler (&self->answered, self->channel);
  g_clear_signal_handler (&self->lost, self->channel);
  g_clear_handle_id (&self->timeout, g_source_remove);
}

static char *
dup_error_text (JsonNode *error)
{
  const char *text = JSON_NODE_HOLDS_VALUE (error) ? json_node_get_string (error) : NULL;

  return text ? g_strdup (text) : json_to_string (error, FALSE);
}

static void
on_answered (FlatlineAgentChannel *channel,
             gint64 pid,
             gint64 id,
             const char *method,
             JsonNode *result,
             JsonNode *error,
             GTask *task)
{
  Question *self = g_task_get_task_data (task);
  g_autofree char *text = NULL;

  if (id != self->id)
    return;
  stop (task);
  text = error ? dup_error_text (error) : NULL;
  if (error)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", text);
  else
    g_task_return_pointer (task, result ? json_node_copy (result) : json_node_new (JSON_NODE_NULL),
                           (GDestroyNotify)json_node_unref);
  g_object_unref (task);
}

static void
on_lost (FlatlineAgentChannel *channel, gint64 pid, GTask *task)
{
  Question *self = g_task_get_task_data (task);

  if (pid != self->pid)
    return;
  stop (task);
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, _ ("The program ended before it answered"));
  g_object_unref (task);
}

static gboolean
on_timeout (gpointer user_data)
{
  GTask *task = user_data;
  Question *self = g_task_get_task_data (task);

  self->timeout = 0;
  stop (task);
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                           _ ("No answer within %d s: this takes long, or the GIL is held; variables can be read all "
                              "the same"),
                           (int)self->patience_s);
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

void
flatline_session_ask_async (FlatlineSession *self,
                            gint64 pid,
                            const char *method,
                            const char *params,
                            guint patience_s,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  const gint64 id = self->channel ? flatline_agent_channel_request (self->channel, pid, method, params) : 0;
  Question *question;

  if (id == 0)
    {
      g_task_return_new_error (
          task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
          _ ("The program has no agent that could answer; its variables can be read all the same"));
      g_object_unref (task);
      return;
    }
  question = g_new0 (Question, 1);
  question->channel = g_object_ref (self->channel);
  question->id = id;
  question->pid = pid;
  question->patience_s = patience_s;
  question->answered = g_signal_connect (self->channel, "answered", G_CALLBACK (on_answered), task);
  question->lost = g_signal_connect (self->channel, "lost", G_CALLBACK (on_lost), task);
  question->timeout = g_timeout_add_seconds (patience_s, on_timeout, task);
  g_task_set_task_data (task, question, question_free);
}

JsonNode *
flatline_session_ask_finish (FlatlineSession *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static char *
dup_params (guint64 ident, int frame, const char *source)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "source");
  json_builder_add_string_value (builder, source);
  json_builder_set_member_name (builder, "ident");
  json_builder_add_int_value (builder, (gint64)ident);
  json_builder_set_member_name (builder, "frame");
  json_builder_add_int_value (builder, frame);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

void
flatline_session_evaluate_async (FlatlineSession *self,
                                 guint64 ident,
                                 int frame,
                                 const char *source,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autofree char *params = dup_params (ident, frame, source);

  flatline_session_ask_async (self, flatline_session_get_heart (self)->pid, "evaluate", params,
                              FLATLINE_SESSION_PATIENCE_S, cancellable, callback, user_data);
}

static char *
dup_member (JsonObject *object, const char *name)
{
  const char *text = flatline_program_event_text (object, name);

  return g_strdup (text ? text : "");
}

char *
flatline_session_evaluate_finish (FlatlineSession *self, GAsyncResult *result, char **where_out, GError **error)
{
  g_autoptr (JsonNode) node = flatline_session_ask_finish (self, result, error);
  JsonObject *object;
  g_autofree char *text = NULL;

  if (!node)
    return NULL;
  object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  text = dup_member (object, "text");
  if (where_out)
    *where_out = dup_member (object, "where");
  return flatline_program_event_flag (object, "truncated") ? g_strconcat (text, "…", NULL) : g_steal_pointer (&text);
}
