/* SPDX-License-Identifier: MIT */
/*
 * Everything is bounded: connections, the length of a line, what waits to be read by the other side. A page in a
 * browser can send lines to this port, too: its first one is no token, and that is the end of it.
 */
#include "config.h"

#include "flatline-console-server.h"

#include "flatline-console.h"
#include "flatline-live-command.h"
#include "flatline-relay.h"
#include "flatline-snapshot.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_CLIENTS     4
#define MAX_LINE_BYTES  1024
#define MAX_UNREAD      (8 * 1024 * 1024)
#define MAX_PIECE_BYTES 4096

struct _FlatlineConsoleServer
{
  GObject parent_instance;
  FlatlineSession *session;
  GSocketService *service;
  char *token;
  GPtrArray *clients; /* Client *: those that are connected */
  void (*restarting) (gpointer user_data);
  gpointer user_data;
};

G_DEFINE_FINAL_TYPE (FlatlineConsoleServer, flatline_console_server, G_TYPE_OBJECT)

#define TYPE_CLIENT (client_get_type ())
G_DECLARE_FINAL_TYPE (Client, client, FLATLINE, CONSOLE_CLIENT, GObject)

struct _Client
{
  GObject parent_instance;
  FlatlineConsoleServer *server; /* NULL: gone, what comes for it goes nowhere */
  GIOStream *stream;
  FlatlineConsole *console; /* NULL: the token was not said yet */
  GCancellable *cancellable;
  GString *line;
  GString *unread;  /* to be written */
  char *written;    /* on its way */
  gboolean leaving; /* when all is written */
  char piece[MAX_PIECE_BYTES];
};

G_DEFINE_FINAL_TYPE (Client, client, G_TYPE_OBJECT)

static void
client_finalize (GObject *object)
{
  Client *self = FLATLINE_CONSOLE_CLIENT (object);

  g_clear_object (&self->stream);
  g_clear_object (&self->cancellable);
  g_string_free (self->line, TRUE);
  g_string_free (self->unread, TRUE);
  g_free (self->written);
  G_OBJECT_CLASS (client_parent_class)->finalize (object);
}

static void
client_class_init (ClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = client_finalize;
}

static void
client_init (Client *self)
{
  self->cancellable = g_cancellable_new ();
  self->line = g_string_new (NULL);
  self->unread = g_string_new (NULL);
}

static void
let_go (Client *self)
{
  FlatlineConsoleServer *server = self->server;

  if (!server)
    return;
  self->server = NULL;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->console);
  g_io_stream_close_async (self->stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  g_ptr_array_remove (server->clients, self);
}

static void
write_on (Client *self);

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Client) self = user_data;
  gboolean written = g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);

  g_clear_pointer (&self->written, g_free);
  if (!self->server)
    return;
  if (!written || (self->leaving && self->unread->len == 0))
    let_go (self);
  else
    write_on (self);
}

static void
write_on (Client *self)
{
  gsize length = self->unread->len;

  if (self->written || length == 0)
    return;
  self->written = g_string_free (self->unread, FALSE);
  self->unread = g_string_new (NULL);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (self->stream), self->written, length,
                                   G_PRIORITY_DEFAULT, self->cancellable, on_written, g_object_ref (self));
}

/* What takes time is printed when it is there; the console that has it done keeps the client. */
static void
print (const char *text, gpointer user_data)
{
  Client *self = user_data;

  if (!self->server)
    return;
  g_string_append (self->unread, text);
  if (self->unread->len > MAX_UNREAD)
    let_go (self);
  else
    write_on (self);
}

static void
leave (Client *self)
{
  self->leaving = TRUE;
  if (!self->written && self->unread->len == 0)
    let_go (self);
}

static void
take_token (Client *self, const char *line)
{
  FlatlineSession *session = self->server->session;

  if (!flatline_token_is (self->server->token, line))
    {
      let_go (self);
      return;
    }
  self->console = flatline_console_new (session, print, self);
  flatline_console_set_plain (self->console);
  g_object_set_data_full (G_OBJECT (self->console), "client", g_object_ref (self), g_object_unref);
  flatline_console_show_banner (self->console, flatline_session_get_freeze (session),
                                flatline_session_get_snapshot (session));
}

