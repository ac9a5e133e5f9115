/* SPDX-License-Identifier: MIT */
/* Deadlocks, what only looks like one, and chains of threads that wait for threads. */
#include "flatline-diagnose.h"
#include "scene.h"

#include <string.h>

#define FUTEX_FOR_EVER "futex 0x7f10 0x189 0x0 0x0"
#define FUTEX_TIMED    "futex 0x7f10 0x189 0x0 0x7ffe00"

static FlatlineThread *
add_lock_waiter (FlatlineSnapshot *scene, gint64 native_id, const char *name, const char *function, gint64 line)
{
  FlatlineThread *thread = scene_add_thread (scene, native_id, name);

  scene_set_syscall (thread, FUTEX_FOR_EVER);
  scene_add_frame (thread, SCENE_FILE, function, line);
  if (native_id == SCENE_PID)
    scene_add_frame (thread, SCENE_FILE, "<module>", 90);
  return thread;
}

static void
test_deadlock (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *worker = add_lock_waiter (scene, 101, "worker-1", "work", 12);
  FlatlineThread *main_thread = add_lock_waiter (scene, SCENE_PID, "MainThread", "main", 30);
  FlatlineVerdict *verdict;
  FlatlineWaitLink *link;

  scene_add_lock (scene, "_thread.lock", "lock_a", SCENE_PID, "101");
  scene_add_lock (scene, "_thread.RLock", "lock_b", 101, "100");
  verdict = scene_expect (scene, "deadlock", "certain", SCENE_FILE ":30 in main");
  g_assert_cmpstr (
      verdict->summary, ==,
      "MainThread waits for lock ‘lock_b’ held by thread ‘worker-1’, which waits for lock ‘lock_a’ held by "
      "MainThread: deadlock");
  g_assert_cmpint (verdict->thread, ==, SCENE_PID);
  g_assert_cmpuint (flatline_list_length (verdict->chain), ==, 2);
  link = flatline_list_peek (verdict->chain, 1);
  g_assert_cmpstr (link->waiter, ==, "thread ‘worker-1’ (101)");
  g_assert_cmpstr (link->resource, ==, "lock ‘lock_a’");
  g_assert_cmpstr (link->holder, ==, "MainThread (100)");
  g_assert_cmpint (link->holder_id, ==, SCENE_PID);
  g_assert_cmpstr (link->location, ==, SCENE_FILE ":12 in work");
  g_assert_cmpuint (flatline_list_length (verdict->evidence), >=, 4);
  g_assert_cmpstr (worker->waiting_for, ==, "lock ‘lock_a’ held by MainThread");
  g_assert_cmpstr (main_thread->waiting_for, ==, "lock ‘lock_b’ held by thread ‘worker-1’");
}

static void
test_deadlock_of_workers (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (main_thread, "epoll_wait 0x4");
  scene_add_frame (main_thread, SCENE_LIB "asyncio/base_events.py", "_run_once", 1900);
  scene_add_frame (main_thread, SCENE_FILE, "<module>", 40);
  add_lock_waiter (scene, 101, "a", "first", 5);
  add_lock_waiter (scene, 102, "b", "second", 9);
  add_lock_waiter (scene, 103, "c", "third", 13);
  scene_add_lock (scene, "_thread.lock", "x", 102, "101");
  scene_add_lock (scene, "_thread.lock", "y", 103, "102");
  scene_add_lock (scene, "_thread.lock", "z", 101, "103");
  scene_expect (scene, "deadlock", "certain", SCENE_FILE ":5 in first");
  g_assert_cmpuint (flatline_list_length (scene->verdict->chain), ==, 3);
}

static FlatlineLock *
add_shared_lock (FlatlineSnapshot *scene, const char *type, gint64 owner, const char *waiter)
{
  FlatlineLock *lock = scene_add_lock (scene, type, "ledger", owner, waiter);

  lock->pid = 0;
  lock->locked = TRUE;
  g_free (lock->owner_source);
  lock->owner_source = owner ? g_strdup ("count in its process") : NULL;
  return lock;
}

