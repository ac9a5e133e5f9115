/* SPDX-License-Identifier: MIT */
/* Sockets and descriptors of this very process and of a child, with who is on the other end. */
#include "flatline-connections.h"
#include "flatline-descriptors.h"
#include "flatline-sock-diag.h"
#include "system-fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A listener on a free port of the loopback, and one connection to it. */
static void
connect_to_self (int family, int *listener, int *client, int *server, guint16 *port)
{
  struct sockaddr_storage address = { .ss_family = family };
  socklen_t length = family == AF_INET ? sizeof (struct sockaddr_in) : sizeof (struct sockaddr_in6);

  *listener = socket (family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (family == AF_INET)
    ((struct sockaddr_in *)&address)->sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  else
    ((struct sockaddr_in6 *)&address)->sin6_addr = in6addr_loopback;
  if (*listener < 0 || bind (*listener, (struct sockaddr *)&address, length) != 0)
    {
      close (*listener);
      *listener = -1;
      return;
    }
  g_assert_cmpint (listen (*listener, 8), ==, 0);
  g_assert_cmpint (getsockname (*listener, (struct sockaddr *)&address, &length), ==, 0);
  *port = ntohs (family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                   : ((struct sockaddr_in6 *)&address)->sin6_port);
  *client = socket (family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (connect (*client, (struct sockaddr *)&address, length), ==, 0);
  *server = accept4 (*listener, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (*server, >=, 0);
}

static void
check_tcp (int family, const char *protocol, const char *address_format)
{
  int listener, client, server;
  g_autoptr (GPtrArray) connections = NULL;
  g_autofree char *listening = NULL;
  FlatlineConnection *connection;
  guint16 port;

  connect_to_self (family, &listener, &client, &server, &port);
  if (listener < 0)
    {
      g_test_skip ("no loopback of this family here");
      return;
    }
  g_assert_cmpint (write (client, "hello", 5), ==, 5);
  connections = fixture_list_connections ();
  listening = g_strdup_printf (address_format, port);
  connection = fixture_find_connection (connections, listener);
  g_assert_nonnull (connection);
  g_assert_cmpstr (connection->protocol, ==, protocol);
  g_assert_cmpstr (connection->state, ==, "LISTEN");
  g_assert_cmpstr (connection->local_address, ==, listening);
  g_assert_null (connection->remote_address);
  connection = fixture_find_connection (connections, client);
  g_assert_cmpstr (connection->state, ==, "ESTABLISHED");
  g_assert_cmpstr (connection->remote_address, ==, listening);
  g_assert_cmpint (connection->peer_pid, ==, getpid ());
  g_assert_cmpint (connection->bytes_sent, ==, 5);
  connection = fixture_find_connection (connections, server);
  g_assert_cmpint (connection->receive_queue, ==, 5);
  g_assert_cmpint (connection->bytes_received, ==, 5);
  g_assert_cmpstr (connection->local_address, ==, listening);
  close (client);
  close (server);
  close (listener);
}

static void
test_tcp (void)
{
  check_tcp (AF_INET, "tcp", "127.0.0.1:%u");
}

static void
test_tcp6 (void)
{
  check_tcp (AF_INET6, "tcp6", "[::1]:%u");
}

/* The clients of a listener with room for one more than @backlog: those are connected, the rest tries to be. */
static void
check_not_accepted (int family, int backlog)
{
  struct sockaddr_storage address = { .ss_family = family };
  socklen_t length = family == AF_UNIX ? sizeof (sa_family_t) : sizeof (struct sockaddr_in);
  const int listener = socket (family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int clients[3];
  g_autoptr (GPtrArray) connections = NULL;

  if (family == AF_INET)
    ((struct sockaddr_in *)&address)->sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (bind (listener, (struct sockaddr *)&address, length), ==, 0);
  g_assert_cmpint (listen (listener, backlog), ==, 0);
  length = sizeof address;
  g_assert_cmpint (getsockname (listener, (struct sockaddr *)&address, &length), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      clients[i] = socket (family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      connect (clients[i], (struct sockaddr *)&address, length);
    }
  connections = fixture_list_connections ();
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      const gboolean fits = (int)i <= backlog;
      FlatlineConnection *connection = fixture_find_connection (connections, clients[i]);

      g_assert_cmpstr (connection->state, ==, fits ? "ESTABLISHED" : family == AF_INET ? "SYN_SENT" : "UNCONNECTED");
      g_assert_cmpint (connection->peer_pid, ==, fits || family == AF_INET ? getpid () : 0);
      g_assert_cmpint (connection->peer_pending, ==,
                       !fits && family == AF_UNIX ? 0 : MIN (backlog + 1, (int)G_N_ELEMENTS (clients)));
      close (clients[i]);
    }
  close (listener);
}

static void
test_not_accepted (void)
{
  check_not_accepted (AF_INET, 8);
  check_not_accepted (AF_INET, 1);
  check_not_accepted (AF_UNIX, 8);
  check_not_accepted (AF_UNIX, 1);
}

/* At one port of two addresses; each client is told of the one that it asked. */
static void
test_not_accepted_by_whom (void)
{
  int ours, child, output;
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  g_autofree char *code = NULL;
  g_autofree char *line = NULL;
  GPid pid;
  g_autoptr (GPtrArray) connections = NULL;
  FlatlineConnection *connection;

  ours = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (ours, (struct sockaddr *)&address, length), ==, 0);
  g_assert_cmpint (listen (ours, 8), ==, 0);
  g_assert_cmpint (getsockname (ours, (struct sockaddr *)&address, &length), ==, 0);
  code = g_strdup_printf ("exec python3 -c 'import socket, time; "
                          "s = socket.create_server ((\"127.0.0.9\", %u)); print (flush=True); time.sleep (100)'",
                          ntohs (address.sin_port));
  pid = fixture_spawn_shell (code, &output);
  line = fixture_read_line (output);
  child = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  inet_pton (AF_INET, "127.0.0.9", &address.sin_addr);
  g_assert_cmpint (connect (child, (struct sockaddr *)&address, length), ==, 0);
  connections = fixture_list_connections ();
  connection = fixture_find_connection (connections, child);
  g_assert_cmpint (connection->peer_pid, ==, pid);
  g_assert_cmpint (connection->peer_pending, ==, 1);
  fixture_end (pid);
  close (child);
  close (ours);
  close (output);
}

static GPid
fork_waiting (void)
{
  const GPid pid = fork ();

  while (pid == 0)
    pause ();
  g_assert_cmpint (pid, >, 0);
  return pid;
}

static void
check_accepted_by (int client, gint64 pid)
{
  g_autoptr (GPtrArray) connections = fixture_list_connections ();
  FlatlineConnection *connection = fixture_find_connection (connections, client);

  g_assert_cmpint (connection->peer_pending, ==, 1);
  g_assert_cmpint (connection->peer_pid, ==, pid);
}

/* Of several processes that share the listener nobody knows which will accept. */
static void
test_not_accepted_by_several (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  const int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int client = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  GPid first, second;

  g_assert_cmpint (bind (listener, (struct sockaddr *)&address, length), ==, 0);
  g_assert_cmpint (listen (listener, 8), ==, 0);
  g_assert_cmpint (getsockname (listener, (struct sockaddr *)&address, &length), ==, 0);
  first = fork_waiting ();
  g_assert_cmpint (connect (client, (struct sockaddr *)&address, length), ==, 0);
  check_accepted_by (client, first);
  second = fork_waiting ();
  check_accepted_by (client, 0);
  close (listener);
  check_accepted_by (client, 0);
  fixture_end (first);
  check_accepted_by (client, second);
  fixture_end (second);
  close (client);
}

static void
test_udp (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_autoptr (GPtrArray) connections = NULL;
  FlatlineConnection *connection;

  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  connections = fixture_list_connections ();
  connection = fixture_find_connection (connections, fd);
  g_assert_nonnull (connection);
  g_assert_cmpstr (connection->protocol, ==, "udp");
  g_assert_cmpstr (connection->state, ==, "UNCONNECTED");
  g_assert_true (g_str_has_prefix (connection->local_address, "127.0.0.1:"));
  close (fd);
}

static void
test_unix (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int client = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autoptr (GPtrArray) connections = NULL;
  FlatlineConnection *connection;
  int server;

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (listener, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (listener, 1), ==, 0);
  g_assert_cmpint (connect (client, (struct sockaddr *)&address, sizeof address), ==, 0);
  server = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);
  connections = fixture_list_connections ();
  connection = fixture_find_connection (connections, client);
  g_assert_nonnull (connection);
  g_assert_cmpstr (connection->protocol, ==, "unix");
  g_assert_cmpstr (connection->state, ==, "ESTABLISHED");
  g_assert_cmpstr (connection->remote_address, ==, path);
  g_assert_cmpint (connection->peer_pid, ==, getpid ());
  connection = fixture_find_connection (connections, listener);
  g_assert_cmpstr (connection->state, ==, "LISTEN");
  g_assert_cmpstr (connection->local_address, ==, path);
  close (server);
  close (client);
  close (listener);
  unlink (path);
  rmdir (folder);
}

static const char *
kind_of (GPtrArray *descriptors, int fd)
{
  for (guint i = 0; i < descriptors->len; i++)
    {
      FlatlineDescriptor *descriptor = g_ptr_array_index (descriptors, i);

      if (descriptor->fd == fd)
        return descriptor->kind;
    }
  return NULL;
}

static void
test_descriptor_kinds (void)
{
  g_autoptr (GPtrArray) descriptors = NULL;
  int file = open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  int event = eventfd (0, EFD_CLOEXEC);
  int poll = epoll_create1 (EPOLL_CLOEXEC);
  int terminal = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  int stream = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  descriptors = flatline_descriptors_list (getpid (), NULL);
  g_assert_cmpstr (kind_of (descriptors, file), ==, "file");
  g_assert_cmpstr (kind_of (descriptors, event), ==, "eventfd");
  g_assert_cmpstr (kind_of (descriptors, poll), ==, "epoll");
  g_assert_cmpstr (kind_of (descriptors, stream), ==, "socket");
  if (terminal >= 0)
    g_assert_cmpstr (kind_of (descriptors, terminal), ==, "tty");
  g_assert_null (kind_of (descriptors, 9999));
  close (file);
  close (event);
  close (poll);
  close (terminal);
  close (stream);
}

static void
test_gone (void)
{
  g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GPtrArray) connections = NULL;
  g_autoptr (GPtrArray) descriptors = NULL;
  GPid pid = fixture_spawn_shell ("exit 0", NULL);
  gint64 number = pid;

  fixture_end (pid);
  g_array_append_val (pids, number);
  connections = flatline_connections_list (pids);
  g_assert_cmpuint (connections->len, ==, 0);
  descriptors = flatline_descriptors_list (number, NULL);
  g_assert_cmpuint (descriptors->len, ==, 0);
}

/* What is used for another network namespace must tell the same of ours. */
static void
test_proc_tables (void)
{
  int listener, client, server;
  g_autoptr (FlatlineSocketTable) table = flatline_socket_table_new ();
  g_autoptr (FlatlineSocketTable) answers = NULL;
  GHashTableIter iter;
  gint64 *inode;
  FlatlineSocket *socket;
  guint16 port;
  gboolean seen = FALSE;

  connect_to_self (AF_INET, &listener, &client, &server, &port);
  g_assert_cmpint (listener, >=, 0);
  flatline_socket_table_read_proc (table, getpid ());
  answers = flatline_socket_table_read (getpid ());
  g_hash_table_iter_init (&iter, table->by_inode);
  while (g_hash_table_iter_next (&iter, (gpointer *)&inode, (gpointer *)&socket))
    {
      const FlatlineSocket *answer;
      const FlatlineSocket *peer;

      if (socket->ends.remote_port != port || socket->protocol != FLATLINE_SOCKET_TCP)
        continue;
      seen = TRUE;
      answer = g_hash_table_lookup (answers->by_inode, inode);
      g_assert_nonnull (answer);
      g_assert_true (memcmp (&answer->ends, &socket->ends, sizeof socket->ends) == 0);
      g_assert_cmpint (answer->state, ==, socket->state);
      peer = flatline_socket_table_find_peer (table, socket);
      g_assert_nonnull (peer);
      g_assert_cmpint (peer->ends.local_port, ==, port);
    }
  g_assert_true (seen);
  close (client);
  close (server);
  close (listener);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/system/connections/tcp", test_tcp);
  g_test_add_func ("/system/connections/tcp6", test_tcp6);
  g_test_add_func ("/system/connections/not-accepted", test_not_accepted);
  g_test_add_func ("/system/connections/not-accepted-by-whom", test_not_accepted_by_whom);
  g_test_add_func ("/system/connections/not-accepted-by-several", test_not_accepted_by_several);
  g_test_add_func ("/system/connections/udp", test_udp);
  g_test_add_func ("/system/connections/unix", test_unix);
  g_test_add_func ("/system/connections/descriptor-kinds", test_descriptor_kinds);
  g_test_add_func ("/system/connections/gone", test_gone);
  g_test_add_func ("/system/connections/proc-tables", test_proc_tables);
  return g_test_run ();
}
