/* SPDX-License-Identifier: MIT */
/* Waiting for the threads of a pause to stop, each in its time: one may have to wait for the very processor we are on.
 */
#include "flatline-stop-private.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

/* Threads that the kernel does not let go of are waited for no longer than this. */
#define MAX_UNINTERRUPTIBLE_US 3000

/* Between two looks whether a thread has stopped; it may need this very processor to do so. */
#define MIN_NAP_NS (10 * 1000)
#define MAX_NAP_NS (16 * MIN_NAP_NS)

Seized *
flatline_pause_find (Pause *pause, pid_t tid)
{
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (pause->index, GINT_TO_POINTER (tid)));

  return place ? &g_array_index (pause->threads, Seized, place - 1) : NULL;
}

void
flatline_pause_add (Pause *pause, pid_t tid)
{
  Seized seized = { .tid = tid };

  g_array_append_val (pause->threads, seized);
  g_hash_table_insert (pause->index, GINT_TO_POINTER (tid), GUINT_TO_POINTER (pause->threads->len));
}

/* What the kernel says of one that stopped. */
static void
note_stop (Pause *pause, pid_t tid, int status)
{
  Seized *seized = flatline_pause_find (pause, tid);
  const int event = status >> 8;
  unsigned long born;

  if (!seized)
    {
      flatline_pause_add (pause, tid);
      seized = flatline_pause_find (pause, tid);
    }
  seized->stopped = TRUE;
  seized->status = status;
  if (event == PTRACE_EVENT_CLONE && ptrace (PTRACE_GETEVENTMSG, tid, NULL, &born) == 0
      && !flatline_pause_find (pause, (pid_t)born))
    flatline_pause_add (pause, (pid_t)born);
}

gboolean
flatline_pause_has_ended (pid_t tid)
{
  siginfo_t info = { 0 };

  return waitid (P_PID, tid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 || info.si_pid != 0;
}

gboolean
flatline_pause_is_uninterruptible (gint64 pid, pid_t tid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" PRId64 "/task/%d/stat", pid, (int)tid);
  g_autofree char *text = NULL;
  const char *end;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return FALSE;
  end = strrchr (text, ')');
  return end && end[1] == ' ' && end[2] == 'D';
}

/* Looks once; FALSE: it has not stopped yet. */
static gboolean
look_for_stop (Pause *pause, guint i)
{
  const Seized *seized = &g_array_index (pause->threads, Seized, i);
  siginfo_t info = { 0 };

  if (seized->stopped)
    return TRUE;
  if (waitid (P_PID, seized->tid, &info, WSTOPPED | WNOHANG | __WALL) != 0 || info.si_pid == 0)
    return FALSE;
  note_stop (pause, info.si_pid, info.si_status);
  return TRUE;
}

/* Whether one that has not stopped will: it only waits for a processor. */
static gboolean
is_stop_due (Pause *pause, guint i)
{
  const pid_t tid = g_array_index (pause->threads, Seized, i).tid;
  const gboolean is_patient = g_get_monotonic_time () - pause->begin_us < MAX_UNINTERRUPTIBLE_US;

  return !flatline_pause_has_ended (tid) && (is_patient || !flatline_pause_is_uninterruptible (pause->stop->pid, tid));
}

/*
 * Waits until all have stopped that will. One after another: to ask for any of them costs the kernel a walk over all,
 * and who asks all of them all the time keeps a processor from those that need it to stop. So do many short naps.
 */
void
flatline_pause_wait (Pause *pause, gint64 deadline_us)
{
  struct timespec nap = { 0, MIN_NAP_NS };
  gboolean is_late = FALSE;

  /* The list may grow meanwhile. */
  for (guint i = 0; i < pause->threads->len; i++)
    while (!look_for_stop (pause, i) && !is_late)
      {
        is_late = g_get_monotonic_time () >= deadline_us;
        if (nap.tv_nsec == MAX_NAP_NS && !is_stop_due (pause, i))
          break;
        nanosleep (&nap, NULL);
        nap.tv_nsec = MIN (nap.tv_nsec * 2, MAX_NAP_NS);
      }
}