/* The one that had it was killed; a lock that others may release as well is not lost for sure. */
static void
test_lock_of_ended_process (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (scene, SCENE_PID, "MainThread");
  FlatlineLock *lock = add_shared_lock (scene, "multiprocessing.Lock", 0, "100");
  FlatlineFrame *frame;
  gboolean names_writer = FALSE;

  scene_set_syscall (main_thread, "futex 0x7f10 0x109 0x0 0x0");
  frame = scene_add_frame (main_thread, SCENE_FILE, "<module>", 4);
  scene_add_local (frame, "writer", "multiprocessing.context.ForkProcess",
                   "<ForkProcess name='writer' pid=7 parent=100 stopped exitcode=-SIGKILL>", 0x7f20);
  scene_expect (scene, "lock-wait", "likely", NULL);
  lock->forsaken = TRUE;
  scene_expect (scene, "deadlock", "certain", SCENE_FILE ":4 in <module>");
  scene_expect_words (scene, "waits for lock ‘ledger’, which a process that has ended had taken and never gave back");
  for (guint i = 0; i < flatline_list_length (scene->verdict->evidence); i++)
    names_writer |=
        strstr (((FlatlineEvidence *)flatline_list_peek (scene->verdict->evidence, i))->fact, "SIGKILL") != NULL;
  g_assert_true (names_writer);
  scene_add_source (scene, SCENE_FILE, "a\nledger.release()\nc\nledger.acquire()\n");
  scene_expect (scene, "lock-wait", "likely", NULL);
}

/* That it is released by hand somewhere makes it less sure who ends the wait. */
static void
test_locks_of_workers (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *other;

  add_lock_waiter (scene, SCENE_PID, "MainThread", "move", 8);
  other = scene_add_relative (scene, 110, 110, "MainThread", "futex 0x7f20 0x109 0x0 0x0");
  scene_add_frame (other, SCENE_FILE, "move", 8);
  scene_add_frame (other, SCENE_FILE, "<module>", 9);
  add_shared_lock (scene, "multiprocessing.Lock", 110, "100");
  g_object_set (add_shared_lock (scene, "multiprocessing.RLock", SCENE_PID, "110"), "name", "accounts", NULL);
  scene_expect (scene, "deadlock", "certain", SCENE_FILE ":8 in move");
  scene_expect_words (scene, "waits for lock ‘ledger’ held by process 110, which waits for lock ‘accounts’ held by "
                             "MainThread: deadlock");
  scene_add_source (scene, SCENE_FILE, "ledger.release()\n");
  scene_expect (scene, "deadlock", "likely", SCENE_FILE ":8 in move");
}

static void
test_self_deadlock (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_lock_waiter (scene, SCENE_PID, "MainThread", "save", 8);
  scene_add_lock (scene, "_thread.lock", "self.lock", SCENE_PID, "100");
  scene_expect (scene, "self-deadlock", "certain", SCENE_FILE ":8 in save");
  scene_expect_words (scene, "waits for lock ‘self.lock’ held by itself");
}

static void
test_reentrant_is_no_deadlock (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineVerdict *verdict;

  add_lock_waiter (scene, SCENE_PID, "MainThread", "save", 8);
  scene_add_lock (scene, "_thread.RLock", "lock", SCENE_PID, "100");
  verdict = scene_expect (scene, NULL, NULL, NULL);
  g_assert_cmpstr (verdict->kind, !=, "self-deadlock");
}

static void
test_held_by_running_thread (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *worker;

  add_lock_waiter (scene, SCENE_PID, "MainThread", "main", 30);
  worker = scene_add_thread (scene, 101, "worker");
  g_object_set (worker, "state", "R", "cpu-percent", 99.0, NULL);
  scene_add_frame (worker, SCENE_FILE, "count", 14);
  scene_add_lock (scene, "_thread.lock", "lock", 101, "100");
  scene_expect (scene, "lock-wait", "certain", SCENE_FILE ":30 in main");
  scene_expect_words (scene, "held by thread ‘worker’, which runs without pause in count");
}

static void
test_unknown_owner (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_lock_waiter (scene, SCENE_PID, "MainThread", "main", 30);
  add_lock_waiter (scene, 101, "worker", "work", 12);
  scene_add_lock (scene, "_thread.lock", "a", 0, "100");
  scene_add_lock (scene, "_thread.lock", "b", SCENE_PID, "101");
  scene_expect (scene, "lock-wait", "likely", SCENE_FILE ":30 in main");
}

