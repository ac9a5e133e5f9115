/* SPDX-License-Identifier: MIT */
/* One scene a rule: what a thread in that situation looks like, and the verdict it must get. */
#include "scene.h"

#include <string.h>

/* One frame of a library above the program's own, "file:function"; NULL ends them. */
typedef struct
{
  const char *name;
  const char *syscall;
  const char *state;
  double cpu_percent;
  const char *frames[4];
  const char *line; /* the source of the program's own line */
  const char *kind;
  const char *confidence;
  const char *words;
} Scene;

static const Scene scenes[] = {
  { "sleep",
    "clock_nanosleep 0x1",
    "S",
    0,
    { NULL },
    "time.sleep(30)",
    "sleep",
    "certain",
    "sleeps in time.sleep(30)" },
  { "sleep-before-3.11", "select 0x0", "S", 0, { NULL }, "time.sleep(delay)", "sleep", "certain", "time.sleep(delay)" },
  { "stopped", NULL, "T", 0, { NULL }, "work()", "stopped", "certain", "SIGCONT" },
  { "disk", "fsync 0x3", "D", 0, { NULL }, "os.fsync(f)", "disk-wait", "likely", "fsync" },
  { "busy", NULL, "R", 97, { NULL }, "while True: pass", "busy-loop", "likely", "runs without pause in main (97 %" },
  { "recv", "recvfrom 0x5 0x1", "S", 0, { NULL }, "s.recv(1)", "socket-wait", "certain", "reads from 10.0.0.2:80" },
  { "connect",
    "connect 0x6",
    "S",
    0,
    { NULL },
    "s.connect(a)",
    "socket-wait",
    "certain",
    "tries to connect to 10.0.0.3:81" },
  { "accept",
    "accept4 0x7",
    "S",
    0,
    { NULL },
    "s.accept()",
    "socket-wait",
    "certain",
    "client to connect to 127.0.0.1:5000" },
  { "send", "sendto 0x5", "S", 0, { NULL }, "s.sendall(b)", "socket-wait", "certain", "writes to 10.0.0.2:80" },
  { "read-of-socket", "read 0x5", "S", 0, { "ssl.py:read" }, "s.recv(1)", "socket-wait", "certain", "10.0.0.2:80" },
  { "recv-with-timeout", "poll 0x1 0x1", "S", 0, { NULL }, "s.recv(1)", "socket-wait", "likely", "reads from" },
  { "unknown-socket", "recvfrom 0x63", "S", 0, { NULL }, "s.recv(1)", "socket-wait", "likely", "without a known peer" },
  { "pipe", "read 0x8", "S", 0, { NULL }, "os.read(r, 1)", "pipe-wait", "certain", "process 200 (sleep 100)" },
  { "full-pipe", "write 0x8", "S", 0, { NULL }, "os.write(w, b)", "pipe-wait", "certain", "full pipe" },
  { "input", "read 0x0", "S", 0, { NULL }, "input()", "stdin-wait", "certain", "standard input" },
  { "input-with-readline", "pselect6 0x1", "S", 0, { NULL }, "input()", "stdin-wait", "likely", "standard input" },
  { "terminal", "read 0x9", "S", 0, { NULL }, "tty.read()", "stdin-wait", "certain", "terminal" },
  { "file", "read 0xa", "S", 0, { NULL }, "f.read()", "file-wait", "likely", "/mnt/slow" },
  { "descriptor", "read 0x63", "S", 0, { NULL }, "f.read()", "file-wait", "likely", "waits in read for descriptor 99" },
  { "file-lock", "flock 0xa", "S", 0, { NULL }, "fcntl.flock(f, 2)", "file-wait", "certain", "file lock of /mnt/slow" },
  { "fifo", "openat 0xffffff9c", "S", 0, { NULL }, "open('fifo')", "file-wait", "likely", "to open" },
  { "child",
    "wait4 0xc8",
    "S",
    0,
    { "subprocess.py:_try_wait", "subprocess.py:_wait", "subprocess.py:wait" },
    "p.wait()",
    "child-wait",
    "certain",
    "child process 200 (sleep 100)" },
  { "any-child", "wait4 0xffffffff", "S", 0, { NULL }, "os.wait()", "child-wait", "likely", "process 200 (sleep 100)" },
  { "communicate",
    "poll 0x1 0x1",
    "S",
    0,
    { "selectors.py:select", "subprocess.py:_communicate", "subprocess.py:communicate" },
    "p.communicate()",
    "child-wait",
    "likely",
    "waits for the output of child process 200" },
  { "child-with-timeout",
    "clock_nanosleep 0x1",
    "S",
    0,
    { "subprocess.py:_wait", "subprocess.py:wait" },
    "p.wait(9)",
    "child-wait",
    "likely",
    "process 200" },
  { "queue-get",
    "futex 0x1",
    "S",
    0,
    { "threading.py:wait", "queue.py:get" },
    "jobs.get()",
    "queue-wait",
    "likely",
    "item from queue ‘jobs’, which is empty" },
  { "queue-put",
    "futex 0x1",
    "S",
    0,
    { "threading.py:wait", "queue.py:put" },
    "jobs.put(1)",
    "queue-wait",
    "likely",
    "room in queue ‘jobs’" },
  { "simple-queue", "futex 0x1", "S", 0, { NULL }, "jobs.get()", "queue-wait", "likely", "queue ‘jobs’" },
  { "condition",
    "futex 0x1",
    "S",
    0,
    { "threading.py:wait" },
    "ready.wait()",
    "condition-wait",
    "likely",
    "condition ‘ready’, which nobody notifies" },
  { "event",
    "futex 0x1",
    "S",
    0,
    { "threading.py:wait", "threading.py:wait" },
    "self.done.wait()",
    "event-wait",
    "likely",
    "event ‘self.done’, which nobody sets" },
  { "barrier",
    "futex 0x1",
    "S",
    0,
    { "threading.py:wait", "threading.py:wait_for", "threading.py:_wait", "threading.py:wait" },
    "gate.wait()",
    "condition-wait",
    "likely",
    "barrier ‘gate’" },
  { "semaphore",
    "futex 0x1",
    "S",
    0,
    { "threading.py:wait", "threading.py:acquire" },
    "slots.acquire()",
    "semaphore-wait",
    "likely",
    "semaphore ‘slots’" },
  { "future",
    "futex 0x1",
    "S",
    0,
    { "threading.py:wait", "concurrent/futures/_base.py:result" },
    "job.result()",
    "condition-wait",
    "likely",
    "result of future ‘job’" },
  { "join",
    "futex 0x1",
    "S",
    0,
    { "threading.py:_wait_for_tstate_lock", "threading.py:join" },
    "worker.join()",
    "join-wait",
    "likely",
    "thread ‘worker’" },
  { "signal", "rt_sigtimedwait 0x1", "S", 0, { NULL }, "signal.sigwait(s)", "event-wait", "certain", "a signal" },
  { "asyncio-idle",
    "epoll_wait 0x3",
    "S",
    0,
    { "selectors.py:select", "asyncio/base_events.py:_run_once", "asyncio/base_events.py:run_forever" },
    "asyncio.run(m())",
    "idle",
    "likely",
    "asyncio loop" },
  { "glib-idle", "poll 0x1 0x3", "S", 0, { "gi/overrides/Gio.py:run" }, "app.run()", "idle", "likely", "GLib loop" },
  { "tk-idle",
    "select 0x9",
    "S",
    0,
    { "tkinter/__init__.py:mainloop" },
    "root.mainloop()",
    "idle",
    "likely",
    "Tk loop" },
  { "qt-idle", "ppoll 0x1 0x3", "S", 0, { NULL }, "sys.exit(app.exec())", "idle", "likely", "main loop" },
  { "bare-epoll", "epoll_wait 0x3", "S", 0, { NULL }, "ep.poll()", "idle", "guess", NULL },
  { "native-lock", "futex 0x1", "S", 0, { NULL }, "mystery()", "lock-wait", "guess", "inside ‘mystery()’" },
  { "unknown", "io_getevents 0x1", "S", 0, { NULL }, "mystery()", "unknown", "guess", "io_getevents" },
};

