/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a program with a GLib main loop: how long each turn of the main loop takes, from the moment poll() has
 * returned to the moment it is called again, by the wall clock and in processor time, which what else runs on the
 * machine does not count in. FLATLINE_TURNS_FILE gets a line for each turn of more than 16 ms by either: both times,
 * how often it touched new memory, waited and had to give way, and what each phase of its frame took; and the sums when
 * it is ended by SIGUSR1; and each warning that is logged has a line. With FLATLINE_TURNS_STACKS also where such a turn
 * was at each millisecond of processor time, and where the warning came from; and with FLATLINE_TURNS_LIMIT_US another
 * limit counts.
 */
#include <glib-object.h>

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define N_STACKS  100
#define N_FRAMES  96
#define N_CLASSES 8 /* up to 1, 2, 4, 8, 16, 32, 64 ms, and more */

/* What a frame does, in this order; each is a signal of GdkFrameClock that is told before it is done. */
static const char *const phases[] = { "flush-events", "before-paint", "update", "layout", "paint", "after-paint" };

static struct
{
  int fd;
  gint64 limit_us;
  gint64 began_us;
  gint64 total_us;
  gint64 worst_us;
  gint64 began_clock_us;
  gint64 worst_clock_us;
  struct rusage began_usage;
  guint64 n_turns;
  guint64 n_slow;
  guint64 n_slow_clock;
  guint64 classes[N_CLASSES];
  gint64 phase_us[G_N_ELEMENTS (phases)]; /* of this turn */
  int phase;                              /* that is being done; -1: none */
  gint64 phase_began_us;
  gboolean frame_watched;
  gboolean frame_seen;
  gboolean frame_ended; /* the turn with the first frame is over */
  gboolean samples;
  timer_t timer;
  void *stacks[N_STACKS][N_FRAMES]; /* of this turn */
  int n_frames[N_STACKS];
  int n_stacks;
} turns = { .fd = -1, .limit_us = 16000, .phase = -1 };

static gint64
read_clock_us (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
say (const char *format, ...)
{
  char line[256];
  va_list arguments;
  int length;

  va_start (arguments, format);
  length = vsnprintf (line, sizeof line, format, arguments);
  va_end (arguments);
  if (length > 0 && write (turns.fd, line, MIN ((gsize)length, sizeof line - 1)) < 0)
    return;
}

static void
enter_phase (int phase)
{
  gint64 now_us = read_clock_us (CLOCK_THREAD_CPUTIME_ID);

  if (turns.phase >= 0)
    turns.phase_us[turns.phase] += now_us - turns.phase_began_us;
  turns.phase = phase;
  turns.phase_began_us = now_us;
}

static gboolean
on_phase (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer data)
{
  enter_phase (GPOINTER_TO_INT (data));
  if (GPOINTER_TO_INT (data) < (int)G_N_ELEMENTS (phases) - 1)
    return TRUE;
  if (!turns.frame_seen)
    say ("frame %" G_GINT64_FORMAT "\n", g_get_monotonic_time ());
  turns.frame_seen = TRUE;
  return TRUE;
}

/* GDK's type is there once its first window is. */
static void
watch_frame (void)
{
  GType type = g_type_from_name ("GdkFrameClock");

  if (type == 0 || g_signal_lookup ("after-paint", type) == 0)
    return;
  turns.frame_watched = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    g_signal_add_emission_hook (g_signal_lookup (phases[i], type), 0, on_phase, GINT_TO_POINTER (i), NULL);
}

static void
arm (gint64 interval_us)
{
  struct itimerspec times = { { 0, interval_us * 1000 }, { 0, interval_us * 1000 } };

  if (turns.samples)
    timer_settime (turns.timer, 0, &times, NULL);
}

static void
on_sample (int signum)
{
  if (turns.n_stacks == N_STACKS)
    return;
  turns.n_frames[turns.n_stacks] = backtrace (turns.stacks[turns.n_stacks], N_FRAMES);
  turns.n_stacks++;
}

static void
say_stacks (void)
{
  for (int i = 0; i < turns.n_stacks; i++)
    {
      say ("stack\n");
      backtrace_symbols_fd (turns.stacks[i], turns.n_frames[i], turns.fd);
    }
}

static const char *
find_field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, key) == 0)
      return fields[i].value;
  return "";
}

static void
say_warning (const char *message)
{
  void *frames[N_FRAMES];

  say ("warning %" G_GINT64_FORMAT " %.200s\n", g_get_monotonic_time (), message);
  if (!turns.samples)
    return;
  say ("stack\n");
  backtrace_symbols_fd (frames, backtrace (frames, N_FRAMES), turns.fd);
}

/* In the place of GLib's, for who calls it as Flatline does. */
GLogWriterOutput
g_log_writer_default (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  GLogWriterFunc next = (GLogWriterFunc)dlsym (RTLD_NEXT, "g_log_writer_default");

  if (turns.fd >= 0 && level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING))
    say_warning (find_field (fields, n_fields, "MESSAGE"));
  return next (level, fields, n_fields, user_data);
}

