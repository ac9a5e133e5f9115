/* SPDX-License-Identifier: MIT */
/*
 * See flatline-seizing.h. The kernel begins an interrupted PTRACE_SEIZE again by itself (ERESTARTNOINTR), so the
 * handler of the signal does not return to it. Should it have been done just then, the next question finds that we have
 * it.
 */
#include "flatline-seizing.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACK_SIGNAL (SIGRTMAX - 6)
#define BACK_NS     (5 * 1000 * 1000)
/* On a loaded machine the thread may lose its processor in the middle of one question until the time is up, and be
 * called back though nothing was in its way. */
#define MIN_QUESTIONS 10

/* A name that older C libraries lack. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static _Thread_local sigjmp_buf way_back;
static _Thread_local volatile sig_atomic_t is_asking;

static void
go_back (int number)
{
  if (!is_asking)
    return;
  is_asking = 0;
  siglongjmp (way_back, 1);
}

static void
install_signal (void)
{
  static gsize once;
  /* It is not returned from, which alone would let the next one through. */
  struct sigaction action = { .sa_handler = go_back, .sa_flags = SA_RESTART | SA_NODEFER };

  if (g_once_init_enter (&once))
    {
      sigaction (BACK_SIGNAL, &action, NULL);
      g_once_init_leave (&once, 1);
    }
}

void
flatline_seizing_begin (FlatlineSeizing *self, void (*take_ends) (gpointer tracer), gpointer tracer)
{
  struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = BACK_SIGNAL };
  const struct itimerspec spec = { { 0, BACK_NS }, { 0, BACK_NS } };
  sigset_t back;

  self->take_ends = take_ends;
  self->tracer = tracer;
  install_signal ();
  sigemptyset (&back);
  sigaddset (&back, BACK_SIGNAL);
  pthread_sigmask (SIG_UNBLOCK, &back, NULL);
  event.sigev_notify_thread_id = gettid ();
  self->has_timer = timer_create (CLOCK_MONOTONIC, &event, &self->timer) == 0;
  if (self->has_timer)
    timer_settime (self->timer, 0, &spec, NULL);
}

void
flatline_seizing_end (FlatlineSeizing *self)
{
  if (self->has_timer)
    timer_delete (self->timer);
  self->has_timer = FALSE;
}

/* The number behind @name in the status of @tid, 0 when there is none. */
static pid_t
read_status_number (gint64 tid, const char *name)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" PRId64 "/status", tid);
  g_autofree char *text = NULL;
  const char *line = g_file_get_contents (file, &text, NULL, NULL) ? strstr (text, name) : NULL;

  return line ? atoi (line + strlen (name)) : 0;
}

/* Linux: fs/proc/array.c. */
static pid_t
read_tracing_thread (gint64 tid)
{
  return read_status_number (tid, "\nTracerPid:");
}

pid_t
flatline_seizing_read_tracer (gint64 tid)
{
  const pid_t thread = read_tracing_thread (tid);

  return thread != 0 ? read_status_number (thread, "\nTgid:") : 0;
}

/* EAGAIN: called back. */
static int
ask_once (FlatlineSeizing *self, pid_t tid, unsigned long options)
{
  int why_not;

  if (sigsetjmp (way_back, 0) != 0)
    return read_tracing_thread (tid) == gettid () ? 0 : EAGAIN;
  is_asking = self->has_timer;
  why_not = ptrace (PTRACE_SEIZE, tid, NULL, (void *)options) == 0 ? 0 : errno;
  is_asking = 0;
  return why_not;
}

int
flatline_seizing_ask (FlatlineSeizing *self, pid_t tid, unsigned long options, gint64 deadline_us)
{
  guint n_questions = 1;
  int why_not;

  for (; (why_not = ask_once (self, tid, options)) == EAGAIN; n_questions++)
    {
      if (n_questions >= MIN_QUESTIONS && g_get_monotonic_time () >= deadline_us)
        break;
      self->take_ends (self->tracer);
    }
  return why_not;
}

gboolean
flatline_seizing_take_end (pid_t tid)
{
  siginfo_t info = { 0 };

  return waitid (P_PID, (id_t)tid, &info, WEXITED | WNOHANG | __WALL | __WNOTHREAD) == 0 && info.si_pid == tid;
}
