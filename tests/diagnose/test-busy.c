/* SPDX-License-Identifier: MIT */
/* Threads that compute: which lines they go round, or which native code they are in; and those that only look so. */
#include "flatline-diagnose.h"
#include "scene.h"

static FlatlineThread *
add_main (FlatlineSnapshot *scene, const char *function, gint64 line)
{
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  g_object_set (thread, "state", "R", "holds-gil", TRUE, NULL);
  scene_add_frame (thread, SCENE_FILE, function, line);
  if (g_strcmp0 (function, "<module>") != 0)
    scene_add_frame (thread, SCENE_FILE, "<module>", 90);
  return thread;
}

static void
test_round_of_lines (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = add_main (scene, "spin", 12);

  scene_set_looks (thread, 5, 98);
  scene_add_round (thread, SCENE_FILE, "spin", 11);
  scene_add_round (thread, SCENE_FILE, "spin", 13);
  scene_expect (scene, "busy-loop", "likely", SCENE_FILE ":12 in spin");
  scene_expect_words (scene, "MainThread goes round and round lines 11–13 in spin without pause (98 % of a processor)");
}

/* Lines of a module that imports others, and that import more, go by but once; what imports them is not named. */
static void
test_imports (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  g_object_set (thread, "state", "R", NULL);
  scene_add_frame (thread, "<frozen importlib._bootstrap_external>", "get_code", 1074);
  scene_add_frame (thread, "<frozen importlib._bootstrap>", "_find_and_load", 1176);
  scene_add_frame (thread, "/home/ann/shop/prices.py", "<module>", 7);
  scene_add_frame (thread, "<frozen importlib._bootstrap>", "_find_and_load", 1176);
  scene_add_frame (thread, SCENE_FILE, "<module>", 3);
  scene_set_looks (thread, 5, 98);
  scene_add_round (thread, SCENE_FILE, "<module>", 3);
  scene_add_round (thread, SCENE_FILE, "<module>", 4);
  scene_expect (scene, "busy-loop", "likely", "/home/ann/shop/prices.py:7 in <module>");
  scene_expect_words (scene, "MainThread runs without pause at line 7 of prices.py (98 % of a processor)");
}

/* The loop is in the caller; where the looks found the thread is chance. */
static void
test_round_of_calls (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  g_object_set (thread, "state", "R", NULL);
  scene_add_frame (thread, SCENE_FILE, "move", 3);
  scene_add_frame (thread, SCENE_FILE, "settle", 20);
  scene_add_frame (thread, SCENE_FILE, "<module>", 90);
  scene_set_looks (thread, 6, 98);
  scene_add_round (thread, SCENE_FILE, "settle", 20);
  scene_expect (scene, "busy-loop", "likely", SCENE_FILE ":20 in settle");
  scene_expect_words (scene, "line 20 in settle");
}

static void
add_expression (FlatlineSnapshot *scene, const char *line, gint64 column, gint64 end_column)
{
  FlatlineThread *thread = add_main (scene, "<module>", 1);

  g_object_set (flatline_list_peek (thread->frames, 0), "end-line", (gint64)1, "column", column, "end-column",
                end_column, NULL);
  scene_add_source (scene, SCENE_FILE, line);
  scene_set_looks (thread, 0, 97);
}

static void
test_call (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_expression (scene, "x = zlib.compress(data)\n", 5, 24);
  scene_expect (scene, "native-busy", "likely", NULL);
  scene_expect_words (scene, "is busy in native code, in zlib.compress() (97 % of a processor)");
}

/* Ready to run for the whole time, it did not come to it: what it was found in says nothing. */
/* A core is one look, which may find the interpreter in C for an instruction of the loop. */
static void
test_one_look (void)
{
  static const char *const calls[] = { "PyNumber_InPlaceAdd", "long_add", "PyObject_Malloc" };

  for (guint n_calls = 1; n_calls <= G_N_ELEMENTS (calls); n_calls++)
    {
      g_autoptr (FlatlineSnapshot) scene = scene_new ();
      FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

      scene->way = g_strdup ("core");
      g_object_set (thread, "state", "R", "holds-gil", TRUE, NULL);
      for (guint i = n_calls; i-- > 0;)
        g_object_set (scene_add_frame (thread, NULL, calls[i], 0), "kind", "native", NULL);
      scene_add_frame (thread, SCENE_FILE, "spin", 12);
      scene_add_frame (thread, SCENE_FILE, "<module>", 90);
      scene_expect (scene, n_calls > 2 ? "native-busy" : "busy-loop", "likely", NULL);
    }
}

