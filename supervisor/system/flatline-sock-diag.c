/* SPDX-License-Identifier: MIT */
/*
 * sock_diag(7): one dump a protocol over a netlink socket, with tcp_info for TCP and name, peer and queue for Unix
 * sockets. The answers are read into plain records and indexed by inode, the number that /proc/PID/fd shows.
 */
#include "flatline-sock-diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* States of linux/tcp_states.h, which is not exported; sock_diag uses them for all protocols. */
static const char *const state_names[] = {
  [1] = "ESTABLISHED", [2] = "SYN_SENT",   [3] = "SYN_RECV", [4] = "FIN_WAIT1", [5] = "FIN_WAIT2", [6] = "TIME_WAIT",
  [7] = "CLOSE",       [8] = "CLOSE_WAIT", [9] = "LAST_ACK", [10] = "LISTEN",   [11] = "CLOSING",  [12] = "SYN_RECV",
};
#define STATE_ESTABLISHED 1
#define STATE_SYN_SENT    2
#define STATE_SYN_RECV    3
#define STATE_CLOSE       7
#define STATE_CLOSE_WAIT  8
#define STATE_LISTEN      10

/* How an IPv4 address begins in its IPv6 form. */
static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

#define ANSWER_BYTES   (64 * 1024)
#define ANSWER_SECONDS 2

static guint
hash_ends (gconstpointer key)
{
  const guint8 *bytes = key;
  guint hash = 5381;

  for (gsize i = 0; i < sizeof (FlatlineSocketEnds); i++)
    hash = hash * 33 + bytes[i];
  return hash;
}

static gboolean
equal_ends (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (FlatlineSocketEnds)) == 0;
}

static void
socket_free (FlatlineSocket *socket)
{
  g_free (socket->path);
  g_clear_pointer (&socket->pending, g_array_unref);
  g_free (socket);
}

FlatlineSocketTable *
flatline_socket_table_new (void)
{
  FlatlineSocketTable *self = g_new0 (FlatlineSocketTable, 1);

  self->by_inode = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)socket_free);
  self->by_ends = g_hash_table_new (hash_ends, equal_ends);
  self->listening = g_ptr_array_new ();
  self->orphans = g_hash_table_new_full (hash_ends, equal_ends, g_free, NULL);
  self->listeners = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return self;
}

void
flatline_socket_table_free (FlatlineSocketTable *self)
{
  g_hash_table_unref (self->by_ends);
  g_ptr_array_unref (self->listening);
  g_hash_table_unref (self->orphans);
  g_hash_table_unref (self->listeners);
  g_hash_table_unref (self->by_inode);
  g_free (self);
}

gboolean
flatline_socket_listens (const FlatlineSocket *socket)
{
  return socket->protocol != FLATLINE_SOCKET_UDP && socket->state == STATE_LISTEN;
}

/* The server's end of a connection is nobody's until it is accepted. One that was closed is in another state. */
static gboolean
is_orphan (const FlatlineSocket *socket)
{
  return socket->inode == 0 && socket->protocol == FLATLINE_SOCKET_TCP
         && (socket->state == STATE_ESTABLISHED || socket->state == STATE_SYN_RECV
             || socket->state == STATE_CLOSE_WAIT);
}

void
flatline_socket_table_add (FlatlineSocketTable *self, FlatlineSocket *socket)
{
  if (is_orphan (socket))
    g_hash_table_add (self->orphans, g_memdup2 (&socket->ends, sizeof socket->ends));
  if (socket->inode == 0 || g_hash_table_contains (self->by_inode, &socket->inode))
    {
      socket_free (socket);
      return;
    }
  g_hash_table_insert (self->by_inode, &socket->inode, socket);
  if (socket->protocol != FLATLINE_SOCKET_UNIX && socket->ends.remote_port != 0)
    g_hash_table_insert (self->by_ends, &socket->ends, socket);
  else if (socket->protocol == FLATLINE_SOCKET_TCP && flatline_socket_listens (socket))
    g_ptr_array_add (self->listening, socket);
  for (guint i = 0; socket->pending && i < socket->pending->len; i++)
    {
      const guint64 client = g_array_index (socket->pending, guint32, i);

      g_hash_table_insert (self->listeners, g_memdup2 (&client, sizeof client), socket);
    }
}

