/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2) again, as in flatline-stop.c, but for life: one thread seizes, waits for what the kernel tells of its
 * tracees, and lets each go on at once. What it waits for is never taken from others: the end of the process itself is
 * left in the kernel for its parent, the rest of our own process.
 *
 * The thread sleeps in waitid(); a real-time signal that nobody else here uses makes it look at what is wanted of it.
 */
#include "flatline-exit-watch.h"

#include "flatline-tracees.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAKE_SIGNAL    (SIGRTMAX - 5)
#define WAKE_AGAIN_US  1000
#define STEP_ASIDE_US  (200 * 1000) /* a thread in uninterruptible sleep is not waited for any longer */
#define STOP_OTHERS_US (200 * 1000)
#define TAKEN_ALONG_US (2 * G_USEC_PER_SEC)
#define DEATH_US       (30 * G_USEC_PER_SEC)
#define EXIT_US                                                                                                        \
  (3 * G_USEC_PER_SEC) /* whoever killed it waits; the memory of who was killed for want of it is taken soon */
#define KEPT_POLL_US (100 * 1000)
#define NAP_US       100

typedef enum
{
  WANT_WATCH,
  WANT_ASIDE,
  WANT_END,
} Wanted;

struct _FlatlineExitWatch
{
  gatomicrefcount ref_count;
  gint64 pid;
  FlatlineExitWatchFunc function;
  gpointer user_data;
  GDestroyNotify destroy;
  GThread *thread;

  /* The tracer's own */
  FlatlineTracees *tracees;
  gboolean has_read; /* its death has been told: it is not told twice */

  GMutex lock; /* what follows */
  GCond changed;
  pthread_t tracer;
  gboolean has_tracer;
  Wanted wanted;
  guint n_aside; /* who asked for it to step aside */
  gboolean is_holding;
  gboolean is_let_go;
  gboolean has_begun; /* it traces what it may */
  gboolean is_clear;  /* it traces nothing */
  gboolean is_over;
  gboolean is_unwanted;
};

static GMutex registry_lock;
static GHashTable *registry; /* pid -> FlatlineExitWatch, not owned */

/* --- what is asked of the tracer --- */

static void
ignore_signal (int number)
{
}

static void
install_wake_signal (void)
{
  static gsize once;
  struct sigaction action = { .sa_handler = ignore_signal };

  if (g_once_init_enter (&once))
    {
      sigaction (WAKE_SIGNAL, &action, NULL);
      g_once_init_leave (&once, 1);
    }
}

/* With the lock held. A signal that comes just before the tracer goes to sleep is lost: it is sent again. */
static void
wait_until_clear (FlatlineExitWatch *self, gint64 max_us)
{
  const gint64 deadline_us = g_get_monotonic_time () + max_us;

  g_cond_broadcast (&self->changed);
  while (!self->is_clear && !self->is_over && g_get_monotonic_time () < deadline_us)
    {
      if (self->has_tracer)
        pthread_kill (self->tracer, WAKE_SIGNAL);
      g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + WAKE_AGAIN_US);
    }
}

static FlatlineExitWatch *
find_watch (gint64 pid)
{
  FlatlineExitWatch *self;

  g_mutex_lock (&registry_lock);
  self = registry ? g_hash_table_lookup (registry, GINT_TO_POINTER (pid)) : NULL;
  if (self)
    flatline_exit_watch_ref (self);
  g_mutex_unlock (&registry_lock);
  return self;
}

void
flatline_exit_watch_step_aside (gint64 pid)
{
  g_autoptr (FlatlineExitWatch) self = find_watch (pid);

  if (!self)
    return;
  g_mutex_lock (&self->lock);
  self->n_aside++;
  if (self->wanted == WANT_WATCH)
    self->wanted = WANT_ASIDE;
  /* Who dies and is being read does not move anyway. */
  if (!self->is_holding)
    wait_until_clear (self, STEP_ASIDE_US);
  g_mutex_unlock (&self->lock);
}

void
flatline_exit_watch_return (gint64 pid)
{
  g_autoptr (FlatlineExitWatch) self = find_watch (pid);

  if (!self)
    return;
  g_mutex_lock (&self->lock);
  if (self->n_aside > 0 && --self->n_aside == 0 && self->wanted == WANT_ASIDE)
    {
      self->wanted = WANT_WATCH;
      g_cond_broadcast (&self->changed);
    }
  g_mutex_unlock (&self->lock);
}

