/* SPDX-License-Identifier: MIT */
/*
 * Where keys go. Three states: to the program, to the console, or a line for a shell is typed (then the terminal is as
 * it was found, so that the line can be edited). The program's output is held back while the console is open.
 */
#include "flatline-foreground-private.h"

#include "flatline-tty.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define KEY_INTERRUPT     '\x03'
#define KEY_END_OF_INPUT  '\x04'
#define KEY_SUSPEND       '\x1a'
#define KEY_CONSOLE       '\x1c' /* Ctrl+\ */
#define TWICE_WITHIN_US   G_USEC_PER_SEC
#define MAX_PENDING_INPUT (64 * 1024)
#define PENDING_INPUT_MS  10

void
flatline_foreground_open_console (FlatlineForeground *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  if (!self->console || self->keys == FLATLINE_KEYS_TO_SHELL_LINE)
    return;
  flatline_output_queue_hold (self->output, TRUE);
  flatline_tty_set_raw ();
  self->keys = FLATLINE_KEYS_TO_CONSOLE;
  flatline_console_word_reset (self->word);
  flatline_console_show_banner (self->console, freeze, snapshot);
}

static void
close_console (FlatlineForeground *self)
{
  self->keys = FLATLINE_KEYS_TO_PROGRAM;
  flatline_output_queue_hold (self->output, FALSE);
  if (self->input_is_piped)
    flatline_tty_restore ();
}

static void
give_key_to_console (FlatlineForeground *self, char key)
{
  const gboolean leaves =
      key == KEY_END_OF_INPUT || (key == KEY_INTERRUPT && flatline_console_word_is_empty (self->word));
  g_autofree char *command = leaves ? g_strdup ("q") : flatline_console_word_take (self->word, key);

  if (!command)
    return;
  switch (flatline_console_handle (self->console, command))
    {
    case FLATLINE_CONSOLE_CLOSES:
      close_console (self);
      if (!flatline_session_state_is_live (flatline_session_get_state (self->session)))
        g_main_loop_quit (self->loop);
      break;
    case FLATLINE_CONSOLE_RESTARTS:
      self->restarting = TRUE;
      close_console (self);
      break;
    case FLATLINE_CONSOLE_WANTS_LINE:
      self->keys = FLATLINE_KEYS_TO_SHELL_LINE;
      flatline_tty_restore ();
      flatline_foreground_print_error ("$ ", self);
      break;
    case FLATLINE_CONSOLE_STAYS:
    default:
      break;
    }
}

void
flatline_foreground_give_line_to_shell (FlatlineForeground *self, const char *data, gsize length)
{
  g_autofree char *line = g_strstrip (g_strndup (data, length));

  self->keys = FLATLINE_KEYS_TO_CONSOLE;
  flatline_tty_set_raw ();
  flatline_console_run_shell (self->console, line);
}

/* Keys and input */

gboolean
flatline_foreground_is_second_interrupt (FlatlineForeground *self)
{
  gint64 now = g_get_monotonic_time ();
  gboolean second = now - self->last_interrupt_us < TWICE_WITHIN_US;

  self->last_interrupt_us = now;
  return second;
}

/* The program and we are one job of the shell that we were started from: "fg" goes on with both. Where no shell takes
 * care of jobs nothing stops. */
static void
suspend (FlatlineForeground *self)
{
  flatline_session_set_stopped (self->session, TRUE);
  flatline_tty_restore ();
  /* What else is in the job first. This thread is to take ours, and to stand still with it. */
  signal (SIGTSTP, SIG_IGN);
  kill (0, SIGTSTP);
  signal (SIGTSTP, SIG_DFL);
  raise (SIGTSTP);
  flatline_tty_set_raw ();
  flatline_session_set_stopped (self->session, FALSE);
}

static void
give_keys_to_program (FlatlineForeground *self, const char *data, gsize length)
{
  const char *console_key = self->console && self->has_terminal ? memchr (data, KEY_CONSOLE, length) : NULL;
  gsize program_length = console_key ? (gsize)(console_key - data) : length;
  gboolean interrupt = self->has_terminal && !self->input_is_piped && memchr (data, KEY_INTERRUPT, program_length);

  gboolean suspends = self->has_terminal && memchr (data, KEY_SUSPEND, program_length)
                      && flatline_session_stops_at_key (self->session, KEY_SUSPEND);

  if (suspends)
    suspend (self);
  else if (program_length > 0)
    flatline_session_write_input (self->session, data, program_length);
  if (console_key || (interrupt && flatline_foreground_is_second_interrupt (self)))
    flatline_foreground_open_console (self, flatline_session_get_freeze (self->session),
                                      flatline_session_get_snapshot (self->session));
}

static gboolean
on_input (gint descriptor, GIOCondition condition, gpointer user_data);

/* What stdin waits for: bytes, or room for them. */
static void
set_input_source (FlatlineForeground *self, GSource *source, GSourceFunc callback)
{
  if (self->input_source)
    g_source_destroy (self->input_source);
  g_clear_pointer (&self->input_source, g_source_unref);
  self->input_source = source;
  g_source_set_callback (source, callback, self, NULL);
  g_source_attach (source, NULL);
}

void
flatline_foreground_watch_input (FlatlineForeground *self)
{
  set_input_source (self, g_unix_fd_source_new (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR), (GSourceFunc)on_input);
}

/* A long file goes in as fast as the program takes it. */
static gboolean
on_input_may_go_on (gpointer user_data)
{
  FlatlineForeground *self = user_data;

  if (flatline_session_get_pending_input (self->session) > MAX_PENDING_INPUT)
    return G_SOURCE_CONTINUE;
  flatline_foreground_watch_input (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_input (gint descriptor, GIOCondition condition, gpointer user_data)
{
  FlatlineForeground *self = user_data;
  char data[4096];
  gssize length = read (descriptor, data, sizeof data);

  if (length < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  if (length <= 0)
    {
      if (self->keys == FLATLINE_KEYS_TO_SHELL_LINE)
        {
          flatline_foreground_give_line_to_shell (self, "", 0);
          return G_SOURCE_CONTINUE;
        }
      flatline_session_end_input (self->session);
      return self->has_terminal && length == 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
    }
  if (self->keys == FLATLINE_KEYS_TO_SHELL_LINE)
    flatline_foreground_give_line_to_shell (self, data, length);
  else if (self->keys == FLATLINE_KEYS_TO_PROGRAM)
    give_keys_to_program (self, data, length);
  else
    for (gssize i = 0; i < length && self->keys == FLATLINE_KEYS_TO_CONSOLE; i++)
      give_key_to_console (self, data[i]);
  if (!self->has_terminal && flatline_session_get_pending_input (self->session) > MAX_PENDING_INPUT)
    {
      set_input_source (self, g_timeout_source_new (PENDING_INPUT_MS), on_input_may_go_on);
      return G_SOURCE_REMOVE;
    }
  return G_SOURCE_CONTINUE;
}
