/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2) again, as in flatline-stop.c, but for life: one thread seizes, waits for what the kernel tells of its
 * tracees, and lets each go on at once. What it waits for is never taken from others: the end of the process itself is
 * left in the kernel for its parent, the rest of our own process.
 *
 * The thread sleeps in waitid(); a real-time signal that nobody else here uses makes it look at what is wanted of it.
 */
#include "flatline-exit-watch-private.h"

#include <errno.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define STOP_OTHERS_US (200 * 1000)
/* Where it dies, and on a busy machine some thread still waits for a processor to stop on. */
#define STOP_DUE_US    (2 * G_USEC_PER_SEC)
#define TAKEN_ALONG_US (2 * G_USEC_PER_SEC)
#define DEATH_US       (30 * G_USEC_PER_SEC)
/* Whoever killed it waits; the memory of who was killed for want of it is taken soon. */
#define EXIT_US      (3 * G_USEC_PER_SEC)
#define KEPT_POLL_US (100 * 1000)
#define NAP_US       100

static FlatlineWanted
get_wanted (FlatlineExitWatch *self)
{
  FlatlineWanted wanted;

  g_mutex_lock (&self->lock);
  wanted = self->wanted;
  g_mutex_unlock (&self->lock);
  return wanted;
}

/* Until whoever reads is done, the time is up, or somebody else wants the process. */
static void
wait_for_reader (FlatlineExitWatch *self, const FlatlineLastMoment *moment)
{
  const gint64 deadline_us = g_get_monotonic_time () + (moment->is_exit || moment->signal == 0 ? EXIT_US : DEATH_US);
  gboolean is_unwanted;

  g_mutex_lock (&self->lock);
  self->is_let_go = FALSE;
  self->is_holding = TRUE;
  is_unwanted = self->is_unwanted || self->wanted == FLATLINE_WANT_END;
  g_mutex_unlock (&self->lock);
  if (!is_unwanted && self->function (self, moment, self->user_data))
    {
      g_mutex_lock (&self->lock);
      while (!self->is_let_go && self->wanted != FLATLINE_WANT_END)
        if (!g_cond_wait_until (&self->changed, &self->lock, deadline_us))
          break;
      g_mutex_unlock (&self->lock);
    }
  g_mutex_lock (&self->lock);
  self->is_holding = FALSE;
  g_mutex_unlock (&self->lock);
}

static void
fill_details (FlatlineLastMoment *moment)
{
  siginfo_t info = { 0 };

  if (moment->is_exit || moment->signal == 0 || ptrace (PTRACE_GETSIGINFO, (pid_t)moment->thread, NULL, &info) != 0)
    return;
  moment->code = info.si_code;
  moment->is_fault = info.si_code > 0
                     && (moment->signal == SIGSEGV || moment->signal == SIGBUS || moment->signal == SIGFPE
                         || moment->signal == SIGILL);
  if (moment->is_fault)
    moment->fault_address = (guint64)(guintptr)info.si_addr;
  else if (info.si_code <= 0)
    moment->sender = info.si_pid;
}

/* TRUE: as flatline_tracees_stop(). Who does not stop by then is no part of what is told. */
static gboolean
stop_others (FlatlineExitWatch *self, gboolean dies)
{
  const gint64 deadline_us = g_get_monotonic_time () + (dies ? STOP_DUE_US : 0);
  gboolean ends;

  do
    ends = flatline_tracees_stop (self->tracees, STOP_OTHERS_US, FALSE);
  while (!ends && flatline_tracees_are_due (self->tracees) && g_get_monotonic_time () < deadline_us
         && get_wanted (self) == FLATLINE_WANT_WATCH);
  return ends;
}

/*
 * All threads stand still while it is read. @tid is stopped; the others are, but at an exit, which takes them along.
 * FALSE: it has come to its end meanwhile, which is to be told then.
 */
static gboolean
tell_moment (FlatlineExitWatch *self, pid_t tid, int number, gboolean is_exit)
{
  FlatlineLastMoment moment = { .thread = tid, .signal = number, .is_exit = is_exit };

  fill_details (&moment);
  if (!is_exit && stop_others (self, number != 0))
    return FALSE;
  self->has_read = TRUE;
  moment.held = flatline_tracees_read_registers (self->tracees);
  wait_for_reader (self, &moment);
  g_array_unref (moment.held);
  return TRUE;
}

static gboolean
deal_with_stops (FlatlineExitWatch *self);

