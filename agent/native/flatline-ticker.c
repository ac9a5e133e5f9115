/* SPDX-License-Identifier: MIT */
/* One thread a process. What it shares is under a lock that is never held while the GIL is waited for. */
#include "flatline-ticker.h"

#include "flatline-allocator.h"
#include "flatline-death.h"
#include "flatline-greeting.h"
#include "flatline-line.h"
#include "flatline-quiet.h"
#include "flatline-references.h"
#include "flatline-tracing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STACK_BYTES    (256 * 1024)
#define TURNS_A_BEAT   2
#define MAX_SKIPPED    8
#define NAP_NS         (100 * 1000)
#define MAX_LATE_MS    10000
#define JOIN_MS        500
#define GREETING_BYTES 2048

static struct
{
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t thread;
  PyObject *turn;
  int interval_ms;
  long long due_ms;  /* CLOCK_MONOTONIC, of the next turn; outlives the thread, which forks end; 0: none yet */
  int late_ms;       /* how much of that is put off for lack of a processor */
  int skipped;       /* turns in a row */
  unsigned taken;    /* turns */
  char *greeting;    /* NULL: none */
  int greets;        /* it is still to be said */
  FlatlineLine line; /* that was greeted, and not taken yet */
  int is_ready;      /* `changed` is */
  int is_running;    /* there is a thread to be joined */
  int is_leaving;    /* it has decided to end */
  int is_joining;    /* somebody waits for its end */
  int is_at_rest;    /* it waits for its next turn, or has ended */
  int is_kept;       /* it would have its turn, but for who holds it */
  int n_holding;     /* who fork now: it stays at rest meanwhile */
  int is_ending;
  pid_t id;
} ticker = { .lock = PTHREAD_MUTEX_INITIALIZER, .line = { -1, -1 } };

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

static long long
read_clock_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/*
 * To ask for the GIL takes memory, for a thread state. Where tracemalloc looks on, it waits for the GIL in the midst of
 * that, and when tracemalloc.stop() has it meanwhile, Python dies (until 3.12.8 and 3.13.1). Traces are short, or for
 * good: while there is one, turns are few.
 */
static int
is_to_be_skipped (void)
{
  if (!flatline_allocator_is_watched () || ticker.skipped >= MAX_SKIPPED)
    {
      ticker.skipped = 0;
      return 0;
    }
  ticker.skipped++;
  return 1;
}

/* With the GIL. FALSE: it was the last one. */
static int
call_turn (int is_beat_due)
{
  PyObject *is_due = PyBool_FromLong (is_beat_due);
  PyObject *answer;
  int goes_on;

  flatline_tracing_suspend ();
  answer = PyObject_CallFunctionObjArgs (ticker.turn, is_due, NULL);
  goes_on = answer && PyObject_IsTrue (answer) == 1;
  Py_DecRef (answer);
  Py_DecRef (is_due);
  PyErr_Clear ();
  flatline_tracing_resume ();
  return goes_on;
}

/* FALSE: it was the last one. */
static int
take_turn (void)
{
  PyGILState_STATE state;
  int is_beat_due, goes_on;

  if (flatline_death_is_under_way () || is_to_be_skipped ())
    return 1;
  is_beat_due = ticker.taken++ % TURNS_A_BEAT == 0;
  if (!is_beat_due && flatline_quiet_lasts ())
    return 1;
  state = PyGILState_Ensure ();
  goes_on = (is_beat_due && flatline_quiet_beat ()) || call_turn (is_beat_due);
  PyGILState_Release (state);
  return goes_on;
}

/* With the lock, which others have while it waits. */
static void
rest (const struct timespec *until)
{
  ticker.is_at_rest = 1;
  if (ticker.n_holding > 0)
    pthread_cond_broadcast (&ticker.changed);
  while (!ticker.is_ending && pthread_cond_timedwait (&ticker.changed, &ticker.lock, until) != ETIMEDOUT)
    ;
  ticker.is_kept = ticker.n_holding > 0;
  while (ticker.n_holding > 0)
    pthread_cond_wait (&ticker.changed, &ticker.lock);
  ticker.is_at_rest = ticker.is_kept = 0;
}

/* Whether it has come: a turn that is due is taken even where the thread is to end. */
static int
wait_for_turn (void)
{
  const struct timespec until = { ticker.due_ms / 1000, ticker.due_ms % 1000 * 1000000 };
  int comes;

  pthread_mutex_lock (&ticker.lock);
  rest (&until);
  ticker.is_leaving = read_clock_ms () < ticker.due_ms;
  comes = !ticker.is_leaving;
  pthread_mutex_unlock (&ticker.lock);
  return comes;
}