static void
furnish (FlatlineSnapshot *snapshot)
{
  scene_add_connection (snapshot, 5, "tcp", "ESTABLISHED", "10.0.0.2:80");
  scene_add_connection (snapshot, 6, "tcp", "SYN_SENT", "10.0.0.3:81");
  scene_add_connection (snapshot, 7, "tcp", "LISTEN", NULL);
  scene_add_descriptor (snapshot, 5, "socket", "socket:[1]", 0);
  scene_add_descriptor (snapshot, 8, "pipe", "pipe:[2]", 200);
  scene_add_descriptor (snapshot, 9, "tty", "/dev/pts/3", 0);
  scene_add_descriptor (snapshot, 10, "file", "/mnt/slow", 0);
  scene_add_processes (snapshot, 200, "sleep 100");
}

static void
test_scene (gconstpointer data)
{
  const Scene *scene = data;
  g_autoptr (FlatlineSnapshot) snapshot = scene_new ();
  FlatlineThread *thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");
  g_autofree char *source = g_strconcat ("def main():\n    ", scene->line, "\n", NULL);

  furnish (snapshot);
  g_object_set (thread, "state", scene->state, "cpu-percent", scene->cpu_percent, NULL);
  scene_set_syscall (thread, scene->syscall);
  for (gsize i = 0; i < G_N_ELEMENTS (scene->frames) && scene->frames[i]; i++)
    {
      g_auto (GStrv) parts = g_strsplit (scene->frames[i], ":", 2);
      g_autofree char *file = g_strconcat (SCENE_LIB, parts[0], NULL);

      scene_add_frame (thread, file, parts[1], 500);
    }
  scene_add_frame (thread, SCENE_FILE, "main", 2);
  scene_add_frame (thread, SCENE_FILE, "<module>", 9);
  scene_add_source (snapshot, SCENE_FILE, source);
  scene_expect (snapshot, scene->kind, scene->confidence, SCENE_FILE ":2 in main");
  g_assert_cmpuint (flatline_list_length (snapshot->verdict->evidence), >=, 1);
  if (scene->words)
    scene_expect_words (snapshot, scene->words);
  if (g_strcmp0 (scene->kind, "unknown") != 0)
    g_assert_nonnull (thread->waiting_for);
}

