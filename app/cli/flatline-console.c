/* SPDX-License-Identifier: MIT */
/*
 * One table ties keys and words to what they do. Everything that may take time (a new look at the program, its
 * connections, a shell command) runs in a worker or a process of its own and prints when it is done.
 */
#include "config.h"

#include "flatline-console.h"

#include "flatline-clean-text.h"
#include "flatline-console-connections.h"
#include "flatline-console-evaluation.h"
#include "flatline-console-shell.h"
#include "flatline-live-command.h"
#include "flatline-record-words.h"
#include "flatline-report-text.h"

#include <glib/gi18n.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define RULE "────────────────────────────────────────────────────────────────"

struct _FlatlineConsole
{
  GObject parent_instance;
  FlatlineSession *session;
  FlatlineConsolePrintFunc print;
  gpointer user_data;
  FlatlineFreeze *freeze;
  FlatlineSnapshot *snapshot; /* what 1 and 2 show; the newest look */
  GCancellable *cancellable;
  gboolean monitor;
  gboolean plain;
};

typedef struct
{
  char key;
  const char *words; /* divided by '|' */
  FlatlineConsoleNext (*handle) (FlatlineConsole *self, const char *argument);
} ConsoleCommand;

G_DEFINE_FINAL_TYPE (FlatlineConsole, flatline_console, G_TYPE_OBJECT)

void
flatline_console_print_line (FlatlineConsolePrintFunc print, gpointer user_data, const char *words)
{
  g_autofree char *clean = flatline_clean_text_dup_lines (words, "");
  g_autofree char *line = g_strconcat (clean, "\n", NULL);

  print (line, user_data);
}

static void G_GNUC_PRINTF (2, 3) print_line (FlatlineConsole *self, const char *format, ...)
{
  g_autofree char *words = NULL;
  va_list arguments;

  va_start (arguments, format);
  words = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  flatline_console_print_line (self->print, self->user_data, words);
}

static FlatlineReportParts
choose_parts (FlatlineConsole *self, FlatlineReportParts parts)
{
  const char *no_color = g_getenv ("NO_COLOR");

  return !self->plain && isatty (STDERR_FILENO) && (!no_color || !*no_color) ? parts | FLATLINE_REPORT_COLOR : parts;
}

static void
print_report (FlatlineConsole *self, FlatlineReportParts parts)
{
  g_autofree char *text = flatline_report_text (self->snapshot, choose_parts (self, parts));

  self->print (text, self->user_data);
}

static void
print_variable (FlatlineConsole *self, const char *name)
{
  g_autofree char *text = flatline_report_variable (self->snapshot, name, choose_parts (self, 0));

  if (text)
    self->print (text, self->user_data);
  else
    print_line (self, _ ("No frame has a variable “%s”."), name);
}

static void
print_keys (FlatlineConsole *self)
{
  self->print (_ ("  1 stack   2 variables   3 close     4 SIGTERM       5 kill      6 refresh\n"
                  "  7 shell   8 connections 9 monitor   R restart       S status    Q quit   H help\n"),
               self->user_data);
  self->print (_ ("  A letter, or a word like “vars”, is followed by Enter; “p EXPRESSION” asks the program.\n"),
               self->user_data);
}

void
flatline_console_show_banner (FlatlineConsole *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  FlatlineVerdict *verdict = snapshot ? snapshot->verdict : NULL;

  g_set_object (&self->freeze, freeze);
  if (snapshot)
    g_set_object (&self->snapshot, snapshot);
  print_line (self, "\n" RULE);
  if (freeze)
    {
      g_autofree char *flatlined = flatline_report_flatlined_line (freeze);

      print_line (self, "%s", flatlined);
      if (freeze->cause)
        print_line (self, "  %s", freeze->cause);
    }
  else
    print_line (self, flatline_live_get_n_held (flatline_session_get_live (self->session)) > 0
                          ? _ ("A thread is held at a breakpoint; “continue” and Enter let it go on")
                          : _ ("Flatline console, opened by hand"));
  if (verdict && verdict->summary)
    print_line (self, "  %s%s%s%s", verdict->summary, verdict->confidence ? " (" : "",
                verdict->confidence ? flatline_record_word_text (verdict->confidence) : "",
                verdict->confidence ? ")" : "");
  if (verdict && verdict->location)
    print_line (self, "  %s", verdict->location);
  if (flatline_session_state_is_live (flatline_session_get_state (self->session)))
    print_line (self, _ ("  process %d, supervisor %d"), (int)flatline_session_get_pid (self->session), (int)getpid ());
  else
    print_line (self, _ ("  the program has ended"));
  print_keys (self);
  print_line (self, RULE);
}

