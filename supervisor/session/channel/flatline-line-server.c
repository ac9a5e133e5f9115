/* SPDX-License-Identifier: MIT */
/*
 * JSON lines from many connections. Plain non-blocking descriptors: a connection costs no thread and no stream object,
 * since existing clients open one for each message. They are watched by one epoll, which is the source of the main
 * context: with one each, every turn of the main loop would ask hundreds of them. A peer on a Unix socket may hand over
 * two pipes with its first line, and goes on by these.
 *
 * When all places are taken the oldest connection that never sent anything valid has to go, so that nonsense holding
 * places cannot lock the program out.
 */
#include "config.h"

#include "flatline-line-server.h"

#include "flatline-line-object.h"

#include <glib/gi18n.h>
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG            1024
#define READ_BYTES         (16 * 1024)
#define TURN_BYTES         (4 * 1024) /* some thirty messages */
#define TURN_US            5000       /* a turn of the main loop is for hundreds of connections together */
#define MAX_ACCEPTS_A_TURN 256
#define MAX_DRAIN_TURNS    64

struct _FlatlineLineServer
{
  GObject parent_instance;
  int fd;
  guint source;
  int ready_fd; /* epoll of the connections that are open */
  guint ready_source;
  char *path;
  guint16 port;
  gsize max_line_bytes;
  guint max_connections;
  GPtrArray *open; /* FlatlineLineConnection, oldest first */
  FlatlineLineCounts counts;
};

enum
{
  SIGNAL_MESSAGE,
  SIGNAL_CLOSED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineLineServer, flatline_line_server, G_TYPE_OBJECT)

static void
close_descriptors (FlatlineLineConnection *connection)
{
  /* Closing alone is not enough while a child that was forked has not yet called exec. */
  epoll_ctl (connection->server->ready_fd, EPOLL_CTL_DEL, connection->fd, NULL);
  close (connection->fd);
  if (connection->writer_fd != connection->fd)
    close (connection->writer_fd);
}

static void
connection_free (gpointer data)
{
  FlatlineLineConnection *connection = data;

  g_clear_handle_id (&connection->writer, g_source_remove);
  close_descriptors (connection);
  g_byte_array_unref (connection->line);
  g_byte_array_unref (connection->pending);
  g_free (connection);
}

static void
connection_close (FlatlineLineConnection *connection)
{
  FlatlineLineServer *self = connection->server;
  guint position;

  g_signal_emit (self, signals[SIGNAL_CLOSED], 0, connection);
  if (g_ptr_array_find (self->open, connection, &position))
    g_ptr_array_remove_index (self->open, position);
}

static void
flatline_line_server_finalize (GObject *object)
{
  FlatlineLineServer *self = FLATLINE_LINE_SERVER (object);

  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_handle_id (&self->ready_source, g_source_remove);
  g_ptr_array_unref (self->open);
  if (self->ready_fd >= 0)
    close (self->ready_fd);
  if (self->fd >= 0)
    close (self->fd);
  if (self->path)
    unlink (self->path);
  g_free (self->path);
  G_OBJECT_CLASS (flatline_line_server_parent_class)->finalize (object);
}

