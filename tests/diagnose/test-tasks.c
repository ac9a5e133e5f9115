/* SPDX-License-Identifier: MIT */
/* What the tasks of a loop of asyncio or Trio wait for, and waiting inside of installed packages. */
#include "flatline-diagnose.h"
#include "scene.h"

#include <string.h>

#define EPOLL_FOR_EVER "epoll_wait 0x3 0x7f00 0x2 0xffffffff"
#define PACKAGES       "/home/ann/venv/lib/python3.11/site-packages/"

static FlatlineThread *
add_loop (FlatlineSnapshot *scene, char **polled)
{
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (thread, EPOLL_FOR_EVER);
  g_object_set (thread, "polled", polled, NULL);
  scene_add_frame (thread, SCENE_LIB "selectors.py", "select", 468);
  scene_add_frame (thread, SCENE_LIB "asyncio/base_events.py", "_run_once", 1884);
  scene_add_frame (thread, SCENE_LIB "asyncio/base_events.py", "run_forever", 607);
  scene_add_frame (thread, SCENE_FILE, "<module>", 20);
  return thread;
}

/* A pending task in @function of the library's @file, called at line 7 of the program; returns the library's frame. */
static FlatlineFrame *
add_task (FlatlineSnapshot *scene, const char *file, const char *function)
{
  FlatlineTask *task = g_object_new (FLATLINE_TYPE_TASK, "address", (guint64)0x100, "name", "Task-1", "coroutine",
                                     "fetch", "state", "PENDING", "thread", (gint64)SCENE_PID, NULL);
  FlatlineFrame *library =
      g_object_new (FLATLINE_TYPE_FRAME, "kind", "python", "file", file, "function", function, "line", (gint64)5, NULL);

  flatline_list_append (&task->frames, library);
  flatline_list_append (&task->frames, g_object_new (FLATLINE_TYPE_FRAME, "kind", "python", "file", SCENE_FILE,
                                                     "function", "fetch", "line", (gint64)7, NULL));
  flatline_list_append (&scene->tasks, task);
  return library;
}

static void
test_peer_of_task (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_loop (scene, (char *[]){ "4 read", "6 read", NULL });
  add_task (scene, SCENE_LIB "asyncio/streams.py", "readline");
  scene_add_connection (scene, 6, "tcp", "ESTABLISHED", "10.0.0.2:80");
  scene_expect (scene, "async-wait", "likely", SCENE_FILE ":7 in fetch");
  scene_expect_words (scene, "task ‘Task-1’ (fetch) reads from 10.0.0.2:80");
}

/* With two of them the variables of the task tell which; without them nothing does. */
static void
test_one_of_two_peers (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineFrame *frame;

  add_loop (scene, (char *[]){ "6 read", "7 read", NULL });
  frame = add_task (scene, SCENE_LIB "asyncio/streams.py", "readline");
  scene_add_connection (scene, 6, "tcp", "ESTABLISHED", "10.0.0.2:80");
  scene_add_connection (scene, 7, "tcp", "ESTABLISHED", "10.0.0.3:80");
  scene_expect (scene, "idle", "likely", NULL);
  scene_add_child (scene_add_local (frame, "self", "asyncio.streams.StreamReader", "<…>", 0x200), "_sock_fd", "7", 0);
  scene_expect (scene, "async-wait", "likely", NULL);
  scene_expect_words (scene, "reads from 10.0.0.3:80");
}

static void
test_server_is_idle (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_loop (scene, (char *[]){ "5 read", "6 read", NULL });
  add_task (scene, SCENE_LIB "asyncio/streams.py", "readline");
  scene_add_connection (scene, 5, "tcp", "LISTEN", NULL);
  scene_add_connection (scene, 6, "tcp", "ESTABLISHED", "10.0.0.2:51000");
  scene_expect (scene, "idle", "likely", NULL);
}

/* A task that sleeps or awaits something of the program's own has nothing to do with the connection. */
static void
test_sleeping_task_awaits_no_peer (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_loop (scene, (char *[]){ "6 read", NULL });
  add_task (scene, SCENE_LIB "asyncio/tasks.py", "sleep");
  scene_add_connection (scene, 6, "tcp", "ESTABLISHED", "10.0.0.2:80");
  scene_expect (scene, "idle", "likely", NULL);
}

