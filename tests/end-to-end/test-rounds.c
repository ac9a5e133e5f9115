/* SPDX-License-Identifier: MIT */
/*
 * Start, freeze, look, kill, over and over in one supervisor, and programs that freeze and go on, whose runs are kept:
 * nothing may grow and nothing may stay. A few rounds in the usual run, 1,000 and 50 with FLATLINE_TEST_SOAK
 * (./test --soak).
 */
#include "config.h"

#include "flatline-process.h"
#include "flatline-session.h"

#include <glib/gstdio.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define USUAL_ROUNDS    6
#define SOAK_ROUNDS     1000
#define WARM_UP_ROUNDS  3 /* type systems, thread pools and caches come to be once */
#define ROUND_TIMEOUT_S 60
#define USUAL_RUNS      6
#define SOAK_RUNS       50
#define SILENCES        "3"   /* of each run */
#define MOST_A_RUN      50000 /* bytes that one run more may leave: beats of the last minutes; a snapshot has 35,000 */

static const char *const PROGRAMS[] = { "stopped.py", "gil_hog.py", "busy_after_beats.py" };

typedef struct
{
  GMainLoop *loop;
  FlatlineSession *session;
  gint64 pid;
  guint n_freezes;
  guint n_threads_seen;
  gboolean timed_out;
} Round;

static void
on_freeze (Round *round, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  round->n_freezes++;
  round->n_threads_seen += flatline_list_length (snapshot->threads);
  flatline_session_kill (round->session);
}

static void
on_exited (Round *round, int exit_status, int exit_signal)
{
  g_assert_cmpint (exit_signal, ==, SIGKILL);
  g_main_loop_quit (round->loop);
}

static gboolean
on_timeout (gpointer user_data)
{
  Round *round = user_data;

  round->timed_out = TRUE;
  g_main_loop_quit (round->loop);
  return G_SOURCE_REMOVE;
}

static guint
count_entries (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir))
    count++;
  return count;
}

static void
do_round (FlatlineSession *session, const char *program)
{
  g_autofree char *script =
      g_build_filename (g_getenv ("FLATLINE_TEST_SOURCE_ROOT"), "tests", "fixtures", "programs", program, NULL);
  const char *const argv[] = { script, NULL };
  g_autoptr (GError) error = NULL;
  Round round = { .loop = g_main_loop_new (NULL, FALSE), .session = session };
  gulong handlers[2];
  guint timeout = g_timeout_add_seconds (ROUND_TIMEOUT_S, on_timeout, &round);

  handlers[0] = g_signal_connect_swapped (session, "freeze-detected", G_CALLBACK (on_freeze), &round);
  handlers[1] = g_signal_connect_swapped (session, "exited", G_CALLBACK (on_exited), &round);
  flatline_session_set_program (session, argv, NULL);
  flatline_session_start (session, &error);
  g_assert_no_error (error);
  round.pid = flatline_session_get_pid (session);
  g_main_loop_run (round.loop);
  g_assert_false (round.timed_out);
  g_source_remove (timeout);
  g_assert_cmpuint (round.n_freezes, ==, 1);
  g_assert_cmpuint (round.n_threads_seen, >, 0);
  g_assert_cmpint (flatline_process_read_state (round.pid), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_handler_disconnect (session, handlers[i]);
  g_main_loop_unref (round.loop);
}

/* The guard of pauses stays for as long as we do. */
static gboolean
is_guard (const char *pid)
{
  g_autofree char *file = g_build_filename ("/proc", pid, "comm", NULL);
  g_autofree char *name = NULL;

  return g_file_get_contents (file, &name, NULL, NULL) && g_str_equal (g_strchomp (name), "flatline-guard");
}

static guint
count_children (void)
{
  g_autoptr (GDir) threads = g_dir_open ("/proc/self/task", 0, NULL);
  const char *thread;
  guint n = 0;

  while ((thread = g_dir_read_name (threads)))
    {
      g_autofree char *file = g_build_filename ("/proc/self/task", thread, "children", NULL);
      g_autofree char *text = NULL;
      g_auto (GStrv) pids = NULL;

      if (!g_file_get_contents (file, &text, NULL, NULL))
        continue;
      pids = g_strsplit (text, " ", -1);
      for (char **pid = pids; *pid; pid++)
        n += **pid && !is_guard (*pid);
    }
  return n;
}

/* The keeper of the terminal and orphans end a moment after the program. */
static void
wait_for_no_children (void)
{
  gint64 deadline = g_get_monotonic_time () + ROUND_TIMEOUT_S * G_USEC_PER_SEC;

  while (count_children () > 0)
    {
      g_main_context_iteration (NULL, FALSE);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (1000);
    }
}

/* What each descriptor leads to but the one that this is read with. */
static GPtrArray *
list_descriptors (gboolean *is_reading)
{
  g_autofree char *own = g_strdup_printf ("/proc/%d/fd", getpid ());
  g_autoptr (GPtrArray) targets = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (own, 0, NULL);
  const char *name;

  *is_reading = FALSE;
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *link = g_build_filename (own, name, NULL);
      g_autofree char *target = g_file_read_link (link, NULL);

      if (g_strcmp0 (target, own) == 0)
        continue;
      *is_reading |= !target || g_str_has_prefix (target, "/proc");
      g_ptr_array_add (targets, g_strdup_printf ("%s: %s", name, target ? target : "closed meanwhile"));
    }
  return g_steal_pointer (&targets);
}