/* A new look */

typedef struct
{
  FlatlineConsole *self;
  FlatlineReportParts parts; /* 0: the banner */
  char *variable;            /* only that; NULL: all of it */
} Look;

static void
look_free (Look *look)
{
  g_object_unref (look->self);
  g_free (look->variable);
  g_free (look);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Look, look_free)

static void
on_captured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Look) look = user_data;
  FlatlineConsole *self = look->self;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = flatline_session_capture_finish (FLATLINE_SESSION (source), result, &error);

  if (!snapshot)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        print_line (self, "%s", error->message);
      return;
    }
  g_set_object (&self->snapshot, snapshot);
  if (look->variable)
    {
      print_variable (self, look->variable);
      return;
    }
  if (look->parts == 0)
    flatline_console_show_banner (self, self->freeze, snapshot);
  print_report (self, look->parts ? look->parts : FLATLINE_REPORT_STACKS);
}

static void
capture (FlatlineConsole *self, FlatlineReportParts parts, const char *variable)
{
  Look *look = g_new (Look, 1);

  look->self = g_object_ref (self);
  look->parts = parts;
  look->variable = g_strdup (variable);
  flatline_session_capture_async (self->session, "manual", FALSE, NULL, self->cancellable, on_captured, look);
}

static FlatlineConsoleNext
show_parts (FlatlineConsole *self, FlatlineReportParts parts, const char *variable)
{
  if (self->snapshot && variable)
    print_variable (self, variable);
  else if (self->snapshot)
    print_report (self, parts);
  else if (flatline_session_state_is_live (flatline_session_get_state (self->session)))
    capture (self, parts, variable);
  else
    print_line (self, _ ("The program has ended, and there was no look at it before that."));
  return FLATLINE_CONSOLE_STAYS;
}

static FlatlineConsoleNext
handle_stack (FlatlineConsole *self, const char *argument)
{
  return show_parts (self, FLATLINE_REPORT_STACKS, NULL);
}

static FlatlineConsoleNext
handle_variables (FlatlineConsole *self, const char *argument)
{
  return show_parts (self, FLATLINE_REPORT_STACKS | FLATLINE_REPORT_VARIABLES, argument && *argument ? argument : NULL);
}

static FlatlineConsoleNext
handle_refresh (FlatlineConsole *self, const char *argument)
{
  if (flatline_session_state_is_live (flatline_session_get_state (self->session)))
    capture (self, 0, NULL);
  else
    flatline_console_show_banner (self, self->freeze, self->snapshot);
  return FLATLINE_CONSOLE_STAYS;
}

/* Ending and starting again */

static FlatlineConsoleNext
handle_close (FlatlineConsole *self, const char *argument)
{
  if (!flatline_session_state_is_live (flatline_session_get_state (self->session)))
    print_line (self, _ ("The program has ended already."));
  else
    {
      flatline_session_close (self->session);
      print_line (self, _ ("Asked the program to close; SIGTERM and SIGKILL follow if it does not."));
    }
  return FLATLINE_CONSOLE_STAYS;
}

static FlatlineConsoleNext
handle_terminate (FlatlineConsole *self, const char *argument)
{
  g_autoptr (GError) error = NULL;

  if (flatline_session_send_signal (self->session, SIGTERM, &error))
    print_line (self, _ ("Sent SIGTERM."));
  else
    print_line (self, "%s", error->message);
  return FLATLINE_CONSOLE_STAYS;
}

static FlatlineConsoleNext
handle_kill (FlatlineConsole *self, const char *argument)
{
  if (!flatline_session_state_is_live (flatline_session_get_state (self->session)))
    print_line (self, _ ("The program has ended already."));
  else
    {
      flatline_session_kill (self->session);
      print_line (self, _ ("Killed the program and all its processes."));
    }
  return FLATLINE_CONSOLE_STAYS;
}

