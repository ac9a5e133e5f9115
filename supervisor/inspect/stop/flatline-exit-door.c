/* SPDX-License-Identifier: MIT */
/*
 * A socket without a file, named after the tracer's process: /proc says which that is. Both sides look at who the other
 * is. One thread serves all that knock; it sleeps until somebody does.
 */
#include "flatline-exit-door.h"

#include "flatline-exit-watch.h"
#include "flatline-seizing.h"

#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_VISITORS 64
#define PATIENCE_MS  2000 /* one that is stopped itself does not answer */

/* Sent back and forth: which process, and that it is free. */
typedef struct
{
  gint64 pid;
  gboolean is_free;
} Word;

typedef struct
{
  int fd;
  gint64 pid; /* 0: has not said */
} Visitor;

static socklen_t
fill_address (struct sockaddr_un *address, gint64 tracer)
{
  const int length =
      snprintf (address->sun_path + 1, sizeof address->sun_path - 1, "flatline-exit-door.%" PRId64, tracer);

  address->sun_family = AF_UNIX;
  address->sun_path[0] = '\0';
  return offsetof (struct sockaddr_un, sun_path) + 1 + length;
}

static gboolean
read_peer (int fd, struct ucred *peer)
{
  socklen_t length = sizeof *peer;

  return getsockopt (fd, SOL_SOCKET, SO_PEERCRED, peer, &length) == 0;
}

static void
welcome (GArray *visitors, int door)
{
  Visitor visitor = { .fd = accept4 (door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) };
  struct ucred peer;

  if (visitor.fd < 0)
    return;
  if (visitors->len < MAX_VISITORS && read_peer (visitor.fd, &peer) && (peer.uid == getuid () || peer.uid == 0))
    g_array_append_val (visitors, visitor);
  else
    close (visitor.fd);
}

/* FALSE: it has gone. */
static gboolean
listen_to (Visitor *visitor)
{
  Word word = { 0 };
  const gssize n = recv (visitor->fd, &word, sizeof word, 0);

  if (n != sizeof word || visitor->pid != 0 || word.pid <= 0)
    return FALSE;
  visitor->pid = word.pid;
  flatline_exit_watch_step_aside (word.pid);
  word.is_free = TRUE;
  return send (visitor->fd, &word, sizeof word, MSG_NOSIGNAL) == sizeof word;
}

static void
see_off (Visitor *visitor)
{
  if (visitor->pid != 0)
    flatline_exit_watch_return (visitor->pid);
  close (visitor->fd);
}

static gpointer
serve (gpointer data)
{
  const int door = GPOINTER_TO_INT (data);
  g_autoptr (GArray) visitors = g_array_new (FALSE, FALSE, sizeof (Visitor));
  struct pollfd waits[MAX_VISITORS + 1];

  while (TRUE)
    {
      const guint n = visitors->len;

      waits[n] = (struct pollfd){ door, POLLIN, 0 };
      for (guint i = 0; i < n; i++)
        waits[i] = (struct pollfd){ g_array_index (visitors, Visitor, i).fd, POLLIN, 0 };
      if (poll (waits, n + 1, -1) <= 0)
        continue;
      for (guint i = n; i-- > 0;)
        if (waits[i].revents && !listen_to (&g_array_index (visitors, Visitor, i)))
          {
            see_off (&g_array_index (visitors, Visitor, i));
            g_array_remove_index_fast (visitors, i);
          }
      if (waits[n].revents)
        welcome (visitors, door);
    }
  return NULL;
}

static gboolean
make_door (void)
{
  struct sockaddr_un address;
  const socklen_t length = fill_address (&address, getpid ());
  const int door = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  GThread *thread = NULL;

  if (door >= 0 && bind (door, (struct sockaddr *)&address, length) == 0 && listen (door, MAX_VISITORS) == 0)
    thread = g_thread_try_new ("exit-door", serve, GINT_TO_POINTER (door), NULL);
  if (thread)
    {
      g_thread_unref (thread);
      return TRUE;
    }
  if (door >= 0)
    close (door);
  return FALSE;
}

void
flatline_exit_door_open (void)
{
  static gsize once;

  /* Somebody else may have the name: then nobody is let in. */
  if (g_once_init_enter (&once))
    g_once_init_leave (&once, make_door () ? 1 : 2);
}

static gboolean
ask (int fd, gint64 tracer, gint64 pid)
{
  struct sockaddr_un address;
  const socklen_t length = fill_address (&address, tracer);
  struct pollfd answer = { fd, POLLIN, 0 };
  struct ucred peer;
  Word word = { .pid = pid };

  return connect (fd, (struct sockaddr *)&address, length) == 0 && read_peer (fd, &peer) && peer.pid == tracer
         && send (fd, &word, sizeof word, MSG_NOSIGNAL) == sizeof word && poll (&answer, 1, PATIENCE_MS) == 1
         && recv (fd, &word, sizeof word, 0) == sizeof word && word.pid == pid && word.is_free;
}

int
flatline_exit_door_knock (gint64 pid)
{
  const pid_t tracer = flatline_seizing_read_tracer (pid);
  const int fd = tracer > 0 && tracer != getpid () ? socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0) : -1;

  if (fd < 0 || ask (fd, tracer, pid))
    return fd;
  close (fd);
  return -1;
}