/* --- the GIL --- */

static FlatlineSnapshot *
make_hog (const char *syscall, const char *state, double silence)
{
  FlatlineSnapshot *snapshot = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");
  FlatlineThread *other = scene_add_thread (snapshot, 101, "flatline-beats");

  g_object_set (main_thread, "state", state, "holds-gil", TRUE, "cpu-percent", *state == 'R' ? 100.0 : 0.0, NULL);
  scene_set_syscall (main_thread, syscall);
  scene_add_frame (main_thread, SCENE_FILE, "crunch", 6);
  scene_add_frame (main_thread, SCENE_FILE, "<module>", 90);
  g_object_set (other, "waits-for-gil", TRUE, NULL);
  if (silence > 0)
    scene_add_beat (snapshot, "interpreter", silence);
  return snapshot;
}

static void
test_gil (void)
{
  g_autoptr (FlatlineSnapshot) computing = make_hog (NULL, "R", 3);
  g_autoptr (FlatlineSnapshot) sleeping = make_hog ("clock_nanosleep 0x1", "S", 0);
  g_autoptr (FlatlineSnapshot) looping = make_hog (NULL, "R", 0.2);
  g_autoptr (FlatlineSnapshot) unsupervised = make_hog (NULL, "R", 0);

  scene_expect (computing, "gil-held", "certain", SCENE_FILE ":6 in crunch");
  scene_expect_words (computing, "MainThread holds the GIL in native code");
  scene_expect (sleeping, "gil-held", "certain", SCENE_FILE ":6 in crunch");
  scene_expect_words (sleeping, "clock_nanosleep");
  /* Fresh beats prove that the GIL is let go: Python code in a loop. */
  scene_expect (looping, "busy-loop", "likely", SCENE_FILE ":6 in crunch");
  scene_expect (unsupervised, "busy-loop", "likely", SCENE_FILE ":6 in crunch");
}

static void
test_beats_of_a_child (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = make_hog (NULL, "R", 3);

  /* A child that is well proves nothing about its parent. */
  scene_add_beat (snapshot, "interpreter", 0.1);
  g_object_set (flatline_list_peek (snapshot->beats, 1), "pid", (gint64)777, NULL);
  scene_expect (snapshot, "gil-held", "certain", SCENE_FILE ":6 in crunch");
}

