/* SPDX-License-Identifier: MIT */
#include "server-case.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_US (60 * G_USEC_PER_SEC)
#define PATIENCE_MS (60 * 1000)

void
server_case_open (ServerCase *self)
{
  self->store = flatline_store_open_server (self->address, self->file);
  store_fixture_collect_troubles (self->store, self->lines);
}

void
server_case_connect (ServerCase *self)
{
  server_case_open (self);
  g_assert_true (flatline_store_wait_for_server (self->store, PATIENCE_MS));
}

gboolean
server_case_begin (ServerCase *self, const char *database)
{
  *self = (ServerCase){ 0 };
  if (!store_fixture_get_server ())
    {
      g_test_skip ("there is no mariadbd here (Debian: mariadb-server-core)");
      return FALSE;
    }
  self->folder = g_dir_make_tmp ("flatline-server-XXXXXX", NULL);
  self->file = g_build_filename (self->folder, "flatline.sqlite", NULL);
  self->address = mariadb_server_dup_address (store_fixture_get_server (), database);
  self->lines = g_ptr_array_new_with_free_func (g_free);
  return TRUE;
}

void
server_case_end (ServerCase *self)
{
  g_clear_object (&self->store);
  g_spawn_sync (NULL, (char *[]){ "rm", "-rf", self->folder, NULL }, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                NULL, NULL);
  g_free (self->folder);
  g_free (self->file);
  g_ptr_array_unref (self->lines);
  flatline_server_free (self->address);
}

void
server_case_wait_for_line (ServerCase *self, const char *part)
{
  gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;

  while (g_get_monotonic_time () < deadline_us)
    {
      for (guint i = 0; i < self->lines->len; i++)
        if (strstr (self->lines->pdata[i], part))
          return;
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (5000);
    }
  g_error ("Nobody said “%s”", part);
}

void
server_case_assert_falls_back (ServerCase *self, const char *part)
{
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineStore) file = NULL;
  g_autoptr (GError) error = NULL;

  server_case_open (self);
  run = store_fixture_add_run (self->store);
  store_fixture_add_beats (self->store, run, 0, 10);
  server_case_wait_for_line (self, part);
  store_fixture_flush (self->store);
  store_fixture_wait_until_replayed (self->store);
  g_assert_cmpuint (self->lines->len, ==, 1);
  g_assert_nonnull (strstr (self->lines->pdata[0], self->file));
  g_assert_null (strchr (self->lines->pdata[0], '\n'));
  store_fixture_assert_beats (self->store, run->uid, 10);
  g_clear_object (&self->store);
  file = flatline_store_open_sqlite (self->file, &error);
  g_assert_no_error (error);
  store_fixture_assert_beats (file, run->uid, 10);
}

/* Between us and the server, drops each connection after ten commands. */
static gboolean
pass_ten_commands (GSocketService *service, GSocketConnection *client, GObject *source, gpointer socket_path)
{
  g_autoptr (GSocketClient) connector = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (socket_path);
  g_autoptr (GSocketConnection) server =
      g_socket_client_connect (connector, G_SOCKET_CONNECTABLE (address), NULL, NULL);
  GSocket *sockets[2] = { g_socket_connection_get_socket (client), g_socket_connection_get_socket (server) };
  char data[65536];
  gsize in_packet = 0;
  int n_commands = -1;

  while (TRUE)
    {
      GPollFD fds[2] = { { g_socket_get_fd (sockets[0]), G_IO_IN, 0 }, { g_socket_get_fd (sockets[1]), G_IO_IN, 0 } };

      g_poll (fds, 2, -1);
      for (int i = 0; i < 2; i++)
        {
          gssize n = fds[i].revents ? read (fds[i].fd, data, sizeof data) : 0;

          if (fds[i].revents && n <= 0)
            return TRUE;
          /* Packets of the client: three bytes of length, a number that is 0 for a command. */
          for (gssize at = 0; i == 0 && at < n;)
            {
              gsize part = MIN (in_packet, (gsize)(n - at));

              in_packet -= part;
              at += part;
              if (at + 4 > n)
                break;
              n_commands += data[at + 3] == 0;
              in_packet = 4 + ((guint8)data[at] | (guint8)data[at + 1] << 8 | (guint8)data[at + 2] << 16);
            }
          if (n_commands > 10)
            return TRUE;
          if (n > 0 && write (fds[1 - i].fd, data, n) != n)
            return TRUE;
        }
    }
}

GSocketService *
server_case_put_between (ServerCase *self)
{
  GSocketService *service = g_threaded_socket_service_new (16);

  g_signal_connect_data (service, "run", G_CALLBACK (pass_ten_commands), g_steal_pointer (&self->address->socket),
                         (GClosureNotify)(gpointer)g_free, 0);
  self->address->host = g_strdup ("127.0.0.1");
  self->address->port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  return service;
}
