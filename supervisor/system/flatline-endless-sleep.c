/* SPDX-License-Identifier: MIT */
/*
 * A line of /proc/PID/task/TID/syscall is "NUMBER ARG0 … ARG5 SP PC" for a thread that sleeps in a system call
 * (proc(5)). What tells the sleep is the futex call: FUTEX_PRIVATE_FLAG is the promise that no other process has the
 * futex (futex(2)), and the fourth argument is the time-out. All of Python's own locks are such. SigCgt in
 * /proc/PID/status has the signals that are caught.
 */
#include "flatline-endless-sleep.h"

#include "flatline-proc-stat.h"

#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#define MAX_STATUS_BYTES 8192

gboolean
flatline_thread_sleeps_endlessly (gint64 pid, gint64 native_id)
{
  char path[96], text[256];
  char *rest = NULL;
  guint64 arguments[4];

  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT "/syscall", pid, native_id);
  if (flatline_proc_read_file (path, text, sizeof text) <= 0 || !g_ascii_isdigit (text[0])
      || g_ascii_strtoll (text, &rest, 10) != SYS_futex)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (arguments); i++)
    arguments[i] = g_ascii_strtoull (rest, &rest, 16);
  switch (arguments[1] & ~(guint64)FUTEX_CLOCK_REALTIME)
    {
    case FUTEX_WAIT_PRIVATE:
    case FUTEX_WAIT_BITSET_PRIVATE:
      return arguments[3] == 0;
    default:
      return FALSE;
    }
}

/* What a person or a service manager sends to end a program, what its own faults bring, and the C library's two. */
static gboolean
is_never_expected (int number)
{
  switch (number)
    {
    case SIGINT:
    case SIGTERM:
    case SIGHUP:
    case SIGQUIT:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
      return TRUE;
    default:
      return number >= 32 && number < SIGRTMIN;
    }
}

gboolean
flatline_process_expects_signals (gint64 pid)
{
  char path[64], text[MAX_STATUS_BYTES];
  const char *caught;
  guint64 mask;

  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/status", pid);
  if (flatline_proc_read_file (path, text, sizeof text) <= 0 || !(caught = strstr (text, "\nSigCgt:\t")))
    return TRUE;
  mask = g_ascii_strtoull (caught + strlen ("\nSigCgt:\t"), NULL, 16);
  for (int number = 1; number <= 64; number++)
    if ((mask & (G_GUINT64_CONSTANT (1) << (number - 1))) && !is_never_expected (number))
      return TRUE;
  return FALSE;
}
