/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2). The kernel answers only the thread that seized, so one thread (the holder) does all of it: one holder a
 * pause, and what it could not let go of (a thread in uninterruptible sleep) the kernel does when the holder ends.
 *
 * Only stops are waited for, never ends: the process may be our own child, whose exit status belongs to others.
 */
#include "flatline-stop.h"

#include "flatline-exit-watch.h"
#include "flatline-guard.h"
#include "flatline-inspector.h"
#include "flatline-seizing.h"

#include <dirent.h>
#include <glib/gi18n.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_LISTINGS 16

/* Threads that the kernel does not let go of are waited for no longer than this. */
#define MAX_UNINTERRUPTIBLE_US 3000

/* Between two looks whether a thread has stopped; it may need this very processor to do so. */
#define MIN_NAP_NS (10 * 1000)
#define MAX_NAP_NS (16 * MIN_NAP_NS)

typedef struct
{
  pid_t tid;
  gboolean stopped;
  int pending_signal; /* a signal that arrived instead of our stop, to be given back */
} Seized;

struct _FlatlineStop
{
  gint64 pid;
  gint64 max_us, held_us;
  gboolean was_cut_short;
  gboolean is_patient;
  const FlatlineSleepers *spared; /* not to be stopped, NULL none; borrowed */
  gint64 first_tid;               /* 0: all go at once */
  gint64 first_us;
  GArray *held; /* FlatlineHeldThread */
  guint n_running;

  GThread *holder; /* NULL: nothing is held */
  GMutex lock;     /* what follows */
  GCond changed;
  gboolean is_ready; /* all are stopped, or there is an error */
  gboolean is_over;  /* let go */
  gboolean is_cut;   /* the holder let go by itself */
  gint64 pause_us;
  GError *error;

  pid_t reader;
  int reader_policy; /* as it was, -1 unknown */
  struct sched_param reader_priority;
};

/* One pause, as its holder has it. */
typedef struct
{
  FlatlineStop *stop;
  GArray *threads;   /* Seized */
  GHashTable *index; /* tid -> its place + 1 */
  gint64 begin_us;   /* of the first interrupt */
} Pause;

FlatlineStop *
flatline_stop_new (gint64 pid, gint64 max_us)
{
  FlatlineStop *self = g_new0 (FlatlineStop, 1);

  self->pid = pid;
  self->max_us = max_us;
  self->held = g_array_new (FALSE, FALSE, sizeof (FlatlineHeldThread));
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  flatline_guard_start ();
  return self;
}

FlatlineStop *
flatline_stop_new_held (gint64 pid, GArray *threads)
{
  FlatlineStop *self = flatline_stop_new (pid, 0);

  g_array_append_vals (self->held, threads->data, threads->len);
  return self;
}

void
flatline_stop_free (FlatlineStop *self)
{
  flatline_stop_end (self);
  g_array_unref (self->held);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

/* --- the holder --- */

static Seized *
find_seized (Pause *pause, pid_t tid)
{
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (pause->index, GINT_TO_POINTER (tid)));

  return place ? &g_array_index (pause->threads, Seized, place - 1) : NULL;
}

static void
add_seized (Pause *pause, pid_t tid)
{
  Seized seized = { .tid = tid };

  g_array_append_val (pause->threads, seized);
  g_hash_table_insert (pause->index, GINT_TO_POINTER (tid), GUINT_TO_POINTER (pause->threads->len));
}

static void
set_seize_error (gint64 pid, int why, GError **error)
{
  const pid_t tracer = flatline_seizing_read_tracer (pid);

  if (tracer != 0)
    g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
                 _ ("process %" PRId64 " is being debugged by process %d"), pid, (int)tracer);
  else if (why == EAGAIN)
    g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
                 _ ("process %" PRId64 " is just becoming another program, which takes long"), pid);
  else
    g_set_error (error, FLATLINE_INSPECT_ERROR,
                 why == EPERM ? FLATLINE_INSPECT_ERROR_NOT_ALLOWED : FLATLINE_INSPECT_ERROR_FAILED,
                 _ ("process %" PRId64 " cannot be stopped (%s)"), pid, g_strerror (why));
}

/* The first thread's end is for the parent to take note of. */
static void
take_ends (gpointer data)
{
  Pause *pause = data;

  for (guint i = 0; i < pause->threads->len; i++)
    if (g_array_index (pause->threads, Seized, i).tid != pause->stop->pid)
      flatline_seizing_take_end (g_array_index (pause->threads, Seized, i).tid);
}