static FlatlineConsoleNext
handle_restart (FlatlineConsole *self, const char *argument)
{
  g_clear_object (&self->snapshot);
  g_clear_object (&self->freeze);
  print_line (self, flatline_session_state_is_live (flatline_session_get_state (self->session))
                        ? _ ("Closing the program and starting it again …")
                        : _ ("Starting the program again …"));
  flatline_session_restart (self->session);
  return FLATLINE_CONSOLE_RESTARTS;
}

static FlatlineConsoleNext
handle_quit (FlatlineConsole *self, const char *argument)
{
  g_clear_object (&self->snapshot);
  g_clear_object (&self->freeze);
  if (flatline_session_state_is_live (flatline_session_get_state (self->session)))
    {
      if (flatline_live_get_n_held (flatline_session_get_live (self->session)) > 0)
        flatline_console_change ("continue", self->session, self->print, self->user_data, G_OBJECT (self));
      flatline_session_snooze (self->session);
      print_line (self, _ ("Still waiting; Ctrl+\\ opens the console again."));
    }
  return FLATLINE_CONSOLE_CLOSES;
}

/* Shell */

void
flatline_console_run_shell (FlatlineConsole *self, const char *line)
{
  flatline_console_shell_run (line, flatline_session_get_pid (self->session), self->print, self->user_data,
                              G_OBJECT (self));
}

static FlatlineConsoleNext
handle_shell (FlatlineConsole *self, const char *argument)
{
  if (!argument || !*argument)
    return FLATLINE_CONSOLE_WANTS_LINE;
  flatline_console_run_shell (self, argument);
  return FLATLINE_CONSOLE_STAYS;
}

/* Connections */

static FlatlineConsoleNext
handle_connections (FlatlineConsole *self, const char *argument)
{
  flatline_console_list_connections (self->session, choose_parts (self, 0), self->print, self->user_data,
                                     self->cancellable, G_OBJECT (self));
  return FLATLINE_CONSOLE_STAYS;
}

static void
on_connections_changed (FlatlineConsole *self, GPtrArray *changes)
{
  if (self->monitor)
    flatline_console_print_changes (changes, self->print, self->user_data);
}

static FlatlineConsoleNext
handle_monitor (FlatlineConsole *self, const char *argument)
{
  self->monitor = !self->monitor;
  flatline_session_set_monitor (self->session, self->monitor);
  print_line (self, self->monitor ? _ ("Watching connections; 9 again ends it.") : _ ("Watching ended."));
  return FLATLINE_CONSOLE_STAYS;
}

/* In the program */

static FlatlineConsoleNext
handle_evaluate (FlatlineConsole *self, const char *argument)
{
  flatline_console_evaluate (argument, self->session, self->snapshot, self->print, self->user_data, G_OBJECT (self));
  return FLATLINE_CONSOLE_STAYS;
}

static void
on_call_told (FlatlineConsole *self, const char *name, const char *line)
{
  print_line (self, "  %s", line);
}

/* Words */

static FlatlineConsoleNext
handle_status (FlatlineConsole *self, const char *argument)
{
  g_autofree char *text = flatline_session_dup_status_text (self->session);

  g_strchomp (text);
  print_line (self, "%s", text);
  return FLATLINE_CONSOLE_STAYS;
}

static FlatlineConsoleNext
handle_banner (FlatlineConsole *self, const char *argument)
{
  flatline_console_show_banner (self, self->freeze, self->snapshot);
  return FLATLINE_CONSOLE_STAYS;
}

static FlatlineConsoleNext
handle_help (FlatlineConsole *self, const char *argument)
{
  self->print (_ ("  1  stack of every thread, from the last look\n"
                  "  2  the same with the variables of every frame\n"
                  "  3  close: ask the program to end; SIGTERM, then SIGKILL follow if it does not\n"
                  "  4  SIGTERM to the program\n"
                  "  5  kill the program and all its processes\n"
                  "  6  refresh: look again\n"
                  "  7  run a shell command ($FLATLINE_PID is the program)\n"
                  "  8  network connections of the program\n"
                  "  9  monitor: tell each change of its connections, until 9 again\n"
                  "  P  p EXPRESSION: its value in the program, in the frame that waits; statements, too\n"
                  "  R  restart: close the program and start it again\n"
                  "  S  status\n"
                  "  Q  quit the console: the program runs on; when it has ended, leave with its status\n"
                  "  H  this help\n"),
               self->user_data);
  self->print (_ ("  trace NAME, untrace NAME, traces: tell each call of a function\n"
                  "  break NAME, unbreak NAME, continue: hold the threads that come to a function or FILE:LINE\n"
                  "  patch NAME = EXPRESSION, unpatch NAME, patches: put something else there, and back\n"),
               self->user_data);
  return FLATLINE_CONSOLE_STAYS;
}