/* The others are not to run once more: its death takes them along. */
static gboolean
let_die (FlatlineExitWatch *self, pid_t tid, int number)
{
  const gint64 deadline_us = g_get_monotonic_time () + TAKEN_ALONG_US;
  siginfo_t info = { 0 };

  flatline_tracees_go_on (self->tracees, tid, number);
  if (flatline_tracees_get_n (self->tracees) < 2)
    return FALSE;
  while (g_get_monotonic_time () < deadline_us)
    {
      if (waitid (P_ALL, 0, &info, WSTOPPED | WEXITED | WNOWAIT | WNOHANG | __WALL | __WNOTHREAD) != 0
          || info.si_pid != 0)
        return FALSE;
      g_usleep (NAP_US);
    }
  return deal_with_stops (self);
}

static gboolean
take_signal (FlatlineExitWatch *self, pid_t tid, int number)
{
  if (self->has_read || !flatline_tracees_is_deadly (tid, number))
    {
      flatline_tracees_go_on (self->tracees, tid, number);
      return FALSE;
    }
  flatline_tracees_note_stop (self->tracees, tid, number);
  if (tell_moment (self, tid, number, FALSE))
    return let_die (self, tid, number);
  flatline_tracees_go_on (self->tracees, tid, number);
  return deal_with_stops (self);
}

static void
take_exit (FlatlineExitWatch *self, pid_t tid, int why)
{
  unsigned long status = 0;

  if (!self->has_read && ptrace (PTRACE_GETEVENTMSG, tid, NULL, &status) == 0 && (status & 0x7f) != 0)
    {
      flatline_tracees_note_stop (self->tracees, tid, why);
      tell_moment (self, tid, (int)(status & 0x7f), TRUE);
    }
  flatline_tracees_go_on (self->tracees, tid, 0);
}

/* All other threads are gone, and this one is the first now. */
static void
take_exec (FlatlineExitWatch *self, pid_t tid)
{
  flatline_tracees_forget_all_but (self->tracees, tid);
  self->has_read = FALSE;
  flatline_tracees_greet (self->tracees, tid);
}

/* TRUE: a signal stops the process; it is to stand as it would without us. */
static gboolean
take_stop (FlatlineExitWatch *self, pid_t tid, int status)
{
  const int number = status & 0xff;

  switch (status >> 8)
    {
    case 0:
      return take_signal (self, tid, number);
    case PTRACE_EVENT_EXIT:
      take_exit (self, tid, status);
      return FALSE;
    case PTRACE_EVENT_EXEC:
      take_exec (self, tid);
      return FALSE;
    case PTRACE_EVENT_STOP:
      if (number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU)
        {
          flatline_tracees_note_stop (self->tracees, tid, status);
          return TRUE;
        }
      flatline_tracees_greet (self->tracees, tid);
      return FALSE;
    default:
      flatline_tracees_go_on (self->tracees, tid, 0);
      return FALSE;
    }
}

/* With those that were noted. TRUE: as above, and there may be more. */
static gboolean
deal_with_stops (FlatlineExitWatch *self)
{
  gboolean is_kept = FALSE;
  pid_t tid;
  int status;

  while (!is_kept && flatline_tracees_take_stop (self->tracees, &tid, &status))
    is_kept = take_stop (self, tid, status);
  return is_kept;
}

/* Those who die go on when the pause is over: there is somebody to be waited for, who may be waiting for us. */
static void
get_back (const GArray *stops, gpointer user_data)
{
  FlatlineExitWatch *self = user_data;
  gboolean dies = FALSE;

  for (guint i = 0; i < stops->len; i++)
    {
      const FlatlineLentStop *stop = &g_array_index (stops, FlatlineLentStop, i);

      flatline_tracees_note_stop (self->tracees, (pid_t)stop->tid, stop->status);
      dies = dies || stop->status >> 8 == PTRACE_EVENT_EXIT
             || (stop->status >> 8 == 0 && flatline_tracees_is_deadly ((pid_t)stop->tid, stop->status));
    }
  self->is_kept = !dies && deal_with_stops (self);
}

/* TRUE: somebody wants the threads, had them, and they are dealt with. */
static gboolean
lend (FlatlineExitWatch *self)
{
  FlatlineLent lent = { .let_go = get_back, .user_data = self };
  g_autoptr (GArray) threads = NULL;
  FlatlineStop *borrower;

  g_mutex_lock (&self->lock);
  borrower = self->borrower;
  self->is_lent = borrower != NULL;
  g_mutex_unlock (&self->lock);
  if (!borrower)
    return FALSE;
  lent.threads = threads = flatline_tracees_list (self->tracees);
  flatline_stop_hold_lent (borrower, &lent);
  g_mutex_lock (&self->lock);
  self->borrower = NULL;
  self->is_lent = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  self->is_kept = self->is_kept || deal_with_stops (self);
  return TRUE;
}