/* Seizes the threads that are listed now; answers how many were new, -1 when there is no process. */
static int
seize_listed (Pause *pause, FlatlineSeizing *seizing, gint64 deadline_us, int *why_not)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%" PRId64 "/task", pause->stop->pid);
  const FlatlineSleepers *spared = pause->stop->spared;
  DIR *dir = opendir (folder);
  struct dirent *entry;
  int n_new = 0;

  if (!dir)
    return -1;
  while (*why_not != EAGAIN && (entry = readdir (dir)))
    {
      const pid_t tid = atoi (entry->d_name);
      int failed;

      if (tid <= 0 || find_seized (pause, tid) || (spared && flatline_sleepers_contains (spared, tid)))
        continue;
      /* From here on the threads that it starts come seized. */
      failed = flatline_seizing_ask (seizing, tid, PTRACE_O_TRACECLONE, deadline_us);
      if (failed == 0)
        {
          add_seized (pause, tid);
          n_new++;
        }
      /* A thread that has ended cannot be seized. */
      else if (failed != ESRCH)
        *why_not = failed;
    }
  closedir (dir);
  return n_new;
}

static gboolean
seize_all (Pause *pause, gint64 deadline_us, GError **error)
{
  FlatlineSeizing seizing;
  int n_new = 1, why_not = 0;

  flatline_seizing_begin (&seizing, take_ends, pause);
  for (guint i = 0; i < MAX_LISTINGS && n_new > 0 && why_not != EAGAIN; i++)
    n_new = seize_listed (pause, &seizing, deadline_us, &why_not);
  flatline_seizing_end (&seizing);
  if (pause->threads->len > 0 && why_not != EAGAIN)
    return TRUE;
  if (n_new < 0 || why_not == 0)
    g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NO_PROCESS, _ ("There is no process %" PRId64),
                 pause->stop->pid);
  else
    set_seize_error (pause->stop->pid, why_not, error);
  return FALSE;
}

/* What the kernel says of one that stopped. Without an event it is a signal on its way: it goes on at the end. */
static void
note_stop (Pause *pause, pid_t tid, int status)
{
  Seized *seized = find_seized (pause, tid);
  const int event = status >> 8;
  unsigned long born;

  if (!seized)
    {
      add_seized (pause, tid);
      seized = find_seized (pause, tid);
    }
  seized->stopped = TRUE;
  if (event == 0)
    seized->pending_signal = status & 0xff;
  if (event == PTRACE_EVENT_CLONE && ptrace (PTRACE_GETEVENTMSG, tid, NULL, &born) == 0
      && !find_seized (pause, (pid_t)born))
    add_seized (pause, (pid_t)born);
}

/* Asked without taking note of the end: that is for the parent to do. */
static gboolean
has_ended (pid_t tid)
{
  siginfo_t info = { 0 };

  return waitid (P_PID, tid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 || info.si_pid != 0;
}

/* It sleeps where no signal reaches it. */
static gboolean
is_uninterruptible (gint64 pid, pid_t tid)
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

  return !has_ended (tid) && (is_patient || !is_uninterruptible (pause->stop->pid, tid));
}

/*
 * Waits until all have stopped that will. One after another: to ask for any of them costs the kernel a walk over all,
 * and who asks all of them all the time keeps a processor from those that need it to stop. So do many short naps.
 */
static void
wait_for_stops (Pause *pause, gint64 deadline_us)
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

static void
note_held (Pause *pause)
{
  FlatlineStop *stop = pause->stop;

  g_array_set_size (stop->held, 0);
  stop->n_running = 0;
  for (guint i = 0; i < pause->threads->len; i++)
    {
      const Seized *seized = &g_array_index (pause->threads, Seized, i);
      FlatlineHeldThread held = { .tid = seized->tid };

      if (seized->stopped && flatline_registers_read (seized->tid, &held.registers))
        g_array_append_val (stop->held, held);
      else if (!seized->stopped && !has_ended (seized->tid))
        stop->n_running++;
    }
}

static void
let_go (Pause *pause)
{
  for (guint i = 0; i < pause->threads->len; i++)
    {
      const Seized *seized = &g_array_index (pause->threads, Seized, i);

      if (seized->stopped)
        ptrace (PTRACE_DETACH, seized->tid, NULL, GINT_TO_POINTER (seized->pending_signal));
    }
}

/* Until the others have been taken along, or it is sure that they will not be. */
static void
let_first_go (Pause *pause)
{
  const struct timespec nap = { 0, 1000 * 1000 };
  const gint64 deadline_us = g_get_monotonic_time () + pause->stop->first_us;
  Seized *first = find_seized (pause, (pid_t)pause->stop->first_tid);
  pid_t other = 0;

  if (!first || !first->stopped)
    return;
  for (guint i = 0; i < pause->threads->len && other == 0; i++)
    if (g_array_index (pause->threads, Seized, i).stopped && &g_array_index (pause->threads, Seized, i) != first)
      other = g_array_index (pause->threads, Seized, i).tid;
  ptrace (PTRACE_DETACH, first->tid, NULL, GINT_TO_POINTER (first->pending_signal));
  first->stopped = FALSE;
  while (other != 0 && !has_ended (other) && g_get_monotonic_time () < deadline_us)
    nanosleep (&nap, NULL);
}

