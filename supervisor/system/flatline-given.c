/* SPDX-License-Identifier: MIT */
/* Asked of the kernel once, before anything here opens a file or sets a handler. */
#include "config.h"

#include "flatline-given.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

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
