/* SPDX-License-Identifier: MIT */
/* The agents' socket: who is connected, what they tell, what they are asked. */
#include "config.h"

#include "flatline-agent-channel.h"
#include "flatline-dead-sockets.h"
#include "flatline-line-server.h"
#include "flatline-paths.h"
#include "flatline-snapshot.h"

#include <string.h>

#define MAX_LINE_BYTES  (1024 * 1024)
#define MAX_CONNECTIONS 256
#define MAX_REQUESTS    64

/* A request that waits for its answer. */
typedef struct
{
  FlatlineLineConnection *connection;
  gint64 id;
  char *method;
} Request;

struct _FlatlineAgentChannel
{
  GObject parent_instance;
  FlatlineLineServer *server;
  char *path;
  GHashTable *agents; /* FlatlineLineConnection → pid it said hello with (gint64 *) */
  GPtrArray *requests;
  gint64 last_id;
};

enum
{
  SIGNAL_EVENT,
  SIGNAL_ANSWERED,
  SIGNAL_LOST,
  SIGNAL_ASKED,
  SIGNAL_LEFT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineAgentChannel, flatline_agent_channel, G_TYPE_OBJECT)

static void
request_free (gpointer data)
{
  Request *request = data;

  g_free (request->method);
  g_free (request);
}

static void
flatline_agent_channel_finalize (GObject *object)
{
  FlatlineAgentChannel *self = FLATLINE_AGENT_CHANNEL (object);

  if (self->server)
    g_signal_handlers_disconnect_by_data (self->server, self);
  g_clear_object (&self->server);
  g_hash_table_unref (self->agents);
  g_ptr_array_unref (self->requests);
  g_free (self->path);
  G_OBJECT_CLASS (flatline_agent_channel_parent_class)->finalize (object);
}