static void
test_owner_that_is_gone (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_lock_waiter (scene, SCENE_PID, "MainThread", "main", 30);
  scene_add_lock (scene, "_thread.lock", "a", 999, "100");
  scene_expect (scene, "lock-wait", "likely", NULL);
}

static void
test_timed_circle_is_no_deadlock (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *worker = add_lock_waiter (scene, 101, "worker", "work", 12);

  add_lock_waiter (scene, SCENE_PID, "MainThread", "main", 30);
  scene_set_syscall (worker, FUTEX_TIMED);
  scene_add_lock (scene, "_thread.lock", "a", SCENE_PID, "101");
  scene_add_lock (scene, "_thread.lock", "b", 101, "100");
  scene_expect (scene, "lock-wait", "certain", NULL);
}

static void
test_waiter_elsewhere (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  /* Listed as a waiter, but the kernel says that it sleeps: the list is of another moment. */
  scene_set_syscall (main_thread, "clock_nanosleep 0x1");
  scene_add_frame (main_thread, SCENE_FILE, "main", 3);
  scene_add_frame (main_thread, SCENE_FILE, "<module>", 90);
  scene_add_lock (scene, "_thread.lock", "a", SCENE_PID, "100");
  scene_expect (scene, "sleep", "certain", SCENE_FILE ":3 in main");
}

static FlatlineThread *
add_joiner (FlatlineSnapshot *scene, const char *target_tid)
{
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");
  FlatlineValue *self;

  scene_set_syscall (thread, FUTEX_FOR_EVER);
  scene_add_frame (thread, SCENE_LIB "threading.py", "_wait_for_tstate_lock", 1139);
  self = scene_add_local (scene_add_frame (thread, SCENE_LIB "threading.py", "join", 1119), "self", "threading.Thread",
                          "<threading.Thread object at 0x1>", 1);
  scene_add_child (self, "_native_id", target_tid, 0);
  scene_add_frame (thread, SCENE_FILE, "<module>", 22);
  return thread;
}

static void
test_join_of_a_reader (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *worker;

  add_joiner (scene, "101");
  worker = scene_add_thread (scene, 101, "fetch");
  scene_set_syscall (worker, "recvfrom 0x5");
  scene_add_frame (worker, SCENE_FILE, "fetch", 7);
  scene_add_connection (scene, 5, "tcp", "ESTABLISHED", "10.0.0.2:80");
  scene_expect (scene, "join-wait", "certain", SCENE_FILE ":22 in <module>");
  scene_expect_words (scene, "waits for the end of thread ‘fetch’, which reads from 10.0.0.2:80");
  g_assert_cmpuint (flatline_list_length (scene->verdict->chain), ==, 2);
}

static void
test_join_and_lock_deadlock (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_joiner (scene, "101");
  add_lock_waiter (scene, 101, "worker", "work", 12);
  scene_add_lock (scene, "_thread.lock", "state", SCENE_PID, "101");
  scene_expect (scene, "deadlock", "certain", SCENE_FILE ":22 in <module>");
}

static void
test_name_by_address (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = add_lock_waiter (scene, SCENE_PID, "MainThread", "run", 4);
  FlatlineLock *lock = scene_add_lock (scene, "_thread.lock", NULL, 0, "100");
  FlatlineValue *self = scene_add_local (flatline_list_peek (thread->frames, 0), "self", "App", "<App>", 0x99);

  scene_add_child (self, "guard", "<unlocked _thread.lock>", lock->address);
  scene_expect (scene, "lock-wait", "likely", NULL);
  scene_expect_words (scene, "lock ‘self.guard’");
}

static void
test_name_by_source (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_lock_waiter (scene, SCENE_PID, "MainThread", "run", 2);
  scene_add_source (scene, SCENE_FILE, "def run():\n    with shared.lock:\n        pass\n");
  scene_expect (scene, "lock-wait", "likely", SCENE_FILE ":2 in run");
  scene_expect_words (scene, "lock ‘shared.lock’");
}