static void
test_gil_held_by_worker (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");
  FlatlineThread *worker = scene_add_thread (snapshot, 101, "hog");

  g_object_set (main_thread, "waits-for-gil", TRUE, NULL);
  scene_set_syscall (main_thread, "futex 0x1 0x0 0x0 0x7ff");
  scene_add_frame (main_thread, SCENE_FILE, "main", 20);
  scene_add_frame (main_thread, SCENE_FILE, "<module>", 90);
  g_object_set (worker, "state", "R", "holds-gil", TRUE, "cpu-percent", 100.0, NULL);
  scene_add_frame (worker, SCENE_FILE, "hog", 4);
  scene_add_beat (snapshot, "interpreter", 2.5);
  scene_expect (snapshot, "gil-held", "certain", SCENE_FILE ":4 in hog");
  g_assert_cmpint (snapshot->verdict->thread, ==, 101);
  g_assert_cmpstr (main_thread->waiting_for, ==, "the GIL held by thread ‘hog’");
}

static void
test_native_without_gil (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = scene_new ();
  FlatlineThread *thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");
  FlatlineFrame *native = scene_add_frame (thread, NULL, "dgemm_kernel", 0);

  g_object_set (native, "kind", "native", "module", "/usr/lib/libblas.so.3", NULL);
  g_object_set (thread, "state", "R", "cpu-percent", 100.0, NULL);
  scene_add_frame (thread, SCENE_FILE, "multiply", 11);
  scene_add_frame (thread, SCENE_FILE, "<module>", 90);
  scene_expect (snapshot, "native-busy", "likely", SCENE_FILE ":11 in multiply");
  scene_expect_words (snapshot, "dgemm_kernel");
}

/* --- asyncio --- */

static FlatlineTask *
add_task (FlatlineSnapshot *snapshot, guint64 address, const char *name, guint64 awaits)
{
  FlatlineTask *task = g_object_new (FLATLINE_TYPE_TASK, "address", address, "name", name, "coroutine", "run", "state",
                                     "PENDING", "awaits-address", awaits, "thread", (gint64)SCENE_PID, NULL);

  flatline_list_append (&snapshot->tasks, task);
  return task;
}

static FlatlineSnapshot *
make_loop (void)
{
  FlatlineSnapshot *snapshot = scene_new ();
  FlatlineThread *thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");

  scene_set_syscall (thread, "epoll_wait 0x3");
  scene_add_frame (thread, SCENE_LIB "selectors.py", "select", 468);
  scene_add_frame (thread, SCENE_LIB "asyncio/base_events.py", "_run_once", 1884);
  scene_add_frame (thread, SCENE_FILE, "<module>", 30);
  return snapshot;
}

static void
test_tasks_in_a_circle (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = make_loop ();

  add_task (snapshot, 0x10, "Task-1", 0x20);
  add_task (snapshot, 0x20, "Task-2", 0x30);
  add_task (snapshot, 0x30, "Task-3", 0x20);
  scene_expect (snapshot, "deadlock", "certain", NULL);
  scene_expect_words (snapshot, "‘Task-2’");
}

static void
test_task_on_a_lock (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = make_loop ();
  FlatlineTask *task = add_task (snapshot, 0x10, "Task-1", 0);

  flatline_list_append (&task->frames, g_object_new (FLATLINE_TYPE_FRAME, "file", SCENE_LIB "asyncio/locks.py",
                                                     "function", "acquire", "line", (gint64)114, NULL));
  flatline_list_append (&task->frames, g_object_new (FLATLINE_TYPE_FRAME, "file", SCENE_FILE, "function", "save",
                                                     "line", (gint64)17, NULL));
  scene_expect (snapshot, "async-wait", "likely", NULL);
  scene_expect_words (snapshot, "‘Task-1’ (run) waits for a lock");
}

static void
test_sleeping_task_is_idle (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = make_loop ();

  add_task (snapshot, 0x10, "Task-1", 0);
  scene_expect (snapshot, "idle", "likely", NULL);
}

/* Where no attributes were read for want of time, the text of a Thread still says which one it is. */
static void
test_join_by_text (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");
  FlatlineFrame *join;

  scene_set_syscall (thread, "futex 0x1 0x189 0x0 0x0 0x0 0xffffffff");
  join = scene_add_frame (thread, SCENE_LIB "threading.py", "join", 1112);
  scene_add_local (join, "self", "threading.Thread", "<Thread(x, y, started daemon 4711)>", 0x100);
  scene_add_frame (thread, SCENE_FILE, "<module>", 3);
  scene_add_thread (scene, SCENE_PID + 1, "feeder")->ident = 4710;
  scene_add_thread (scene, SCENE_PID + 2, "crawler")->ident = 4711;
  scene_expect (scene, "join-wait", "certain", NULL);
  scene_expect_words (scene, "the end of thread ‘crawler’");
}

