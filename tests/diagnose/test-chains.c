/* SPDX-License-Identifier: MIT */
/* Chains that lead through other processes, imports, pools and files; circles of any length, and what is none. */
#include "flatline-diagnose.h"
#include "scene.h"

#include <string.h>

#define FUTEX_FOR_EVER        "futex 0x7f10 0x189 0x0 0x0"
#define SHARED_FUTEX_FOR_EVER "futex 0x7f10 0x109 0x0 0x0"
#define FUTEX_TIMED           "futex 0x7f10 0x189 0x0 0x7ffe00"

static FlatlineThread *
add_main (FlatlineSnapshot *scene, const char *call, gint64 line)
{
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (thread, call);
  scene_add_frame (thread, SCENE_FILE, "<module>", line);
  return thread;
}

/* --- pipes --- */

static void
build_full_pipe (FlatlineSnapshot *scene)
{
  add_main (scene, "wait4 0x6e 0x0 0x0 0x0", 4);
  scene_add_child_process (scene, 110, "noisy", "write 0x1 0x0 0x1000");
  scene_add_pipe_end (scene, 110, 1, TRUE, SCENE_PID);
  scene_add_pipe_end (scene, SCENE_PID, 5, FALSE, 110);
}

static void
test_full_pipe_of_child (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  build_full_pipe (scene);
  scene_expect (scene, "deadlock", "certain", SCENE_FILE ":4 in <module>");
  scene_expect_words (scene, "MainThread waits for the end of child process 110 (noisy), which writes to its standard "
                             "output, a full pipe to MainThread: deadlock");
}

/* Another process that has the other end open could read as well. */
static void
test_full_pipe_with_a_third_reader (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  build_full_pipe (scene);
  scene_add_child_process (scene, 111, "tee", "read 0x0");
  scene_add_pipe_end (scene, 111, 0, FALSE, 110);
  scene_expect (scene, "deadlock", "likely", NULL);
}

/* A second thread of ours could read the pipe. */
static void
test_full_pipe_with_a_second_thread (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  build_full_pipe (scene);
  scene_set_syscall (scene_add_thread (scene, 101, "reader"), "clock_nanosleep 0x1");
  scene_expect (scene, "child-wait", "certain", NULL);
}

static void
test_moving_parent_is_no_deadlock (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  build_full_pipe (scene);
  scene_set_looks (flatline_list_peek (scene->threads, 0), 5, 3);
  scene_expect (scene, "child-wait", "likely", NULL);
  scene_expect_words (scene, "no deadlock, since it was seen to move");
}

/* Let go by the capture, it waited long for a core before it slept again. */
static void
test_circle_on_a_loaded_machine (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *parent;

  build_full_pipe (scene);
  parent = flatline_list_peek (scene->threads, 0);
  scene_set_looks (parent, 0, 70);
  g_object_set (parent, "wakes", (gint64)1, "cpu-percent", 1.0, NULL);
  scene_expect (scene, "deadlock", "certain", NULL);
}

static void
test_feeder_thread_of_child (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *child, *feeder;
  FlatlineValue *self;

  add_main (scene, "wait4 0x6e 0x0 0x0 0x0", 20);
  scene_add_child_process (scene, 110, "python3 /srv/app.py", NULL);
  child = scene_add_relative (scene, 110, 110, "MainThread", FUTEX_FOR_EVER);
  self = scene_add_local (scene_add_frame (child, SCENE_LIB "threading.py", "join", 1100), "self", "threading.Thread",
                          "<Thread>", 0x9000);
  scene_add_child (self, "_native_id", "112", 0);
  scene_add_frame (child, SCENE_FILE, "produce", 7);
  feeder = scene_add_relative (scene, 110, 112, "QueueFeederThread", "write 0x4 0x0 0x1000");
  scene_add_frame (feeder, SCENE_LIB "multiprocessing/connection.py", "_send", 380);
  scene_add_pipe_end (scene, 110, 4, TRUE, SCENE_PID);
  scene_expect (scene, "deadlock", NULL, SCENE_FILE ":20 in <module>");
  scene_expect_words (scene, "‘QueueFeederThread’ of process 110 (python3 app.py)");
  g_assert_cmpuint (flatline_list_length (scene->verdict->chain), ==, 3);
}

/* --- locks between processes --- */