void
flatline_exit_watch_let_go (FlatlineExitWatch *self)
{
  g_mutex_lock (&self->lock);
  self->is_let_go = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
flatline_exit_watch_lose_interest (FlatlineExitWatch *self)
{
  g_mutex_lock (&self->lock);
  self->is_unwanted = self->is_let_go = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* --- the tracer --- */

static Wanted
get_wanted (FlatlineExitWatch *self)
{
  Wanted wanted;

  g_mutex_lock (&self->lock);
  wanted = self->wanted;
  g_mutex_unlock (&self->lock);
  return wanted;
}

/* Until whoever reads is done, the time is up, or somebody else wants the process. */
static void
wait_for_reader (FlatlineExitWatch *self, const FlatlineLastMoment *moment)
{
  const gint64 deadline_us = g_get_monotonic_time () + (moment->is_exit ? EXIT_US : DEATH_US);
  gboolean is_unwanted;

  g_mutex_lock (&self->lock);
  self->is_let_go = FALSE;
  self->is_holding = TRUE;
  is_unwanted = self->is_unwanted || self->wanted == WANT_END;
  g_mutex_unlock (&self->lock);
  if (!is_unwanted && self->function (self, moment, self->user_data))
    {
      g_mutex_lock (&self->lock);
      while (!self->is_let_go && self->wanted != WANT_END)
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

  if (moment->is_exit || ptrace (PTRACE_GETSIGINFO, (pid_t)moment->thread, NULL, &info) != 0)
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

/* All threads stand still while it is read. @tid is stopped; the others are, but at an exit, which takes them along. */
static void
tell_moment (FlatlineExitWatch *self, pid_t tid, int number, gboolean is_exit)
{
  FlatlineLastMoment moment = { .thread = tid, .signal = number, .is_exit = is_exit };

  fill_details (&moment);
  /* One that SIGKILL takes meanwhile is told at its exit. */
  if (!is_exit && flatline_tracees_stop (self->tracees, STOP_OTHERS_US, FALSE))
    return;
  self->has_read = TRUE;
  moment.held = flatline_tracees_read_registers (self->tracees);
  wait_for_reader (self, &moment);
  g_array_unref (moment.held);
}

/* The others are not to run once more: its death takes them along. */
static void
let_die (FlatlineExitWatch *self, pid_t tid, int number)
{
  const gint64 deadline_us = g_get_monotonic_time () + TAKEN_ALONG_US;
  siginfo_t info = { 0 };

  flatline_tracees_set_stopped (self->tracees, tid, FALSE);
  ptrace (PTRACE_CONT, tid, NULL, GINT_TO_POINTER (number));
  if (flatline_tracees_get_n (self->tracees) < 2)
    return;
  while (g_get_monotonic_time () < deadline_us)
    {
      if (waitid (P_ALL, 0, &info, WSTOPPED | WEXITED | WNOWAIT | WNOHANG | __WALL | __WNOTHREAD) != 0
          || info.si_pid != 0)
        return;
      g_usleep (NAP_US);
    }
  flatline_tracees_continue (self->tracees);
}

static void
take_signal (FlatlineExitWatch *self, pid_t tid, int number)
{
  if (!self->has_read && flatline_tracees_is_deadly (tid, number))
    {
      flatline_tracees_set_stopped (self->tracees, tid, TRUE);
      tell_moment (self, tid, number, FALSE);
      let_die (self, tid, number);
      return;
    }
  ptrace (PTRACE_CONT, tid, NULL, GINT_TO_POINTER (number));
}

static void
take_exit (FlatlineExitWatch *self, pid_t tid)
{
  unsigned long status = 0;

  if (!self->has_read && ptrace (PTRACE_GETEVENTMSG, tid, NULL, &status) == 0 && (status & 0x7f) != 0)
    {
      flatline_tracees_set_stopped (self->tracees, tid, TRUE);
      tell_moment (self, tid, (int)(status & 0x7f), TRUE);
      flatline_tracees_set_stopped (self->tracees, tid, FALSE);
    }
  ptrace (PTRACE_CONT, tid, NULL, NULL);
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
take_stop (FlatlineExitWatch *self, const siginfo_t *info)
{
  const pid_t tid = info->si_pid;
  const int event = info->si_status >> 8;
  const int number = info->si_status & 0xff;

  switch (event)
    {
    case 0:
      take_signal (self, tid, number);
      return FALSE;
    case PTRACE_EVENT_EXIT:
      take_exit (self, tid);
      return FALSE;
    case PTRACE_EVENT_EXEC:
      take_exec (self, tid);
      return FALSE;
    case PTRACE_EVENT_STOP:
      if (number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU)
        {
          flatline_tracees_note_stop (self->tracees, info);
          return TRUE;
        }
      flatline_tracees_greet (self->tracees, tid);
      return FALSE;
    default:
      ptrace (PTRACE_CONT, tid, NULL, NULL);
      return FALSE;
    }
}

/* Threads that would not stop are let go when they do. TRUE: the process has ended. */
static gboolean
let_all_go (FlatlineExitWatch *self, gboolean is_kept)
{
  gboolean is_gone = FALSE;

  while (!is_gone && flatline_tracees_get_n (self->tracees) > 0 && (is_kept || get_wanted (self) != WANT_WATCH))
    is_gone = flatline_tracees_stop (self->tracees, STEP_ASIDE_US, TRUE);
  return is_gone;
}

/* Until it is wanted again; one that somebody else keeps is looked at now and then. */
static void
stand_aside (FlatlineExitWatch *self)
{
  g_mutex_lock (&self->lock);
  self->is_clear = TRUE;
  g_cond_broadcast (&self->changed);
  if (self->wanted == WANT_ASIDE)
    g_cond_wait (&self->changed, &self->lock);
  else if (self->wanted == WANT_WATCH)
    g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + KEPT_POLL_US);
  g_mutex_unlock (&self->lock);
}

/* FALSE: it cannot be had just now. */
static gboolean
begin_watching (FlatlineExitWatch *self)
{
  gboolean is_possible;

  g_mutex_lock (&self->lock);
  self->is_clear = self->wanted != WANT_WATCH;
  is_possible = self->is_clear || flatline_tracees_seize (self->tracees);
  self->has_begun = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return is_possible;
}

/* TRUE: that was its end. */
static gboolean
wait_for_event (FlatlineExitWatch *self, gboolean *is_kept)
{
  siginfo_t info;

  if (!flatline_tracees_wait (self->tracees, 0, &info))
    return errno == ECHILD;
  if (!flatline_tracees_is_end (&info))
    *is_kept = take_stop (self, &info);
  else if (info.si_pid == self->pid)
    return TRUE;
  else
    flatline_tracees_forget (self->tracees, info.si_pid);
  return FALSE;
}

static void
watch (FlatlineExitWatch *self)
{
  gboolean has_ended = FALSE, kept = FALSE;

  for (Wanted wanted = get_wanted (self); wanted != WANT_END && !has_ended; wanted = get_wanted (self))
    {
      if (wanted == WANT_ASIDE || kept)
        {
          has_ended = let_all_go (self, kept);
          stand_aside (self);
          kept = kept && flatline_tracees_are_kept (self->tracees);
          continue;
        }
      if (flatline_tracees_get_n (self->tracees) == 0)
        kept = !begin_watching (self);
      if (flatline_tracees_get_n (self->tracees) > 0)
        has_ended = wait_for_event (self, &kept);
      else if (get_wanted (self) == WANT_WATCH && !kept && !(kept = flatline_tracees_are_kept (self->tracees)))
        return;
    }
  if (!has_ended)
    let_all_go (self, TRUE);
}

static gpointer
trace (gpointer data)
{
  FlatlineExitWatch *self = data;
  sigset_t wake;

  sigemptyset (&wake);
  sigaddset (&wake, WAKE_SIGNAL);
  pthread_sigmask (SIG_UNBLOCK, &wake, NULL);
  g_mutex_lock (&self->lock);
  self->tracer = pthread_self ();
  self->has_tracer = TRUE;
  g_mutex_unlock (&self->lock);
  watch (self);
  g_mutex_lock (&self->lock);
  self->is_over = self->is_clear = TRUE;
  self->has_tracer = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  flatline_exit_watch_unref (self);
  return NULL;
}

/* --- its life --- */

FlatlineExitWatch *
flatline_exit_watch_new (gint64 pid, FlatlineExitWatchFunc function, gpointer user_data, GDestroyNotify destroy)
{
  FlatlineExitWatch *self = g_new0 (FlatlineExitWatch, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->pid = pid;
  self->function = function;
  self->user_data = user_data;
  self->destroy = destroy;
  self->tracees = flatline_tracees_new (pid);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  install_wake_signal ();
  g_mutex_lock (&registry_lock);
  if (!registry)
    registry = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (registry, GINT_TO_POINTER (pid), self);
  g_mutex_unlock (&registry_lock);
  self->thread = g_thread_new ("watch-exit", trace, flatline_exit_watch_ref (self));
  return self;
}

FlatlineExitWatch *
flatline_exit_watch_ref (FlatlineExitWatch *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
flatline_exit_watch_unref (FlatlineExitWatch *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  if (self->destroy)
    self->destroy (self->user_data);
  flatline_tracees_free (self->tracees);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

void
flatline_exit_watch_wait_until_begun (FlatlineExitWatch *self)
{
  g_mutex_lock (&self->lock);
  while (!self->has_begun && !self->is_over)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

void
flatline_exit_watch_end (FlatlineExitWatch *self)
{
  g_mutex_lock (&registry_lock);
  if (g_hash_table_lookup (registry, GINT_TO_POINTER (self->pid)) == self)
    g_hash_table_remove (registry, GINT_TO_POINTER (self->pid));
  g_mutex_unlock (&registry_lock);
  g_mutex_lock (&self->lock);
  self->wanted = WANT_END;
  wait_until_clear (self, STEP_ASIDE_US);
  g_mutex_unlock (&self->lock);
  if (self->thread)
    g_thread_unref (g_steal_pointer (&self->thread));
}
