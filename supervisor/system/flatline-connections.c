/* SPDX-License-Identifier: MIT */
/*
 * Connections of processes: the sockets and pipes among their descriptors, joined by inode with what the kernel tells
 * of the socket (flatline-sock-diag), and with the process that has the other end when it lives on this machine. The
 * whole machine is searched once, and only when some other end is not among the processes asked for.
 */
#include "flatline-connections.h"
#include "flatline-paths.h"

#include "flatline-descriptors.h"
#include "flatline-proc-stat.h"
#include "flatline-sock-diag.h"

#include <string.h>
#include <unistd.h>

#define MAX_TITLE_CHARACTERS 80

typedef struct
{
  GArray *pids;       /* borrowed */
  GArray *own;        /* FlatlineOpenDescriptor of the processes asked for */
  GArray *others;     /* those of the machine on inodes that matter */
  GHashTable *tables; /* network namespace -> FlatlineSocketTable */
  gint64 last_pid;    /* descriptors come process by process, so the last table serves most of them */
  FlatlineSocketTable *last_table;
  GHashTable *holders; /* inode (guint64 *) -> pid of a process with that socket */
  GHashTable *seconds; /* the same -> pid of a second one */
  GHashTable *crowds;  /* the same, a set: of more processes than two */
} Look;

static FlatlineSocketTable *
find_table (Look *look, gint64 pid)
{
  FlatlineSocketTable *table;
  char path[64];
  char net_space[64] = "";

  if (look->last_table && look->last_pid == pid)
    return look->last_table;
  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/ns/net", pid);
  if (readlink (path, net_space, sizeof net_space - 1) <= 0)
    net_space[0] = '\0';
  table = g_hash_table_lookup (look->tables, net_space);
  if (!table)
    {
      table = flatline_socket_table_read (pid);
      g_hash_table_insert (look->tables, g_strdup (net_space), table);
    }
  look->last_pid = pid;
  look->last_table = table;
  return table;
}

static void
note_holders (Look *look, GArray *descriptors)
{
  for (guint i = 0; i < descriptors->len; i++)
    {
      FlatlineOpenDescriptor *descriptor = &g_array_index (descriptors, FlatlineOpenDescriptor, i);

      const gint64 first = GPOINTER_TO_SIZE (g_hash_table_lookup (look->holders, &descriptor->inode));
      const gint64 second = GPOINTER_TO_SIZE (g_hash_table_lookup (look->seconds, &descriptor->inode));

      if (descriptor->kind != FLATLINE_DESCRIPTOR_SOCKET)
        continue;
      if (first == 0)
        g_hash_table_insert (look->holders, &descriptor->inode, GSIZE_TO_POINTER (descriptor->pid));
      else if (first != descriptor->pid && second == 0)
        g_hash_table_insert (look->seconds, &descriptor->inode, GSIZE_TO_POINTER (descriptor->pid));
      else if (first != descriptor->pid && second != descriptor->pid)
        g_hash_table_add (look->crowds, &descriptor->inode);
    }
}

/* Inodes of other ends that no process asked for has: sockets' peers, and all pipes with only one end among them. */
static void
search_other_ends (Look *look)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < look->own->len; i++)
    {
      FlatlineOpenDescriptor *descriptor = &g_array_index (look->own, FlatlineOpenDescriptor, i);
      FlatlineSocketTable *table;
      const FlatlineSocket *socket, *peer;

      if (descriptor->kind == FLATLINE_DESCRIPTOR_PIPE)
        {
          gint64 peer_pid = flatline_descriptors_find_pipe_peer (look->own, descriptor);

          if (peer_pid == 0 || peer_pid == descriptor->pid)
            g_hash_table_insert (wanted, &descriptor->inode, descriptor);
          continue;
        }
      table = find_table (look, descriptor->pid);
      socket = g_hash_table_lookup (table->by_inode, &descriptor->inode);
      peer = socket ? flatline_socket_table_find_peer (table, socket) : NULL;
      /* Ours is not told of: to look for it would be to look through the machine whenever a program has an agent. */
      if (peer && (!g_hash_table_contains (look->holders, &peer->inode) || flatline_socket_listens (peer))
          && !flatline_paths_is_agent_socket (peer->path))
        g_hash_table_insert (wanted, (gpointer)&peer->inode, NULL);
    }
  flatline_descriptors_search_machine (wanted, look->pids, look->others);
  note_holders (look, look->others);
}