static void
go_before_others (void)
{
  const struct sched_param priority = { .sched_priority = 1 };

  sched_setscheduler (0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority);
}

static gpointer
hold (gpointer data)
{
  FlatlineStop *self = data;
  g_autoptr (GArray) threads = g_array_new (FALSE, TRUE, sizeof (Seized));
  g_autoptr (GHashTable) index = g_hash_table_new (NULL, NULL);
  Pause pause = { self, threads, index, 0 };
  const gint64 max_us = self->max_us - self->held_us;
  const gint64 guarded_us = g_get_monotonic_time () + max_us;
  gint64 deadline_us = 0;
  GError *error = NULL;

  prctl (PR_SET_TIMERSLACK, 1);
  /* One that is seized may come to a stop before it is interrupted: it starts a thread, or gets a signal. */
  flatline_guard_watch (guarded_us);
  if (seize_all (&pause, guarded_us, &error))
    {
      if (!self->is_patient)
        go_before_others ();
      pause.begin_us = g_get_monotonic_time ();
      deadline_us = pause.begin_us + max_us;
      for (guint i = 0; i < threads->len; i++)
        ptrace (PTRACE_INTERRUPT, g_array_index (threads, Seized, i).tid, NULL, NULL);
      wait_for_stops (&pause, deadline_us);
      note_held (&pause);
    }
  g_mutex_lock (&self->lock);
  self->error = error;
  self->is_ready = TRUE;
  g_cond_signal (&self->changed);
  while (!error && !self->is_over && !self->is_cut)
    self->is_cut = !g_cond_wait_until (&self->changed, &self->lock, deadline_us);
  g_mutex_unlock (&self->lock);
  if (self->first_tid != 0)
    let_first_go (&pause);
  let_go (&pause);
  flatline_guard_unwatch (guarded_us);
  if (self->reader_policy >= 0)
    sched_setscheduler (self->reader, self->reader_policy, &self->reader_priority);
  self->pause_us = pause.begin_us ? g_get_monotonic_time () - pause.begin_us : 0;
  return NULL;
}

/* --- the reader --- */

static void
raise_reader (FlatlineStop *self)
{
  self->reader_policy = -1;
  if (self->is_patient)
    return;
  self->reader = gettid ();
  self->reader_policy = sched_getscheduler (0);
  if (self->reader_policy >= 0 && sched_getparam (0, &self->reader_priority) == 0)
    go_before_others ();
}

gboolean
flatline_stop_begin (FlatlineStop *self, GError **error)
{
  g_return_val_if_fail (!self->holder, FALSE);

  if (self->held_us >= self->max_us)
    {
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
                   _ ("process %" PRId64 " was held for as long as it may be"), self->pid);
      return FALSE;
    }
  self->is_ready = self->is_over = self->is_cut = FALSE;
  flatline_exit_watch_step_aside (self->pid);
  raise_reader (self);
  self->holder = g_thread_new ("hold", hold, self);
  g_mutex_lock (&self->lock);
  while (!self->is_ready)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
  if (!self->error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->error));
  flatline_stop_end (self);
  return FALSE;
}

gboolean
flatline_stop_end (FlatlineStop *self)
{
  if (!self->holder)
    return FALSE;
  g_mutex_lock (&self->lock);
  self->is_over = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  g_thread_join (g_steal_pointer (&self->holder));
  flatline_exit_watch_return (self->pid);
  self->held_us += self->pause_us;
  self->was_cut_short |= self->is_cut;
  return !self->is_cut;
}

gboolean
flatline_stop_end_with (FlatlineStop *self, gint64 first_tid, gint64 max_us)
{
  self->first_tid = first_tid;
  self->first_us = max_us;
  return flatline_stop_end (self);
}

void
flatline_stop_set_patient (FlatlineStop *self)
{
  self->is_patient = TRUE;
}

void
flatline_stop_spare (FlatlineStop *self, const FlatlineSleepers *sleepers)
{
  self->spared = sleepers;
}

gint64
flatline_stop_get_held_us (FlatlineStop *self)
{
  return self->held_us;
}

gboolean
flatline_stop_was_cut_short (FlatlineStop *self)
{
  return self->was_cut_short;
}

guint
flatline_stop_get_n_running (FlatlineStop *self)
{
  return self->n_running;
}

GArray *
flatline_stop_get_held (FlatlineStop *self)
{
  return self->held;
}
