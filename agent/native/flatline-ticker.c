/* SPDX-License-Identifier: MIT */
/* One thread a process. What it shares is under a lock that is never held while the GIL is waited for. */
#include "flatline-ticker.h"

#include "flatline-death.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STACK_BYTES (256 * 1024)
#define NAP_NS      (100 * 1000)

static struct
{
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t thread;
  PyObject *turn;
  int interval_ms;
  int begins_at_once;
  int is_running; /* there is a thread to be joined */
  int is_ending;
  pid_t id;
} ticker = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct timespec
after (clockid_t clock, int ms)
{
  struct timespec time;

  clock_gettime (clock, &time);
  time.tv_sec += ms / 1000;
  time.tv_nsec += (long)(ms % 1000) * 1000000;
  if (time.tv_nsec >= 1000000000)
    {
      time.tv_sec++;
      time.tv_nsec -= 1000000000;
    }
  return time;
}

/* FALSE: it was the last one. */
static int
take_turn (void)
{
  PyGILState_STATE state;
  PyObject *answer;
  int goes_on;

  if (flatline_death_is_under_way ())
    return 1;
  state = PyGILState_Ensure ();
  answer = PyObject_CallObject (ticker.turn, NULL);
  goes_on = answer && PyObject_IsTrue (answer) == 1;
  Py_XDECREF (answer);
  PyErr_Clear ();
  PyGILState_Release (state);
  return goes_on;
}

static int
wait_for_turn (void)
{
  struct timespec until = after (CLOCK_MONOTONIC, ticker.interval_ms);
  int is_ending;

  pthread_mutex_lock (&ticker.lock);
  while (!ticker.is_ending && pthread_cond_timedwait (&ticker.changed, &ticker.lock, &until) != ETIMEDOUT)
    ;
  is_ending = ticker.is_ending;
  pthread_mutex_unlock (&ticker.lock);
  return !is_ending;
}

static void *
run (void *unused)
{
  pthread_setname_np (pthread_self (), FLATLINE_TICKER_NAME);
  ticker.id = (pid_t)syscall (SYS_gettid);
  while ((ticker.begins_at_once || wait_for_turn ()) && take_turn ())
    ticker.begins_at_once = 0;
  return NULL;
}

static int
make_thread (void)
{
  sigset_t all, before;
  pthread_attr_t attributes;
  int status;

  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, STACK_BYTES);
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  status = pthread_create (&ticker.thread, &attributes, run, NULL);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  pthread_attr_destroy (&attributes);
  return status == 0;
}

int
flatline_ticker_start (PyObject *turn, int interval_ms, int at_once)
{
  pthread_condattr_t attributes;

  if (ticker.is_running && pthread_tryjoin_np (ticker.thread, NULL) != 0)
    {
      /* It was to end and has not come to it: it goes on. */
      pthread_mutex_lock (&ticker.lock);
      ticker.is_ending = 0;
      pthread_mutex_unlock (&ticker.lock);
      return 1;
    }
  Py_CLEAR (ticker.turn);
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&ticker.changed, &attributes);
  pthread_condattr_destroy (&attributes);
  Py_INCREF (turn);
  ticker.turn = turn;
  ticker.interval_ms = interval_ms;
  ticker.begins_at_once = at_once;
  ticker.is_ending = 0;
  ticker.id = 0;
  ticker.is_running = make_thread ();
  if (!ticker.is_running)
    Py_CLEAR (ticker.turn);
  return ticker.is_running;
}

/* A thread that was joined still takes its leave of the kernel, which counts it until then. */
static void
wait_until_unknown (pid_t id, struct timespec until)
{
  const struct timespec nap = { 0, NAP_NS };
  struct timespec now;
  char path[64];

  snprintf (path, sizeof path, "/proc/self/task/%d", (int)id);
  do
    {
      if (id == 0 || access (path, F_OK) != 0)
        return;
      nanosleep (&nap, NULL);
      clock_gettime (CLOCK_REALTIME, &now);
    }
  while (now.tv_sec < until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec < until.tv_nsec));
}

void
flatline_ticker_stop (int timeout_ms)
{
  struct timespec until = after (CLOCK_REALTIME, timeout_ms);
  int is_joined;

  if (!ticker.is_running || pthread_equal (ticker.thread, pthread_self ()))
    return;
  pthread_mutex_lock (&ticker.lock);
  ticker.is_ending = 1;
  pthread_cond_signal (&ticker.changed);
  pthread_mutex_unlock (&ticker.lock);
  Py_BEGIN_ALLOW_THREADS is_joined = pthread_timedjoin_np (ticker.thread, NULL, &until) == 0;
  if (is_joined)
    wait_until_unknown (ticker.id, until);
  Py_END_ALLOW_THREADS
      /* One that does not end (it waits for something that we hold) keeps what it uses. */
      if (!is_joined) return;
  ticker.is_running = 0;
  Py_CLEAR (ticker.turn);
}

void
flatline_ticker_forget (void)
{
  ticker.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  ticker.is_running = 0;
  Py_CLEAR (ticker.turn);
}