/* Without a list of locks the sources tell who took what. */
static const char two_locks[] = "def work():\n"           /* 1 */
                                "    with lock_b:\n"      /* 2 */
                                "        step()\n"        /* 3 */
                                "        with lock_a:\n"  /* 4 */
                                "            pass\n"      /* 5 */
                                "def main():\n"           /* 6 */
                                "    lock_a.acquire()\n"  /* 7 */
                                "    with lock_b:\n"      /* 8 */
                                "        pass\n"          /* 9 */
                                "def free():\n"           /* 10 */
                                "    lock_b.acquire()\n"  /* 11 */
                                "    lock_b.release()\n"  /* 12 */
                                "    work_alone()\n"      /* 13 */
                                "def twice():\n"          /* 14 */
                                "    with lock_b:\n"      /* 15 */
                                "        with lock_b:\n"; /* 16 */

static void
test_deadlock_by_source (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_lock_waiter (scene, SCENE_PID, "MainThread", "main", 8);
  add_lock_waiter (scene, 101, "worker", "work", 4);
  scene_add_source (scene, SCENE_FILE, two_locks);
  scene_expect (scene, "deadlock", "likely", SCENE_FILE ":8 in main");
  scene_expect_words (scene, "waits for lock ‘lock_b’ held by thread ‘worker’");
}

static void
test_released_by_source (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *other;

  add_lock_waiter (scene, SCENE_PID, "MainThread", "main", 8);
  other = scene_add_thread (scene, 101, "other");
  scene_set_syscall (other, "clock_nanosleep 0x1");
  scene_add_frame (other, SCENE_FILE, "free", 13);
  scene_add_source (scene, SCENE_FILE, two_locks);
  scene_expect (scene, "lock-wait", "likely", SCENE_FILE ":8 in main");
  g_assert_cmpstr (((FlatlineThread *)flatline_list_peek (scene->threads, 0))->waiting_for, ==, "lock ‘lock_b’");
}

/* Of a free-threaded Python: the collector waits with a time-out, again and again. */
static void
test_kept_world (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *collector = scene_add_thread (scene, SCENE_PID, "MainThread");
  FlatlineThread *keeper = scene_add_thread (scene, 101, "holder");

  scene_set_syscall (collector, "futex 0x1 0x0 0x0 0x1");
  scene_add_frame (collector, SCENE_FILE, "<module>", 1);
  scene_set_syscall (keeper, "clock_nanosleep 0x1");
  scene_add_frame (keeper, SCENE_FILE, "hold", 2);
  scene_add_source (scene, SCENE_FILE, "gc.collect()\nlibc.sleep(9)\n");
  scene_set_looks (collector, 0, 1);
  scene_set_looks (keeper, 0, 0);
  keeper->keeps_world = TRUE;
  keeper->gil_looks = keeper->looks;
  scene_expect (scene, "gil-held", "certain", SCENE_FILE ":2 in hold");
  g_assert_cmpstr (collector->waiting_for, ==, "thread ‘holder’ to stop for a moment");
  keeper->wakes = 3;
  scene_expect (scene, "gil-held", "likely", SCENE_FILE ":2 in hold");
  keeper->wakes = 0;
  scene_set_syscall (keeper, "futex 0x1 0x0 0x0 0x1");
  scene_expect (scene, "gil-held", "likely", SCENE_FILE ":2 in hold");
  g_clear_pointer (&keeper->syscall, g_free);
  g_object_set (keeper, "state", "R", NULL);
  scene_expect (scene, "gil-held", "likely", SCENE_FILE ":2 in hold");
}

/* As time.sleep() is before 3.11: a select() of no descriptors, in a package that asks again and again. */
static void
test_lock_file_between_tries (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (thread, "pselect6 0x0");
  scene_add_local (scene_add_frame (thread, "/home/ann/site-packages/filelock/_api.py", "acquire", 3), "lock_filename",
                   "str", "'/run/x.lock'", 0x10);
  scene_add_frame (thread, SCENE_FILE, "<module>", 2);
  scene_expect (scene, "file-wait", "likely", SCENE_FILE ":2 in <module>");
  scene_expect_words (scene, "tries again and again to get the file lock of /run/x.lock");
}