static void
test_lock_of_two_processes (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *main_thread = add_main (scene, FUTEX_FOR_EVER, 8);
  FlatlineThread *child;
  FlatlineFrame *frame;

  scene_add_source (scene, SCENE_FILE,
                    "def other(lock_a, lock_b):\n    with lock_b:\n        with lock_a:\n            pass\n\n\n"
                    "with lock_a:\n    with lock_b:\n        pass\n");
  scene_add_local (flatline_list_peek (main_thread->frames, 0), "lock_b", "multiprocessing.synchronize.Lock", "<Lock>",
                   0x5b0);
  scene_add_local (flatline_list_peek (main_thread->frames, 0), "lock_a", "multiprocessing.synchronize.Lock", "<Lock>",
                   0x5a0);
  scene_add_child_process (scene, 110, "python3 app.py", NULL);
  child = scene_add_relative (scene, 110, 110, "MainThread", FUTEX_FOR_EVER);
  frame = scene_add_frame (child, SCENE_FILE, "other", 3);
  scene_add_local (frame, "lock_a", "multiprocessing.synchronize.Lock", "<Lock>", 0x5a0);
  scene_add_local (frame, "lock_b", "multiprocessing.synchronize.Lock", "<Lock>", 0x5b0);
  scene_expect (scene, "deadlock", "likely", SCENE_FILE ":8 in <module>");
  /* That nobody else could release one of them the capture may have found. */
  main_thread->forsaken = child->forsaken = TRUE;
  scene_expect (scene, "deadlock", "certain", SCENE_FILE ":8 in <module>");
}

/* An event of its child's that no process is left to set; the child alone does not tell, since its parent does. */
static void
test_forsaken_child (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *main_thread = add_main (scene, "wait4 0x6e 0x0 0x0 0x0", 8);
  FlatlineThread *child;

  scene_add_child_process (scene, 110, "python3 app.py", NULL);
  child = scene_add_relative (scene, 110, 110, "MainThread", FUTEX_FOR_EVER);
  scene_add_frame (child, SCENE_LIB "multiprocessing/synchronize.py", "wait", 356);
  scene_add_frame (child, SCENE_FILE, "work", 3);
  scene_add_frame (child, SCENE_FILE, "<module>", 9);
  scene_expect (scene, "child-wait", "certain", NULL);
  main_thread->forsaken = child->forsaken = TRUE;
  scene_expect (scene, "deadlock", "certain", SCENE_FILE ":3 in work");
  scene_expect_words (scene, "nothing is left in the program that could end that");
  /* A handler may end it. */
  scene_add_source (scene, SCENE_FILE, "import signal\nsignal.signal(signal.SIGTERM, stop)\n");
  scene_expect (scene, "child-wait", "certain", NULL);
}

/* It may be meant to wait until somebody presses Ctrl+C. */
static void
test_forsaken_event_of_main_thread (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (main_thread, FUTEX_FOR_EVER);
  g_object_set (scene_add_frame (main_thread, SCENE_LIB "multiprocessing/synchronize.py", "wait", 356),
                "qualified-name", "Event.wait", NULL);
  scene_add_frame (main_thread, SCENE_FILE, "main", 3);
  scene_add_frame (main_thread, SCENE_FILE, "<module>", 9);
  main_thread->forsaken = TRUE;
  scene_expect (scene, "event-wait", NULL, SCENE_FILE ":3 in main");
}

/* The same names of ordinary locks are other locks in another process. */
static void
test_thread_locks_do_not_cross (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *child;

  add_main (scene, FUTEX_FOR_EVER, 8);
  scene_add_source (scene, SCENE_FILE,
                    "def other():\n    with lock_b:\n        with lock_a:\n            pass\n\n\n"
                    "with lock_a:\n    with lock_b:\n        pass\n");
  scene_add_child_process (scene, 110, "python3 app.py", NULL);
  child = scene_add_relative (scene, 110, 110, "MainThread", FUTEX_FOR_EVER);
  scene_add_frame (child, SCENE_FILE, "other", 3);
  scene_expect (scene, "lock-wait", "likely", NULL);
}

/* Without variables (--no-locals) the futex tells that it is no lock of this process alone. */
static void
test_shared_lock_without_variables (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *child;

  add_main (scene, SHARED_FUTEX_FOR_EVER, 6);
  scene_add_source (scene, SCENE_FILE,
                    "def other(lock):\n    with lock:\n        sleep(600)\n\n\n"
                    "with lock:\n    pass\n");
  scene_add_child_process (scene, 110, "python3 app.py", NULL);
  child = scene_add_relative (scene, 110, 110, "MainThread", "clock_nanosleep 0x0 0x0 0x0 0x0");
  scene_add_frame (child, SCENE_FILE, "other", 3);
  scene_expect (scene, "lock-wait", "likely", NULL);
  scene_expect_words (scene, "lock ‘lock’ held by");
}