/* A wait that ends by itself says when, from a minute on. */
static void
test_time_left (void)
{
  static const struct
  {
    gint64 timeout_ms;
    const char *words;
  } waits[] = {
    { 59999, NULL },
    { 60000, "for at most another 1 min 0 s" },
    { 7199999, "for at most another 1 h 59 min" },
    { 86400000, "for at most another 1 d 0 h" },
    { G_MAXINT64, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      g_autoptr (FlatlineSnapshot) scene = scene_new ();
      FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

      scene_set_syscall (thread, "clock_nanosleep 0x1 0x1 0x7f00");
      g_object_set (thread, "timeout-ms", waits[i].timeout_ms, NULL);
      scene_add_frame (thread, SCENE_FILE, "rest", 12);
      scene_add_frame (thread, SCENE_FILE, "<module>", 20);
      scene_expect (scene, "sleep", "certain", SCENE_FILE ":12 in rest");
      if (waits[i].words)
        scene_expect_words (scene, waits[i].words);
      else
        g_assert_null (strstr (scene->verdict->summary, "at most"));
    }
}

/* The child waits for bytes from us, which another task of our loop may well send. */
static void
test_task_closes_no_circle (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_loop (scene, (char *[]){ "6 read", NULL });
  add_task (scene, SCENE_LIB "asyncio/subprocess.py", "communicate");
  scene_add_child_process (scene, 110, "filter", "read 0x0");
  scene_add_pipe_end (scene, 110, 0, FALSE, SCENE_PID);
  scene_add_pipe_end (scene, SCENE_PID, 8, TRUE, 110);
  scene_expect (scene, "async-wait", "likely", SCENE_FILE ":7 in fetch");
  scene_expect_words (scene, "waits for the end of process 110 (filter), which reads from");
}

/* SQLAlchemy: the task waits for its greenlet, and that for a pool; the server at the other end owes nothing. */
static void
test_pool_in_greenlet (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineTask *greenlet = g_object_new (FLATLINE_TYPE_TASK, "address", (guint64)0x300, "name", "Greenlet at 0x300",
                                         "state", "PENDING", "thread", (gint64)SCENE_PID, NULL);
  FlatlineFrame *spawn;
  FlatlineTask *task;

  add_loop (scene, (char *[]){ "6 read", NULL });
  add_task (scene, SCENE_LIB "asyncio/queues.py", "get");
  task = flatline_list_peek (scene->tasks, 0);
  spawn = g_object_new (FLATLINE_TYPE_FRAME, "kind", "python", "file", PACKAGES "sqlalchemy/util/concurrency.py",
                        "function", "greenlet_spawn", "line", (gint64)5, NULL);
  g_list_store_insert (task->frames, 1, spawn);
  scene_add_local (spawn, "context", "Greenlet", "<…>", 0x300);
  flatline_list_append (&greenlet->frames,
                        g_object_new (FLATLINE_TYPE_FRAME, "kind", "python", "file", PACKAGES "sqlalchemy/pool/impl.py",
                                      "function", "_do_get", "qualified-name", "QueuePool._do_get", NULL));
  flatline_list_append (&scene->tasks, greenlet);
  scene_add_connection (scene, 6, "tcp", "ESTABLISHED", "10.0.0.2:5432");
  scene_expect (scene, "async-wait", "likely", SCENE_FILE ":7 in fetch");
  scene_expect_words (scene, "waits until the pool QueuePool of sqlalchemy has a connection free");
}

/* --- packages --- */

/* bin/gunicorn says nothing to a person; what the package does, does. */
static void
test_launcher_is_not_the_program (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (thread, "clock_nanosleep 0x1 0x1 0x7f00");
  scene_add_frame (thread, SCENE_LIB "sched.py", "run", 150);
  scene_add_frame (thread, PACKAGES "gunicorn/arbiter.py", "sleep", 357);
  scene_add_frame (thread, PACKAGES "gunicorn/app/base.py", "run", 231);
  scene_add_frame (thread, "/home/ann/venv/bin/gunicorn", "<module>", 8);
  scene_expect (scene, "sleep", "certain", PACKAGES "gunicorn/arbiter.py:357 in sleep");
}

/* A script in a folder bin that does something itself is the program. */
static void
test_script_in_bin_is_the_program (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (thread, "clock_nanosleep 0x1 0x1 0x7f00");
  scene_add_frame (thread, PACKAGES "lagoon/work.py", "run_all", 16);
  scene_add_frame (thread, "/home/ann/bin/report", "main", 12);
  scene_add_frame (thread, "/home/ann/bin/report", "<module>", 20);
  scene_expect (scene, "sleep", "certain", "/home/ann/bin/report:12 in main");
}

static void
build_pool (FlatlineSnapshot *scene, const char *class_name)
{
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (thread, "futex 0x7f10 0x189 0x0 0x0");
  scene_add_frame (thread, SCENE_LIB "threading.py", "wait", 320);
  scene_add_frame (thread, SCENE_LIB "queue.py", "get", 171);
  scene_add_local (scene_add_frame (thread, PACKAGES "lagoon/pool.py", "take", 30), "self", class_name, "<…>", 0x300);
  scene_add_frame (thread, SCENE_FILE, "load", 3);
  scene_add_frame (thread, SCENE_FILE, "<module>", 9);
  scene_add_source (scene, SCENE_FILE, "import lagoon\n\nlagoon.connect()\n");
}

static void
test_pool_without_free_connection (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *other;

  build_pool (scene, "lagoon.pool.ConnectionPool");
  other = scene_add_thread (scene, SCENE_PID + 1, "report");
  scene_set_syscall (other, "clock_nanosleep 0x1 0x1 0x7f00");
  scene_add_local (scene_add_frame (other, SCENE_FILE, "report", 9), "db", "lagoon.pool.Connection", "<…>", 0x400);
  scene_expect (scene, "semaphore-wait", "likely", SCENE_FILE ":3 in load");
  scene_expect_words (scene, "the pool ConnectionPool of lagoon");
  scene_expect_words (scene, "for ‘lagoon.connect()’");
  scene_expect_words (scene, "‘db’ of thread ‘report’ has one (app.py:9)");
}

static void
test_queue_of_a_package_is_no_pool (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  build_pool (scene, "lagoon.work.Arbiter");
  scene_expect (scene, "queue-wait", "likely", SCENE_FILE ":3 in load");
  scene_expect_words (scene, "this is inside of lagoon, which ‘lagoon.connect()’ has called");
}

/* A worker of execnet stands in WorkerPool.integrate_as_primary_thread() until there is work. */
static void
test_pool_of_workers_gives_nothing (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  build_pool (scene, "lagoon.work.WorkerPool");
  scene_expect (scene, "queue-wait", "likely", SCENE_FILE ":3 in load");
}

static void
test_stuck_worker_of_idle_program (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *worker;

  add_loop (scene, NULL);
  worker = scene_add_thread (scene, SCENE_PID + 1, "view");
  scene_set_syscall (worker, "futex 0x7f10 0x189 0x0 0x0");
  scene_add_frame (worker, SCENE_FILE, "list_orders", 2);
  scene_add_lock (scene, "_thread.lock", "orders", 0, "101");
  scene_set_looks (worker, 0, 0);
  scene_expect (scene, "idle", "likely", NULL);
  scene_expect_words (scene, "meanwhile thread ‘view’ waits for lock ‘orders’ (app.py:2)");
  scene_set_looks (worker, 3, 1);
  scene_expect (scene, "idle", "likely", NULL);
  g_assert_null (strstr (scene->verdict->summary, "meanwhile"));
}

static void
add_trio_loop (FlatlineSnapshot *scene)
{
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (thread, EPOLL_FOR_EVER);
  scene_add_frame (thread, PACKAGES "trio/_core/_io_epoll.py", "get_events", 230);
  scene_add_frame (thread, PACKAGES "trio/_core/_run.py", "run", 2087);
  scene_add_frame (thread, SCENE_FILE, "<module>", 20);
}

static void
test_trio_waits (void)
{
  static const struct
  {
    const char *file, *function, *line, *words;
  } waits[] = {
    { PACKAGES "trio/_channel.py", "receive", "async for order in self.orders:",
      "runs a Trio loop in which task ‘Task-1’ (fetch) waits for an item from channel ‘self.orders’" },
    { PACKAGES "trio/_channel.py", "send", "await out.send(1)",
      "waits for somebody to take what it sends to channel ‘out’" },
    { PACKAGES "trio/_sync.py", "wait", "await done.wait()", "waits for event or condition ‘done’" },
    { PACKAGES "trio/_sync.py", "acquire", "async with table:", "waits for lock or semaphore ‘table’" },
    { PACKAGES "trio/_sync.py", "acquire_on_behalf_of",
      "async with seats:", "waits for a place in limiter ‘seats’, all of which are taken" },
    { PACKAGES "anyio/streams/memory.py", "__anext__",
      "async for job in jobs:", "waits for an item from channel ‘jobs’" },
    { PACKAGES "anyio/_core/_synchronization.py", "acquire", "async with limiter:", "lock or semaphore ‘limiter’" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      g_autoptr (FlatlineSnapshot) scene = scene_new ();
      g_autofree char *source = g_strdup_printf ("\n\n\n\n\n\n    %s\n", waits[i].line);

      add_trio_loop (scene);
      add_task (scene, waits[i].file, waits[i].function);
      scene_add_source (scene, SCENE_FILE, source);
      scene_expect (scene, "async-wait", "likely", SCENE_FILE ":7 in fetch");
      scene_expect_words (scene, waits[i].words);
    }
}

/* Whom a lock of Trio names as its owner. */
static void
test_owner_of_trio_lock (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineTask *task;

  add_trio_loop (scene);
  add_task (scene, PACKAGES "trio/_sync.py", "acquire");
  task = flatline_list_peek (scene->tasks, 0);
  task->awaits_address = 0x300;
  flatline_list_append (&scene->tasks,
                        g_object_new (FLATLINE_TYPE_TASK, "address", (guint64)0x300, "name", "holder", "coroutine",
                                      "hold", "state", "PENDING", "awaits", "sleep_forever", NULL));
  scene_expect (scene, "async-wait", "likely", NULL);
  scene_expect_words (scene, "waits for a lock or a semaphore, taken by task ‘holder’ (hold)");
}

/* Each awaits the next, the last two each other: it would take minutes to look for each among all others. */
static void
test_circle_of_many (void)
{
  const guint64 n_tasks = 20000;
  g_autoptr (FlatlineSnapshot) scene = scene_new ();

  add_loop (scene, NULL);
  for (guint64 i = 0; i < n_tasks; i++)
    flatline_list_append (&scene->tasks,
                          g_object_new (FLATLINE_TYPE_TASK, "address", 0x1000 + i, "awaits-address",
                                        0x1000 + (i + 1) % n_tasks, "name", "link", "state", "PENDING", NULL));
  g_object_set (flatline_list_peek (scene->tasks, n_tasks - 1), "awaits-address", 0x1000 + n_tasks - 2, NULL);
  scene_expect (scene, "deadlock", "certain", NULL);
  scene_expect_words (scene, "task ‘link’");
}

/* asyncio.as_completed() has a queue of its own: what the tasks in it wait for is the cause. */
static void
test_queue_of_as_completed (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineTask *task;

  add_loop (scene, NULL);
  add_task (scene, SCENE_LIB "asyncio/queues.py", "get");
  task = flatline_list_peek (scene->tasks, 0);
  g_list_store_insert (task->frames, 1,
                       g_object_new (FLATLINE_TYPE_FRAME, "kind", "python", "file", SCENE_LIB "asyncio/tasks.py",
                                     "function", "_wait_for_one", "line", (gint64)630, NULL));
  scene_expect (scene, "idle", "likely", NULL);
  add_task (scene, SCENE_LIB "asyncio/locks.py", "wait");
  scene_expect (scene, "async-wait", "likely", NULL);
  scene_expect_words (scene, "waits for an event or a condition");
}

static gboolean
has_fact (FlatlineSnapshot *scene, const char *fact)
{
  for (guint i = 0; i < flatline_list_length (scene->verdict->evidence); i++)
    if (strcmp (((FlatlineEvidence *)flatline_list_peek (scene->verdict->evidence, i))->fact, fact) == 0)
      return TRUE;
  return FALSE;
}

/* gRPC polls in C; the frame around has whom it asks for what. */
static void
test_remote_call (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");
  FlatlineFrame *call = scene_add_frame (thread, PACKAGES "grpc/_channel.py", "_blocking", 1152);
  FlatlineValue *self;

  scene_set_syscall (thread, "epoll_wait 0x3 0x7f00 0x64 0xad");
  scene_add_frame (thread, SCENE_FILE, "place", 10);
  scene_add_frame (thread, SCENE_FILE, "<module>", 13);
  scene_expect (scene, "socket-wait", "likely", SCENE_FILE ":10 in place");
  scene_expect_words (scene, "waits for the answer of a gRPC server");
  self = scene_add_local (call, "self", "grpc._channel._UnaryUnaryMultiCallable", "<…>", 0x200);
  scene_add_child (self, "_target", "b'orders.example:50051'", 0);
  scene_add_child (self, "_method", "b'/shop.Orders/Place'", 0);
  scene_add_local (call, "timeout", "NoneType", "None", 0);
  scene_expect (scene, "socket-wait", "likely", NULL);
  scene_expect_words (scene, "waits for the answer of the gRPC server orders.example:50051");
  g_assert_true (has_fact (scene, "The call is /shop.Orders/Place of gRPC, and was given no time-out"));
  g_free (((FlatlineValue *)flatline_list_peek (self->children, 0))->text);
  ((FlatlineValue *)flatline_list_peek (self->children, 0))->text = g_strdup ("b'ipv4:///10.0.0.2:50051'");
  scene_add_connection (scene, 9, "tcp", "ESTABLISHED", "10.0.0.2:50051");
  scene_expect (scene, "socket-wait", "likely", NULL);
  scene_expect_words (scene, "reads from 10.0.0.2:50051");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnose/tasks/peer-of-task", test_peer_of_task);
  g_test_add_func ("/diagnose/tasks/one-of-two-peers", test_one_of_two_peers);
  g_test_add_func ("/diagnose/tasks/server-is-idle", test_server_is_idle);
  g_test_add_func ("/diagnose/tasks/time-left", test_time_left);
  g_test_add_func ("/diagnose/tasks/pool-in-greenlet", test_pool_in_greenlet);
  g_test_add_func ("/diagnose/tasks/sleeping-task-awaits-no-peer", test_sleeping_task_awaits_no_peer);
  g_test_add_func ("/diagnose/tasks/circle-of-many", test_circle_of_many);
  g_test_add_func ("/diagnose/tasks/task-closes-no-circle", test_task_closes_no_circle);
  g_test_add_func ("/diagnose/tasks/launcher-is-not-the-program", test_launcher_is_not_the_program);
  g_test_add_func ("/diagnose/tasks/script-in-bin-is-the-program", test_script_in_bin_is_the_program);
  g_test_add_func ("/diagnose/tasks/pool-without-free-connection", test_pool_without_free_connection);
  g_test_add_func ("/diagnose/tasks/queue-of-a-package-is-no-pool", test_queue_of_a_package_is_no_pool);
  g_test_add_func ("/diagnose/tasks/pool-of-workers-gives-nothing", test_pool_of_workers_gives_nothing);
  g_test_add_func ("/diagnose/tasks/stuck-worker-of-idle-program", test_stuck_worker_of_idle_program);
  g_test_add_func ("/diagnose/tasks/trio-waits", test_trio_waits);
  g_test_add_func ("/diagnose/tasks/owner-of-trio-lock", test_owner_of_trio_lock);
  g_test_add_func ("/diagnose/tasks/queue-of-as-completed", test_queue_of_as_completed);
  g_test_add_func ("/diagnose/tasks/remote-call", test_remote_call);
  return g_test_run ();
}