static void
rest_for_good (void)
{
  pthread_mutex_lock (&ticker.lock);
  ticker.is_at_rest = ticker.is_leaving = 1;
  pthread_cond_broadcast (&ticker.changed);
  pthread_mutex_unlock (&ticker.lock);
}

/* With the lock: the program has none of its threads wait for that, and connecting does not wait. */
static void
greet (void)
{
  char text[GREETING_BYTES];
  size_t length = flatline_greeting_fill (ticker.greeting, text, sizeof text);

  if (length > 0)
    ticker.line = flatline_line_open (flatline_death_get_path (), text, length);
}

/* How long the main thread of the process could have run and had no processor; 0 where the kernel does not say. */
static int
read_late_ms (void)
{
  int fd = open ("/proc/self/schedstat", O_RDONLY | O_CLOEXEC);
  char text[128];
  ssize_t length = fd >= 0 ? read (fd, text, sizeof text - 1) : -1;
  unsigned long long late_ns = 0;

  if (fd >= 0)
    close (fd);
  text[length > 0 ? length : 0] = '\0';
  sscanf (text, "%*u %llu", &late_ns);
  return late_ns < MAX_LATE_MS * 1000000LLU ? (int)(late_ns / 1000000) : MAX_LATE_MS;
}

/* What is greeted late is a program at its start, which lasts on a busy machine. */
static int
is_put_off (void)
{
  int late_ms;

  pthread_mutex_lock (&ticker.lock);
  late_ms = ticker.greets ? read_late_ms () - ticker.late_ms : 0;
  pthread_mutex_unlock (&ticker.lock);
  ticker.late_ms += late_ms;
  ticker.due_ms += late_ms;
  return late_ms > 0;
}

static void *
run (void *unused)
{
  pthread_setname_np (pthread_self (), FLATLINE_TICKER_NAME);
  ticker.id = (pid_t)syscall (SYS_gettid);
  while (wait_for_turn ())
    {
      if (is_put_off ())
        continue;
      pthread_mutex_lock (&ticker.lock);
      if (ticker.greets)
        greet ();
      ticker.greets = 0;
      pthread_mutex_unlock (&ticker.lock);
      ticker.due_ms = read_clock_ms () + ticker.interval_ms;
      if (!take_turn ())
        break;
    }
  rest_for_good ();
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

/* With the lock. */
static void
make_ready (void)
{
  pthread_condattr_t attributes;

  if (ticker.is_ready)
    return;
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&ticker.changed, &attributes);
  pthread_condattr_destroy (&attributes);
  ticker.is_ready = 1;
}

/* With the lock, without the GIL. Threads that fork at the same time all end the thread and start it again. FALSE: who
 * joins the thread still waits for it. */
static int
wait_for_joining (struct timespec until)
{
  while (ticker.is_joining && pthread_cond_timedwait (&ticker.changed, &ticker.lock, &until) != ETIMEDOUT)
    ;
  return !ticker.is_joining;
}

static void
set_greeting (const char *greeting, int greets)
{
  if (!ticker.greeting)
    ticker.greeting = strdup (greeting);
  ticker.greets = greets && ticker.greeting;
}

/* With the lock: whether there is a thread that goes on. */
static int
is_there (void)
{
  if (!ticker.is_running || ticker.is_joining)
    return ticker.is_running;
  return ticker.is_leaving ? pthread_join (ticker.thread, NULL) != 0 : pthread_tryjoin_np (ticker.thread, NULL) != 0;
}

/* With the lock. Takes @turn over, and leaves there what is no longer needed. */
static int
start (PyObject **turn, int interval_ms, long long due_ms, const char *greeting, int greets)
{
  PyObject *earlier = ticker.turn;

  if (is_there ())
    {
      /* It was to end and has not come to it: it goes on. */
      ticker.is_ending = 0;
      return 1;
    }
  ticker.turn = *turn;
  ticker.interval_ms = interval_ms;
  if (ticker.due_ms == 0 || due_ms < ticker.due_ms)
    ticker.due_ms = due_ms;
  ticker.skipped = 0;
  ticker.taken = 0;
  flatline_quiet_end ();
  flatline_allocator_note ();
  set_greeting (greeting, greets);
  ticker.is_ending = ticker.is_leaving = ticker.is_at_rest = 0;
  ticker.id = 0;
  ticker.is_running = make_thread ();
  if (ticker.is_running)
    *turn = earlier;
  else
    ticker.turn = earlier;
  return ticker.is_running;
}