/* Seen once, in the queue for the GIL: what it had of the processor tells whether it is at work. */
static void
test_one_look_in_the_queue_for_the_gil (void)
{
  for (int busy = 0; busy < 2; busy++)
    {
      g_autoptr (FlatlineSnapshot) scene = scene_new ();
      FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

      scene_add_frame (thread, SCENE_FILE, "spin", 5);
      scene_add_frame (thread, SCENE_FILE, "<module>", 90);
      g_object_set (thread, "waits-for-gil", TRUE, "cpu-percent", busy ? 70.0 : 1.0, NULL);
      scene_expect (scene, NULL, NULL, NULL);
      g_assert_cmpint (g_strcmp0 (scene->verdict->kind, "busy-loop") == 0, ==, busy);
    }
}

static void
test_one_that_only_woke (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_expression (scene, "x = zlib.compress(data)\n", 5, 24);
  g_object_set (flatline_list_peek (scene->threads, 0), "cpu-percent", 1.0, NULL);
  scene_expect (scene, "unknown", "guess", NULL);
}

static void
test_operator (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_expression (scene, "x = 7 ** n\n", 5, 11);
  scene_expect (scene, "native-busy", "likely", NULL);
  scene_expect_words (scene, "computing ‘7 ** n’");
}

static void
test_regular_expression (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_expression (scene, "ok = WORDS.match(text)\nWORDS = re.compile('a')\n", 6, 23);
  scene_expect (scene, "native-busy", "likely", NULL);
  scene_expect_words (scene, "matching a regular expression in ‘WORDS.match(text)’");
}

/* The same method of something else is no regular expression. */
static void
test_other_method (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_expression (scene, "ok = rules.match(text)\n", 6, 23);
  scene_expect (scene, "native-busy", "likely", NULL);
  scene_expect_words (scene, "in rules.match()");
}

/* A loop of one instruction stands at the same place in every look, but calls nothing. */
static void
test_tight_loop (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_expression (scene, "while True: pass\n", 13, 17);
  scene_add_round (flatline_list_peek (scene->threads, 0), SCENE_FILE, "<module>", 1);
  scene_expect (scene, "busy-loop", "likely", NULL);
  scene_expect_words (scene, "line 1 of app.py");
}

static void
test_before_columns (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_expression (scene, "total = sum(numbers)\n", 0, 0);
  scene_expect (scene, "native-busy", "likely", NULL);
  scene_expect_words (scene, "in sum()");
}

/* A call is only a part of what is computed there, and a comment none. */
static void
test_before_columns_operator (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_expression (scene, "root = Decimal(2) ** Decimal('#')  # slow\n", 0, 0);
  scene_expect (scene, "native-busy", "likely", NULL);
  scene_expect_words (scene, "computing ‘root = Decimal(2) ** Decimal('#')’");
}

static void
test_library (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  g_object_set (thread, "state", "R", NULL);
  scene_add_frame (thread, SCENE_LIB "copy.py", "_deepcopy_list", 200);
  scene_add_frame (thread, SCENE_LIB "copy.py", "deepcopy", 146);
  scene_add_frame (thread, SCENE_FILE, "snapshot", 8);
  scene_add_frame (thread, SCENE_FILE, "<module>", 90);
  scene_set_looks (thread, 6, 98);
  scene_add_round (thread, SCENE_LIB "copy.py", "deepcopy", 146);
  scene_expect (scene, "busy-loop", "likely", SCENE_FILE ":8 in snapshot");
  scene_expect_words (scene, "runs without pause inside deepcopy, called at line 8 in snapshot");
}