static void
test_same_name_of_other_objects (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *first = add_lock_waiter (scene, SCENE_PID, "MainThread", "main", 8);
  FlatlineThread *second = add_lock_waiter (scene, 101, "worker", "work", 4);

  scene_add_local (flatline_list_peek (first->frames, 0), "lock_b", "_thread.lock", "<locked>", 0x10);
  scene_add_local (flatline_list_peek (second->frames, 0), "lock_b", "_thread.lock", "<locked>", 0x20);
  scene_add_source (scene, SCENE_FILE, two_locks);
  scene_expect (scene, "lock-wait", "likely", SCENE_FILE ":8 in main");
}

static void
test_self_deadlock_by_source (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_lock_waiter (scene, SCENE_PID, "MainThread", "twice", 16);
  scene_add_source (scene, SCENE_FILE, two_locks);
  scene_expect (scene, "self-deadlock", "likely", SCENE_FILE ":16 in twice");
}

static void
test_signature (void)
{
  g_autoptr (FlatlineSnapshot) first = scene_new ();
  g_autoptr (FlatlineSnapshot) second = scene_new ();
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;

  add_lock_waiter (first, SCENE_PID, "MainThread", "save", 8);
  scene_add_lock (first, "_thread.lock", "lock", SCENE_PID, "100");
  add_lock_waiter (second, SCENE_PID, "MainThread", "save", 8);
  scene_add_lock (second, "_thread.lock", "other name", SCENE_PID, "100");
  one = flatline_verdict_dup_signature (flatline_diagnose (first));
  two = flatline_verdict_dup_signature (flatline_diagnose (second));
  g_assert_cmpstr (one, ==, "self-deadlock|" SCENE_FILE "|save|8");
  g_assert_cmpstr (one, ==, two);
}

/* `with baton:` on the stack, but the block gives the lock away by hand, and another thread has taken it since. */
static void
test_released_in_block (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (scene, SCENE_PID, "MainThread");
  FlatlineThread *runner = scene_add_thread (scene, 101, "runner");

  scene_set_syscall (main_thread, "futex 0x1 0x0 0x0 0x0");
  scene_add_frame (main_thread, SCENE_FILE, "main", 3);
  scene_add_frame (main_thread, SCENE_FILE, "<module>", 9);
  scene_set_syscall (runner, "clock_nanosleep 0x0");
  scene_add_frame (runner, SCENE_FILE, "run", 6);
  scene_add_source (scene, SCENE_FILE,
                    "def main():\n    with baton:\n        baton.release(); start(); baton.acquire()\n"
                    "def run():\n    baton.acquire()\n    time.sleep(600)\n");
  scene_add_lock (scene, "_thread.lock", "baton", SCENE_PID, "100");
  scene_expect (scene, "lock-wait", "likely", SCENE_FILE ":3 in main");
  scene_expect_words (scene, "runner");
}

/* The same without a release in the source is proven. */
static void
test_with_block_is_proof (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (main_thread, "futex 0x1 0x0 0x0 0x0");
  scene_add_frame (main_thread, SCENE_FILE, "main", 3);
  scene_add_frame (main_thread, SCENE_FILE, "<module>", 9);
  scene_add_source (scene, SCENE_FILE, "def main():\n    with baton:\n        baton.acquire()\n");
  scene_add_lock (scene, "_thread.lock", "baton", SCENE_PID, "100");
  scene_expect (scene, "self-deadlock", "certain", SCENE_FILE ":3 in main");
}

/* Two threads that took two locks by hand, each the other's, and will release them; the main thread joins one. */
static FlatlineSnapshot *
make_circle_by_hand (const char *prelude)
{
  FlatlineSnapshot *scene = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (scene, SCENE_PID, "MainThread");
  FlatlineThread *one = scene_add_thread (scene, 101, "one");
  FlatlineThread *two = scene_add_thread (scene, 102, "two");
  g_autofree char *text =
      g_strconcat (prelude,
                   "\ndef one():\n    a.acquire()\n    b.acquire()\n    b.release()\n    a.release()\n"
                   "def two():\n    b.acquire()\n    a.acquire()\n    a.release()\n    b.release()\n"
                   "thread.join()\n",
                   NULL);

  scene_set_syscall (main_thread, "futex 0x1 0x189 0x0 0x0");
  scene_set_syscall (one, "futex 0x2 0x189 0x0 0x0");
  scene_set_syscall (two, "futex 0x3 0x189 0x0 0x0");
  scene_add_frame (main_thread, SCENE_FILE, "<module>", 12);
  scene_add_frame (one, SCENE_FILE, "one", 4);
  scene_add_frame (two, SCENE_FILE, "two", 9);
  for (guint i = 0; i < 3; i++)
    scene_set_looks (flatline_list_peek (scene->threads, i), 0, 0);
  scene_add_source (scene, SCENE_FILE, text);
  scene_add_lock (scene, "_thread.lock", "b", 0, "101");
  scene_add_lock (scene, "_thread.lock", "a", 0, "102");
  return scene;
}

