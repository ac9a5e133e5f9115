/* SPDX-License-Identifier: MIT */
/* FlatlineStop: ptrace(2), seizing every thread and letting go of it again. */
#include "flatline-stop.h"

#include "flatline-inspector.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#define MAX_ROUNDS  16
#define BRISK_LOOKS 100 /* at a thread that is about to stop, before we sleep in between */

typedef struct
{
  pid_t tid;
  gboolean stopped;
  int pending_signal; /* a signal that arrived instead of our stop, to be given back */
} Held;

struct _FlatlineStop
{
  gint64 pid;
  GArray *threads; /* Held */
  gint64 begin_us;
};

static gboolean
is_held (FlatlineStop *self, pid_t tid)
{
  for (guint i = 0; i < self->threads->len; i++)
    {
      if (g_array_index (self->threads, Held, i).tid == tid)
        return TRUE;
    }
  return FALSE;
}

/* Seizes the threads that are there now; answers how many were new, -1 when the first could not be seized. */
static int
seize_threads (FlatlineStop *self, GError **error)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task", self->pid);
  DIR *dir = opendir (folder);
  struct dirent *entry;
  int n_new = 0;

  if (!dir)
    {
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NO_PROCESS, _ ("There is no process %" PRId64),
                   self->pid);
      return -1;
    }
  while ((entry = readdir (dir)))
    {
      Held held = { .tid = (pid_t)atoi (entry->d_name) };

      if (held.tid <= 0 || is_held (self, held.tid))
        continue;
      if (ptrace (PTRACE_SEIZE, held.tid, NULL, NULL) != 0)
        {
          if (errno == ESRCH || self->threads->len > 0)
            continue;
          g_set_error (error, FLATLINE_INSPECT_ERROR,
                       errno == EPERM ? FLATLINE_INSPECT_ERROR_NOT_ALLOWED : FLATLINE_INSPECT_ERROR_FAILED,
                       _ ("Process %" PRId64 " cannot be stopped for reading (%s)"), self->pid, g_strerror (errno));
          closedir (dir);
          return -1;
        }
      g_array_append_val (self->threads, held);
      n_new++;
    }
  closedir (dir);
  return n_new;
}

/* Waits for the stop of one thread; FALSE when the time is up. */
static gboolean
wait_for_stop (Held *held, gint64 deadline_us)
{
  struct timespec nap = { 0, 20 * 1000 };
  guint n_looks = 0;

  while (!held->stopped)
    {
      int status;
      pid_t result = waitpid (held->tid, &status, __WALL | WNOHANG);

      if (result == held->tid)
        {
          if (!WIFSTOPPED (status))
            return TRUE;
          held->stopped = TRUE;
          /* Without the event in the upper bits it is a signal on its way: it goes on at the end. */
          if (status >> 16 == 0)
            held->pending_signal = WSTOPSIG (status);
        }
      else if (result < 0 && errno != EINTR)
        return TRUE;
      else if (g_get_monotonic_time () >= deadline_us)
        return FALSE;
      else if (n_looks++ < BRISK_LOOKS)
        sched_yield ();
      else
        nanosleep (&nap, NULL);
    }
  return TRUE;
}

/* Stops the threads from @first on; the time that counts as pause begins with the very first. */
static void
stop_threads (FlatlineStop *self, guint first, gint64 max_us)
{
  if (first == 0)
    self->begin_us = g_get_monotonic_time ();
  for (guint i = first; i < self->threads->len; i++)
    ptrace (PTRACE_INTERRUPT, g_array_index (self->threads, Held, i).tid, NULL, NULL);
  for (guint i = first; i < self->threads->len; i++)
    wait_for_stop (&g_array_index (self->threads, Held, i), self->begin_us + max_us);
}

FlatlineStop *
flatline_stop_begin (gint64 pid, guint max_ms, GError **error)
{
  FlatlineStop *self = g_new0 (FlatlineStop, 1);

  self->pid = pid;
  self->threads = g_array_new (FALSE, TRUE, sizeof (Held));
  self->begin_us = g_get_monotonic_time ();
  /* A thread that is stopped starts no other: repeat until nobody new is there. */
  for (guint round = 0; round < MAX_ROUNDS; round++)
    {
      int n_new = seize_threads (self, error);

      if (n_new < 0)
        {
          flatline_stop_end (self);
          return NULL;
        }
      if (n_new == 0)
        break;
      stop_threads (self, self->threads->len - n_new, (gint64)max_ms * 1000);
    }
  return self;
}

/*
 * PTRACE_DETACH needs a stopped thread. One that did not stop in time is interrupted already: it is let go when it
 * stops, or by the kernel when it never does and this thread ends.
 */
gint64
flatline_stop_end (FlatlineStop *self)
{
  gint64 held_us;

  for (guint i = 0; i < self->threads->len; i++)
    {
      Held *held = &g_array_index (self->threads, Held, i);

      if (!held->stopped)
        wait_for_stop (held, g_get_monotonic_time () + 1000);
      ptrace (PTRACE_DETACH, held->tid, NULL, GINT_TO_POINTER (held->pending_signal));
    }
  held_us = g_get_monotonic_time () - self->begin_us;
  g_array_unref (self->threads);
  g_free (self);
  return held_us;
}

static guint
count_threads (FlatlineStop *self, gboolean stopped)
{
  guint n = 0;

  for (guint i = 0; i < self->threads->len; i++)
    n += !g_array_index (self->threads, Held, i).stopped == !stopped;
  return n;
}

guint
flatline_stop_get_n_held (FlatlineStop *self)
{
  return count_threads (self, TRUE);
}

guint
flatline_stop_get_n_running (FlatlineStop *self)
{
  return count_threads (self, FALSE);
}

GArray *
flatline_stop_list_held (FlatlineStop *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < self->threads->len; i++)
    {
      Held *held = &g_array_index (self->threads, Held, i);
      gint64 id = held->tid;

      if (held->stopped)
        g_array_append_val (ids, id);
    }
  return ids;
}

gint64
flatline_stop_get_begin_us (FlatlineStop *self)
{
  return self->begin_us;
}
