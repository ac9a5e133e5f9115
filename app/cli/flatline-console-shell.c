/* SPDX-License-Identifier: MIT */
/* The command runs in a process of its own; the console goes on meanwhile, and prints its output when it is done. */
#include "config.h"

#include "flatline-console-shell.h"

#include <glib/gi18n.h>

#define TIMEOUT_S 20

typedef struct
{
  char *line;
  FlatlineConsolePrintFunc print;
  gpointer user_data;
  GObject *owner;
} Run;

static void
run_free (Run *self)
{
  g_object_unref (self->owner);
  g_free (self->line);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Run) run = user_data;
  GSubprocess *process = G_SUBPROCESS (source);
  g_autoptr (GBytes) output = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *end = NULL;

  if (!g_subprocess_communicate_finish (process, result, &output, NULL, &error))
    {
      g_autofree char *words = g_strdup_printf (_ ("[gave up after %d s] %s"), TIMEOUT_S, run->line);

      g_subprocess_force_exit (process);
      end = g_strconcat (words, "\n", NULL);
      run->print (end, run->user_data);
      return;
    }
  if (g_bytes_get_size (output) > 0)
    {
      text = g_utf8_make_valid (g_bytes_get_data (output, NULL), g_bytes_get_size (output));
      run->print (text, run->user_data);
    }
  end = g_strdup_printf ("[rc=%d] %s\n",
                         g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process)
                                                              : 128 + g_subprocess_get_term_sig (process),
                         run->line);
  run->print (end, run->user_data);
}

static gboolean
on_timeout (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

void
flatline_console_shell_run (
    const char *line, gint64 pid, FlatlineConsolePrintFunc print, gpointer user_data, GObject *owner)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, pid);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  Run *run;

  if (!*line)
    return;
  g_subprocess_launcher_setenv (launcher, "FLATLINE_PID", number, TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, "/bin/sh", "-c", line, NULL);
  if (!process)
    {
      g_autofree char *words = g_strconcat (error->message, "\n", NULL);

      print (words, user_data);
      return;
    }
  run = g_new0 (Run, 1);
  run->line = g_strdup (line);
  run->print = print;
  run->user_data = user_data;
  run->owner = g_object_ref (owner);
  g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, TIMEOUT_S, on_timeout, g_object_ref (cancellable), g_object_unref);
  g_subprocess_communicate_async (process, NULL, cancellable, on_done, run);
}