static void
flatline_line_server_class_init (FlatlineLineServerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_line_server_finalize;
  signals[SIGNAL_MESSAGE] = g_signal_new ("message", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 2, G_TYPE_POINTER, JSON_TYPE_NODE);
  signals[SIGNAL_CLOSED] = g_signal_new ("closed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
take_line (FlatlineLineConnection *connection, char *text, gsize length)
{
  FlatlineLineServer *self = connection->server;
  g_autoptr (JsonNode) object = NULL;

  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  if (length == 0)
    return;
  object = flatline_line_object_read (text, length);
  if (!object)
    {
      self->counts.garbage++;
      return;
    }
  self->counts.messages++;
  g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, connection, object);
}

/* Cuts lines off what came; the rest waits for more. */
static void
take_bytes (FlatlineLineConnection *connection, const char *bytes, gsize length)
{
  FlatlineLineServer *self = connection->server;

  while (length > 0)
    {
      const char *end = memchr (bytes, '\n', length);
      gsize piece = end ? (gsize)(end - bytes) : length;

      if (!connection->skipping && connection->line->len + piece > self->max_line_bytes)
        {
          connection->skipping = TRUE;
          self->counts.garbage++;
          g_byte_array_set_size (connection->line, 0);
        }
      if (!connection->skipping)
        g_byte_array_append (connection->line, (const guint8 *)bytes, piece);
      if (!end)
        return;
      if (!connection->skipping)
        take_line (connection, (char *)connection->line->data, connection->line->len);
      g_byte_array_set_size (connection->line, 0);
      connection->skipping = FALSE;
      bytes = end + 1;
      length -= piece + 1;
    }
}

typedef enum
{
  READ_SOMETHING,
  READ_NOTHING,
  READ_CLOSED,
} ReadResult;

/* What a peer hands over with a message; no more are taken. */
typedef struct
{
  int fds[2];
  guint n;
} HandedDescriptors;

static gssize
receive (FlatlineLineConnection *connection, char *bytes, gsize max_bytes, HandedDescriptors *handed)
{
  union
  {
    struct cmsghdr head;
    char bytes[CMSG_SPACE (sizeof handed->fds)];
  } control;
  struct iovec piece = { bytes, max_bytes };
  struct msghdr message = {
    .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
  };
  gssize n;

  if (connection->writer_fd != connection->fd)
    return read (connection->fd, bytes, max_bytes);
  n = recvmsg (connection->fd, &message, MSG_CMSG_CLOEXEC);
  for (struct cmsghdr *head = n >= 0 ? CMSG_FIRSTHDR (&message) : NULL; head; head = CMSG_NXTHDR (&message, head))
    if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
      {
        handed->n = (head->cmsg_len - CMSG_LEN (0)) / sizeof (int);
        memcpy (handed->fds, CMSG_DATA (head), handed->n * sizeof (int));
      }
  return n;
}

/* To write to one that nobody else reads would be SIGPIPE: that one is to be open both ways. */
static gboolean
is_pipe (int fd, int way)
{
  struct stat status;

  return fstat (fd, &status) == 0 && S_ISFIFO (status.st_mode) && (fcntl (fd, F_GETFL) & O_ACCMODE) == way
         && fcntl (fd, F_SETFL, O_NONBLOCK) == 0;
}

/* The peer goes on by two pipes: the one that we read, and the one that we write to. */
static void
take_handed (FlatlineLineConnection *connection, const HandedDescriptors *handed)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };

  if (handed->n == G_N_ELEMENTS (handed->fds) && is_pipe (handed->fds[0], O_RDONLY) && is_pipe (handed->fds[1], O_RDWR)
      && epoll_ctl (connection->server->ready_fd, EPOLL_CTL_ADD, handed->fds[0], &event) == 0)
    {
      close_descriptors (connection);
      connection->fd = handed->fds[0];
      connection->writer_fd = handed->fds[1];
      return;
    }
  for (guint i = 0; i < handed->n; i++)
    close (handed->fds[i]);
}

/* One read of at most @max_bytes; a closed connection is gone afterwards. A last line without its end is taken, if it
 * is one. */
static ReadResult
read_once (FlatlineLineConnection *connection, gsize max_bytes)
{
  char bytes[READ_BYTES];
  HandedDescriptors handed = { 0 };
  gssize n = receive (connection, bytes, MIN (max_bytes, sizeof bytes), &handed);

  if (n > 0)
    {
      take_handed (connection, &handed);
      take_bytes (connection, bytes, n);
      return READ_SOMETHING;
    }
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return READ_NOTHING;
  if (connection->line->len > 0)
    take_line (connection, (char *)connection->line->data, connection->line->len);
  g_byte_array_set_size (connection->line, 0);
  return READ_CLOSED;
}

/* One at a time: who hears of a message may close any of them. Each is asked again after all others. */
static gboolean
on_ready (gint fd, GIOCondition condition, gpointer user_data)
{
  g_autoptr (FlatlineLineServer) self = g_object_ref (user_data);
  const gint64 began_us = g_source_get_time (g_main_current_source ());
  struct epoll_event event;

  while (g_get_monotonic_time () - began_us <= TURN_US && epoll_wait (fd, &event, 1, 0) == 1)
    if (read_once (event.data.ptr, TURN_BYTES) == READ_CLOSED)
      connection_close (event.data.ptr);
  return G_SOURCE_CONTINUE;
}

static void
flatline_line_server_init (FlatlineLineServer *self)
{
  self->fd = -1;
  self->ready_fd = epoll_create1 (EPOLL_CLOEXEC);
  self->ready_source = g_unix_fd_add (self->ready_fd, G_IO_IN, on_ready, self);
  self->open = g_ptr_array_new_with_free_func (connection_free);
}

static gboolean
is_peer_allowed (FlatlineLineServer *self, int fd, gint64 *peer_pid)
{
  struct ucred peer = { 0 };
  socklen_t length = sizeof peer;

  if (!self->path)
    return TRUE;
  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.uid != getuid ())
    return FALSE;
  *peer_pid = peer.pid;
  return TRUE;
}

/* Takes what a connection sent up to now; TRUE when it closed its side and is gone. */
static gboolean
read_to_end (FlatlineLineConnection *connection)
{
  ReadResult result;

  for (int i = 0; i < MAX_DRAIN_TURNS; i++)
    {
      result = read_once (connection, READ_BYTES);
      if (result == READ_SOMETHING)
        continue;
      if (result == READ_CLOSED)
        connection_close (connection);
      return result == READ_CLOSED;
    }
  return FALSE;
}

/*
 * Makes a place: of a connection that its peer closed, else of the oldest that never sent anything valid. What it had
 * sent is taken before. FALSE when every connection has earned its place.
 */
