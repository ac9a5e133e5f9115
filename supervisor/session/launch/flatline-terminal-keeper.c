/* SPDX-License-Identifier: MIT */
/* The process that holds a program's terminal while there is a program, with or without a supervisor. */
#include "config.h"

#include "flatline-terminal-keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#define END_OF_TRANSMISSION 4
#define N_ENDS              16 /* a program that asks again after the first end of input gets it again */

static void
ignore_signals (void)
{
  static const int ignored[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN,
                                 SIGTTOU, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM };
  struct sigaction action = { .sa_handler = SIG_IGN };
  sigset_t none;

  for (gsize i = 0; i < G_N_ELEMENTS (ignored); i++)
    sigaction (ignored[i], &action, NULL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

/* Leaving as session leader sends SIGHUP to the foreground group, where orphans of the program may be: take its place.
 */
static _Noreturn void
leave (FlatlineKeeperFlags flags)
{
  if (flags & FLATLINE_KEEPER_HAS_TERMINAL)
    tcsetpgrp (FLATLINE_KEEPER_FIRST, getpid ());
  _exit (0);
}

/* Nobody will type any more: what waits for input gets its end. A pipe ended with the supervisor, which alone held it.
 */
static void
end_input (void)
{
  static const char end = END_OF_TRANSMISSION;

  for (int i = 0; i < N_ENDS && write (FLATLINE_KEEPER_FIRST, &end, 1) == 1; i++)
    ;
}

static void
drain (void)
{
  struct pollfd fds[2] = { { FLATLINE_KEEPER_FIRST, POLLIN, 0 }, { FLATLINE_KEEPER_SECOND, POLLIN, 0 } };
  char waste[4096];

  while (fds[0].fd >= 0 || fds[1].fd >= 0)
    {
      if (poll (fds, 2, -1) < 0 && errno != EINTR)
        return;
      for (int i = 0; i < 2; i++)
        if (fds[i].fd >= 0 && fds[i].revents)
          {
            gssize n = read (fds[i].fd, waste, sizeof waste);

            if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
              fds[i].fd = -1;
          }
    }
}

static _Noreturn void
keep (FlatlineKeeperFlags flags)
{
  char command;
  gssize n;

  ignore_signals ();
  prctl (PR_SET_NAME, "flatline-keeper");
  prctl (PR_SET_PDEATHSIG, 0);
  close_range (FLATLINE_KEEPER_N_FDS, ~0U, 0);
  do
    n = read (FLATLINE_KEEPER_COMMAND, &command, 1);
  while (n < 0 && errno == EINTR);
  if (n != 1 && !(flags & FLATLINE_KEEPER_LEAVES_WITH_SUPERVISOR))
    {
      if (flags & FLATLINE_KEEPER_HAS_TERMINAL)
        end_input ();
      drain ();
    }
  leave (flags);
}

/* The flags are one argument, a letter for all of them. */
_Noreturn void
flatline_terminal_keeper_become (const char *program, FlatlineKeeperFlags flags)
{
  char word[] = { (char)('0' + flags), 0 };
  char *argv[] = { (char *)"flatline-keeper", word, NULL };
  char *environment[] = { NULL };

  execve (program, argv, environment);
  keep (flags);
}

_Noreturn void
flatline_terminal_keeper_run (char **argv)
{
  keep (argv[0] && argv[1] ? (FlatlineKeeperFlags)(argv[1][0] - '0') : 0);
}
