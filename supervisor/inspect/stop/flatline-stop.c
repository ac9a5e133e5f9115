/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2). The kernel answers only the thread that seized, so one thread (the holder) does all of it: one holder a
 * pause, and what it could not let go of (a thread in uninterruptible sleep) the kernel does when the holder ends. A
 * process whose end is watched has a tracer already: that one is the holder then, so that no end is missed.
 *
 * Only stops are waited for, never ends: the process may be our own child, whose exit status belongs to others.
 */
#include "flatline-stop-private.h"

#include "flatline-exit-door.h"
#include "flatline-guard.h"
#include "flatline-inspect-error.h"
#include "flatline-interrupted-call.h"
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

FlatlineStop *
flatline_stop_new (gint64 pid, gint64 max_us)
{
  FlatlineStop *self = g_new0 (FlatlineStop, 1);

  self->pid = pid;
  self->max_us = max_us;
  self->door = -1;
  self->held = g_array_new (FALSE, FALSE, sizeof (FlatlineHeldThread));
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
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
  flatline_stop_dismiss_holder (self);
  if (self->door >= 0)
    close (self->door);
  g_array_unref (self->held);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

/* --- the holder --- */

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

      if (tid <= 0 || flatline_pause_find (pause, tid) || (spared && flatline_sleepers_contains (spared, tid)))
        continue;
      /* From here on the threads that it starts come seized. */
      failed = flatline_seizing_ask (seizing, tid, PTRACE_O_TRACECLONE, deadline_us);
      if (failed == 0)
        {
          flatline_pause_add (pause, tid);
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
        {
          g_array_append_val (stop->held, held);
          if (flatline_interrupted_call_is_likely (held.registers.words[0]))
            flatline_interrupted_call_resume (seized->tid);
        }
      else if (!seized->stopped && !flatline_pause_has_ended (seized->tid))
        stop->n_running++;
    }
}

/* Without an event it stopped for a signal on its way, which goes on at the end. */
static void
detach (const Seized *seized)
{
  const int number = seized->status >> 8 == 0 ? seized->status & 0xff : 0;

  ptrace (PTRACE_DETACH, seized->tid, NULL, GINT_TO_POINTER (number));
}

static void
let_go (Pause *pause)
{
  for (guint i = 0; i < pause->threads->len; i++)
    {
      const Seized *seized = &g_array_index (pause->threads, Seized, i);

      if (seized->stopped)
        detach (seized);
    }
}

/* To whom they belong. */
static void
give_back (Pause *pause, const FlatlineLent *lent)
{
  g_autoptr (GArray) stops = g_array_new (FALSE, FALSE, sizeof (FlatlineLentStop));

  for (guint i = 0; i < pause->threads->len; i++)
    {
      const Seized *seized = &g_array_index (pause->threads, Seized, i);
      const FlatlineLentStop stop = { seized->tid, seized->status };

      if (seized->stopped)
        g_array_append_val (stops, stop);
    }
  lent->let_go (stops, lent->user_data);
}

/* Until the others have been taken along, or it is sure that they will not be. */
static void
let_first_go (Pause *pause)
{
  const struct timespec nap = { 0, 1000 * 1000 };
  const gint64 deadline_us = g_get_monotonic_time () + pause->stop->first_us;
  Seized *first = flatline_pause_find (pause, (pid_t)pause->stop->first_tid);
  pid_t other = 0;

  if (!first || !first->stopped)
    return;
  for (guint i = 0; i < pause->threads->len && other == 0; i++)
    if (g_array_index (pause->threads, Seized, i).stopped && &g_array_index (pause->threads, Seized, i) != first)
      other = g_array_index (pause->threads, Seized, i).tid;
  detach (first);
  first->stopped = FALSE;
  while (other != 0 && !flatline_pause_has_ended (other) && g_get_monotonic_time () < deadline_us)
    nanosleep (&nap, NULL);
}

static void
go_before_others (void)
{
  const struct sched_param priority = { .sched_priority = 1 };

  sched_setscheduler (0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority);
}

/* The reader is as it was before it was raised. */
static void
lower_reader (FlatlineStop *self)
{
  if (self->reader_policy >= 0)
    sched_setscheduler (self->reader, self->reader_policy, &self->reader_priority);
}