static void
flatline_agent_channel_class_init (FlatlineAgentChannelClass *klass)
{
  const GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = flatline_agent_channel_finalize;
  signals[SIGNAL_EVENT] =
      g_signal_new ("event", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[SIGNAL_ANSWERED] = g_signal_new ("answered", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 5,
                                           G_TYPE_INT64, G_TYPE_INT64, G_TYPE_STRING, JSON_TYPE_NODE, JSON_TYPE_NODE);
  signals[SIGNAL_LOST] =
      g_signal_new ("lost", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
  signals[SIGNAL_ASKED] = g_signal_new ("asked", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                        G_TYPE_POINTER, G_TYPE_INT64, G_TYPE_STRING);
  signals[SIGNAL_LEFT] =
      g_signal_new ("left", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
flatline_agent_channel_init (FlatlineAgentChannel *self)
{
  self->agents = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->requests = g_ptr_array_new_with_free_func (request_free);
}

static void
emit_event (FlatlineAgentChannel *self, FlatlineProgramEvent *event)
{
  g_signal_emit (self, signals[SIGNAL_EVENT], 0, event);
}

/* [lane, reason, caller, timestamp]; what does not fit is passed over. */
static void
take_beat (FlatlineAgentChannel *self, FlatlineLineConnection *connection, gint64 pid, JsonNode *node)
{
  static const char *const lanes[] = { "interpreter", "loop", "program", NULL };
  g_auto (FlatlineProgramEvent) event = { .type = FLATLINE_PROGRAM_EVENT_BEAT, .pid = pid };
  const char *texts[3] = { NULL };
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (!array || json_array_get_length (array) < 4)
    {
      flatline_line_server_count_garbage (self->server);
      return;
    }
  for (guint i = 0; i < 3; i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (element) && json_node_get_value_type (element) == G_TYPE_STRING)
        texts[i] = json_node_get_string (element);
    }
  for (guint i = 0; lanes[i] && texts[0]; i++)
    if (strcmp (lanes[i], texts[0]) == 0)
      event.lane = lanes[i];
  if (!event.lane)
    {
      flatline_line_server_count_garbage (self->server);
      return;
    }
  event.reason = flatline_program_event_dup_short (texts[1]);
  event.caller = flatline_program_event_dup_short (texts[2]);
  event.time_us = flatline_program_event_time (json_array_get_element (array, 3));
  emit_event (self, &event);
}

static void
take_beats (FlatlineAgentChannel *self, FlatlineLineConnection *connection, gint64 pid, JsonObject *params)
{
  JsonNode *node = json_object_get_member (params, "beats");
  JsonArray *beats = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; beats && i < json_array_get_length (beats); i++)
    take_beat (self, connection, pid, json_array_get_element (beats, i));
}

static gboolean
has_capability (JsonObject *params, const char *name)
{
  JsonNode *node = params ? json_object_get_member (params, "capabilities") : NULL;
  JsonArray *names = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; names && i < json_array_get_length (names); i++)
    {
      JsonNode *element = json_array_get_element (names, i);

      if (JSON_NODE_HOLDS_VALUE (element) && json_node_get_value_type (element) == G_TYPE_STRING
          && strcmp (json_node_get_string (element), name) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
take_hello (FlatlineAgentChannel *self,
            FlatlineLineConnection *connection,
            FlatlineProgramEvent *event,
            JsonObject *params)
{
  gint64 *pid = g_new (gint64, 1);

  *pid = event->pid;
  connection->trusted = TRUE;
  g_hash_table_insert (self->agents, connection, pid);
  event->type = FLATLINE_PROGRAM_EVENT_HELLO;
  event->ppid = flatline_program_event_integer (params, "ppid");
  event->python = flatline_program_event_text (params, "python");
  event->tells_deaths = has_capability (params, "dying");
  event->compiled = flatline_program_event_flag (params, "compiled");
  emit_event (self, event);
}

/* The sender waits on this connection; that we are at it is told at once, the rest by its end. */
static FlatlineHeld *
make_held (FlatlineLineConnection *connection, JsonObject *params)
{
  FlatlineHeld *held;

  if (!flatline_program_event_flag (params, "hold") || !flatline_line_connection_send (connection, "wait"))
    return NULL;
  held = flatline_held_new (connection->fd, connection->peer_pid);
  held->thread = flatline_program_event_integer (params, "thread");
  held->signal = (int)flatline_program_event_integer (params, "signal");
  held->code = (int)flatline_program_event_integer (params, "code");
  held->is_fault = json_object_has_member (params, "address");
  held->fault_address = flatline_program_event_address (params, "address");
  held->sender = flatline_program_event_integer (params, "sender");
  held->context = flatline_program_event_address (params, "context");
  held->is_final = flatline_program_event_flag (params, "final");
  held->is_exiting = flatline_program_event_flag (params, "exiting");
  held->exception = (guint64)flatline_program_event_integer (params, "exception");
  if (held->thread == 0)
    held->thread = flatline_program_event_integer (params, "native_id");
  connection->trusted = TRUE;
  return held;
}

/* What comes by a connection of its own, without a hello. */
static gboolean
take_held_event (FlatlineLineConnection *connection, const char *name, JsonObject *params, FlatlineProgramEvent *event)
{
  gboolean dying = strcmp (name, "dying") == 0;
  gboolean at_breakpoint = strcmp (name, "held") == 0;

  if (!dying && !at_breakpoint && strcmp (name, "report") != 0)
    return FALSE;
  event->held = make_held (connection, params);
  if (!event->held || (dying && event->held->signal <= 0))
    return FALSE;
  event->pid = event->held->pid;
  event->type = dying           ? FLATLINE_PROGRAM_EVENT_DYING
                : at_breakpoint ? FLATLINE_PROGRAM_EVENT_HELD
                                : FLATLINE_PROGRAM_EVENT_REPORT;
  event->params = params;
  event->kind = dying ? NULL : flatline_program_event_text (params, "kind");
  return TRUE;
}

static void
take_event (FlatlineAgentChannel *self, FlatlineLineConnection *connection, const char *name, JsonObject *params)
{
  g_auto (FlatlineProgramEvent) event = { 0 };

  flatline_program_event_read_report (&event, params);
  if (event.pid <= 0)
    event.pid = connection->peer_pid;
  if (strcmp (name, "hello") == 0)
    take_hello (self, connection, &event, params);
  else if (!g_hash_table_contains (self->agents, connection) && take_held_event (connection, name, params, &event))
    emit_event (self, &event);
  else if (!g_hash_table_contains (self->agents, connection))
    flatline_line_server_count_garbage (self->server);
  else if (strcmp (name, "beats") == 0)
    take_beats (self, connection, event.pid, params);
  else if (strcmp (name, "dropped") == 0)
    {
      event.type = FLATLINE_PROGRAM_EVENT_DROPPED;
      event.count = flatline_program_event_integer (params, "count");
      emit_event (self, &event);
    }
  else if (strcmp (name, "loop") == 0)
    {
      event.type = FLATLINE_PROGRAM_EVENT_LOOP;
      event.loop = flatline_program_event_text (params, "loop");
      event.loop_runs = g_strcmp0 (flatline_program_event_text (params, "state"), "running") == 0;
      event.thread = flatline_program_event_integer (params, "thread");
      emit_event (self, &event);
    }
  else if (strcmp (name, "report") == 0)
    {
      event.type = FLATLINE_PROGRAM_EVENT_REPORT;
      event.kind = flatline_program_event_text (params, "kind");
      emit_event (self, &event);
    }
  else if (strcmp (name, "exiting") == 0)
    {
      event.type = FLATLINE_PROGRAM_EVENT_EXITING;
      event.place = flatline_program_event_text (params, "place");
      emit_event (self, &event);
    }
  else if (strcmp (name, "call") == 0 || strcmp (name, "changes") == 0)
    {
      event.type = strcmp (name, "call") == 0 ? FLATLINE_PROGRAM_EVENT_CALL : FLATLINE_PROGRAM_EVENT_CHANGES;
      event.params = params;
      emit_event (self, &event);
    }
  /* A newer agent may say more than is known here. */
}

static gint64
get_agent_pid (FlatlineAgentChannel *self, FlatlineLineConnection *connection)
{
  gint64 *pid = g_hash_table_lookup (self->agents, connection);

  return pid ? *pid : 0;
}

static void
take_answer (FlatlineAgentChannel *self, FlatlineLineConnection *connection, JsonObject *object)
{
  gint64 id = flatline_program_event_integer (object, "id");

  for (guint i = 0; i < self->requests->len; i++)
    {
      Request *request = g_ptr_array_index (self->requests, i);
      g_autofree char *method = NULL;

      if (request->id != id || request->connection != connection)
        continue;
      method = g_strdup (request->method);
      g_ptr_array_remove_index_fast (self->requests, i);
      g_signal_emit (self, signals[SIGNAL_ANSWERED], 0, get_agent_pid (self, connection), id, method,
                     json_object_get_member (object, "result"), json_object_get_member (object, "error"));
      return;
    }
  flatline_line_server_count_garbage (self->server);
}

/* {"method": "command", "params": {"line": …, "pid": …}} of who is no agent. */
static gboolean
take_command (FlatlineAgentChannel *self, FlatlineLineConnection *connection, JsonObject *object)
{
  JsonNode *params = json_object_get_member (object, "params");
  JsonObject *asked = params && JSON_NODE_HOLDS_OBJECT (params) ? json_node_get_object (params) : NULL;
  const char *line = asked ? flatline_program_event_text (asked, "line") : NULL;

  if (!line || g_strcmp0 (flatline_program_event_text (object, "method"), "command") != 0
      || g_hash_table_contains (self->agents, connection))
    return FALSE;
  connection->trusted = TRUE;
  g_signal_emit (self, signals[SIGNAL_ASKED], 0, connection, flatline_program_event_integer (asked, "pid"), line);
  return TRUE;
}

static void
on_message (FlatlineLineServer *server, FlatlineLineConnection *connection, JsonNode *node, FlatlineAgentChannel *self)
{
  JsonObject *object = json_node_get_object (node);
  const char *name = flatline_program_event_text (object, "event");
  JsonNode *params = json_object_get_member (object, "params");

  if (name && params && JSON_NODE_HOLDS_OBJECT (params))
    take_event (self, connection, name, json_node_get_object (params));
  else if (take_command (self, connection, object))
    return;
  else if (json_object_has_member (object, "id"))
    take_answer (self, connection, object);
  else
    flatline_line_server_count_garbage (server);
}

static void
on_closed (FlatlineLineServer *server, FlatlineLineConnection *connection, FlatlineAgentChannel *self)
{
  gint64 pid = get_agent_pid (self, connection);

  for (guint i = self->requests->len; i-- > 0;)
    if (((Request *)g_ptr_array_index (self->requests, i))->connection == connection)
      g_ptr_array_remove_index_fast (self->requests, i);
  g_hash_table_remove (self->agents, connection);
  if (pid > 0)
    g_signal_emit (self, signals[SIGNAL_LOST], 0, pid);
  else
    g_signal_emit (self, signals[SIGNAL_LEFT], 0, connection);
}

FlatlineAgentChannel *
flatline_agent_channel_new (const char *folder, GError **error)
{
  g_autofree char *runtime = folder ? g_strdup (folder) : flatline_paths_dup_runtime_dir ();
  g_autofree char *uid = flatline_new_uid ();
  g_autofree char *path = flatline_paths_dup_agent_socket (runtime, uid);
  FlatlineLineServer *server;
  FlatlineAgentChannel *self;

  flatline_dead_sockets_remove (runtime);
  server = flatline_line_server_new_unix (path, MAX_LINE_BYTES, MAX_CONNECTIONS, error);
  if (!server)
    return NULL;
  self = g_object_new (FLATLINE_TYPE_AGENT_CHANNEL, NULL);
  self->server = server;
  self->path = g_steal_pointer (&path);
  g_signal_connect (server, "message", G_CALLBACK (on_message), self);
  g_signal_connect (server, "closed", G_CALLBACK (on_closed), self);
  return self;
}

const char *
flatline_agent_channel_get_path (FlatlineAgentChannel *self)
{
  return self->path;
}

static FlatlineLineConnection *
find_agent (FlatlineAgentChannel *self, gint64 pid)
{
  GHashTableIter iter;
  gpointer connection;
  gpointer agent_pid;

  g_hash_table_iter_init (&iter, self->agents);
  while (g_hash_table_iter_next (&iter, &connection, &agent_pid))
    if (*(gint64 *)agent_pid == pid)
      return connection;
  return NULL;
}

gboolean
flatline_agent_channel_has_agent (FlatlineAgentChannel *self, gint64 pid)
{
  return find_agent (self, pid) != NULL;
}

guint
flatline_agent_channel_get_n_agents (FlatlineAgentChannel *self)
{
  return g_hash_table_size (self->agents);
}

gint64
flatline_agent_channel_request (FlatlineAgentChannel *self, gint64 pid, const char *method, const char *params)
{
  FlatlineLineConnection *connection = find_agent (self, pid);
  g_autofree char *text = NULL;
  Request *request;

  if (!connection || self->requests->len >= MAX_REQUESTS)
    return 0;
  text = g_strdup_printf ("{\"id\": %" G_GINT64_FORMAT ", \"method\": \"%s\", \"params\": %s}", ++self->last_id, method,
                          params ? params : "{}");
  if (!flatline_line_connection_send (connection, text))
    return 0;
  request = g_new0 (Request, 1);
  request->connection = connection;
  request->id = self->last_id;
  request->method = g_strdup (method);
  g_ptr_array_add (self->requests, request);
  return request->id;
}

gboolean
flatline_agent_channel_drain (FlatlineAgentChannel *self, gint64 until_us)
{
  return flatline_line_server_drain (self->server, until_us);
}
