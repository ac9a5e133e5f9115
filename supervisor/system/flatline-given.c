/* SPDX-License-Identifier: MIT */
/* Asked of the kernel once, before anything here opens a file or sets a handler. */
#include "config.h"

#include "flatline-given.h"

#include <fcntl.h>
#include <glib/gi18n.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define SMALL_STACK ((gsize)2 << 20)

static gboolean ignored[NSIG];
static gboolean was_closed[STDERR_FILENO + 1];

void
flatline_given_open_streams (void)
{
  /* open() takes the lowest number that is free. */
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0)
      {
        was_closed[fd] = TRUE;
        if (open ("/dev/null", O_RDWR) != fd)
          return;
      }
}

gboolean
flatline_given_has_stdout (void)
{
  return !was_closed[STDOUT_FILENO];
}

void
flatline_given_note_signals (void)
{
  for (int signum = 1; signum < NSIG; signum++)
    {
      struct sigaction action;

      ignored[signum] = sigaction (signum, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
    }
  if (ignored[SIGCHLD])
    signal (SIGCHLD, SIG_DFL);
  signal (SIGXFSZ, SIG_IGN);
}

gboolean
flatline_given_ignores (int signum)
{
  return signum > 0 && signum < NSIG && ignored[signum];
}

static void
make_stacks_small (void)
{
  pthread_attr_t attributes;

  if (pthread_getattr_default_np (&attributes) != 0)
    return;
  pthread_attr_setstacksize (&attributes, SMALL_STACK);
  pthread_setattr_default_np (&attributes);
  pthread_attr_destroy (&attributes);
}

char *
flatline_given_fit_address_space (gsize room_bytes)
{
  struct rlimit limit;
  void *room;
  g_autofree char *size = NULL;

  if (getrlimit (RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return NULL;
  mallopt (M_ARENA_MAX, 1);
  make_stacks_small ();
  room = mmap (NULL, room_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room != MAP_FAILED)
    {
      munmap (room, room_bytes);
      return NULL;
    }
  size = g_format_size_full (limit.rlim_cur, G_FORMAT_SIZE_IEC_UNITS);
  return g_strdup_printf (_ ("the address space is limited to %s here (ulimit -v), which is too little for Flatline: "
                             "raise the limit, or have only the program set one"),
                          size);
}
