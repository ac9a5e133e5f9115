/* SPDX-License-Identifier: MIT */
/* Asks the agent of the program whose beats count, and keeps the list of what it has said to be on. */
#include "config.h"

#include "flatline-live-command.h"
#include "flatline-live-private.h"

#include <glib/gi18n.h>

enum
{
  SIGNAL_TOLD,
  SIGNAL_HELD,
  SIGNAL_LET_GO,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineLive, flatline_live, G_TYPE_OBJECT)

static void
flatline_live_finalize (GObject *object)
{
  FlatlineLive *self = FLATLINE_LIVE (object);

  g_clear_object (&self->changes);
  g_ptr_array_unref (self->held);
  g_ptr_array_unref (self->askers);
  G_OBJECT_CLASS (flatline_live_parent_class)->finalize (object);
}

static void
flatline_live_class_init (FlatlineLiveClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_live_finalize;
  signals[SIGNAL_TOLD] = g_signal_new ("told", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_HELD] = g_signal_new ("held", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 1, FLATLINE_TYPE_SNAPSHOT);
  signals[SIGNAL_LET_GO] =
      g_signal_new ("let-go", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
flatline_live_init (FlatlineLive *self)
{
  self->changes = g_list_store_new (FLATLINE_TYPE_LIVE_CHANGE);
  self->held = flatline_live_held_new ();
  self->askers = flatline_live_askers_new ();
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
      change->kind = g_strdup (flatline_program_event_element (texts, 0));
      change->name = g_strdup (flatline_program_event_element (texts, 1));
      change->detail = g_strdup (flatline_program_event_element (texts, 2));
      g_ptr_array_add (changes, change);
    }
  g_list_store_splice (self->changes, 0, g_list_model_get_n_items (G_LIST_MODEL (self->changes)), changes->pdata,
                       changes->len);
  flatline_live_dismiss_askers (self);
}

void
flatline_live_take_event (FlatlineLive *self, FlatlineProgramEvent *event)
{
  const char *name = flatline_program_event_text (event->params, "name");
  g_autofree char *line = NULL;

  if (event->type == FLATLINE_PROGRAM_EVENT_HELD)
    {
      flatline_live_hold (self, event);
      return;
    }
  if (event->type == FLATLINE_PROGRAM_EVENT_CHANGES)
    {
      take_changes (self, event->params);
      return;
    }
  line = flatline_live_words_of_call (event->params);
  if (!line)
    return;
  g_signal_emit (self, signals[SIGNAL_TOLD], 0, name, line);
  flatline_live_tell_askers (self, event->params, line);
}

void
flatline_live_emit_held (FlatlineLive *self, FlatlineSnapshot *snapshot)
{
  g_signal_emit (self, signals[SIGNAL_HELD], 0, snapshot);
}

void
flatline_live_emit_let_go (FlatlineLive *self)
{
  g_signal_emit (self, signals[SIGNAL_LET_GO], 0);
}

void
flatline_live_forget (FlatlineLive *self)
{
  flatline_live_let_go (self);
  g_ptr_array_set_size (self->askers, 0);
  g_list_store_remove_all (self->changes);
}

/* Of what is patched, or of all else. */
static char *
dup_list (FlatlineLive *self, gboolean of_patches)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < flatline_list_length (self->changes); i++)
    {
      FlatlineLiveChange *change = flatline_list_peek (self->changes, i);

      if (g_str_equal (change->kind, "patch") != of_patches)
        continue;
      g_string_append_printf (text, "%s%s%s", text->len > 0 ? "\n" : "",
                              g_str_equal (change->kind, "break") ? "break " : "", change->name);
      if (*change->detail)
        g_string_append_printf (text, of_patches ? " = %s" : "  --if %s", change->detail);
    }
  if (text->len == 0)
    g_string_append (text, of_patches ? _ ("Nothing is patched") : _ ("Nothing is traced"));
  return g_string_free (text, FALSE);
}

/* Commands */

static char *
answer_here (FlatlineLive *self, const FlatlineLiveCommand *command)
{
  guint n_held;

  if (command->word != FLATLINE_LIVE_CONTINUE)
    return dup_list (self, command->word == FLATLINE_LIVE_PATCHES);
  n_held = flatline_live_let_go (self);
  if (n_held == 0)
    return g_strdup (_ ("No thread is held"));
  return g_strdup_printf (ngettext ("The thread goes on", "%u threads go on", n_held), n_held);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (JsonNode) answer = flatline_session_ask_finish (FLATLINE_SESSION (source), result, &error);
  const FlatlineLiveCommand *command = g_task_get_task_data (task);
  char *text = answer ? flatline_live_words_of_answer (command, answer, &error) : NULL;

  /* For whoever gave the command from elsewhere. */
  if (text && command->word == FLATLINE_LIVE_TRACE && JSON_NODE_HOLDS_OBJECT (answer))
    g_object_set_data_full (G_OBJECT (task), "traced",
                            g_strdup (flatline_program_event_text (json_node_get_object (answer), "label")), g_free);
  if (text)
    g_task_return_pointer (task, text, g_free);
  else
    g_task_return_error (task, error);
}

void
flatline_live_command_async (
    FlatlineLive *self, const char *line, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  const char *folder = self->session->run ? self->session->run->cwd : NULL;
  FlatlineLiveCommand *command = flatline_live_command_parse (line, folder, &error);

  if (!command)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, command, (GDestroyNotify)flatline_live_command_free);
  if (command->method)
    flatline_session_ask_async (self->session, self->session->home.pid, command->method, command->params,
                                FLATLINE_SESSION_PATIENCE_S, cancellable, on_answered, g_steal_pointer (&task));
  else
    g_task_return_pointer (task, answer_here (self, command), g_free);
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