/*
 * Two other processes might have the lock: one took it, as its source tells, and one has another lock of this name. The
 * source comes first; the variable tells where there is no source; and a lock of threads is nobody's elsewhere.
 */
static void
expect_owner_elsewhere (const char *call, gboolean has_taker, const char *words)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *child;

  add_main (scene, call, 6);
  scene_add_source (scene, SCENE_FILE,
                    "def other(lock):\n    with lock:\n        sleep(600)\n\n\n"
                    "with lock:\n    pass\n");
  scene_add_child_process (scene, 110, "python3 app.py", NULL);
  child = scene_add_relative (scene, 110, 110, "MainThread", "clock_nanosleep 0x0 0x0 0x0 0x0");
  scene_add_local (scene_add_frame (child, "/home/ann/elsewhere.py", "hold", 2), "lock",
                   "multiprocessing.synchronize.Lock", "<Lock(owner=holder)>", 0x5b0);
  if (has_taker)
    {
      scene_add_child_process (scene, 120, "python3 app.py", NULL);
      child = scene_add_relative (scene, 120, 120, "MainThread", "clock_nanosleep 0x0 0x0 0x0 0x0");
      scene_add_frame (child, SCENE_FILE, "other", 3);
    }
  scene_expect (scene, "lock-wait", "likely", NULL);
  if (words)
    scene_expect_words (scene, words);
  else
    g_assert_null (strstr (scene->verdict->summary, "held by"));
}

static void
test_owner_elsewhere (void)
{
  expect_owner_elsewhere (SHARED_FUTEX_FOR_EVER, TRUE, "held by process 120");
  expect_owner_elsewhere (SHARED_FUTEX_FOR_EVER, FALSE, "held by process 110");
  expect_owner_elsewhere (FUTEX_FOR_EVER, FALSE, NULL);
}

static void
test_locked_copy_after_fork (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *logger, *child;

  add_main (scene, "wait4 0x6e 0x0 0x0 0x0", 9);
  scene_add_source (scene, SCENE_FILE,
                    "def log():\n    with log_lock:\n        sleep()\n\n\n"
                    "if child:\n    with log_lock:\n        pass\nwait()\n");
  logger = scene_add_thread (scene, 101, "logger");
  scene_set_syscall (logger, "clock_nanosleep 0x1");
  scene_add_frame (logger, SCENE_FILE, "log", 3);
  scene_add_child_process (scene, 110, "python3 app.py", NULL);
  child = scene_add_relative (scene, 110, 110, "MainThread", FUTEX_FOR_EVER);
  scene_add_frame (child, SCENE_FILE, "<module>", 7);
  scene_expect (scene, "child-wait", "certain", SCENE_FILE ":9 in <module>");
  scene_expect_words (scene, "a locked copy when it was forked: thread ‘logger’ holds it in the parent");
}

/* --- files --- */

static void
test_file_lock_of_child_that_waits_for_us (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineLock *lock;

  add_main (scene, "flock 0x3 0x2", 12);
  scene_add_descriptor (scene, 3, "file", "/var/lib/app.lock", 0);
  lock = scene_add_lock (scene, "file lock", "/var/lib/app.lock", 110, "100");
  g_object_set (lock, "owner-source", "/proc/locks", NULL);
  scene_add_child_process (scene, 110, "backup", "read 0x7 0x0 0x10");
  scene_add_pipe_end (scene, 110, 7, FALSE, SCENE_PID);
  scene_expect (scene, "deadlock", "certain", NULL);
  scene_expect_words (scene, "waits for the file lock of /var/lib/app.lock, held by process 110 (backup), which reads "
                             "from an empty pipe from MainThread: deadlock");
}

static void
test_named_pipe (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = add_main (scene, "openat 0xffffff9c 0x1", 3);

  g_object_set (thread, "syscall-path", "/run/orders.fifo", "wait-channel", "wait_for_partner", NULL);
  scene_expect (scene, "file-wait", "certain", NULL);
  scene_expect_words (scene, "opens the named pipe /run/orders.fifo, and nobody opens its other end");
  g_object_set (thread, "wait-channel", "rpc_wait_bit", NULL);
  scene_expect (scene, "file-wait", "likely", NULL);
}