/* It ran when the capture looked, but did next to nothing afterwards. */
static void
test_moment_of_work (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = add_main (scene, "tick", 12);

  scene_set_looks (thread, 4, 3);
  scene_expect (scene, "unknown", "guess", NULL);
  scene_expect_words (scene, "goes on by itself: it moved in 4 of 6 looks");
}

/* Asleep in poll, and long in the queue for a core each time it wakes. */
static void
test_loaded_machine (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = add_main (scene, "<module>", 12);

  g_object_set (thread, "state", "S", "holds-gil", FALSE, NULL);
  scene_set_syscall (thread, "epoll_wait 0x3 0x0 0x0 0xffffffff");
  scene_set_looks (thread, 3, 60);
  g_object_set (thread, "cpu-percent", 2.0, NULL);
  g_assert_cmpstr (scene_expect (scene, NULL, NULL, NULL)->kind, !=, "busy-loop");
  g_assert_cmpstr (scene->verdict->kind, !=, "native-busy");
}

/* The system call and the GIL were read at two moments, and the thread went on in between. */
static void
test_gil_of_another_moment (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = add_main (scene, "<module>", 12);

  g_object_set (thread, "state", "S", NULL);
  scene_set_syscall (thread, "clock_nanosleep 0x1");
  scene_set_looks (thread, 2, 1);
  scene_expect (scene, "sleep", NULL, NULL);
  scene_set_looks (thread, 0, 0);
  g_object_set (thread, "gil-looks", (gint64)6, NULL);
  scene_expect (scene, "gil-held", NULL, NULL);
}

/* Up to 3.12 nobody of another interpreter can have the GIL that one of them computes with. */
static void
test_gil_unasked (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = add_main (scene, "spin", 12);
  FlatlineThread *waiter = scene_add_thread (scene, SCENE_PID + 1, "waiter");

  g_object_set (thread, "gil", (guint64)4096, "gil-looks", (gint64)6, "interpreter", (gint64)1, NULL);
  g_object_set (waiter, "gil", (guint64)4096, "waits-for-gil", TRUE, NULL);
  scene_set_looks (thread, 6, 98);
  g_object_set (scene->program, "python", "3.12.1", NULL);
  scene_expect (scene, "gil-held", "likely", SCENE_FILE ":12 in spin");
  g_object_set (scene->program, "python", "3.13.0", NULL);
  scene_expect (scene, "busy-loop", "likely", SCENE_FILE ":12 in spin");
  g_object_set (scene->program, "python", "3.12.1", NULL);
  g_object_set (waiter, "gil", (guint64)8192, NULL);
  scene_expect (scene, "busy-loop", "likely", SCENE_FILE ":12 in spin");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnose/busy/gil-unasked", test_gil_unasked);
  g_test_add_func ("/diagnose/busy/one-look", test_one_look);
  g_test_add_func ("/diagnose/busy/one-look-in-the-queue", test_one_look_in_the_queue_for_the_gil);
  g_test_add_func ("/diagnose/busy/one-that-only-woke", test_one_that_only_woke);
  g_test_add_func ("/diagnose/busy/round-of-lines", test_round_of_lines);
  g_test_add_func ("/diagnose/busy/imports", test_imports);
  g_test_add_func ("/diagnose/busy/round-of-calls", test_round_of_calls);
  g_test_add_func ("/diagnose/busy/call", test_call);
  g_test_add_func ("/diagnose/busy/operator", test_operator);
  g_test_add_func ("/diagnose/busy/regular-expression", test_regular_expression);
  g_test_add_func ("/diagnose/busy/other-method", test_other_method);
  g_test_add_func ("/diagnose/busy/tight-loop", test_tight_loop);
  g_test_add_func ("/diagnose/busy/before-columns", test_before_columns);
  g_test_add_func ("/diagnose/busy/before-columns-operator", test_before_columns_operator);
  g_test_add_func ("/diagnose/busy/library", test_library);
  g_test_add_func ("/diagnose/busy/moment-of-work", test_moment_of_work);
  g_test_add_func ("/diagnose/busy/loaded-machine", test_loaded_machine);
  g_test_add_func ("/diagnose/busy/gil-of-another-moment", test_gil_of_another_moment);
  return g_test_run ();
}