static char *
join_lines (GPtrArray *lines)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf (text, "  %s\n", (const char *)g_ptr_array_index (lines, i));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* A worker may be looking through /proc just then: what it has open it closes. */
static GPtrArray *
wait_for_descriptors (void)
{
  gint64 deadline = g_get_monotonic_time () + ROUND_TIMEOUT_S * G_USEC_PER_SEC;

  for (;;)
    {
      gboolean is_reading;
      g_autoptr (GPtrArray) descriptors = list_descriptors (&is_reading);
      g_autofree char *text = join_lines (descriptors);

      if (!is_reading)
        return g_steal_pointer (&descriptors);
      if (g_get_monotonic_time () > deadline)
        g_error ("files of /proc stay open:\n%s", text);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
}

/* Idle threads of GLib's pools end by themselves after a while: only growth beyond a pool's size is a leak. */
static void
test_rounds (void)
{
  g_autoptr (FlatlineConfig) config = flatline_config_new ();
  g_autoptr (FlatlineSession) session = NULL;
  g_autofree char *folder = g_dir_make_tmp ("flatline-rounds-XXXXXX", NULL);
  guint n_rounds = g_getenv ("FLATLINE_TEST_SOAK") ? SOAK_ROUNDS : USUAL_ROUNDS;
  g_autoptr (GPtrArray) first = NULL, last = NULL;
  guint threads = 0;

  config->freeze_threshold = 0.2;
  config->poll_interval = 0.2;
  config->poll_fail_limit = 2;
  config->log_folder = g_strdup (folder);
  config->python = g_strdup ("/usr/bin/python3");
  session = flatline_session_new (config, NULL);
  for (guint i = 0; i < n_rounds; i++)
    {
      do_round (session, PROGRAMS[i % G_N_ELEMENTS (PROGRAMS)]);
      wait_for_no_children ();
      if (i + 1 == WARM_UP_ROUNDS)
        {
          first = wait_for_descriptors ();
          threads = count_entries ("/proc/self/task");
        }
    }
  last = wait_for_descriptors ();
  g_test_message ("%u rounds; descriptors %u, then %u; threads %u, then %u", n_rounds, first->len, last->len, threads,
                  count_entries ("/proc/self/task"));
  if (last->len > first->len)
    {
      g_autofree char *before = join_lines (first);
      g_autofree char *after = join_lines (last);

      g_error ("after %u rounds:\n%safter %u rounds:\n%s", WARM_UP_ROUNDS, before, n_rounds, after);
    }
  g_assert_cmpuint (count_entries ("/proc/self/task"), <=, threads + g_get_num_processors ());
  flatline_session_shutdown (session, 1000);
}

static void
count_up (guint *number)
{
  ++*number;
}

/* @n_exited says when the run is over. */
static void
do_run (FlatlineSession *session, guint n_runs, const guint *n_exited)
{
  const gint64 deadline = g_get_monotonic_time () + ROUND_TIMEOUT_S * G_USEC_PER_SEC;
  g_autoptr (GError) error = NULL;

  flatline_session_start (session, &error);
  g_assert_no_error (error);
  while (*n_exited < n_runs)
    {
      g_main_context_iteration (NULL, TRUE);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    }
  wait_for_no_children ();
}

/* What lives in the heap now, of whoever allocates as most do. */
static gsize
count_bytes (FlatlineStore *store)
{
  struct mallinfo2 heap;

  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_true (flatline_store_flush (store, ROUND_TIMEOUT_S * 1000));
  heap = mallinfo2 ();
  return heap.uordblks + heap.hblkhd;
}

static void
test_memory (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-runs-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "store.sqlite", NULL);
  g_autofree char *script = g_build_filename (g_getenv ("FLATLINE_TEST_SOURCE_ROOT"), "tests", "fixtures", "programs",
                                              "now_and_then.py", NULL);
  const char *const argv[] = { script, SILENCES, NULL };
  g_autoptr (FlatlineConfig) config = flatline_config_new ();
  g_autoptr (FlatlineStore) store = flatline_store_open_sqlite (file, NULL);
  g_autoptr (FlatlineSession) session = NULL;
  const guint n_runs = g_getenv ("FLATLINE_TEST_SOAK") ? SOAK_RUNS : USUAL_RUNS;
  const gsize most_more = (n_runs - WARM_UP_ROUNDS) * MOST_A_RUN;
  guint n_exited = 0, n_freezes = 0, n_recovered = 0, n_beats = 0;
  gsize first = 0, last;

  config->freeze_threshold = 0.2;
  config->poll_interval = 0.2;
  config->log_folder = g_strdup (folder);
  config->python = g_strdup ("/usr/bin/python3");
  session = flatline_session_new (config, store);
  g_signal_connect_swapped (session, "exited", G_CALLBACK (count_up), &n_exited);
  g_signal_connect_swapped (session, "freeze-detected", G_CALLBACK (count_up), &n_freezes);
  g_signal_connect_swapped (session, "recovered", G_CALLBACK (count_up), &n_recovered);
  g_signal_connect_swapped (session, "beat", G_CALLBACK (count_up), &n_beats);
  flatline_session_set_program (session, argv, folder);
  for (guint i = 0; i < n_runs; i++)
    {
      do_run (session, i + 1, &n_exited);
      last = count_bytes (store);
      g_test_message ("run %u: %" G_GSIZE_FORMAT " bytes, %u beats, %u freezes", i + 1, last, n_beats, n_freezes);
      if (i + 1 == WARM_UP_ROUNDS)
        first = last;
    }
  g_assert_cmpuint (n_freezes, >=, n_runs);
  g_assert_cmpuint (n_recovered, >, 0);
  g_assert_cmpuint (n_beats, >, n_runs * 50);
  /* A worker that still looks at something has its share for so long. */
  for (guint i = 0; last >= first + most_more && i < ROUND_TIMEOUT_S * 10; i++)
    {
      g_usleep (G_USEC_PER_SEC / 10);
      last = count_bytes (store);
    }
  g_assert_cmpuint (last, <, first + most_more);
  flatline_session_shutdown (session, 1000);
}

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp ("flatline-rounds-home-XXXXXX", NULL);

  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_setenv ("XDG_RUNTIME_DIR", home, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/end-to-end/rounds/nothing-stays", test_rounds);
  g_test_add_func ("/end-to-end/rounds/memory", test_memory);
  return g_test_run ();
}