static const ConsoleCommand COMMANDS[] = {
  { '1', "stack|stacks", handle_stack },
  { '2', "vars|variables|locals", handle_variables },
  { '3', "close", handle_close },
  { '4', "sigterm|term", handle_terminate },
  { '5', "kill|force", handle_kill },
  { '6', "refresh", handle_refresh },
  { '7', "cmd|shell", handle_shell },
  { '8', "connections|net", handle_connections },
  { '9', "monitor|connwatch", handle_monitor },
  { 'd', "debug|menu", handle_banner },
  { 'p', "print|eval|exec", handle_evaluate },
  { 'r', "restart|relaunch", handle_restart },
  { 's', "status", handle_status },
  { 'h', "help", handle_help },
  { '?', "?", handle_help },
  { 'q', "quit|exit|continue|wait", handle_quit },
};

static gboolean
matches (const ConsoleCommand *command, const char *word)
{
  g_auto (GStrv) words = NULL;

  if (word[0] == command->key && word[1] == '\0')
    return TRUE;
  words = g_strsplit (command->words, "|", -1);
  return g_strv_contains ((const char *const *)words, word);
}

static const ConsoleCommand *
find_command (const char *word)
{
  g_autofree char *lower = g_ascii_strdown (word, -1);

  for (gsize i = 0; i < G_N_ELEMENTS (COMMANDS); i++)
    if (matches (&COMMANDS[i], lower))
      return &COMMANDS[i];
  return NULL;
}

char
flatline_console_find_key (const char *command)
{
  g_autofree char *word = g_strndup (command, strcspn (command, " \t"));
  const ConsoleCommand *found = find_command (word);

  return found ? found->key : '\0';
}

FlatlineConsoleNext
flatline_console_handle (FlatlineConsole *self, const char *command)
{
  g_autofree char *text = g_strstrip (g_strdup (command));
  char *space = strpbrk (text, " \t");
  const ConsoleCommand *found;

  /* Where nothing is held, “continue” is as Q. */
  if (flatline_live_is_command (text)
      && !(g_str_equal (text, "continue") && flatline_live_get_n_held (flatline_session_get_live (self->session)) == 0))
    {
      flatline_console_change (command, self->session, self->print, self->user_data, G_OBJECT (self));
      return FLATLINE_CONSOLE_STAYS;
    }
  if (space)
    *space++ = '\0';
  if (!*text)
    return FLATLINE_CONSOLE_STAYS;
  found = find_command (text);
  if (found)
    return found->handle (self, space ? g_strchug (space) : NULL);
  print_line (self, _ ("There is no “%s” here; H lists the keys."), g_utf8_validate (text, -1, NULL) ? text : "?");
  return FLATLINE_CONSOLE_STAYS;
}

static void
flatline_console_finalize (GObject *object)
{
  FlatlineConsole *self = FLATLINE_CONSOLE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->snapshot);
  g_clear_object (&self->freeze);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (flatline_console_parent_class)->finalize (object);
}

static void
flatline_console_class_init (FlatlineConsoleClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_console_finalize;
}

static void
flatline_console_init (FlatlineConsole *self)
{
  self->cancellable = g_cancellable_new ();
}

void
flatline_console_set_plain (FlatlineConsole *self)
{
  self->plain = TRUE;
}

FlatlineConsole *
flatline_console_new (FlatlineSession *session, FlatlineConsolePrintFunc print, gpointer user_data)
{
  FlatlineConsole *self = g_object_new (FLATLINE_TYPE_CONSOLE, NULL);

  self->session = g_object_ref (session);
  self->print = print;
  self->user_data = user_data;
  g_signal_connect_object (session, "connections-changed", G_CALLBACK (on_connections_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (flatline_session_get_live (session), "told", G_CALLBACK (on_call_told), self,
                           G_CONNECT_SWAPPED);
  return self;
}
