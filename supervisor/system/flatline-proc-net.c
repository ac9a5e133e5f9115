/* SPDX-License-Identifier: MIT */
/*
 * The sockets of another network namespace from /proc/PID/net: tcp, tcp6, udp, udp6 and unix, a line a socket. The
 * addresses are hexadecimal words in the byte order of the machine, proc(5).
 */
#include "flatline-sock-diag.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static gboolean
parse_hex_words (const char *text, guint8 *bytes, guint n_words)
{
  for (guint i = 0; i < n_words; i++)
    {
      char word[9] = "";
      guint32 number;

      memcpy (word, text + 8 * i, 8);
      number = (guint32)g_ascii_strtoull (word, NULL, 16);
      memcpy (bytes + 4 * i, &number, 4);
    }
  return TRUE;
}

/* "0100007F:1F90" or the 32 digits of an IPv6 address. */
static gboolean
parse_end (const char *text, guint8 *address, guint16 *port)
{
  const char *colon = strchr (text, ':');

  memset (address, 0, 16);
  if (!colon)
    return FALSE;
  if (colon - text == 8)
    {
      address[10] = address[11] = 0xff;
      parse_hex_words (text, address + 12, 1);
    }
  else if (colon - text == 32)
    parse_hex_words (text, address, 4);
  else
    return FALSE;
  *port = (guint16)g_ascii_strtoull (colon + 1, NULL, 16);
  return TRUE;
}

static void
read_inet_line (FlatlineSocketTable *table, const char *line, int protocol, gboolean is_ipv6)
{
  char local[64], remote[64];
  guint state;
  gulong send_queue, receive_queue;
  guint64 inode;
  FlatlineSocket *socket;

  if (sscanf (line, " %*d: %63s %63s %x %lx:%lx %*s %*s %*s %*s %" G_GUINT64_FORMAT, local, remote, &state, &send_queue,
              &receive_queue, &inode)
      != 6)
    return;
  socket = g_new0 (FlatlineSocket, 1);
  socket->inode = inode;
  socket->protocol = protocol == IPPROTO_TCP ? FLATLINE_SOCKET_TCP : FLATLINE_SOCKET_UDP;
  socket->is_ipv6 = is_ipv6;
  socket->state = (guint8)state;
  socket->ends.protocol = (guint16)protocol;
  socket->send_queue = (gint64)send_queue;
  socket->receive_queue = (gint64)receive_queue;
  socket->bytes_received = socket->bytes_sent = socket->retransmits = socket->silent_ms = -1;
  if (!parse_end (local, socket->ends.local, &socket->ends.local_port)
      || !parse_end (remote, socket->ends.remote, &socket->ends.remote_port))
    {
      g_free (socket);
      return;
    }
  flatline_socket_table_add (table, socket);
}

/* "Num: RefCount Protocol Flags Type St Inode Path": connected is 03, and a listener has flag 0x10000. */
static void
read_unix_line (FlatlineSocketTable *table, const char *line)
{
  guint flags, state;
  guint64 inode;
  int path_at = 0;
  FlatlineSocket *socket;

  if (sscanf (line, "%*x: %*x %*x %x %*x %x %" G_GUINT64_FORMAT " %n", &flags, &state, &inode, &path_at) < 3)
    return;
  socket = g_new0 (FlatlineSocket, 1);
  socket->inode = inode;
  socket->protocol = FLATLINE_SOCKET_UNIX;
  socket->state = flags & 0x10000 ? 10 : state == 3 ? 1 : 7;
  socket->bytes_received = socket->bytes_sent = socket->retransmits = socket->silent_ms = -1;
  if (path_at > 0 && line[path_at] && line[path_at] != '\n')
    socket->path = g_strchomp (g_utf8_make_valid (line + path_at, -1));
  flatline_socket_table_add (table, socket);
}

static void
read_lines (FlatlineSocketTable *table, gint64 pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/net/%s", pid, name);
  FILE *file = fopen (path, "re");
  char line[512];

  if (!file)
    return;
  while (fgets (line, sizeof line, file))
    {
      if (g_str_has_prefix (name, "unix"))
        read_unix_line (table, line);
      else
        read_inet_line (table, line, g_str_has_prefix (name, "tcp") ? IPPROTO_TCP : IPPROTO_UDP,
                        g_str_has_suffix (name, "6"));
    }
  fclose (file);
}

void
flatline_socket_table_read_proc (FlatlineSocketTable *self, gint64 pid)
{
  static const char *const names[] = { "tcp", "tcp6", "udp", "udp6", "unix" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    read_lines (self, pid, names[i]);
}