static FlatlineConnection *
make_connection (const FlatlineOpenDescriptor *descriptor, const char *process, const char *protocol)
{
  FlatlineConnection *connection = g_object_new (FLATLINE_TYPE_CONNECTION, NULL);

  connection->pid = descriptor->pid;
  connection->process = g_strdup (process);
  connection->fd = descriptor->fd;
  connection->inode = (gint64)descriptor->inode;
  connection->protocol = g_strdup (protocol);
  connection->bytes_received = connection->bytes_sent = -1;
  connection->age_ms = connection->silent_ms = connection->bytes_per_second = -1;
  return connection;
}

static FlatlineConnection *
connection_of_pipe (Look *look, const FlatlineOpenDescriptor *descriptor, const char *process)
{
  FlatlineConnection *connection = make_connection (descriptor, process, "pipe");
  gint64 same_tree = flatline_descriptors_find_pipe_peer (look->own, descriptor);
  gint64 elsewhere = flatline_descriptors_find_pipe_peer (look->others, descriptor);

  connection->local_address = g_strdup_printf ("pipe:[%" G_GUINT64_FORMAT "]", descriptor->inode);
  connection->state = g_strdup (descriptor->can_read && descriptor->can_write ? "READ_WRITE"
                                : descriptor->can_read                        ? "READ"
                                                                              : "WRITE");
  connection->peer_pid = same_tree && (same_tree != descriptor->pid || !elsewhere) ? same_tree : elsewhere;
  return connection;
}

static const char *
protocol_text (const FlatlineSocket *socket)
{
  switch (socket->protocol)
    {
    case FLATLINE_SOCKET_TCP:
      return socket->is_ipv6 ? "tcp6" : "tcp";
    case FLATLINE_SOCKET_UDP:
      return socket->is_ipv6 ? "udp6" : "udp";
    case FLATLINE_SOCKET_UNIX:
      break;
    }
  return "unix";
}

/* 0 when nobody is known, or any of several may accept the connection: the workers of a server share where it listens.
 */
static gint64
find_peer_pid (Look *look, gint64 pid, const FlatlineSocket *peer)
{
  const gint64 holder = GPOINTER_TO_SIZE (g_hash_table_lookup (look->holders, &peer->inode));
  const gint64 second = GPOINTER_TO_SIZE (g_hash_table_lookup (look->seconds, &peer->inode));

  if (flatline_socket_listens (peer)
      && (g_hash_table_contains (look->crowds, &peer->inode) || (second && holder != pid && second != pid)))
    return 0;
  /* Who forked a child to talk to has the child's end as well, and does not use it. */
  return holder == pid && second ? second : holder;
}

static FlatlineConnection *
connection_of_socket (Look *look, const FlatlineOpenDescriptor *descriptor, const char *process)
{
  FlatlineSocketTable *table = find_table (look, descriptor->pid);
  const FlatlineSocket *socket = g_hash_table_lookup (table->by_inode, &descriptor->inode);
  const FlatlineSocket *peer;
  FlatlineConnection *connection;

  if (!socket)
    return NULL;
  peer = flatline_socket_table_find_peer (table, socket);
  connection = make_connection (descriptor, process, protocol_text (socket));
  connection->state = g_strdup (flatline_socket_state_text (socket));
  if (socket->protocol == FLATLINE_SOCKET_UNIX)
    {
      connection->local_address = g_strdup (socket->path);
      connection->remote_address = peer ? g_strdup (peer->path) : NULL;
    }
  else
    {
      connection->local_address = flatline_socket_dup_address (socket->ends.local, socket->ends.local_port);
      connection->remote_address = flatline_socket_dup_address (socket->ends.remote, socket->ends.remote_port);
    }
  connection->receive_queue = socket->receive_queue;
  connection->send_queue = socket->send_queue;
  connection->bytes_received = socket->bytes_received;
  connection->bytes_sent = socket->bytes_sent;
  connection->retransmits = MAX (socket->retransmits, 0);
  connection->silent_ms = socket->silent_ms;
  if (peer && flatline_socket_listens (peer))
    {
      connection->peer_pending = peer->receive_queue;
      connection->peer_backlog = peer->send_queue;
    }
  if (peer)
    connection->peer_pid = find_peer_pid (look, connection->pid, peer);
  return connection;
}

