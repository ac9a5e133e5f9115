/* SPDX-License-Identifier: MIT */
/* See flatline-thread-status.h; the lines are those of proc(5). */
#include "flatline-thread-status.h"

#include "flatline-proc-stat.h"
#include "flatline-process.h"

#include <string.h>
#include <unistd.h>

#define MAX_STATUS_BYTES 8192
#define MAX_CALL_BYTES   256

/* The C library keeps the first two real-time signals for itself. */
#define FIRST_INTERNAL 32
#define LAST_INTERNAL  33

char **
flatline_signals_of_mask (guint64 mask)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (int number = 1; number <= 64; number++)
    if ((mask & (G_GUINT64_CONSTANT (1) << (number - 1))) && (number < FIRST_INTERNAL || number > LAST_INTERNAL))
      g_ptr_array_add (names, flatline_signal_dup_name (number));
  if (names->len == 0)
    return NULL;
  g_ptr_array_add (names, NULL);
  return (char **)g_ptr_array_steal (names, NULL);
}

static guint64
find_number (const char *text, const char *key, guint base)
{
  const char *at = strstr (text, key);

  return at ? g_ascii_strtoull (at + strlen (key), NULL, base) : 0;
}

/* Linux says the thread that traces: fs/proc/array.c. */
static guint64
read_tracer (int folder, char text[MAX_STATUS_BYTES])
{
  return flatline_proc_read_file_in (folder, "status", text, MAX_STATUS_BYTES) > 0
             ? find_number (text, "\nTracerPid:\t", 10)
             : 0;
}

/*
 * This process, or another of ours: one that supervises the program holds it for a moment now and then, and so do two
 * that look at it at the same time. Neither is a debugger that somebody runs.
 */
static gboolean
is_flatline (guint64 tracer)
{
  g_autofree char *own = g_strdup_printf ("/proc/self/task/%" G_GUINT64_FORMAT, tracer);
  g_autofree char *link = g_strdup_printf ("/proc/%" G_GUINT64_FORMAT "/exe", tracer);
  g_autofree char *path = NULL;
  g_autofree char *name = NULL;

  if (tracer == 0 || access (own, F_OK) == 0)
    return tracer > 0;
  path = g_file_read_link (link, NULL);
  name = path ? g_path_get_basename (path) : NULL;
  return name && g_str_has_prefix (name, "flatline");
}

/* The process of the thread that traces, 0 for none and for Flatline. */
static gint64
find_debugger (guint64 tracer)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GUINT64_FORMAT "/status", tracer);
  g_autofree char *text = NULL;

  if (tracer == 0 || is_flatline (tracer))
    return 0;
  return g_file_get_contents (file, &text, NULL, NULL) ? (gint64)find_number (text, "\nTgid:\t", 10) : (gint64)tracer;
}

char
flatline_thread_status_see_state (char state, int folder)
{
  char text[MAX_STATUS_BYTES];
  char call[MAX_CALL_BYTES];

  if (state != 't' || !is_flatline (read_tracer (folder, text)))
    return state;
  return flatline_proc_read_file_in (folder, "syscall", call, sizeof call) > 0 && g_ascii_isdigit (*call) ? 'S' : 'R';
}

void
flatline_thread_read_status (FlatlineThread *thread, int folder)
{
  char text[MAX_STATUS_BYTES];

  g_clear_pointer (&thread->blocked_signals, g_strfreev);
  g_clear_pointer (&thread->pending_signals, g_strfreev);
  thread->tracer_pid = 0;
  if (flatline_proc_read_file_in (folder, "status", text, sizeof text) <= 0)
    return;
  thread->tracer_pid = find_debugger (find_number (text, "\nTracerPid:\t", 10));
  thread->blocked_signals = flatline_signals_of_mask (find_number (text, "\nSigBlk:\t", 16));
  thread->pending_signals =
      flatline_signals_of_mask (find_number (text, "\nSigPnd:\t", 16) | find_number (text, "\nShdPnd:\t", 16));
}