static gboolean
take_lent (Pause *pause, const FlatlineLent *lent)
{
  const FlatlineSleepers *spared = pause->stop->spared;

  for (guint i = 0; i < lent->threads->len; i++)
    {
      const pid_t tid = (pid_t)g_array_index (lent->threads, gint64, i);

      if (!spared || !flatline_sleepers_contains (spared, tid))
        flatline_pause_add (pause, tid);
    }
  return TRUE;
}

static void
keep_still (Pause *pause, gint64 max_us)
{
  FlatlineStop *self = pause->stop;

  if (!self->is_patient)
    go_before_others ();
  pause->begin_us = g_get_monotonic_time ();
  pause->deadline_us = pause->begin_us + max_us;
  for (guint i = 0; i < pause->threads->len; i++)
    ptrace (PTRACE_INTERRUPT, g_array_index (pause->threads, Seized, i).tid, NULL, NULL);
  flatline_pause_wait (pause, pause->deadline_us);
  note_held (pause);
}

void
flatline_stop_hold (FlatlineStop *self, const FlatlineLent *lent)
{
  g_autoptr (GArray) threads = g_array_new (FALSE, TRUE, sizeof (Seized));
  g_autoptr (GHashTable) index = g_hash_table_new (NULL, NULL);
  Pause pause = { self, threads, index, 0, 0 };
  const gint64 max_us = self->max_us - self->held_us;
  const gint64 guarded_us = g_get_monotonic_time () + max_us;
  GError *error = NULL;

  prctl (PR_SET_TIMERSLACK, 1);
  /* One that is seized may come to a stop before it is interrupted: it starts a thread, or gets a signal. */
  flatline_guard_watch (guarded_us);
  if (lent ? take_lent (&pause, lent) : seize_all (&pause, guarded_us, &error))
    keep_still (&pause, max_us);
  g_mutex_lock (&self->lock);
  self->error = error;
  self->is_ready = TRUE;
  g_cond_broadcast (&self->changed);
  while (!error && !self->is_over && !self->is_cut)
    self->is_cut = !g_cond_wait_until (&self->changed, &self->lock, pause.deadline_us);
  g_mutex_unlock (&self->lock);
  if (self->first_tid != 0)
    let_first_go (&pause);
  if (lent)
    give_back (&pause, lent);
  else
    let_go (&pause);
  self->was_woken = flatline_guard_unwatch (guarded_us);
  lower_reader (self);
  self->pause_us = pause.begin_us ? g_get_monotonic_time () - pause.begin_us : 0;
}

void
flatline_stop_hold_lent (FlatlineStop *self, const FlatlineLent *lent)
{
  static const struct sched_param usual = { 0 };

  flatline_stop_hold (self, lent);
  if (!self->is_patient)
    sched_setscheduler (0, SCHED_OTHER, &usual);
  flatline_stop_go_back (self);
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

static gboolean
try_to_begin (FlatlineStop *self, GError **error)
{
  if (self->held_us >= self->max_us)
    {
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
                   _ ("process %" PRId64 " was held for as long as it may be"), self->pid);
      return FALSE;
    }
  self->is_ready = self->is_over = self->is_cut = FALSE;
  flatline_guard_start ();
  raise_reader (self);
  /* Who is read as it dies goes through this as nobody watches it: the one who tells of it is known already. */
  self->lender = self->is_patient ? NULL : flatline_exit_watch_lend (self->pid, self);
  if (!self->lender)
    {
      flatline_exit_watch_step_aside (self->pid);
      if (!flatline_stop_ask_holder (self, error))
        {
          flatline_exit_watch_return (self->pid);
          lower_reader (self);
          return FALSE;
        }
    }
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
flatline_stop_begin (FlatlineStop *self, GError **error)
{
  g_autoptr (GError) why_not = NULL;

  g_return_val_if_fail (!self->is_asked && !self->lender, FALSE);

  if (try_to_begin (self, &why_not))
    return TRUE;
  if (self->door < 0)
    {
      self->door = flatline_exit_door_knock (self->pid);
      if (self->door >= 0)
        return try_to_begin (self, error);
    }
  g_propagate_error (error, g_steal_pointer (&why_not));
  return FALSE;
}

gboolean
flatline_stop_end (FlatlineStop *self)
{
  if (!self->is_asked && !self->lender)
    return FALSE;
  g_mutex_lock (&self->lock);
  self->is_over = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  if (self->lender)
    flatline_exit_watch_take_back (g_steal_pointer (&self->lender), self);
  else
    {
      flatline_stop_join_holder (self);
      flatline_exit_watch_return (self->pid);
    }
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