static void
take_line (Client *self, const char *line)
{
  const char key = flatline_console_find_key (line);
  FlatlineConsoleServer *server = self->server;

  if (!self->console)
    take_token (self, line);
  else if (key == 'q')
    leave (self);
  else if (key == '7' || key == 'p' || flatline_live_is_command (line))
    print (_ ("Commands of a shell and Python are run at the terminal only.\n"), self);
  else if (flatline_console_handle (self->console, line) == FLATLINE_CONSOLE_RESTARTS && server->restarting)
    server->restarting (server->user_data);
}

static void
read_on (Client *self);

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Client) self = user_data;
  gssize length = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (length <= 0 && self->server)
    leave (self);
  for (gssize i = 0; i < length && self->server && !self->leaving; i++)
    {
      if (self->piece[i] != '\n')
        g_string_append_c (self->line, self->piece[i]);
      else
        {
          g_autofree char *line = g_strstrip (g_strdup (self->line->str));

          g_string_truncate (self->line, 0);
          take_line (self, line);
        }
      if (self->line->len > MAX_LINE_BYTES && self->server)
        let_go (self);
    }
  if (length > 0 && self->server && !self->leaving)
    read_on (self);
}

static void
read_on (Client *self)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (self->stream), self->piece, sizeof self->piece,
                             G_PRIORITY_DEFAULT, self->cancellable, on_read, g_object_ref (self));
}

static gboolean
on_incoming (FlatlineConsoleServer *self, GSocketConnection *connection)
{
  Client *client;

  if (self->clients->len >= MAX_CLIENTS)
    return TRUE;
  client = g_object_new (TYPE_CLIENT, NULL);
  client->server = self;
  client->stream = g_object_ref (G_IO_STREAM (connection));
  g_ptr_array_add (self->clients, client);
  print (_ ("Token: "), client);
  read_on (client);
  return TRUE;
}

static void
flatline_console_server_dispose (GObject *object)
{
  FlatlineConsoleServer *self = FLATLINE_CONSOLE_SERVER (object);

  if (self->service)
    {
      g_signal_handlers_disconnect_by_data (self->service, self);
      g_socket_service_stop (self->service);
      g_socket_listener_close (G_SOCKET_LISTENER (self->service));
    }
  g_clear_object (&self->service);
  while (self->clients->len > 0)
    let_go (self->clients->pdata[0]);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (flatline_console_server_parent_class)->dispose (object);
}

static void
flatline_console_server_finalize (GObject *object)
{
  FlatlineConsoleServer *self = FLATLINE_CONSOLE_SERVER (object);

  g_ptr_array_unref (self->clients);
  g_free (self->token);
  G_OBJECT_CLASS (flatline_console_server_parent_class)->finalize (object);
}

static void
flatline_console_server_class_init (FlatlineConsoleServerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_console_server_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_console_server_finalize;
}

static void
flatline_console_server_init (FlatlineConsoleServer *self)
{
  self->clients = g_ptr_array_new_with_free_func (g_object_unref);
  self->token = flatline_new_uid ();
  self->service = g_socket_service_new ();
}

static gboolean
listen_at (FlatlineConsoleServer *self, guint16 port, guint16 *port_out, GError **error)
{
  g_autoptr (GInetAddress) here = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (here, port);
  g_autoptr (GSocketAddress) bound = NULL;

  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), address, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP, NULL, &bound, error))
    return FALSE;
  *port_out = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  return TRUE;
}

FlatlineConsoleServer *
flatline_console_server_new (FlatlineSession *session,
                             void (*restarting) (gpointer user_data),
                             gpointer user_data,
                             char **line_out)
{
  const guint16 wanted = (guint16)flatline_session_get_config (session)->repl_port;
  g_autoptr (FlatlineConsoleServer) self = g_object_new (FLATLINE_TYPE_CONSOLE_SERVER, NULL);
  g_autoptr (GError) error = NULL;
  guint16 port = wanted;

  if (!listen_at (self, wanted, &port, &error))
    {
      *line_out = g_strdup_printf (_ ("Flatline: no console at 127.0.0.1 port %d (%s): name another port in [repl]\n"),
                                   wanted, error->message);
      return NULL;
    }
  self->session = g_object_ref (session);
  self->restarting = restarting;
  self->user_data = user_data;
  g_signal_connect_swapped (self->service, "incoming", G_CALLBACK (on_incoming), self);
  *line_out =
      g_strdup_printf (/* Translators: for nc, which sends what is typed as lines */
                       _ ("Flatline: the console answers at 127.0.0.1 port %d; its token is %s\n"), port, self->token);
  return g_steal_pointer (&self);
}