static gboolean
make_place (FlatlineLineServer *self)
{
  if (self->open->len < self->max_connections)
    return TRUE;
  for (guint i = 0; i < self->open->len; i++)
    {
      FlatlineLineConnection *connection = g_ptr_array_index (self->open, i);

      if (read_to_end (connection))
        return TRUE;
      if (!connection->trusted)
        {
          self->counts.refused++;
          connection_close (connection);
          return TRUE;
        }
    }
  self->counts.refused++;
  return FALSE;
}

static gboolean
accept_one (FlatlineLineServer *self)
{
  int fd = accept4 (self->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  struct epoll_event event = { .events = EPOLLIN };
  FlatlineLineConnection *connection;
  gint64 peer_pid = 0;

  if (fd < 0)
    return errno == ECONNABORTED || errno == EINTR;
  self->counts.connections++;
  if (!is_peer_allowed (self, fd, &peer_pid))
    {
      self->counts.refused++;
      close (fd);
      return TRUE;
    }
  if (!make_place (self))
    {
      close (fd);
      return TRUE;
    }
  connection = g_new0 (FlatlineLineConnection, 1);
  event.data.ptr = connection;
  connection->server = self;
  connection->fd = connection->writer_fd = fd;
  connection->peer_pid = peer_pid;
  connection->line = g_byte_array_new ();
  connection->pending = g_byte_array_new ();
  g_ptr_array_add (self->open, connection);
  if (epoll_ctl (self->ready_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    {
      self->counts.refused++;
      connection_close (connection);
    }
  return TRUE;
}

static gboolean
on_connection (gint fd, GIOCondition condition, gpointer user_data)
{
  FlatlineLineServer *self = user_data;

  for (int i = 0; i < MAX_ACCEPTS_A_TURN && accept_one (self); i++)
    ;
  return G_SOURCE_CONTINUE;
}

static FlatlineLineServer *
new_server (int fd, const char *path, gsize max_line_bytes, guint max_connections)
{
  FlatlineLineServer *self = g_object_new (FLATLINE_TYPE_LINE_SERVER, NULL);

  self->fd = fd;
  self->path = g_strdup (path);
  self->max_line_bytes = max_line_bytes;
  self->max_connections = max_connections;
  self->source = g_unix_fd_add (fd, G_IO_IN, on_connection, self);
  return self;
}

FlatlineLineServer *
flatline_line_server_new_tcp (gsize max_line_bytes, guint max_connections, GError **error)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  FlatlineLineServer *self;

  if (fd < 0 || bind (fd, (struct sockaddr *)&address, sizeof address) != 0 || listen (fd, BACKLOG) != 0
      || getsockname (fd, (struct sockaddr *)&address, &length) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("Cannot listen on 127.0.0.1: %s"),
                   g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  self = new_server (fd, NULL, max_line_bytes, max_connections);
  self->port = ntohs (address.sin_port);
  return self;
}

FlatlineLineServer *
flatline_line_server_new_unix (const char *path, gsize max_line_bytes, guint max_connections, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  if (strlen (path) >= sizeof address.sun_path)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG, _ ("The path of the socket is too long: “%s”"),
                   path);
      return NULL;
    }
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  /* The mode before bind(): the socket never exists with a wider one. */
  if (fd < 0 || fchmod (fd, 0600) != 0 || bind (fd, (struct sockaddr *)&address, sizeof address) != 0
      || listen (fd, BACKLOG) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("Cannot make the socket “%s”: %s"), path,
                   g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  return new_server (fd, path, max_line_bytes, max_connections);
}

guint16
flatline_line_server_get_port (FlatlineLineServer *self)
{
  return self->port;
}

const FlatlineLineCounts *
flatline_line_server_get_counts (FlatlineLineServer *self)
{
  return &self->counts;
}

void
flatline_line_server_count_garbage (FlatlineLineServer *self)
{
  self->counts.garbage++;
}

gboolean
flatline_line_server_drain (FlatlineLineServer *self, gint64 until_us)
{
  gboolean progress = TRUE;
  gboolean in_time = TRUE;

  g_object_ref (self);
  for (int turn = 0; progress && in_time && turn < MAX_DRAIN_TURNS; turn++)
    {
      progress = FALSE;
      for (int i = 0; i < MAX_ACCEPTS_A_TURN && accept_one (self); i++)
        progress = TRUE;
      for (guint i = self->open->len; i-- > 0 && in_time;)
        {
          FlatlineLineConnection *connection;
          ReadResult result;

          if (i >= self->open->len)
            continue;
          connection = g_ptr_array_index (self->open, i);
          result = read_once (connection, READ_BYTES);
          if (result == READ_CLOSED)
            connection_close (connection);
          progress = progress || result != READ_NOTHING;
          in_time = g_get_monotonic_time () < until_us;
        }
    }
  g_object_unref (self);
  return in_time;
}