/* TRUE: it was to stand still at once, did, and goes on. */
static gboolean
hold (FlatlineExitWatch *self)
{
  const gboolean has_read = self->has_read;
  gboolean is_wanted;

  g_mutex_lock (&self->lock);
  is_wanted = self->wants_hold;
  if (is_wanted)
    self->is_holding = TRUE;
  self->wants_hold = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  if (!is_wanted)
    return FALSE;
  tell_moment (self, (pid_t)self->pid, 0, FALSE);
  self->has_read = has_read;
  g_mutex_lock (&self->lock);
  self->is_holding = FALSE;
  g_mutex_unlock (&self->lock);
  self->is_kept = self->is_kept || deal_with_stops (self);
  return TRUE;
}

/* Threads that would not stop are let go when they do. TRUE: the process has ended. */
static gboolean
let_all_go (FlatlineExitWatch *self)
{
  gboolean is_gone = FALSE;

  while (!is_gone && flatline_tracees_get_n (self->tracees) > 0
         && (self->is_kept || get_wanted (self) != FLATLINE_WANT_WATCH))
    is_gone = flatline_tracees_stop (self->tracees, FLATLINE_EXIT_ASIDE_US, TRUE);
  return is_gone;
}

/* Until it is wanted again; one that somebody else keeps is looked at now and then. */
static void
stand_aside (FlatlineExitWatch *self)
{
  g_mutex_lock (&self->lock);
  self->is_clear = TRUE;
  g_cond_broadcast (&self->changed);
  if (self->wanted == FLATLINE_WANT_ASIDE)
    g_cond_wait (&self->changed, &self->lock);
  else if (self->wanted == FLATLINE_WANT_WATCH)
    g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + KEPT_POLL_US);
  g_mutex_unlock (&self->lock);
}

/* FALSE: it cannot be had just now. */
static gboolean
begin_watching (FlatlineExitWatch *self)
{
  gboolean is_possible;

  g_mutex_lock (&self->lock);
  self->is_clear = self->wanted != FLATLINE_WANT_WATCH;
  is_possible = self->is_clear || flatline_tracees_seize (self->tracees);
  self->has_begun = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return is_possible;
}

/* TRUE: that was its end. */
static gboolean
wait_for_event (FlatlineExitWatch *self)
{
  siginfo_t info;

  if (!flatline_tracees_wait (self->tracees, 0, &info))
    return errno == ECHILD;
  if (!flatline_tracees_is_end (&info))
    self->is_kept = take_stop (self, info.si_pid, info.si_status);
  else if (info.si_pid == self->pid)
    return TRUE;
  else
    flatline_tracees_forget (self->tracees, info.si_pid);
  return FALSE;
}

static void
watch_on (FlatlineExitWatch *self)
{
  gboolean has_ended = FALSE;

  for (FlatlineWanted wanted = get_wanted (self); wanted != FLATLINE_WANT_END && !has_ended; wanted = get_wanted (self))
    {
      if (wanted == FLATLINE_WANT_ASIDE || self->is_kept)
        {
          has_ended = let_all_go (self);
          stand_aside (self);
          self->is_kept = self->is_kept && flatline_tracees_are_kept (self->tracees);
          continue;
        }
      if (flatline_tracees_get_n (self->tracees) == 0)
        self->is_kept = !begin_watching (self);
      if (flatline_tracees_get_n (self->tracees) > 0)
        has_ended = !lend (self) && !hold (self) && wait_for_event (self);
      else if (get_wanted (self) == FLATLINE_WANT_WATCH && !self->is_kept)
        {
          self->is_kept = flatline_tracees_are_kept (self->tracees);
          if (!self->is_kept)
            return;
        }
    }
  if (!has_ended)
    let_all_go (self);
}

gpointer
flatline_exit_tracer_run (gpointer watch)
{
  FlatlineExitWatch *self = watch;
  sigset_t wake;

  sigemptyset (&wake);
  sigaddset (&wake, FLATLINE_EXIT_WAKE_SIGNAL);
  pthread_sigmask (SIG_UNBLOCK, &wake, NULL);
  g_mutex_lock (&self->lock);
  self->tracer = pthread_self ();
  self->has_tracer = TRUE;
  g_mutex_unlock (&self->lock);
  watch_on (self);
  g_mutex_lock (&self->lock);
  self->is_over = self->is_clear = TRUE;
  self->has_tracer = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  flatline_exit_watch_unref (self);
  return NULL;
}
