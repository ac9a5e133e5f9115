/* SPDX-License-Identifier: MIT */
/*
 * Raw and back. The settings found at the first call are kept; they are put back by flatline_tty_restore(), by
 * exit(), and by a signal that kills this process (tcsetattr is async-signal-safe).
 */
#include "config.h"

#include "flatline-tty.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios found;
static volatile sig_atomic_t changed;

static void
put_back (void)
{
  if (changed)
    tcsetattr (STDIN_FILENO, TCSANOW, &found);
  changed = 0;
}

static void
on_fatal_signal (int signum)
{
  put_back ();
  signal (signum, SIG_DFL);
  raise (signum);
}

static void
watch_the_end (void)
{
  static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT };
  struct sigaction action = { .sa_handler = on_fatal_signal };

  /* One that is handled, since it is passed on, or ignored kills nobody. */
  for (gsize i = 0; i < G_N_ELEMENTS (fatal); i++)
    {
      struct sigaction before;

      if (sigaction (fatal[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
        sigaction (fatal[i], &action, NULL);
    }
  atexit (put_back);
}

gboolean
flatline_tty_is_ours (void)
{
  return isatty (STDIN_FILENO) && tcgetpgrp (STDIN_FILENO) == getpgrp ();
}

void
flatline_tty_set_raw (void)
{
  static gboolean watched = FALSE;
  struct termios raw;

  if (changed || tcgetattr (STDIN_FILENO, &found) != 0)
    return;
  if (!watched)
    watch_the_end ();
  watched = TRUE;
  raw = found;
  raw.c_iflag &= ~(BRKINT | ICRNL | INLCR | IGNCR | ISTRIP | IXON);
  raw.c_lflag &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  changed = 1;
  tcsetattr (STDIN_FILENO, TCSADRAIN, &raw);
}

void
flatline_tty_restore (void)
{
  put_back ();
}

gboolean
flatline_tty_get_size (int *columns, int *rows)
{
  static const int descriptors[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };

  for (gsize i = 0; i < G_N_ELEMENTS (descriptors); i++)
    {
      struct winsize size;

      if (ioctl (descriptors[i], TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0)
        {
          *columns = size.ws_col;
          *rows = size.ws_row;
          return TRUE;
        }
    }
  return FALSE;
}