static gboolean
is_of_this_machine (const FlatlineSocketEnds *ends)
{
  return memcmp (ends->local, ends->remote, sizeof ends->local) == 0
         || memcmp (ends->remote, &in6addr_loopback, sizeof ends->remote) == 0
         || (memcmp (ends->remote, mapped, sizeof mapped) == 0 && ends->remote[12] == IN_LOOPBACKNET);
}

static gboolean
is_any_address (const guint8 *address)
{
  static const guint8 any[16] = { 0 };

  return memcmp (address, any, sizeof any) == 0
         || (memcmp (address, mapped, sizeof mapped) == 0 && memcmp (address + sizeof mapped, any, 4) == 0);
}

/* Who would accept at the local side of @ends; NULL where several would, of which the kernel chooses one. */
static const FlatlineSocket *
find_listener (FlatlineSocketTable *self, const FlatlineSocketEnds *ends)
{
  const FlatlineSocket *found = NULL;
  guint best = 0;

  for (guint i = 0; i < self->listening->len; i++)
    {
      const FlatlineSocket *socket = g_ptr_array_index (self->listening, i);
      const guint fit = memcmp (socket->ends.local, ends->local, sizeof ends->local) == 0 ? 2
                        : is_any_address (socket->ends.local)                             ? 1
                                                                                          : 0;

      if (socket->ends.local_port != ends->local_port || fit < MAX (best, 1))
        continue;
      found = fit > best ? socket : NULL;
      best = fit;
    }
  return found;
}

const FlatlineSocket *
flatline_socket_table_find_peer (FlatlineSocketTable *self, const FlatlineSocket *socket)
{
  FlatlineSocketEnds turned;
  const FlatlineSocket *peer;

  if (socket->protocol == FLATLINE_SOCKET_UNIX)
    return socket->peer_inode ? g_hash_table_lookup (self->by_inode, &socket->peer_inode)
                              : g_hash_table_lookup (self->listeners, &socket->inode);
  if (socket->ends.remote_port == 0)
    return NULL;
  memset (&turned, 0, sizeof turned);
  memcpy (turned.local, socket->ends.remote, sizeof turned.local);
  memcpy (turned.remote, socket->ends.local, sizeof turned.remote);
  turned.local_port = socket->ends.remote_port;
  turned.remote_port = socket->ends.local_port;
  turned.protocol = socket->ends.protocol;
  peer = g_hash_table_lookup (self->by_ends, &turned);
  if (!peer
      && (g_hash_table_contains (self->orphans, &turned)
          || (socket->state == STATE_SYN_SENT && is_of_this_machine (&socket->ends))))
    peer = find_listener (self, &turned);
  return peer;
}

char *
flatline_socket_dup_address (const guint8 *address, guint16 port)
{
  static const guint8 zeros[16] = { 0 };
  char text[INET6_ADDRSTRLEN];

  if (port == 0 && memcmp (address, zeros, sizeof zeros) == 0)
    return NULL;
  if (memcmp (address, mapped, sizeof mapped) == 0)
    {
      if (port == 0 && memcmp (address + 12, zeros, 4) == 0)
        return NULL;
      inet_ntop (AF_INET, address + 12, text, sizeof text);
      return g_strdup_printf ("%s:%u", text, port);
    }
  inet_ntop (AF_INET6, address, text, sizeof text);
  return g_strdup_printf ("[%s]:%u", text, port);
}

const char *
flatline_socket_state_text (const FlatlineSocket *socket)
{
  if (socket->protocol != FLATLINE_SOCKET_TCP && socket->state == STATE_CLOSE)
    return "UNCONNECTED";
  if (socket->state < G_N_ELEMENTS (state_names) && state_names[socket->state])
    return state_names[socket->state];
  return "UNKNOWN";
}

static void
store_address (guint8 *address, int family, const void *bytes)
{
  memset (address, 0, 16);
  if (family == AF_INET)
    {
      address[10] = address[11] = 0xff;
      memcpy (address + 12, bytes, 4);
    }
  else
    memcpy (address, bytes, 16);
}