static void
say_phases (gint64 spent_us)
{
  say ("phases");
  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    {
      say (" %s %" G_GINT64_FORMAT, phases[i], turns.phase_us[i]);
      spent_us -= turns.phase_us[i];
    }
  say (" rest %" G_GINT64_FORMAT "\n", spent_us);
}

static void
say_turn (gint64 spent_us, gint64 clock_us)
{
  struct rusage usage = { 0 };

  getrusage (RUSAGE_THREAD, &usage);
  say ("slow %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %ld %ld %ld\n", g_get_monotonic_time (),
       spent_us, clock_us, usage.ru_minflt - turns.began_usage.ru_minflt, usage.ru_nvcsw - turns.began_usage.ru_nvcsw,
       usage.ru_nivcsw - turns.began_usage.ru_nivcsw);
  say_phases (spent_us);
  say_stacks ();
}

static void
count_turn (gint64 spent_us, gint64 clock_us)
{
  int class = 0;

  while (class < N_CLASSES - 1 && spent_us > (1000 << class))
    class ++;
  turns.classes[class]++;
  turns.n_turns++;
  turns.total_us += spent_us;
  turns.worst_us = MAX (turns.worst_us, spent_us);
  turns.worst_clock_us = MAX (turns.worst_clock_us, clock_us);
  turns.n_slow += spent_us > turns.limit_us;
  turns.n_slow_clock += clock_us > turns.limit_us;
  if (MAX (spent_us, clock_us) > turns.limit_us)
    say_turn (spent_us, clock_us);
}

/* Before there is a window to hold up, turns are not counted, but told. */
static int
poll_between_turns (GPollFD *fds, guint n_fds, int timeout)
{
  gint64 spent_us = read_clock_us (CLOCK_THREAD_CPUTIME_ID) - turns.began_us;
  gint64 clock_us = g_get_monotonic_time () - turns.began_clock_us;
  int result;

  arm (0);
  enter_phase (-1);
  if (turns.frame_ended)
    count_turn (spent_us, clock_us);
  else if (spent_us > turns.limit_us)
    say ("start %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", g_get_monotonic_time (), spent_us);
  turns.frame_ended = turns.frame_seen;
  if (!turns.frame_watched)
    watch_frame ();
  result = g_poll (fds, n_fds, timeout);
  memset (turns.phase_us, 0, sizeof turns.phase_us);
  turns.n_stacks = 0;
  getrusage (RUSAGE_THREAD, &turns.began_usage);
  turns.began_us = read_clock_us (CLOCK_THREAD_CPUTIME_ID);
  turns.began_clock_us = g_get_monotonic_time ();
  arm (1000);
  return result;
}

static void
prepare_stacks (void)
{
  struct sigaction action = { .sa_handler = on_sample, .sa_flags = SA_RESTART };
  struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGPROF };
  void *frames[1];

  event._sigev_un._tid = (int)syscall (SYS_gettid);
  backtrace (frames, 1); /* loads what it needs, which a signal handler may not */
  sigaction (SIGPROF, &action, NULL);
  turns.samples = timer_create (CLOCK_THREAD_CPUTIME_ID, &event, &turns.timer) == 0;
}

static void
say_sums (void)
{
  say ("turns %" G_GUINT64_FORMAT " slow %" G_GUINT64_FORMAT " worst %" G_GINT64_FORMAT " total %" G_GINT64_FORMAT "\n",
       turns.n_turns, turns.n_slow, turns.worst_us, turns.total_us);
  say ("clock slow %" G_GUINT64_FORMAT " worst %" G_GINT64_FORMAT "\n", turns.n_slow_clock, turns.worst_clock_us);
  for (int i = 0; i < N_CLASSES; i++)
    say ("class %d %" G_GUINT64_FORMAT "\n", i, turns.classes[i]);
}

static void
on_end (int signum)
{
  say_sums ();
  _exit (0);
}

__attribute__ ((constructor)) static void
begin (void)
{
  const char *file = g_getenv ("FLATLINE_TURNS_FILE");

  g_unsetenv ("LD_PRELOAD"); /* not for the programs it starts */
  turns.fd = file ? open (file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
  if (turns.fd < 0)
    return;
  if (g_getenv ("FLATLINE_TURNS_LIMIT_US"))
    turns.limit_us = g_ascii_strtoll (g_getenv ("FLATLINE_TURNS_LIMIT_US"), NULL, 10);
  turns.began_us = read_clock_us (CLOCK_THREAD_CPUTIME_ID);
  signal (SIGUSR1, on_end);
  if (g_getenv ("FLATLINE_TURNS_STACKS"))
    prepare_stacks ();
  g_main_context_set_poll_func (g_main_context_default (), poll_between_turns);
}
