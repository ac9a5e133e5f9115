/* SPDX-License-Identifier: MIT */
/* See flatline-thread-status.h; the lines are those of proc(5). */
#include "flatline-thread-status.h"

#include "flatline-proc-stat.h"
#include "flatline-process.h"

#include <string.h>

#define MAX_STATUS_BYTES 8192

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

void
flatline_thread_read_status (FlatlineThread *thread, int folder)
{
  char text[MAX_STATUS_BYTES];

  g_clear_pointer (&thread->blocked_signals, g_strfreev);
  g_clear_pointer (&thread->pending_signals, g_strfreev);
  thread->tracer_pid = 0;
  if (flatline_proc_read_file_in (folder, "status", text, sizeof text) <= 0)
    return;
  thread->tracer_pid = (gint64)find_number (text, "\nTracerPid:\t", 10);
  thread->blocked_signals = flatline_signals_of_mask (find_number (text, "\nSigBlk:\t", 16));
  thread->pending_signals =
      flatline_signals_of_mask (find_number (text, "\nSigPnd:\t", 16) | find_number (text, "\nShdPnd:\t", 16));
}
