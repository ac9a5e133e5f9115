/* SPDX-License-Identifier: MIT */
/* What is waited for while a program starts, or comes to its end, and the verdict that gets. */
#include "scene.h"

#include <string.h>

static void
test_shutdown (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");
  FlatlineThread *worker = scene_add_thread (snapshot, 101, "saver");

  scene_set_syscall (main_thread, "futex 0x1");
  scene_add_frame (main_thread, SCENE_LIB "threading.py", "_shutdown", 1590);
  scene_set_syscall (worker, "clock_nanosleep 0x1");
  scene_add_frame (worker, SCENE_FILE, "save", 3);
  scene_expect (snapshot, "shutdown-hang", "likely", NULL);
  scene_expect_words (snapshot, "at exit, waits for the end of thread ‘saver’, which sleeps");
}

static guint
count_facts (FlatlineSnapshot *snapshot, const char *words)
{
  guint count = 0;

  for (guint i = 0; i < flatline_list_length (snapshot->verdict->evidence); i++)
    {
      FlatlineEvidence *evidence = flatline_list_peek (snapshot->verdict->evidence, i);

      count += strstr (evidence->fact, words) != NULL;
    }
  return count;
}

static void
test_living_at_exit (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");

  scene_set_syscall (main_thread, "futex 0x1");
  scene_add_frame (main_thread, SCENE_LIB "threading.py", "_shutdown", 1590);
  for (gint64 id = 101; id <= 113; id++)
    {
      FlatlineThread *thread = scene_add_thread (snapshot, id, id == 101 ? "watcher" : "saver");

      thread->is_daemon = id == 101;
      scene_set_syscall (thread, "clock_nanosleep 0x1");
      scene_add_frame (thread, SCENE_FILE, "save", 3);
    }
  scene_expect (snapshot, "shutdown-hang", "likely", NULL);
  g_assert_cmpuint (count_facts (snapshot, "thread ‘saver’ is still alive, in " SCENE_FILE ":3 in save: sleeps"), ==,
                    10);
  g_assert_cmpuint (count_facts (snapshot, "2 more are not shown"), ==, 1);
  g_assert_cmpuint (count_facts (snapshot, "thread ‘watcher’ is still alive"), ==, 0);
}

static void
test_atexit (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");

  scene_set_syscall (main_thread, "clock_nanosleep 0x1");
  scene_add_frame (main_thread, SCENE_FILE, "clean_up", 3);
  scene_expect (snapshot, "shutdown-hang", "likely", SCENE_FILE ":3 in clean_up");
  g_assert_cmpuint (count_facts (snapshot, "MainThread runs the atexit handler " SCENE_FILE ":3 in clean_up"), ==, 1);
}

/* Only a stack without its outermost calls does not show who called nobody; other limits of a snapshot say nothing. */
static void
test_atexit_of_cut_snapshot (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");

  scene_set_syscall (main_thread, "read 0x7");
  scene_add_descriptor (snapshot, 7, "pipe", "pipe:[7]", 0);
  scene_add_frame (main_thread, SCENE_FILE, "clean_up", 3);
  flatline_snapshot_add_limit (snapshot, "The pause was as long as it may be");
  scene_expect (snapshot, "shutdown-hang", "likely", SCENE_FILE ":3 in clean_up");
  main_thread->cut = TRUE;
  g_clear_object (&snapshot->verdict);
  scene_expect (snapshot, "pipe-wait", NULL, NULL);
}

static void
test_finalizer (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");

  scene_set_syscall (main_thread, "clock_nanosleep 0x1");
  scene_add_frame (main_thread, SCENE_FILE, "__del__", 3);
  scene_expect (snapshot, "shutdown-hang", "likely", SCENE_FILE ":3 in __del__");
  g_assert_cmpuint (count_facts (snapshot, "MainThread runs the finalizer " SCENE_FILE ":3 in __del__"), ==, 1);
}

static void
test_startup (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");

  scene_set_syscall (main_thread, "clock_nanosleep 0x1");
  scene_add_frame (main_thread, "/home/ann/site-packages/usercustomize.py", "<module>", 2);
  scene_add_frame (main_thread, "<frozen importlib._bootstrap>", "_find_and_load", 1176);
  scene_expect (snapshot, "startup-hang", "likely", NULL);
}

