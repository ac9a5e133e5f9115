/* SPDX-License-Identifier: MIT */
/* What the session tells, to whoever sits at the terminal; signals to this process; beginning and end of all. */
#include "config.h"

#include "flatline-foreground-private.h"

#include "flatline-cli.h"
#include "flatline-given.h"
#include "flatline-report-text.h"
#include "flatline-tty.h"

#include <glib-unix.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <unistd.h>

#define SHUTDOWN_TIMEOUT_MS 3000
#define OUTPUT_TIMEOUT_MS   5000

static void
write_out (GBytes *bytes, gpointer user_data)
{
  flatline_output_queue_add (((FlatlineForeground *)user_data)->output, STDOUT_FILENO, bytes);
}

void
flatline_foreground_print_error (const char *text, gpointer user_data)
{
  FlatlineForeground *self = user_data;

  flatline_output_queue_flush (self->output);
  g_printerr ("%s", text);
}

/* Words of which text of the program is part. */
static void
tell (FlatlineForeground *self, const char *words)
{
  flatline_console_print_line (flatline_foreground_print_error, self, words);
}

static void
leave (FlatlineForeground *self, int status)
{
  self->status = status;
  g_main_loop_quit (self->loop);
}

/* The program ends as it would without us: it hears of it and may tidy up. Who asks twice does not want to wait. */
static void
leave_by_signal (FlatlineForeground *self, int signum, int status)
{
  if (self->leaving || !flatline_session_terminate (self->session, signum))
    leave (self, status);
  self->leaving = TRUE;
}

/* What the session tells */

static void
on_output (FlatlineForeground *self, const char *stream, GBytes *data)
{
  flatline_output_queue_add (self->output, g_strcmp0 (stream, "stderr") == 0 ? STDERR_FILENO : STDOUT_FILENO, data);
}

static void
print_freeze (FlatlineForeground *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  g_autofree char *flatlined = freeze ? flatline_report_flatlined_line (freeze) : g_strdup ("");
  g_autofree char *report = snapshot ? flatline_report_text (snapshot, FLATLINE_REPORT_STACKS) : NULL;
  g_autofree char *text = g_strconcat (flatlined, "\n", report, NULL);

  flatline_foreground_print_error (text, self);
}

static void
show_stop (FlatlineForeground *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  if (!self->console)
    print_freeze (self, freeze, snapshot);
  else
    flatline_foreground_open_console (self, freeze, snapshot); /* But not into a line that is typed for a shell. */
}

/* Python has told of it by itself, and the program goes on. */
static void
tell_of_ignored (FlatlineForeground *self, FlatlineVerdict *verdict)
{
  g_autofree char *text =
      verdict->location
          ? g_strdup_printf (/* Translators: an exception, "KeyError: 'x'"; where it was raised, "app.py:12 in work" */
                             _ ("Flatline: Python ignored %s at %s"), verdict->summary, verdict->location)
          : g_strdup_printf (/* Translators: an exception, "KeyError: 'x'" */ _ ("Flatline: Python ignored %s"),
                             verdict->summary);

  tell (self, text);
}

static void
on_freeze_detected (FlatlineForeground *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  if (self->options.exit_after_freeze && g_strcmp0 (freeze->kind, "freeze") == 0)
    {
      if (!self->options.json)
        print_freeze (self, freeze, snapshot);
      flatline_session_kill (self->session);
      return;
    }
  if (self->options.json)
    return;
  if (snapshot && flatline_snapshot_tells_of_ignored (snapshot))
    tell_of_ignored (self, snapshot->verdict);
  else
    show_stop (self, freeze, snapshot);
}

/* A thread stands at a breakpoint. */
static void
on_held (FlatlineForeground *self, FlatlineSnapshot *snapshot)
{
  if (!self->options.json)
    show_stop (self, NULL, snapshot);
}

static void
on_recovered (FlatlineForeground *self, FlatlineFreeze *freeze)
{
  g_autofree char *other = flatline_session_dup_end_of_other (self->session, freeze);
  g_autofree char *text = NULL;

  if (self->options.json)
    return;
  text = other ? g_strdup_printf ("Flatline: %s.\n", other)
               : g_strdup_printf (_ ("Flatline: the program answers again after %.1f s.\n"),
                                  (freeze->ended_us - (freeze->last_beat_us ? freeze->last_beat_us : freeze->time_us))
                                      / 1e6);
  flatline_foreground_print_error (text, self);
}

static void
on_message (FlatlineForeground *self, const char *level, const char *line)
{
  g_autofree char *text = g_strconcat ("Flatline: ", line, NULL);

  if (!self->options.json && g_strcmp0 (level, "info") != 0)
    tell (self, text);
  if (self->restarting && !flatline_session_state_is_live (flatline_session_get_state (self->session))
      && g_strcmp0 (level, "error") == 0)
    leave (self, FLATLINE_CLI_FAILED);
}

