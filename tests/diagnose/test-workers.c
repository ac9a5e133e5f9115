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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnose/workers/with-the-job", test_worker_with_the_job);
  g_test_add_func ("/diagnose/workers/have-others", test_all_workers_have_others);
  g_test_add_func ("/diagnose/workers/of-a-server", test_worker_of_a_server);
  g_test_add_func ("/diagnose/workers/lost-job", test_lost_job);
  return g_test_run ();
}
