/* SPDX-License-Identifier: MIT */
/* What is sent to a peer of a FlatlineLineServer, which may be slow to read it: the rest waits, up to a limit. */
#include "config.h"

#include "flatline-line-server.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PENDING_BYTES (256 * 1024)

/* FALSE when the peer is gone; reading will notice and close. */
static gboolean
write_pending (FlatlineLineConnection *connection)
{
  while (connection->pending->len > 0)
    {
      const GByteArray *pending = connection->pending;
      gssize n = connection->writer_fd == connection->fd
                     ? send (connection->fd, pending->data, pending->len, MSG_NOSIGNAL)
                     : write (connection->writer_fd, pending->data, pending->len);

      if (n > 0)
        g_byte_array_remove_range (connection->pending, 0, n);
      else if (n < 0 && errno == EINTR)
        continue;
      else if (n < 0 && errno == EAGAIN)
        return TRUE;
      else
        return FALSE;
    }
  return TRUE;
}

static gboolean
on_writable (gint fd, GIOCondition condition, gpointer user_data)
{
  FlatlineLineConnection *connection = user_data;

  if (write_pending (connection) && connection->pending->len > 0)
    return G_SOURCE_CONTINUE;
  connection->writer = 0;
  return G_SOURCE_REMOVE;
}

gboolean
flatline_line_connection_send (FlatlineLineConnection *connection, const char *text)
{
  gsize length = strlen (text);

  if (connection->pending->len + length + 1 > MAX_PENDING_BYTES)
    return FALSE;
  g_byte_array_append (connection->pending, (const guint8 *)text, length);
  g_byte_array_append (connection->pending, (const guint8 *)"\n", 1);
  if (connection->writer)
    return TRUE;
  if (!write_pending (connection))
    return FALSE;
  if (connection->pending->len > 0)
    connection->writer = g_unix_fd_add (connection->writer_fd, G_IO_OUT, on_writable, connection);
  return TRUE;
}