static void
read_tcp_info (FlatlineSocket *socket, const struct rtattr *attribute)
{
  struct tcp_info info;
  gsize length = MIN (sizeof info, RTA_PAYLOAD (attribute));

  memset (&info, 0, sizeof info);
  memcpy (&info, RTA_DATA (attribute), length);
  if (length >= offsetof (struct tcp_info, tcpi_segs_out))
    {
      socket->bytes_received = info.tcpi_bytes_received;
      socket->bytes_sent = info.tcpi_bytes_acked;
    }
  /* Older kernels know only what was acknowledged, not what was sent. */
  if (length >= offsetof (struct tcp_info, tcpi_bytes_retrans))
    socket->bytes_sent = info.tcpi_bytes_sent;
  socket->retransmits = info.tcpi_total_retrans;
  if (length >= offsetof (struct tcp_info, tcpi_last_ack_recv))
    socket->silent_ms = info.tcpi_last_data_recv;
}

static FlatlineSocket *
read_inet_answer (const struct nlmsghdr *header, int protocol)
{
  const struct inet_diag_msg *message = NLMSG_DATA (header);
  int attributes_length = header->nlmsg_len - NLMSG_LENGTH (sizeof *message);
  FlatlineSocket *socket;

  if (attributes_length < 0)
    return NULL;
  socket = g_new0 (FlatlineSocket, 1);
  socket->inode = message->idiag_inode;
  socket->protocol = protocol == IPPROTO_TCP ? FLATLINE_SOCKET_TCP : FLATLINE_SOCKET_UDP;
  socket->is_ipv6 = message->idiag_family == AF_INET6;
  socket->state = message->idiag_state;
  socket->ends.protocol = protocol;
  socket->ends.local_port = ntohs (message->id.idiag_sport);
  socket->ends.remote_port = ntohs (message->id.idiag_dport);
  store_address (socket->ends.local, message->idiag_family, message->id.idiag_src);
  store_address (socket->ends.remote, message->idiag_family, message->id.idiag_dst);
  socket->receive_queue = message->idiag_rqueue;
  socket->send_queue = message->idiag_wqueue;
  socket->bytes_received = socket->bytes_sent = socket->retransmits = socket->silent_ms = -1;
  for (struct rtattr *attribute = (struct rtattr *)(message + 1); RTA_OK (attribute, attributes_length);
       attribute = RTA_NEXT (attribute, attributes_length))
    if (attribute->rta_type == INET_DIAG_INFO && protocol == IPPROTO_TCP && message->idiag_state != STATE_LISTEN)
      read_tcp_info (socket, attribute);
  return socket;
}

static char *
read_unix_name (const struct rtattr *attribute)
{
  const char *bytes = RTA_DATA (attribute);
  gsize length = RTA_PAYLOAD (attribute);

  if (length == 0)
    return NULL;
  if (bytes[0] != '\0')
    return g_utf8_make_valid (bytes, strnlen (bytes, length));
  /* An abstract name starts with a zero byte and may hold more of them. */
  {
    g_autofree char *name = g_malloc0 (length + 1);

    for (gsize i = 0; i < length; i++)
      name[i] = bytes[i] ? bytes[i] : '@';
    return g_utf8_make_valid (name, length);
  }
}

static FlatlineSocket *
read_unix_answer (const struct nlmsghdr *header)
{
  const struct unix_diag_msg *message = NLMSG_DATA (header);
  int attributes_length = header->nlmsg_len - NLMSG_LENGTH (sizeof *message);
  FlatlineSocket *socket;

  if (attributes_length < 0)
    return NULL;
  socket = g_new0 (FlatlineSocket, 1);
  socket->inode = message->udiag_ino;
  socket->protocol = FLATLINE_SOCKET_UNIX;
  socket->state = message->udiag_state;
  socket->bytes_received = socket->bytes_sent = socket->retransmits = socket->silent_ms = -1;
  for (struct rtattr *attribute = (struct rtattr *)(message + 1); RTA_OK (attribute, attributes_length);
       attribute = RTA_NEXT (attribute, attributes_length))
    {
      const gsize length = RTA_PAYLOAD (attribute);

      if (attribute->rta_type == UNIX_DIAG_NAME && !socket->path)
        socket->path = read_unix_name (attribute);
      else if (attribute->rta_type == UNIX_DIAG_PEER && length >= sizeof (guint32))
        socket->peer_inode = *(guint32 *)RTA_DATA (attribute);
      else if (attribute->rta_type == UNIX_DIAG_ICONS && length >= sizeof (guint32) && !socket->pending)
        {
          socket->pending = g_array_new (FALSE, FALSE, sizeof (guint32));
          g_array_append_vals (socket->pending, RTA_DATA (attribute), length / sizeof (guint32));
        }
      else if (attribute->rta_type == UNIX_DIAG_RQLEN && length >= sizeof (struct unix_diag_rqlen))
        {
          struct unix_diag_rqlen *queues = RTA_DATA (attribute);

          socket->receive_queue = queues->udiag_rqueue;
          socket->send_queue = queues->udiag_wqueue;
        }
    }
  return socket;
}