static void
test_all_asleep (void)
{
  g_autoptr (FlatlineSnapshot) scene = make_circle_by_hand ("");
  g_autoptr (FlatlineSnapshot) handled = make_circle_by_hand ("signal.signal(SIGALRM, lambda *_: a.release())");
  g_autoptr (FlatlineSnapshot) polled = make_circle_by_hand ("");
  g_autoptr (FlatlineSnapshot) timed = make_circle_by_hand ("");
  g_autoptr (FlatlineSnapshot) shared = make_circle_by_hand ("");

  scene_expect (scene, "deadlock", "certain", NULL);
  scene_expect_words (scene, "deadlock");
  /* Somebody may come who releases one of them: a handler, a thread that hears of the world, or of time, a process. */
  scene_expect (handled, "deadlock", "likely", NULL);
  scene_set_syscall (flatline_list_peek (polled->threads, 0), "poll 0x1 0x1 0xffffffff");
  scene_expect (polled, "deadlock", "likely", NULL);
  scene_set_syscall (flatline_list_peek (timed->threads, 0), "futex 0x1 0x189 0x0 0x7f0000001000");
  scene_expect (timed, "deadlock", "likely", NULL);
  scene_set_syscall (flatline_list_peek (shared->threads, 1), "futex 0x2 0x109 0x0 0x0");
  scene_expect (shared, "deadlock", "likely", NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnose/locks/deadlock", test_deadlock);
  g_test_add_func ("/diagnose/locks/deadlock-of-workers", test_deadlock_of_workers);
  g_test_add_func ("/diagnose/locks/ended-process", test_lock_of_ended_process);
  g_test_add_func ("/diagnose/locks/workers", test_locks_of_workers);
  g_test_add_func ("/diagnose/locks/self-deadlock", test_self_deadlock);
  g_test_add_func ("/diagnose/locks/reentrant-is-no-deadlock", test_reentrant_is_no_deadlock);
  g_test_add_func ("/diagnose/locks/held-by-running-thread", test_held_by_running_thread);
  g_test_add_func ("/diagnose/locks/unknown-owner", test_unknown_owner);
  g_test_add_func ("/diagnose/locks/owner-that-is-gone", test_owner_that_is_gone);
  g_test_add_func ("/diagnose/locks/timed-circle", test_timed_circle_is_no_deadlock);
  g_test_add_func ("/diagnose/locks/waiter-elsewhere", test_waiter_elsewhere);
  g_test_add_func ("/diagnose/locks/join-of-a-reader", test_join_of_a_reader);
  g_test_add_func ("/diagnose/locks/join-and-lock", test_join_and_lock_deadlock);
  g_test_add_func ("/diagnose/locks/name-by-address", test_name_by_address);
  g_test_add_func ("/diagnose/locks/name-by-source", test_name_by_source);
  g_test_add_func ("/diagnose/locks/deadlock-by-source", test_deadlock_by_source);
  g_test_add_func ("/diagnose/locks/released-by-source", test_released_by_source);
  g_test_add_func ("/diagnose/locks/same-name", test_same_name_of_other_objects);
  g_test_add_func ("/diagnose/locks/all-asleep", test_all_asleep);
  g_test_add_func ("/diagnose/locks/self-deadlock-by-source", test_self_deadlock_by_source);
  g_test_add_func ("/diagnose/locks/released-in-block", test_released_in_block);
  g_test_add_func ("/diagnose/locks/with-block-is-proof", test_with_block_is_proof);
  g_test_add_func ("/diagnose/locks/lock-file-between-tries", test_lock_file_between_tries);
  g_test_add_func ("/diagnose/locks/kept-world", test_kept_world);
  g_test_add_func ("/diagnose/locks/signature", test_signature);
  return g_test_run ();
}
