/* SPDX-License-Identifier: MIT */
/* Asks the agent of the program whose beats count, and keeps the list of what it has said to be on. */
#include "config.h"

#include "flatline-live.h"

#include "flatline-live-command.h"
#include "flatline-session-private.h"

#include <glib/gi18n.h>

struct _FlatlineLive
{
  GObject parent_instance;
  FlatlineSession *session; /* borrowed: it owns this */
  GListStore *changes;
};

enum
{
  SIGNAL_TOLD,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineLive, flatline_live, G_TYPE_OBJECT)

static void
flatline_live_finalize (GObject *object)
{
  FlatlineLive *self = FLATLINE_LIVE (object);

  g_clear_object (&self->changes);
  G_OBJECT_CLASS (flatline_live_parent_class)->finalize (object);
}

static void
flatline_live_class_init (FlatlineLiveClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_live_finalize;
  signals[SIGNAL_TOLD] = g_signal_new ("told", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
flatline_live_init (FlatlineLive *self)
{
  self->changes = g_list_store_new (FLATLINE_TYPE_LIVE_CHANGE);
}

FlatlineLive *
flatline_live_new (FlatlineSession *session)
{
  FlatlineLive *self = g_object_new (FLATLINE_TYPE_LIVE, NULL);

  self->session = session;
  return self;
}

GListStore *
flatline_live_get_changes (FlatlineLive *self)
{
  return self->changes;
}

/* What is on */

static const char *
peek_element (JsonArray *array, guint i)
{
  JsonNode *node = i < json_array_get_length (array) ? json_array_get_element (array, i) : NULL;

  return node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : "";
}

/* [[kind, name, detail], …] */
static void
take_changes (FlatlineLive *self, JsonObject *params)
{
  JsonNode *node = json_object_get_member (params, "changes");
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; array && i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      JsonArray *texts = JSON_NODE_HOLDS_ARRAY (element) ? json_node_get_array (element) : NULL;
      FlatlineLiveChange *change;

      if (!texts)
        continue;
      change = g_object_new (FLATLINE_TYPE_LIVE_CHANGE, NULL);
      change->kind = g_strdup (peek_element (texts, 0));
      change->name = g_strdup (peek_element (texts, 1));
      change->detail = g_strdup (peek_element (texts, 2));
      g_ptr_array_add (changes, change);
    }
  g_list_store_splice (self->changes, 0, g_list_model_get_n_items (G_LIST_MODEL (self->changes)), changes->pdata,
                       changes->len);
}

void
flatline_live_take_event (FlatlineLive *self, FlatlineProgramEvent *event)
{
  const char *name = flatline_program_event_text (event->params, "name");
  g_autofree char *line = NULL;

  if (event->type == FLATLINE_PROGRAM_EVENT_CHANGES)
    {
      take_changes (self, event->params);
      return;
    }
  line = flatline_live_words_of_call (event->params);
  if (line)
    g_signal_emit (self, signals[SIGNAL_TOLD], 0, name, line);
}

guint
flatline_live_get_n_held (FlatlineLive *self)
{
  return 0;
}

void
flatline_live_forget (FlatlineLive *self)
{
  g_list_store_remove_all (self->changes);
}

static char *
dup_list (FlatlineLive *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < flatline_list_length (self->changes); i++)
    {
      FlatlineLiveChange *change = flatline_list_peek (self->changes, i);

      g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", change->name);
      if (*change->detail)
        g_string_append_printf (text, "  --if %s", change->detail);
    }
  if (text->len == 0)
    g_string_append (text, _ ("Nothing is traced"));
  return g_string_free (text, FALSE);
}

/* Commands */

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (JsonNode) answer = flatline_session_ask_finish (FLATLINE_SESSION (source), result, &error);
  char *text = answer ? flatline_live_words_of_answer (g_task_get_task_data (task), answer, &error) : NULL;

  if (text)
    g_task_return_pointer (task, text, g_free);
  else
    g_task_return_error (task, error);
}

void
flatline_live_command_async (FlatlineLive *self,
                             const char *line,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  FlatlineLiveCommand *command = flatline_live_command_parse (line, &error);

  if (!command)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, command, (GDestroyNotify)flatline_live_command_free);
  if (command->method)
    flatline_session_ask_async (self->session, command->method, command->params, FLATLINE_SESSION_PATIENCE_S,
                                cancellable, on_answered, g_steal_pointer (&task));
  else
    g_task_return_pointer (task, dup_list (self), g_free);
}

char *
flatline_live_command_finish (FlatlineLive *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
flatline_live_undo (FlatlineLive *self, FlatlineLiveChange *change)
{
  g_autofree char *line = g_strdup_printf ("un%s %s", change->kind, change->name);

  flatline_live_command_async (self, line, NULL, NULL, NULL);
}