/* What an exception ended is not starting any more, though it lived for moments only. */
static void
test_after_an_exception (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");

  scene_set_syscall (main_thread, "futex 0x1");
  g_object_set (snapshot, "phase", "startup", "reason", "exception", NULL);
  snapshot->exception = g_object_new (FLATLINE_TYPE_EXCEPTION_INFO, NULL);
  g_object_set (snapshot->exception, "type-name", "ValueError", "message", "of the script", NULL);
  scene_expect (snapshot, "exception", "certain", NULL);
  g_assert_true (g_str_has_prefix (main_thread->waiting_for, "has finished the program"));
  g_object_set (snapshot->exception, "message", "2 errors\nfirst\nsecond", NULL);
  scene_expect (snapshot, "exception", "certain", NULL);
  g_assert_cmpstr (snapshot->verdict->summary, ==, "ValueError: 2 errors …");
}

/* Whether an import that waits is a start that hangs, by what the program has to do besides and has printed. */
static void
test_import (void)
{
  static const struct
  {
    const char *source; /* of SCENE_FILE, whose second line imports */
    const char *output;
    const char *caller; /* of SCENE_FILE's module */
    const char *call;
    const char *kind;
  } cases[] = {
    { "import os\nimport stuck\nstuck.run()\n", NULL, NULL, "clock_nanosleep 0x1", "startup-hang" },
    { "import os\nimport stuck\nstuck.run()\n", "hello\n", NULL, "clock_nanosleep 0x1", "startup-hang" },
    { "import os\nimport stuck\nstuck.run()\n", NULL, NULL, "read 0x0", "startup-hang" },
    /* The module is the program. */
    { "import os\nimport stuck\n\n# the end\n", NULL, NULL, "clock_nanosleep 0x1", "sleep" },
    { "import os\nfrom stuck import (\n  a,\n  b)\n", NULL, NULL, "clock_nanosleep 0x1", "sleep" },
    { "import os\nfrom stuck import (\n  a,\n  b)\na()\n", NULL, NULL, "clock_nanosleep 0x1", "startup-hang" },
    { "import os\nimport stuck\n", NULL, "/usr/lib/python3.11/runpy.py run_module", "clock_nanosleep 0x1", "sleep" },
    { "import os\nimport stuck\n", NULL, "/usr/lib/python3/dist-packages/framework.py load", "clock_nanosleep 0x1",
      "startup-hang" },
    /* Imported by a function of the program, at whatever time. */
    { "import os\nimport stuck\nstuck.run()\n", NULL, "/home/ann/main.py work", "clock_nanosleep 0x1", "sleep" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (FlatlineSnapshot) snapshot = scene_new ();
      FlatlineThread *thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");
      FlatlineFrame *import;

      g_test_message ("case %zu", i);
      snapshot->phase = g_strdup ("startup");
      snapshot->output_tail = g_strdup (cases[i].output ? cases[i].output : "");
      scene_add_source (snapshot, SCENE_FILE, cases[i].source);
      scene_set_syscall (thread, cases[i].call);
      scene_add_descriptor (snapshot, 0, "terminal", "/dev/pts/0", 0);
      scene_add_frame (thread, "/home/ann/stuck.py", "<module>", 3);
      import = scene_add_frame (thread, "<frozen importlib._bootstrap>", "_find_and_load", 1176);
      scene_add_local (import, "name", "str", "'stuck'", 0);
      scene_add_frame (thread, SCENE_FILE, "<module>", 2);
      if (cases[i].caller)
        {
          g_auto (GStrv) words = g_strsplit (cases[i].caller, " ", 2);

          scene_add_frame (thread, words[0], words[1], 7);
        }
      scene_expect (snapshot, cases[i].kind, NULL, "/home/ann/stuck.py:3 in <module>");
      scene_expect_words (snapshot, "while it imports module ‘stuck’");
      g_assert_cmpuint (count_facts (snapshot, SCENE_FILE ":2 in <module> imports ‘stuck’"), ==, 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnose/phases/shutdown", test_shutdown);
  g_test_add_func ("/diagnose/phases/living-at-exit", test_living_at_exit);
  g_test_add_func ("/diagnose/phases/atexit", test_atexit);
  g_test_add_func ("/diagnose/phases/atexit-of-cut-snapshot", test_atexit_of_cut_snapshot);
  g_test_add_func ("/diagnose/phases/finalizer", test_finalizer);
  g_test_add_func ("/diagnose/phases/startup", test_startup);
  g_test_add_func ("/diagnose/phases/after-an-exception", test_after_an_exception);
  g_test_add_func ("/diagnose/phases/import", test_import);
  return g_test_run ();
}