static void
on_state_changed (FlatlineForeground *self, FlatlineSessionState state, const char *cause)
{
  if (state == FLATLINE_SESSION_STARTING)
    self->restarting = FALSE;
}

static void
on_exited (FlatlineForeground *self, int exit_status, int exit_signal)
{
  self->status = exit_signal ? 128 + exit_signal : exit_status;
  if (self->restarting)
    return;
  if (self->leaving && flatline_output_queue_get_failure (self->output) == EPIPE)
    self->status = 128 + SIGPIPE;
  if (self->leaving || self->keys == FLATLINE_KEYS_TO_PROGRAM)
    g_main_loop_quit (self->loop);
  else
    {
      g_autofree char *text = exit_signal ? g_strdup_printf (_ ("The program was ended by signal %d.\n"), exit_signal)
                                          : g_strdup_printf (_ ("The program ended with status %d.\n"), exit_status);

      flatline_foreground_print_error (text, self);
      flatline_foreground_print_error (_ ("R and Enter start it again, Q and Enter leave.\n"), self);
    }
}

/* Signals to this process */

static gboolean
on_interrupt (gpointer user_data)
{
  FlatlineForeground *self = user_data;

  if (self->keys == FLATLINE_KEYS_TO_SHELL_LINE)
    flatline_foreground_give_line_to_shell (self, "", 0);
  else if (!flatline_foreground_is_second_interrupt (self))
    flatline_session_send_signal (self->session, SIGINT, NULL);
  else if (self->console)
    flatline_foreground_open_console (self, flatline_session_get_freeze (self->session),
                                      flatline_session_get_snapshot (self->session));
  else
    flatline_session_kill (self->session);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_terminate (gpointer user_data)
{
  leave_by_signal (user_data, SIGTERM, 128 + SIGTERM);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup (gpointer user_data)
{
  leave_by_signal (user_data, SIGHUP, 128 + SIGHUP);
  return G_SOURCE_CONTINUE;
}

/* What these mean is the program's affair. GLib has no source for the first. */
static const int passed[] = { SIGQUIT, SIGUSR1, SIGUSR2 };
static int passing[2]; /* a pipe: the handler writes numbers of signals, the main loop reads them */

static void
note_signal (int signum)
{
  const int before = errno;
  const guint8 number = (guint8)signum;

  /* A pipe that is full has enough to be passed on. */
  while (write (passing[1], &number, 1) < 0 && errno == EINTR)
    ;
  errno = before;
}

/* Whoever sends one to the process that was started in the program's place means the program. */
static gboolean
on_passed (int fd, GIOCondition condition, gpointer user_data)
{
  FlatlineForeground *self = user_data;
  guint8 signum;

  if (read (fd, &signum, 1) == 1 && !flatline_session_send_signal (self->session, signum, NULL))
    leave (self, 128 + signum);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_size_changed (gpointer user_data)
{
  FlatlineForeground *self = user_data;
  int columns, rows;

  if (flatline_tty_get_size (&columns, &rows))
    flatline_session_set_terminal_size (self->session, columns, rows);
  return G_SOURCE_CONTINUE;
}

/* Once. What is lost is no success, unless the program knows better. */
static void
tell_of_loss (FlatlineForeground *self, int failure)
{
  if (failure == 0 || failure == EPIPE)
    return;
  if (!self->loss_told)
    flatline_cli_complain (_ ("what the program prints is lost, stdout cannot be written: %s"), g_strerror (failure));
  self->loss_told = TRUE;
  if (self->status == 0)
    self->status = FLATLINE_CLI_FAILED;
}

/* When nobody reads our stdout any more that is the end, as with any program in a pipeline. A full disk is not. */
static gboolean
on_stdout_broken (gpointer user_data)
{
  FlatlineForeground *self = user_data;
  const int failure = flatline_output_queue_get_failure (self->output);

  if (failure == EPIPE)
    leave_by_signal (self, SIGTERM, 128 + SIGPIPE);
  tell_of_loss (self, failure);
  return G_SOURCE_REMOVE;
}

static void
add_source (FlatlineForeground *self, GSource *source, GSourceFunc callback)
{
  g_source_set_callback (source, callback, self, NULL);
  g_source_attach (source, NULL);
  g_ptr_array_add (self->sources, source);
}

static void
watch_passed (FlatlineForeground *self)
{
  if (!g_unix_open_pipe (passing, FD_CLOEXEC, NULL))
    return;
  g_unix_set_fd_nonblocking (passing[1], TRUE, NULL);
  add_source (self, g_unix_fd_source_new (passing[0], G_IO_IN), G_SOURCE_FUNC (on_passed));
  for (gsize i = 0; i < G_N_ELEMENTS (passed); i++)
    if (!flatline_given_ignores (passed[i]))
      signal (passed[i], note_signal);
}

static void
watch (FlatlineForeground *self)
{
  static const struct
  {
    int signum;
    GSourceFunc callback;
  } ends[] = { { SIGINT, on_interrupt }, { SIGTERM, on_terminate }, { SIGHUP, on_hangup } };

  signal (SIGPIPE, SIG_IGN);
  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify)g_source_unref);
  /* Under nohup the terminal may go, and Ctrl+C is not meant for a shell's background job. */
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    if (!flatline_given_ignores (ends[i].signum))
      add_source (self, g_unix_signal_source_new (ends[i].signum), ends[i].callback);
  watch_passed (self);
  add_source (self, g_unix_signal_source_new (SIGWINCH), on_size_changed);
  if ((self->has_terminal || !isatty (STDIN_FILENO)) && !self->input_is_given)
    flatline_foreground_watch_input (self);
  g_signal_connect_swapped (self->session, "exited", G_CALLBACK (on_exited), self);
  g_signal_connect_swapped (self->session, "freeze-detected", G_CALLBACK (on_freeze_detected), self);
  g_signal_connect_swapped (flatline_session_get_live (self->session), "held", G_CALLBACK (on_held), self);
  g_signal_connect_swapped (self->session, "recovered", G_CALLBACK (on_recovered), self);
  g_signal_connect_swapped (self->session, "state-changed", G_CALLBACK (on_state_changed), self);
  g_signal_connect_swapped (self->session, "message", G_CALLBACK (on_message), self);
  if (!self->options.json)
    g_signal_connect_swapped (self->session, "output", G_CALLBACK (on_output), self);
}

static void
on_restarting (gpointer user_data)
{
  ((FlatlineForeground *)user_data)->restarting = TRUE;
}

static void
serve_console (FlatlineForeground *self)
{
  g_autofree char *line = NULL;

  if (!flatline_session_get_config (self->session)->repl_enabled)
    return;
  self->console_server = flatline_console_server_new (self->session, on_restarting, self, &line);
  flatline_foreground_print_error (line, self);
}

static gboolean
start (FlatlineForeground *self)
{
  g_autoptr (GError) error = NULL;

  if (flatline_session_start (self->session, &error))
    return TRUE;
  flatline_cli_complain ("%s", error->message);
  self->status = g_error_matches (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_USAGE) ? FLATLINE_CLI_USAGE
                                                                                               : FLATLINE_CLI_FAILED;
  return FALSE;
}

int
flatline_foreground_run (FlatlineSession *session, FlatlineStore *store, const FlatlineForegroundOptions *options)
{
  FlatlineForeground self = { .session = session, .options = *options, .status = FLATLINE_CLI_FAILED };
  FlatlineStreamSet piped;

  self.loop = g_main_loop_new (NULL, FALSE);
  piped = flatline_config_get_piped (flatline_session_get_config (session));
  self.input_is_piped = piped & FLATLINE_STREAM_INPUT;
  self.input_is_given = piped & FLATLINE_STREAM_GIVEN;
  self.has_terminal = !options->json && flatline_tty_is_ours ();
  self.output = flatline_output_queue_new (on_stdout_broken, &self);
  if (options->json)
    self.event_lines = flatline_event_lines_new (session, store, write_out, &self);
  if (options->console && self.has_terminal && isatty (STDERR_FILENO))
    self.console = flatline_console_new (session, flatline_foreground_print_error, &self);
  self.word = flatline_console_word_new (flatline_foreground_print_error, &self);
  watch (&self);
  on_size_changed (&self);
  if (start (&self))
    {
      serve_console (&self);
      if (self.has_terminal && !self.input_is_piped)
        flatline_tty_set_raw ();
      g_main_loop_run (self.loop);
    }
  g_signal_handlers_disconnect_matched (session, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, &self);
  g_signal_handlers_disconnect_by_data (flatline_session_get_live (session), &self);
  if (self.leaving && !flatline_session_state_is_live (flatline_session_get_state (session)))
    flatline_session_kill (session); /* What it left behind. */
  flatline_session_shutdown (session, SHUTDOWN_TIMEOUT_MS);
  g_clear_object (&self.console_server);
  g_clear_object (&self.console);
  g_clear_pointer (&self.word, flatline_console_word_free);
  g_clear_object (&self.event_lines);
  flatline_tty_restore (); /* Before signals have their own meaning again. */
  for (guint i = 0; i < self.sources->len; i++)
    g_source_destroy (self.sources->pdata[i]);
  g_ptr_array_unref (self.sources);
  if (self.input_source)
    g_source_destroy (self.input_source);
  g_clear_pointer (&self.input_source, g_source_unref);
  tell_of_loss (&self, flatline_output_queue_free (self.output, OUTPUT_TIMEOUT_MS));
  g_main_loop_unref (self.loop);
  return self.status;
}