int
flatline_ticker_start (PyObject *turn, int interval_ms, int first_ms, const char *greeting, int greets)
{
  const long long due_ms = read_clock_ms () + first_ms;
  PyThreadState *state;
  int is_started;

  Py_IncRef (turn);
  state = PyEval_SaveThread ();
  pthread_mutex_lock (&ticker.lock);
  make_ready ();
  wait_for_joining (after (CLOCK_MONOTONIC, JOIN_MS));
  is_started = start (&turn, interval_ms, due_ms, greeting, greets);
  pthread_mutex_unlock (&ticker.lock);
  PyEval_RestoreThread (state);
  Py_DecRef (turn);
  return is_started;
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

/* With the lock, without the GIL. Returns what the thread that has ended does not need any more. */
static PyObject *
join (int timeout_ms)
{
  struct timespec until = after (CLOCK_REALTIME, timeout_ms);
  PyObject *turn = NULL;
  int is_joined;

  ticker.is_joining = ticker.is_ending = 1;
  pthread_cond_broadcast (&ticker.changed);
  pthread_mutex_unlock (&ticker.lock);
  is_joined = pthread_timedjoin_np (ticker.thread, NULL, &until) == 0;
  if (is_joined)
    wait_until_unknown (ticker.id, until);
  pthread_mutex_lock (&ticker.lock);
  ticker.is_joining = 0;
  pthread_cond_broadcast (&ticker.changed);
  /* One that does not end (it waits for something that we hold) keeps what it uses. */
  if (is_joined)
    {
      ticker.is_running = 0;
      turn = ticker.turn;
      ticker.turn = NULL;
    }
  return turn;
}

void
flatline_ticker_stop (int timeout_ms)
{
  PyThreadState *state = PyEval_SaveThread ();
  PyObject *turn = NULL;

  pthread_mutex_lock (&ticker.lock);
  make_ready ();
  if (wait_for_joining (after (CLOCK_MONOTONIC, timeout_ms)) && ticker.is_running
      && !pthread_equal (ticker.thread, pthread_self ()))
    turn = join (timeout_ms);
  pthread_mutex_unlock (&ticker.lock);
  PyEval_RestoreThread (state);
  Py_DecRef (turn);
}

/* With the lock. */
static int
is_busy (void)
{
  return ticker.is_running && !ticker.is_at_rest && !pthread_equal (ticker.thread, pthread_self ());
}

static void
wait_for_rest (struct timespec until)
{
  PyThreadState *state = PyEval_SaveThread ();

  pthread_mutex_lock (&ticker.lock);
  while (is_busy () && pthread_cond_timedwait (&ticker.changed, &ticker.lock, &until) != ETIMEDOUT)
    ;
  pthread_mutex_unlock (&ticker.lock);
  PyEval_RestoreThread (state);
}

int
flatline_ticker_hold (int timeout_ms)
{
  int has_to_wait;

  pthread_mutex_lock (&ticker.lock);
  ticker.n_holding++;
  has_to_wait = is_busy ();
  pthread_mutex_unlock (&ticker.lock);
  if (has_to_wait)
    wait_for_rest (after (CLOCK_MONOTONIC, timeout_ms));
  return ticker.is_running && !ticker.is_leaving;
}

void
flatline_ticker_let_go (void)
{
  pthread_mutex_lock (&ticker.lock);
  if (--ticker.n_holding == 0 && ticker.is_kept)
    pthread_cond_broadcast (&ticker.changed);
  pthread_mutex_unlock (&ticker.lock);
}

FlatlineLine
flatline_ticker_take_line (void)
{
  FlatlineLine line;

  pthread_mutex_lock (&ticker.lock);
  ticker.greets = 0;
  line = ticker.line;
  ticker.line = FLATLINE_NO_LINE;
  pthread_mutex_unlock (&ticker.lock);
  return line;
}

/* Of the thread that only the parent has. */
static void
forget_thread (void)
{
  ticker.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  flatline_line_close (&ticker.line);
  flatline_quiet_forget ();
  ticker.due_ms = 0;
  ticker.late_ms = 0;
  ticker.is_ready = ticker.is_running = ticker.is_joining = ticker.n_holding = 0;
  ticker.is_ending = ticker.is_leaving = ticker.is_at_rest = ticker.is_kept = 0;
  ticker.greets = 0;
}

void
flatline_ticker_forget (void)
{
  forget_thread ();
  flatline_clear_reference (&ticker.turn);
}

int
flatline_ticker_restart (int first_ms)
{
  forget_thread ();
  if (!ticker.turn || !ticker.greeting)
    return 0;
  make_ready ();
  ticker.due_ms = read_clock_ms () + first_ms;
  ticker.skipped = 0;
  ticker.taken = 0;
  ticker.greets = 1;
  ticker.is_running = make_thread ();
  return ticker.is_running;
}
