/* SPDX-License-Identifier: MIT */
/*
 * Commands from elsewhere: `flatline-cli trace PID NAME` connects to the socket that the program's agent knows. It
 * hears the answer, and of a trace each call until it leaves, which ends that trace.
 */
#include "config.h"

#include "flatline-live-private.h"

#include <glib/gi18n.h>
#include <inttypes.h>

typedef struct
{
  FlatlineLineConnection *connection;
  guint64 number; /* a connection may have the address of one that is gone */
  char *label;    /* what is traced for it; NULL: nothing */
} Asker;

typedef struct
{
  FlatlineLive *live;
  guint64 number;
} Question;

static void
asker_free (gpointer data)
{
  Asker *self = data;

  g_free (self->label);
  g_free (self);
}

GPtrArray *
flatline_live_askers_new (void)
{
  return g_ptr_array_new_with_free_func (asker_free);
}

/* By its number, or by its connection. */
static Asker *
find_asker (FlatlineLive *self, guint64 number, FlatlineLineConnection *connection)
{
  for (guint i = 0; i < self->askers->len; i++)
    {
      Asker *asker = self->askers->pdata[i];

      if (connection ? asker->connection == connection : asker->number == number)
        return asker;
    }
  return NULL;
}

static void
send_member (Asker *asker, const char *member, const char *text)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *line = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, member);
  json_builder_add_string_value (builder, valid);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  line = json_to_string (root, FALSE);
  flatline_line_connection_send (asker->connection, line);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Question *question = user_data;
  g_autoptr (FlatlineLive) self = question->live;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = flatline_live_command_finish (self, result, &error);
  const char *traced = g_object_get_data (G_OBJECT (result), "traced");
  Asker *asker = find_asker (self, question->number, NULL);

  if (!asker)
    return;
  send_member (asker, text ? "result" : "error", text ? text : error->message);
  if (text && traced)
    asker->label = g_strdup (traced);
  else
    send_member (asker, "over", "");
}

/* What is changed is changed in the process whose heart counts; a wrapper that has no agent stands for it. */
static gboolean
is_changed_by_this_name (FlatlineLive *self, gint64 pid)
{
  FlatlineSession *session = self->session;

  return pid == 0 || pid == session->home.pid
         || (pid == session->pid && !flatline_agent_channel_has_agent (session->channel, pid));
}

void
flatline_live_take_command (FlatlineLive *self, FlatlineLineConnection *connection, gint64 pid, const char *line)
{
  static guint64 last_number = 0;
  Asker *asker = g_new0 (Asker, 1);
  Question *question;

  asker->connection = connection;
  asker->number = ++last_number;
  g_ptr_array_add (self->askers, asker);
  if (!is_changed_by_this_name (self, pid))
    {
      g_autofree char *refusal =
          g_strdup_printf (_ ("Of this program only process %" PRId64 " can be traced and changed, not its others"),
                           self->session->home.pid);

      send_member (asker, "error", refusal);
      send_member (asker, "over", "");
      return;
    }
  question = g_new0 (Question, 1);
  question->live = g_object_ref (self);
  question->number = asker->number;
  flatline_live_command_async (self, line, NULL, on_done, question);
}

void
flatline_live_let_asker_go (FlatlineLive *self, FlatlineLineConnection *connection)
{
  Asker *asker = find_asker (self, 0, connection);
  g_autofree char *label = NULL;
  g_autofree char *line = NULL;

  if (!asker)
    return;
  label = g_strdup (asker->label);
  g_ptr_array_remove_fast (self->askers, asker);
  /* Somebody else may be listening to the same. */
  for (guint i = 0; label && i < self->askers->len; i++)
    if (g_strcmp0 (((Asker *)self->askers->pdata[i])->label, label) == 0)
      return;
  if (label)
    line = g_strdup_printf ("untrace %s", label);
  if (line)
    flatline_live_command_async (self, line, NULL, NULL, NULL);
}

/* Whether a call is told by what @label traces: a name, or a pattern that the call's own name is one of. */
static gboolean
asks_for (JsonObject *call, const char *label)
{
  JsonNode *node = json_object_get_member (call, "asked");
  JsonArray *asked = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; asked && i < json_array_get_length (asked); i++)
    {
      JsonNode *element = json_array_get_element (asked, i);

      if (json_node_get_value_type (element) == G_TYPE_STRING && g_str_equal (json_node_get_string (element), label))
        return TRUE;
    }
  return !asked && g_strcmp0 (flatline_program_event_text (call, "name"), label) == 0;
}

void
flatline_live_tell_askers (FlatlineLive *self, JsonObject *call, const char *line)
{
  for (guint i = 0; i < self->askers->len; i++)
    {
      Asker *asker = self->askers->pdata[i];

      /* Calls that were dropped have no name. */
      if (asker->label && (!flatline_program_event_text (call, "name") || asks_for (call, asker->label)))
        send_member (asker, "told", line);
    }
}

static gboolean
is_traced (FlatlineLive *self, const char *label)
{
  for (guint i = 0; i < flatline_list_length (self->changes); i++)
    {
      FlatlineLiveChange *change = flatline_list_peek (self->changes, i);

      if (g_str_equal (change->kind, "trace") && g_str_equal (change->name, label))
        return TRUE;
    }
  return FALSE;
}

void
flatline_live_dismiss_askers (FlatlineLive *self)
{
  for (guint i = 0; i < self->askers->len; i++)
    {
      Asker *asker = self->askers->pdata[i];

      if (!asker->label || is_traced (self, asker->label))
        continue;
      g_clear_pointer (&asker->label, g_free);
      send_member (asker, "over", "");
    }
}
