/* SPDX-License-Identifier: MIT */
/* A job of a process pool: which of the processes has it, which only have others, and which are of another pool. */
#include "scene.h"

#include <string.h>

#define SLEEPING "clock_nanosleep 0x1 0x0 0x7f10"
#define READING  "read 0x4 0x7f10 0x4"

static FlatlineSnapshot *
make_waiting_for_job (void)
{
  FlatlineSnapshot *scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");
  FlatlineFrame *call;

  scene_set_syscall (thread, "futex 0x7f10 0x189 0x0 0x0");
  scene_set_looks (thread, 0, 0);
  call = scene_add_frame (thread, SCENE_LIB "multiprocessing/pool.py", "get", 768);
  scene_add_child (scene_add_local (call, "self", "multiprocessing.pool.ApplyResult", "<ApplyResult>", 0x300), "_job",
                   "3", 0);
  scene_add_frame (thread, SCENE_FILE, "<module>", 15);
  scene_add_processes (scene, 0, NULL);
  return scene;
}

/* Worker number @pid - 200 of @parent, which need not have forked it. @job: the number of what it does; NULL: it waits
 * for something. */
static void
add_worker (FlatlineSnapshot *scene, gint64 pid, gint64 forked_by, gint64 parent, const char *job)
{
  g_autofree char *parent_text = g_strdup_printf ("%d", (int)parent);
  g_autofree char *name = g_strdup_printf ("'ForkPoolWorker-%d'", (int)pid - 200);
  FlatlineThread *thread = scene_add_relative (scene, pid, pid, "MainThread", job ? SLEEPING : READING);
  FlatlineProcess *process = scene_add_child_process (scene, pid, "python3 app.py", NULL);
  FlatlineFrame *loop;
  FlatlineValue *self;

  process->ppid = forked_by;
  scene_set_looks (thread, 0, 0);
  if (job)
    scene_add_frame (thread, SCENE_FILE, "work", 7);
  else
    scene_add_frame (thread, SCENE_LIB "multiprocessing/queues.py", "get", 389);
  loop = scene_add_frame (thread, SCENE_LIB "multiprocessing/pool.py", "worker", 125);
  scene_add_local (loop, "inqueue", "multiprocessing.queues.SimpleQueue", "<SimpleQueue>", 0x500);
  scene_add_local (loop, "maxtasks", "NoneType", "None", 0x510);
  if (job)
    scene_add_local (loop, "job", "int", job, 0x600);
  self = scene_add_local (scene_add_frame (thread, SCENE_LIB "multiprocessing/process.py", "_bootstrap", 314), "self",
                          "multiprocessing.context.ForkProcess", "<ForkProcess>", 0x700);
  scene_add_child (self, "_parent_pid", parent_text, 0);
  scene_add_child (self, "_name", name, 0);
}

static void
expect_without (FlatlineSnapshot *scene, const char *words)
{
  scene_expect (scene, "condition-wait", NULL, NULL);
  g_assert_null (strstr (scene->verdict->summary, words));
}

static void
test_worker_with_the_job (void)
{
  g_autoptr (FlatlineSnapshot) scene = make_waiting_for_job ();

  add_worker (scene, 201, SCENE_PID, SCENE_PID, "2");
  add_worker (scene, 202, SCENE_PID, SCENE_PID, "3");
  scene_expect (scene, NULL, NULL, NULL);
  scene_expect_words (scene, "computed by");
  scene_expect_words (scene, "202");
}

static void
test_all_workers_have_others (void)
{
  g_autoptr (FlatlineSnapshot) scene = make_waiting_for_job ();

  add_worker (scene, 201, SCENE_PID, SCENE_PID, "1");
  add_worker (scene, 202, SCENE_PID, SCENE_PID, "2");
  scene_expect (scene, NULL, NULL, NULL);
  scene_expect_words (scene, "which cannot begin before");
  /* One more has nothing to do, and will take it. */
  add_worker (scene, 203, SCENE_PID, SCENE_PID, NULL);
  expect_without (scene, "cannot begin");
}

static void
test_worker_of_a_server (void)
{
  g_autoptr (FlatlineSnapshot) foreign = make_waiting_for_job ();
  g_autoptr (FlatlineSnapshot) own = make_waiting_for_job ();

  /* Both were forked by a server, process 300, as is usual from Python 3.14 on. */
  add_worker (foreign, 201, 300, 400, "3");
  expect_without (foreign, "computed by");
  add_worker (own, 201, 300, SCENE_PID, "3");
  scene_expect (own, NULL, NULL, NULL);
  scene_expect_words (own, "computed by");
}

/* A pool of two has a worker number 3: one of the first two has died, and the job with it. */
static void
test_lost_job (void)
{
  g_autoptr (FlatlineSnapshot) lost = make_waiting_for_job ();
  g_autoptr (FlatlineSnapshot) on_its_way = make_waiting_for_job ();

  add_worker (lost, 202, SCENE_PID, SCENE_PID, NULL);
  add_worker (lost, 203, SCENE_PID, SCENE_PID, NULL);
  scene_expect (lost, NULL, NULL, NULL);
  scene_expect_words (lost, "may be lost");
  add_worker (on_its_way, 201, SCENE_PID, SCENE_PID, NULL);
  add_worker (on_its_way, 202, SCENE_PID, SCENE_PID, NULL);
  expect_without (on_its_way, "lost");
}

/* --- those of an executor --- */

static FlatlineValue *
add_child (FlatlineValue *value, const char *name, const char *text, guint64 address)
{
  scene_add_child (value, name, text, address);
  return flatline_list_peek (value->children, flatline_list_length (value->children) - 1);
}