/* Without variables the line that calls join() names the thread, be it a library's; the lines of join() itself do not.
 */
static void
test_join_in_a_library (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (thread, "futex 0x1 0x189 0x0 0x0 0x0 0xffffffff");
  scene_add_frame (thread, SCENE_LIB "threading.py", "join", 2);
  scene_add_frame (thread, SCENE_LIB "concurrent/futures/process.py", "shutdown", 1);
  scene_add_source (scene, SCENE_LIB "threading.py", "\nself._handle.join(timeout)\n");
  scene_add_source (scene, SCENE_LIB "concurrent/futures/process.py", "self._manager.join()\n");
  scene_add_thread (scene, SCENE_PID + 1, "feeder");
  scene_add_thread (scene, SCENE_PID + 2, "crawler");
  scene_expect (scene, "join-wait", "likely", NULL);
  scene_expect_words (scene, "the end of thread ‘self._manager’");
}

/* Job control stops in the midst of the call that it forbids. */
static void
test_stopped_by_terminal (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_add_frame (thread, SCENE_FILE, "<module>", 3);
  scene_add_descriptor (scene, 1, "tty", "/dev/pts/2", 0);
  scene_set_syscall (thread, "write 0x1 0x7f00 0x8");
  g_object_set (thread, "state", "T", NULL);
  scene_expect (scene, "stopped", "certain", NULL);
  scene_expect_words (scene, "writes to its terminal or sets it up, in the background (SIGTTOU)");
  scene_set_syscall (thread, "read 0x1 0x7f00 0x8");
  scene_expect (scene, "stopped", "certain", NULL);
  scene_expect_words (scene, "in the background (SIGTTIN)");
  scene_set_syscall (thread, "kill 0x64 0x13");
  scene_expect (scene, "stopped", "certain", NULL);
  scene_expect_words (scene, "goes on with SIGCONT");
}

/* Of a process outside of the tree the connection tells the name. */
static void
test_peer_by_name (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (thread, "recvfrom 0x5 0x1");
  scene_add_frame (thread, SCENE_FILE, "<module>", 3);
  scene_add_connection (scene, 5, "tcp", "ESTABLISHED", "10.0.0.2:5432");
  g_object_set (flatline_list_peek (scene->connections, 0), "peer-pid", (gint64)4000, "peer-process",
                "postgres: shop UPDATE waiting", NULL);
  scene_expect (scene, "socket-wait", "certain", NULL);
  scene_expect_words (scene, "process 4000 (postgres: shop UPDATE waiting)");
}

/*
 * A handler asks @remote from @local while its server, the only one or @forked, listens at every address: only what is
 * this machine, in one process, is the server itself.
 */
static void
expect_own_server (const char *local, const char *remote, gboolean forked, gboolean is_own)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");
  FlatlineFrame *frame;

  scene_set_syscall (thread, "recvfrom 0x5 0x1");
  scene_add_frame (thread, SCENE_FILE, "do_GET", 3);
  frame = scene_add_frame (thread, SCENE_LIB "socketserver.py", "process_request", 620);
  if (forked)
    scene_add_local (frame, "pid", "int", "0", 0x10);
  frame = scene_add_frame (thread, SCENE_LIB "socketserver.py", "_handle_request_noblock", 318);
  scene_add_child (scene_add_local (frame, "self", "http.server.HTTPServer", "<HTTPServer>", 0x20), "socket",
                   "<socket.socket fd=7, family=2>", 0x30);
  scene_add_frame (thread, SCENE_FILE, "<module>", 9);
  scene_add_connection (scene, 5, "tcp", "ESTABLISHED", remote);
  g_object_set (flatline_list_peek (scene->connections, 0), "local-address", local, NULL);
  scene_add_connection (scene, 7, "tcp", "LISTEN", NULL);
  g_object_set (flatline_list_peek (scene->connections, 1), "local-address", "0.0.0.0:80", NULL);
  if (is_own)
    scene_expect (scene, "self-deadlock", "likely", SCENE_FILE ":3 in do_GET");
  else
    scene_expect (scene, "socket-wait", "certain", SCENE_FILE ":3 in do_GET");
}