static void
test_database (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_main (scene, "clock_nanosleep 0x1", 1);
  scene_add_source (scene, SCENE_FILE, "db.execute('INSERT')\n");
  scene_expect (scene, "sleep", NULL, NULL);
  scene_add_lock (scene, "file lock", "/srv/shop.db", 110, "");
  scene_add_child_process (scene, 110, "import", "clock_nanosleep 0x1");
  scene_expect (scene, "file-wait", "likely", NULL);
  scene_expect_words (scene, "the lock of the database /srv/shop.db, held by process 110 (import), which sleeps");
}

/* A pidfd is polled until its process ends. */
static void
test_end_of_process_is_polled (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_main (scene, "poll 0x1 0x1 0xffffffff", 4);
  g_object_set (flatline_list_peek (scene->threads, 0), "polled", ((const char *const[]){ "5 read", NULL }), NULL);
  scene_add_child_process (scene, 110, "noisy", "clock_nanosleep 0x1 0x0 0x1000");
  scene_add_descriptor (scene, 5, "pidfd", "anon_inode:[pidfd]", 110);
  scene_expect (scene, "child-wait", NULL, SCENE_FILE ":4 in <module>");
  scene_expect_words (scene, "process 110 (noisy)");
}

/* --- imports and pools --- */

static void
test_import (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *main_thread = add_main (scene, FUTEX_FOR_EVER, 4);
  FlatlineThread *loader = scene_add_thread (scene, 101, "loader");
  FlatlineFrame *acquire;
  FlatlineValue *self;

  self = scene_add_local (scene_add_frame (loader, "<frozen importlib._bootstrap>", "acquire", 120), "self",
                          "_ModuleLock", "<_ModuleLock>", 0x6000);
  scene_add_child (self, "name", "'settings'", 0);
  scene_add_child (self, "owner", "100000", 0);
  scene_add_frame (loader, SCENE_FILE, "load", 9);
  scene_set_syscall (loader, FUTEX_FOR_EVER);
  scene_expect (scene, NULL, NULL, NULL);
  g_list_store_remove_all (main_thread->frames);
  acquire = scene_add_frame (main_thread, SCENE_LIB "threading.py", "join", 1100);
  scene_add_child (scene_add_local (acquire, "self", "threading.Thread", "<Thread>", 0x9000), "_native_id", "101", 0);
  scene_add_frame (main_thread, SCENE_FILE, "<module>", 4);
  scene_expect (scene, "deadlock", "certain", SCENE_FILE ":4 in <module>");
  scene_expect_words (scene, "thread ‘loader’, which waits until MainThread has imported ‘settings’: deadlock");
}

static FlatlineThread *
add_worker (FlatlineSnapshot *scene, gint64 native_id, const char *name, guint64 future, guint64 awaited)
{
  FlatlineThread *thread = scene_add_thread (scene, native_id, name);
  FlatlineFrame *frame;
  FlatlineValue *value;

  scene_set_syscall (thread, FUTEX_FOR_EVER);
  frame = scene_add_frame (thread, SCENE_LIB "concurrent/futures/_base.py", "result", 451);
  value = scene_add_local (frame, "self", "concurrent.futures._base.Future", "<Future>", awaited);
  scene_add_child (value, "_state", "'PENDING'", 0);
  scene_add_frame (thread, SCENE_FILE, "outer", 10);
  frame = scene_add_frame (thread, SCENE_LIB "concurrent/futures/thread.py", "run", 58);
  scene_add_child (scene_add_local (frame, "self", "_WorkItem", "<_WorkItem>", native_id), "future", "<Future>",
                   future);
  frame = scene_add_frame (thread, SCENE_LIB "concurrent/futures/thread.py", "_worker", 83);
  scene_add_local (frame, "work_queue", "_queue.SimpleQueue", "<SimpleQueue>", 0x4444);
  return thread;
}

static void
test_pool_that_waits_for_itself (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *main_thread = add_main (scene, FUTEX_FOR_EVER, 15);
  FlatlineFrame *idle;

  g_list_store_remove_all (main_thread->frames);
  scene_add_child (
      scene_add_local (scene_add_frame (main_thread, SCENE_LIB "concurrent/futures/_base.py", "result", 451), "self",
                       "concurrent.futures._base.Future", "<Future>", 0x1000),
      "_state", "'RUNNING'", 0);
  scene_add_frame (main_thread, SCENE_FILE, "<module>", 15);
  add_worker (scene, 101, "pool_0", 0x1000, 0x2000);
  scene_expect (scene, "self-deadlock", "likely", SCENE_FILE ":10 in outer");
  scene_expect_words (scene, "the only worker of the pool");
  add_worker (scene, 102, "pool_1", 0x3000, 0x5000);
  scene_expect (scene, "deadlock", "likely", NULL);
  /* A third one has nothing to do: it will take what waits. */
  idle = scene_add_frame (scene_add_thread (scene, 103, "pool_2"), SCENE_LIB "concurrent/futures/thread.py", "_worker",
                          81);
  scene_add_local (idle, "work_queue", "_queue.SimpleQueue", "<SimpleQueue>", 0x4444);
  scene_expect (scene, "condition-wait", "likely", SCENE_FILE ":15 in <module>");
}

