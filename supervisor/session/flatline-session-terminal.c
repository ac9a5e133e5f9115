/* SPDX-License-Identifier: MIT */
/* The program's terminal: what is typed for it, what its keys do, how large it is. */
#include "config.h"

#include "flatline-session-private.h"

#include <glib/gi18n.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Our side of it, which knows of the program's settings, too; -1: there is none. */
static int
find_terminal (FlatlineSession *self)
{
  FlatlineOutput *const outputs[] = { self->output, self->error_output };

  for (gsize i = 0; i < G_N_ELEMENTS (outputs); i++)
    if (outputs[i] && flatline_output_get_fd (outputs[i]) >= 0 && isatty (flatline_output_get_fd (outputs[i])))
      return flatline_output_get_fd (outputs[i]);
  return -1;
}

/* What the terminal makes a signal of (VINTR, VSUSP); '\0': nothing, the program takes all keys as they are. */
static char
find_key (FlatlineSession *self, int which)
{
  const int fd = find_terminal (self);
  struct termios settings;

  if (fd < 0 || (flatline_config_get_piped (self->config) & FLATLINE_STREAM_INPUT) || tcgetattr (fd, &settings) != 0
      || !(settings.c_lflag & ISIG))
    return '\0';
  return (char)settings.c_cc[which];
}

void
flatline_session_write_input (FlatlineSession *self, const char *data, gsize length)
{
  const char key = find_key (self, VINTR);

  if (!self->input)
    return;
  if (key && memchr (data, key, length))
    self->interrupt_typed = TRUE;
  if (!flatline_input_write (self->input, data, length))
    flatline_session_message (self, "warning", _ ("The program does not read its input: what was typed is lost"));
}

gboolean
flatline_session_stops_at_key (FlatlineSession *self, char key)
{
  return flatline_session_is_alive (self) && find_key (self, VSUSP) == key && key
         && tcgetpgrp (find_terminal (self)) == self->pid;
}

void
flatline_session_set_stopped (FlatlineSession *self, gboolean stopped)
{
  if (self->launcher)
    flatline_launcher_send_signal_to_group (self->launcher, stopped ? SIGSTOP : SIGCONT);
}

gsize
flatline_session_get_pending_input (FlatlineSession *self)
{
  return self->input ? flatline_input_get_pending (self->input) : 0;
}

void
flatline_session_end_input (FlatlineSession *self)
{
  if (self->input)
    flatline_input_end (self->input, !(flatline_config_get_piped (self->config) & FLATLINE_STREAM_INPUT));
}

void
flatline_session_set_terminal_size (FlatlineSession *self, int columns, int rows)
{
  const struct winsize size = { .ws_col = CLAMP (columns, 1, 10000), .ws_row = CLAMP (rows, 1, 10000) };
  FlatlineOutput *const outputs[] = { self->output, self->error_output };

  self->columns = size.ws_col;
  self->rows = size.ws_row;
  for (gsize i = 0; i < G_N_ELEMENTS (outputs); i++)
    if (outputs[i] && flatline_output_get_fd (outputs[i]) >= 0)
      ioctl (flatline_output_get_fd (outputs[i]), TIOCSWINSZ, &size);
}