static void
test_own_server (void)
{
  expect_own_server ("10.0.0.1:51000", "10.0.0.1:80", FALSE, TRUE);
  expect_own_server ("10.0.0.1:51000", "10.0.0.2:80", FALSE, FALSE);
  expect_own_server ("10.0.0.1:51000", "10.0.0.1:80", TRUE, FALSE);
}

/* Who is at the other end of a poll whose descriptor is not known: the only one it can be. */
static void
test_only_connection (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene_set_syscall (thread, "poll 0x1 0x1");
  scene_add_frame (thread, SCENE_FILE, "<module>", 1);
  scene_add_source (scene, SCENE_FILE, "s.recv(1)\n");
  scene_add_connection (scene, 4, "unix", "ESTABLISHED", "/run/user/1000/bus");
  scene_add_connection (scene, 5, "pipe", "READ", "pipe:[77]");
  scene_expect (scene, "socket-wait", "likely", NULL);
  scene_expect_words (scene, "without a known peer");
  scene_add_connection (scene, 6, "tcp", "ESTABLISHED", "10.0.0.2:80");
  scene_expect (scene, "socket-wait", "likely", NULL);
  scene_expect_words (scene, "10.0.0.2:80");
  scene_add_connection (scene, 7, "tcp", "ESTABLISHED", "10.0.0.3:80");
  scene_expect (scene, "socket-wait", "likely", NULL);
  scene_expect_words (scene, "without a known peer");
}

/* The first thread of a web server waits for its end; what a request waits for is why it is not answered. */
static void
test_host_at_rest (void)
{
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *main_thread = scene_add_thread (scene, SCENE_PID, "MainThread");
  FlatlineThread *request = scene_add_thread (scene, SCENE_PID + 1, "request");

  g_object_set (scene->program, "executable", "/usr/sbin/apache2", NULL);
  scene_add_descriptor (scene, 8, "pipe", "pipe:[7]", 200);
  scene_add_processes (scene, 200, "sleep 100");
  scene_set_syscall (main_thread, "read 0x8");
  scene_expect (scene, "pipe-wait", "certain", NULL);
  scene_set_syscall (request, "clock_nanosleep 0x1");
  scene_add_frame (request, SCENE_FILE, "answer", 12);
  scene_expect (scene, "sleep", NULL, SCENE_FILE ":12 in answer");
  scene->phase = g_strdup ("shutdown");
  scene_expect (scene, "pipe-wait", "certain", NULL);
  g_clear_pointer (&scene->phase, g_free);
  scene_add_frame (main_thread, SCENE_FILE, "<module>", 90);
  scene_expect (scene, "pipe-wait", "certain", NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (scenes); i++)
    {
      g_autofree char *path = g_strconcat ("/diagnose/waits/", scenes[i].name, NULL);
      g_test_add_data_func (path, &scenes[i], test_scene);
    }
  g_test_add_func ("/diagnose/waits/only-connection", test_only_connection);
  g_test_add_func ("/diagnose/waits/gil", test_gil);
  g_test_add_func ("/diagnose/waits/beats-of-a-child", test_beats_of_a_child);
  g_test_add_func ("/diagnose/waits/gil-held-by-worker", test_gil_held_by_worker);
  g_test_add_func ("/diagnose/waits/native-without-gil", test_native_without_gil);
  g_test_add_func ("/diagnose/waits/tasks-in-a-circle", test_tasks_in_a_circle);
  g_test_add_func ("/diagnose/waits/task-on-a-lock", test_task_on_a_lock);
  g_test_add_func ("/diagnose/waits/sleeping-task-is-idle", test_sleeping_task_is_idle);
  g_test_add_func ("/diagnose/waits/join-by-text", test_join_by_text);
  g_test_add_func ("/diagnose/waits/join-in-a-library", test_join_in_a_library);
  g_test_add_func ("/diagnose/waits/peer-by-name", test_peer_by_name);
  g_test_add_func ("/diagnose/waits/own-server", test_own_server);
  g_test_add_func ("/diagnose/waits/stopped-by-terminal", test_stopped_by_terminal);
  g_test_add_func ("/diagnose/waits/host-at-rest", test_host_at_rest);
  return g_test_run ();
}