/* --- circles --- */

static void
test_long_circle (void)
{
  enum
  {
    N = 40
  };
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  for (gint64 i = 0; i < N; i++)
    {
      FlatlineThread *thread = scene_add_thread (scene, SCENE_PID + i, i == 0 ? "MainThread" : "worker");
      g_autofree char *name = g_strdup_printf ("lock_%d", (int)i);
      g_autofree char *waiter = g_strdup_printf ("%d", SCENE_PID + (int)((i + N - 1) % N));

      scene_set_syscall (thread, FUTEX_FOR_EVER);
      scene_add_frame (thread, SCENE_FILE, i == 0 ? "<module>" : "work", 10);
      scene_add_lock (scene, "_thread.lock", name, SCENE_PID + i, waiter);
    }
  scene_expect (scene, "deadlock", "certain", SCENE_FILE ":10 in <module>");
  g_assert_cmpuint (flatline_list_length (scene->verdict->chain), ==, N);
  /* One of them gives up after a while. */
  scene_set_syscall (flatline_list_peek (scene->threads, 20), FUTEX_TIMED);
  scene_expect (scene, "lock-wait", "certain", NULL);
  scene_set_syscall (flatline_list_peek (scene->threads, 20), FUTEX_FOR_EVER);
  scene_set_looks (flatline_list_peek (scene->threads, 30), 2, 1);
  scene_expect (scene, "lock-wait", NULL, NULL);
}

static void
test_still_threads_say_so (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = add_main (scene, "read 0x0", 3);
  gboolean told = FALSE;

  scene_set_looks (thread, 0, 0);
  scene_expect (scene, "stdin-wait", "certain", NULL);
  for (guint i = 0; i < flatline_list_length (scene->verdict->evidence); i++)
    told |=
        strstr (((FlatlineEvidence *)flatline_list_peek (scene->verdict->evidence, i))->fact, "did not move") != NULL;
  g_assert_true (told);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnose/chains/full-pipe-of-child", test_full_pipe_of_child);
  g_test_add_func ("/diagnose/chains/full-pipe-with-a-third-reader", test_full_pipe_with_a_third_reader);
  g_test_add_func ("/diagnose/chains/full-pipe-with-a-second-thread", test_full_pipe_with_a_second_thread);
  g_test_add_func ("/diagnose/chains/moving-parent-is-no-deadlock", test_moving_parent_is_no_deadlock);
  g_test_add_func ("/diagnose/chains/circle-on-a-loaded-machine", test_circle_on_a_loaded_machine);
  g_test_add_func ("/diagnose/chains/feeder-thread-of-child", test_feeder_thread_of_child);
  g_test_add_func ("/diagnose/chains/lock-of-two-processes", test_lock_of_two_processes);
  g_test_add_func ("/diagnose/chains/forsaken-child", test_forsaken_child);
  g_test_add_func ("/diagnose/chains/forsaken-event", test_forsaken_event_of_main_thread);
  g_test_add_func ("/diagnose/chains/thread-locks-do-not-cross", test_thread_locks_do_not_cross);
  g_test_add_func ("/diagnose/chains/shared-lock-without-variables", test_shared_lock_without_variables);
  g_test_add_func ("/diagnose/chains/owner-elsewhere", test_owner_elsewhere);
  g_test_add_func ("/diagnose/chains/locked-copy-after-fork", test_locked_copy_after_fork);
  g_test_add_func ("/diagnose/chains/file-lock-of-child", test_file_lock_of_child_that_waits_for_us);
  g_test_add_func ("/diagnose/chains/named-pipe", test_named_pipe);
  g_test_add_func ("/diagnose/chains/database", test_database);
  g_test_add_func ("/diagnose/chains/import", test_import);
  g_test_add_func ("/diagnose/chains/end-of-process-is-polled", test_end_of_process_is_polled);
  g_test_add_func ("/diagnose/chains/pool-that-waits-for-itself", test_pool_that_waits_for_itself);
  g_test_add_func ("/diagnose/chains/long-circle", test_long_circle);
  g_test_add_func ("/diagnose/chains/still-threads-say-so", test_still_threads_say_so);
  return g_test_run ();
}
