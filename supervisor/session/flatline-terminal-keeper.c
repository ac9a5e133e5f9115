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

static void
close_all_but (const int *kept, gsize n_kept)
{
  int from = 0;

  for (;;)
    {
      int next = -1;

      for (gsize i = 0; i < n_kept; i++)
        if (kept[i] >= from && (next < 0 || kept[i] < next))
          next = kept[i];
      if (next < 0)
        break;
      if (next > from)
        close_range (from, next - 1, 0);
      from = next + 1;
    }
  close_range (from, ~0U, 0);
}

/* Leaving as session leader sends SIGHUP to the foreground group, where orphans of the program may be: take its place.
 */
static _Noreturn void
leave (const FlatlineTerminalKeeper *keeper)
{
  if (keeper->has_terminal)
    tcsetpgrp (keeper->output_fds[0], getpid ());
  _exit (0);
}

/* Nobody will type any more: what waits for input gets its end. A pipe ended with the supervisor, which alone held it.
 */
static void
end_input (const FlatlineTerminalKeeper *keeper)
{
  static const char end = END_OF_TRANSMISSION;

  if (keeper->has_terminal)
    for (int i = 0; i < N_ENDS && write (keeper->output_fds[0], &end, 1) == 1; i++)
      ;
}

static void
drain (const FlatlineTerminalKeeper *keeper)
{
  struct pollfd fds[2] = { { keeper->output_fds[0], POLLIN, 0 }, { keeper->output_fds[1], POLLIN, 0 } };
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

_Noreturn void
flatline_terminal_keeper_run (const FlatlineTerminalKeeper *keeper)
{
  const int kept[] = { keeper->command_fd, keeper->output_fds[0], keeper->output_fds[1] };
  char command;
  gssize n;

  ignore_signals ();
  prctl (PR_SET_NAME, "flatline-keeper");
  prctl (PR_SET_PDEATHSIG, 0);
  close_all_but (kept, G_N_ELEMENTS (kept));
  do
    n = read (keeper->command_fd, &command, 1);
  while (n < 0 && errno == EINTR);
  if (n != 1 && !keeper->leave_with_supervisor)
    {
      end_input (keeper);
      drain (keeper);
    }
  leave (keeper);
}