/*
 * What process @pid is called: its name, or what a server says of itself in the place of its command line, beginning
 * with the name: "postgres: shop shop [local] UPDATE waiting". Transfer full, empty when it is gone.
 */
static char *
read_title (gint64 pid)
{
  FlatlineProcStat stat;
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/cmdline", pid);
  g_autofree char *title = NULL;
  g_autofree char *valid = NULL;
  gsize length;

  if (!flatline_proc_stat_read (pid, &stat))
    return g_strdup ("");
  length = strlen (stat.comm);
  if (!g_file_get_contents (path, &title, NULL, NULL) || strncmp (title, stat.comm, length) != 0
      || !g_str_has_prefix (title + length, ": "))
    return g_utf8_make_valid (stat.comm, -1);
  valid = g_utf8_make_valid (g_strstrip (title), -1);
  return g_utf8_strlen (valid, -1) > MAX_TITLE_CHARACTERS ? g_utf8_substring (valid, 0, MAX_TITLE_CHARACTERS)
                                                          : g_steal_pointer (&valid);
}

/* The names of the processes at the other ends, each read once. */
static void
name_peers (GPtrArray *connections)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);

  for (guint i = 0; i < connections->len; i++)
    {
      FlatlineConnection *connection = g_ptr_array_index (connections, i);
      const char *name;

      if (connection->peer_pid <= 0)
        continue;
      name = g_hash_table_lookup (names, &connection->peer_pid);
      if (!name)
        {
          char *read = read_title (connection->peer_pid);

          g_hash_table_insert (names, &connection->peer_pid, read);
          name = read;
        }
      connection->peer_process = *name ? g_strdup (name) : NULL;
    }
}

static void
add_connections (Look *look, GPtrArray *connections)
{
  g_autofree char *process = NULL;
  gint64 named_pid = 0;

  for (guint i = 0; i < look->own->len; i++)
    {
      FlatlineOpenDescriptor *descriptor = &g_array_index (look->own, FlatlineOpenDescriptor, i);
      FlatlineConnection *connection;

      if (descriptor->pid != named_pid)
        {
          FlatlineProcStat stat;

          g_free (process);
          process = flatline_proc_stat_read (descriptor->pid, &stat) ? g_utf8_make_valid (stat.comm, -1) : NULL;
          named_pid = descriptor->pid;
        }
      connection = descriptor->kind == FLATLINE_DESCRIPTOR_PIPE ? connection_of_pipe (look, descriptor, process)
                                                                : connection_of_socket (look, descriptor, process);
      if (connection && flatline_paths_is_agent_socket (connection->remote_address))
        g_object_unref (connection);
      else if (connection)
        g_ptr_array_add (connections, connection);
    }
}

GPtrArray *
flatline_connections_list (GArray *pids)
{
  GPtrArray *connections = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GArray) own = g_array_new (FALSE, FALSE, sizeof (FlatlineOpenDescriptor));
  g_autoptr (GArray) others = g_array_new (FALSE, FALSE, sizeof (FlatlineOpenDescriptor));
  g_autoptr (GHashTable) tables =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)flatline_socket_table_free);
  g_autoptr (GHashTable) holders = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GHashTable) seconds = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GHashTable) crowds = g_hash_table_new (g_int64_hash, g_int64_equal);
  Look look = { .pids = pids,
                .own = own,
                .others = others,
                .tables = tables,
                .holders = holders,
                .seconds = seconds,
                .crowds = crowds };

  g_return_val_if_fail (pids != NULL, connections);

  for (guint i = 0; i < pids->len; i++)
    flatline_descriptors_collect (g_array_index (pids, gint64, i), own);
  note_holders (&look, own);
  search_other_ends (&look);
  add_connections (&look, connections);
  name_peers (connections);
  return connections;
}
