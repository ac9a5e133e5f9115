/* SPDX-License-Identifier: MIT */
/*
 * A kernel that tells nonsense in /proc, or less than it should (spoiled-proc.c): a living program (proc_program.py) is
 * read all the same. What comes of it can be shown and kept, and the program goes on.
 * ./test --fuzz SECONDS session/hostile-proc goes on with it for so long; FLATLINE_TEST_SEED tries one.
 */
#include "flatline-capture.h"
#include "flatline-memory-watch.h"
#include "flatline-orphan-reaper.h"
#include "flatline-process-tree.h"
#include "flatline-process.h"
#include "flatline-report-html.h"
#include "flatline-report-text.h"
#include "spoiled-proc.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LEAST_ROUNDS 40

typedef struct
{
  GPid pid;
  FlatlineInspector *inspector;
  guint n_read, n_spoiled;
} Fixture;

static void
check_text (const char *text)
{
  g_assert_nonnull (text);
  g_assert_true (g_utf8_validate (text, -1, NULL));
}

/* As it is written, and as a person sees it. */
static void
check_snapshot (Fixture *fixture, FlatlineSnapshot *snapshot, const GError *error)
{
  g_autofree char *json = NULL;
  g_autofree char *text = NULL;
  g_autofree char *html = NULL;

  if (!snapshot)
    {
      g_assert_nonnull (error);
      check_text (error->message);
      return;
    }
  json = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), FALSE);
  check_text (json);
  text = flatline_report_text (snapshot, FLATLINE_REPORT_ALL);
  check_text (text);
  html = flatline_report_html (snapshot);
  check_text (html);
  fixture->n_read++;
}

static void
capture (Fixture *fixture)
{
  static const char *const reasons[] = { "freeze", "manual" };
  FlatlineCaptureBudget budget = flatline_capture_budget_default ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = NULL;

  budget.native = fixture->n_read % 2;
  snapshot =
      flatline_capture (fixture->inspector, fixture->pid, reasons[fixture->n_read / 2 % 2], &budget, NULL, &error);
  check_snapshot (fixture, snapshot, error);
}

static void
look (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = flatline_capture_look (fixture->inspector, fixture->pid, NULL, &error);

  check_snapshot (fixture, snapshot, error);
}

static void
read_stacks (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot =
      flatline_capture_stacks (fixture->inspector, fixture->pid, "manual", 100, &error);

  check_snapshot (fixture, snapshot, error);
}

/* What a session does beside: the tree, in which orphans are searched for, its memory, the list to choose from. */
static void
watch (Fixture *fixture)
{
  g_autoptr (FlatlineMemoryWatch) memory = flatline_memory_watch_new (fixture->pid);
  g_autoptr (FlatlineProcessTree) tree = flatline_process_tree_new ();
  g_autoptr (GPtrArray) processes = flatline_processes_list ();
  g_autoptr (GArray) orphans = flatline_orphan_reaper_list (fixture->pid, "none");
  g_autoptr (GListStore) facts = NULL;
  const char *killer = NULL;

  flatline_process_tree_set_root (tree, fixture->pid);
  flatline_process_tree_refresh_async (tree, NULL, NULL, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  flatline_memory_watch_look (memory);
  facts = flatline_memory_watch_tell (memory, 0, &killer);
  g_assert_cmpuint (flatline_list_length (facts), >, 0);
  for (guint i = 0; i < processes->len; i++)
    {
      g_autofree char *json = flatline_record_to_json_string (processes->pdata[i], FALSE);

      check_text (json);
    }
}

/* Every thread goes on as it was. */
static void
check_goes_on (Fixture *fixture)
{
  g_autoptr (GArray) threads = flatline_process_list_threads (fixture->pid);

  g_assert_cmpuint (threads->len, >, 5);
  for (guint i = 0; i < threads->len; i++)
    {
      g_autoptr (FlatlineThread) thread = g_object_new (FLATLINE_TYPE_THREAD, "pid", (gint64)fixture->pid, "native-id",
                                                        g_array_index (threads, gint64, i), NULL);

      flatline_thread_read_kernel_facts (thread);
      g_assert_cmpstr (thread->state, !=, "t");
      g_assert_cmpstr (thread->state, !=, "T");
    }
}

static void
try_seed (Fixture *fixture, guint32 seed)
{
  void (*const deeds[]) (Fixture *) = { capture, look, read_stacks, watch };

  g_test_message ("seed %u", seed);
  /* What was found before is not used again, so that all of it is read. */
  fixture->inspector = flatline_inspector_new (fixture->pid);
  spoiled_proc_begin (seed);
  for (guint i = 0; i < G_N_ELEMENTS (deeds); i++)
    deeds[i](fixture);
  fixture->n_spoiled += spoiled_proc_end ();
  g_clear_object (&fixture->inspector);
  check_goes_on (fixture);
}

static void
set_up (Fixture *fixture)
{
  g_autofree char *program = g_test_build_filename (G_TEST_DIST, "session", "proc_program.py", NULL);
  const char *const argv[] = { "/usr/bin/python3", "-I", program, NULL };
  g_autoptr (GError) error = NULL;
  char word[6] = "";
  int output = -1;

  g_spawn_async_with_pipes (NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, (GSpawnChildSetupFunc)setsid, NULL,
                            &fixture->pid, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read (output, word, 5), ==, 5);
  g_assert_cmpstr (word, ==, "ready");
  close (output);
}

static void
tear_down (Fixture *fixture)
{
  g_assert_cmpint (kill (-fixture->pid, SIGKILL), ==, 0);
  while (waitpid (fixture->pid, NULL, 0) < 0 && errno == EINTR)
    ;
}

static void
test_nonsense (void)
{
  const char *one = g_getenv ("FLATLINE_TEST_SEED");
  const char *seconds = g_getenv ("FLATLINE_TEST_FUZZ_SECONDS");
  const gint64 end_us = g_get_monotonic_time () + (seconds ? g_ascii_strtoll (seconds, NULL, 10) : 0) * G_USEC_PER_SEC;
  guint32 seed = one ? (guint32)g_ascii_strtoull (one, NULL, 10) : seconds ? g_random_int () : 1;
  Fixture fixture = { 0 };
  guint n;

  set_up (&fixture);
  for (n = 0; n < (one ? 1 : LEAST_ROUNDS) || (!one && g_get_monotonic_time () < end_us); n++)
    try_seed (&fixture, seed++);
  g_test_message ("%u tried, %u spoiled, %u read", n, fixture.n_spoiled, fixture.n_read);
  g_assert_cmpuint (fixture.n_spoiled, >, n);
  g_assert_cmpuint (fixture.n_read, >, one ? 0 : n);
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/hostile-proc/nonsense", test_nonsense);
  return g_test_run ();
}