/* Reads answers until the end of the dump. FALSE when the kernel refused or fell silent. */
static gboolean
read_answers (FlatlineSocketTable *self, int netlink, int family, int protocol)
{
  g_autofree char *buffer = g_malloc (ANSWER_BYTES);

  while (TRUE)
    {
      gssize length = recv (netlink, buffer, ANSWER_BYTES, 0);
      int rest = (int)length;

      if (length < 0 && errno == EINTR)
        continue;
      if (length <= 0)
        return FALSE;
      for (struct nlmsghdr *header = (struct nlmsghdr *)buffer; NLMSG_OK (header, rest);
           header = NLMSG_NEXT (header, rest))
        {
          FlatlineSocket *socket;

          if (header->nlmsg_type == NLMSG_DONE)
            return TRUE;
          if (header->nlmsg_type == NLMSG_ERROR)
            return FALSE;
          socket = family == AF_UNIX ? read_unix_answer (header) : read_inet_answer (header, protocol);
          if (socket)
            flatline_socket_table_add (self, socket);
        }
    }
}

static gboolean
dump_inet (FlatlineSocketTable *self, int netlink, int family, int protocol)
{
  struct
  {
    struct nlmsghdr header;
    struct inet_diag_req_v2 request;
  } question = {
    .header = { .nlmsg_len = sizeof question,
                .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
    .request = { .sdiag_family = family,
                 .sdiag_protocol = protocol,
                 .idiag_ext = protocol == IPPROTO_TCP ? 1 << (INET_DIAG_INFO - 1) : 0,
                 .idiag_states = G_MAXUINT32 },
  };

  return send (netlink, &question, sizeof question, 0) == sizeof question
         && read_answers (self, netlink, family, protocol);
}

static gboolean
dump_unix (FlatlineSocketTable *self, int netlink)
{
  struct
  {
    struct nlmsghdr header;
    struct unix_diag_req request;
  } question = {
    .header = { .nlmsg_len = sizeof question,
                .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
    .request = { .sdiag_family = AF_UNIX,
                 .udiag_states = G_MAXUINT32,
                 .udiag_show = UDIAG_SHOW_ICONS | UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN },
  };

  return send (netlink, &question, sizeof question, 0) == sizeof question && read_answers (self, netlink, AF_UNIX, 0);
}

static gboolean
shares_our_namespace (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/ns/net", pid);
  char own[64] = "", other[64] = "";

  if (readlink (path, other, sizeof other - 1) <= 0 || readlink ("/proc/self/ns/net", own, sizeof own - 1) <= 0)
    return TRUE;
  return strcmp (own, other) == 0;
}

FlatlineSocketTable *
flatline_socket_table_read (gint64 pid)
{
  FlatlineSocketTable *self = flatline_socket_table_new ();
  const struct timeval timeout = { .tv_sec = ANSWER_SECONDS };
  gboolean complete = FALSE;
  int netlink = -1;

  if (shares_our_namespace (pid))
    netlink = socket (AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (netlink >= 0)
    {
      setsockopt (netlink, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
      complete = dump_inet (self, netlink, AF_INET, IPPROTO_TCP);
      complete = dump_inet (self, netlink, AF_INET6, IPPROTO_TCP) && complete;
      complete = dump_inet (self, netlink, AF_INET, IPPROTO_UDP) && complete;
      complete = dump_inet (self, netlink, AF_INET6, IPPROTO_UDP) && complete;
      complete = dump_unix (self, netlink) && complete;
      close (netlink);
    }
  /* What the kernel would not answer (a module that is missing, a sandbox) is still listed in /proc. */
  if (!complete)
    flatline_socket_table_read_proc (self, pid);
  return self;
}