/* A thread that serves an executor of one worker, process @worker, and has future @future as its job 3. */
static void
add_executor (FlatlineSnapshot *scene, gint64 native_id, gint64 worker, guint64 future)
{
  FlatlineThread *thread = scene_add_thread (scene, native_id, "executor");
  g_autofree char *key = g_strdup_printf ("[%d]", (int)worker);
  FlatlineValue *self;

  scene_set_syscall (thread, "poll 0x1 0x3");
  scene_set_looks (thread, 0, 0);
  self = scene_add_local (scene_add_frame (thread, SCENE_LIB "concurrent/futures/process.py", "run", 312), "self",
                          "concurrent.futures.process._ExecutorManagerThread", "<Thread>", 0x800);
  scene_add_child (add_child (add_child (self, "pending_work_items", "{3: <_WorkItem>}", 0), "[3]", "<_WorkItem>", 0),
                   "future", "<Future>", future);
  scene_add_child (add_child (self, "processes", "{…}", 0), key, "<ForkProcess>", 0);
}

static FlatlineSnapshot *
make_waiting_for_future (guint64 future)
{
  FlatlineSnapshot *scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (thread, "futex 0x7f10 0x189 0x0 0x0");
  scene_set_looks (thread, 0, 0);
  scene_add_local (scene_add_frame (thread, SCENE_LIB "concurrent/futures/_base.py", "result", 451), "self",
                   "concurrent.futures._base.Future", "<Future>", future);
  scene_add_frame (thread, SCENE_FILE, "<module>", 15);
  scene_add_processes (scene, 0, NULL);
  return scene;
}

static FlatlineSnapshot *
make_two_executors (guint64 future)
{
  FlatlineSnapshot *scene = make_waiting_for_future (future);

  add_executor (scene, 101, 201, 0x310);
  add_executor (scene, 102, 202, 0x320);
  return scene;
}

/* @file: where the worker's loop is. @job: the number of what it does; NULL: it waits for some. */
static void
add_executor_worker (FlatlineSnapshot *scene, gint64 pid, const char *file, const char *job)
{
  FlatlineThread *thread = scene_add_relative (scene, pid, pid, "MainThread", job ? SLEEPING : READING);
  FlatlineFrame *loop;

  scene_add_child_process (scene, pid, "python3 app.py", NULL);
  scene_set_looks (thread, 0, 0);
  if (job)
    scene_add_frame (thread, SCENE_FILE, "work", 7);
  else
    scene_add_frame (thread, SCENE_LIB "multiprocessing/queues.py", "get", 103);
  loop = scene_add_frame (thread, file, "_process_worker", 240);
  scene_add_local (loop, "call_queue", "multiprocessing.queues.Queue", "<Queue>", 0x500);
  if (job)
    scene_add_child (scene_add_local (loop, "call_item", "concurrent.futures.process._CallItem", "<_CallItem>", 0x520),
                     "work_id", job, 0);
}

static void
test_executor_with_the_job (void)
{
  static const char *const files[] = { SCENE_LIB "concurrent/futures/process.py",
                                       "/usr/lib/python3/dist-packages/loky/process_executor.py" };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (FlatlineSnapshot) first = make_two_executors (0x310);
      g_autoptr (FlatlineSnapshot) second = make_two_executors (0x320);
      g_autoptr (FlatlineSnapshot) other = make_two_executors (0x310);

      /* Each executor counts its own jobs, so both have a job 3. */
      add_executor_worker (first, 201, files[i], "3");
      add_executor_worker (first, 202, files[i], "3");
      scene_expect (first, "condition-wait", NULL, NULL);
      scene_expect_words (first, "computed by process 201");
      add_executor_worker (second, 201, files[i], "3");
      add_executor_worker (second, 202, files[i], "3");
      scene_expect (second, "condition-wait", NULL, NULL);
      scene_expect_words (second, "computed by process 202");
      add_executor_worker (other, 201, files[i], "2");
      add_executor_worker (other, 202, files[i], "3");
      scene_expect (other, "condition-wait", NULL, NULL);
      scene_expect_words (other, "which cannot begin before process 201");
    }
}

/* Workers of multiprocessing.Pool have jobs of that number as well. */
static void
test_executor_beside_a_pool (void)
{
  g_autoptr (FlatlineSnapshot) future = make_waiting_for_future (0x310);
  g_autoptr (FlatlineSnapshot) job = make_waiting_for_job ();

  add_worker (future, 203, SCENE_PID, SCENE_PID, "3");
  add_executor_worker (future, 201, SCENE_LIB "concurrent/futures/process.py", NULL);
  expect_without (future, "203");
  add_worker (job, 203, SCENE_PID, SCENE_PID, "2");
  add_executor_worker (job, 201, SCENE_LIB "concurrent/futures/process.py", "3");
  scene_expect (job, "condition-wait", NULL, NULL);
  scene_expect_words (job, "which cannot begin before");
  expect_without (job, "201");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnose/workers/with-the-job", test_worker_with_the_job);
  g_test_add_func ("/diagnose/workers/have-others", test_all_workers_have_others);
  g_test_add_func ("/diagnose/workers/of-a-server", test_worker_of_a_server);
  g_test_add_func ("/diagnose/workers/lost-job", test_lost_job);
  g_test_add_func ("/diagnose/workers/executor", test_executor_with_the_job);
  g_test_add_func ("/diagnose/workers/executor-beside-a-pool", test_executor_beside_a_pool);
  return g_test_run ();
}
