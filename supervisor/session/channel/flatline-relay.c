/* SPDX-License-Identifier: MIT */
/* The relay: token first, then kinds; everything below (lines, limits, connections) is FlatlineLineServer's. */
#include "config.h"

#include "flatline-line-server.h"
#include "flatline-relay.h"
#include "flatline-snapshot.h"

#include <string.h>

#define MAX_LINE_BYTES    (256 * 1024)
#define MAX_CONNECTIONS   256
#define CONTROL_TIMEOUT_S 2

struct _FlatlineRelay
{
  GObject parent_instance;
  FlatlineLineServer *server;
  char *token;
  gint64 wrong_tokens;
};

enum
{
  SIGNAL_EVENT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineRelay, flatline_relay, G_TYPE_OBJECT)

static void
flatline_relay_finalize (GObject *object)
{
  FlatlineRelay *self = FLATLINE_RELAY (object);

  if (self->server)
    g_signal_handlers_disconnect_by_data (self->server, self);
  g_clear_object (&self->server);
  g_free (self->token);
  G_OBJECT_CLASS (flatline_relay_parent_class)->finalize (object);
}

static void
flatline_relay_class_init (FlatlineRelayClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_relay_finalize;
  signals[SIGNAL_EVENT] = g_signal_new ("event", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
flatline_relay_init (FlatlineRelay *self)
{
}

/* The same time for every wrong token, so that nobody on this machine can feel the way to the right one. */
gboolean
flatline_token_is (const char *token, const char *text)
{
  gsize length = strlen (token);
  guint difference = 0;

  if (!text || strlen (text) != length)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    difference |= (guchar)text[i] ^ (guchar)token[i];
  return difference == 0;
}

/* FALSE for a kind nobody knows. */
static gboolean
read_payload (FlatlineProgramEvent *event, const char *kind, JsonObject *payload)
{
  static const char *const reports[] = { "warn", "die", "fault", "exception", "freeze", NULL };

  flatline_program_event_read_report (event, payload);
  event->reason = flatline_program_event_dup_short (flatline_program_event_text (payload, "reason"));
  event->caller = flatline_program_event_dup_short (flatline_program_event_text (payload, "caller"));
  event->control_port = flatline_program_event_integer (payload, "control_port");
  event->kind = kind;
  if (g_strcmp0 (kind, "heartbeat") == 0)
    {
      event->type = FLATLINE_PROGRAM_EVENT_BEAT;
      event->lane = "program";
    }
  else if (g_strcmp0 (kind, "process") == 0)
    event->type = FLATLINE_PROGRAM_EVENT_PROCESS;
  else if (g_strcmp0 (kind, "attach") == 0)
    event->type = FLATLINE_PROGRAM_EVENT_ATTACH;
  else if (kind && g_strv_contains (reports, kind))
    event->type = FLATLINE_PROGRAM_EVENT_REPORT;
  else
    return FALSE;
  return TRUE;
}

static void
on_message (FlatlineLineServer *server, FlatlineLineConnection *connection, JsonNode *node, FlatlineRelay *self)
{
  g_auto (FlatlineProgramEvent) event = { 0 };
  JsonObject *object = json_node_get_object (node);
  JsonNode *payload = json_object_get_member (object, "payload");
  JsonObject *content = payload && JSON_NODE_HOLDS_OBJECT (payload) ? json_node_get_object (payload) : NULL;

  if (!flatline_token_is (self->token, flatline_program_event_text (object, "token")))
    {
      self->wrong_tokens++;
      return;
    }
  connection->trusted = TRUE;
  if (content && read_payload (&event, flatline_program_event_text (object, "kind"), content))
    g_signal_emit (self, signals[SIGNAL_EVENT], 0, &event);
  else
    flatline_line_server_count_garbage (server);
}

FlatlineRelay *
flatline_relay_new (GError **error)
{
  FlatlineLineServer *server = flatline_line_server_new_tcp (MAX_LINE_BYTES, MAX_CONNECTIONS, error);
  FlatlineRelay *self;

  if (!server)
    return NULL;
  self = g_object_new (FLATLINE_TYPE_RELAY, NULL);
  self->server = server;
  self->token = flatline_new_uid ();
  g_signal_connect (server, "message", G_CALLBACK (on_message), self);
  return self;
}

guint16
flatline_relay_get_port (FlatlineRelay *self)
{
  return flatline_line_server_get_port (self->server);
}

const char *
flatline_relay_get_token (FlatlineRelay *self)
{
  return self->token;
}

FlatlineRelayCounts
flatline_relay_get_counts (FlatlineRelay *self)
{
  const FlatlineLineCounts *counts = flatline_line_server_get_counts (self->server);

  return (FlatlineRelayCounts){
    .messages = counts->messages - self->wrong_tokens,
    .wrong_tokens = self->wrong_tokens,
    .garbage = counts->garbage,
    .refused = counts->refused,
    .connections = counts->connections,
  };
}

gboolean
flatline_relay_drain (FlatlineRelay *self, gint64 until_us)
{
  return flatline_line_server_drain (self->server, until_us);
}

static void
on_control_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GSocketConnection) connection = user_data;

  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
}

static void
on_control_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree char *line = user_data;
  GSocketConnection *connection = g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (source), result, NULL);
  GOutputStream *stream;
  char *kept;

  if (!connection)
    return;
  stream = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  kept = g_steal_pointer (&line);
  g_object_set_data_full (G_OBJECT (stream), "line", kept, g_free);
  g_output_stream_write_all_async (stream, kept, strlen (kept), G_PRIORITY_DEFAULT, NULL, on_control_written,
                                   connection);
}

void
flatline_relay_send_command (FlatlineRelay *self, gint64 control_port, const char *command)
{
  g_autoptr (GSocketClient) client = NULL;

  if (control_port < 1 || control_port > 65535)
    return;
  client = g_socket_client_new ();
  g_socket_client_set_timeout (client, CONTROL_TIMEOUT_S);
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_to_host_async (
      client, "127.0.0.1", control_port, NULL, on_control_connected,
      g_strdup_printf ("{\"token\": \"%s\", \"command\": \"%s\"}\n", self->token, command));
}
