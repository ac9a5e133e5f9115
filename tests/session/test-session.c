/* SPDX-License-Identifier: MIT */
/* Whole runs of real programs, with a client of the relay as existing programs carry it. */
#include "flatline-orphan-reaper.h"
#include "flatline-session.h"
#include "wait-for.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a program needs to beat: its own small client. */
static const char client[] =
    "import json, os, signal, socket, sys, time\n"
    "def send(kind, **payload):\n"
    "    line = json.dumps({'token': os.environ['FLATLINE_TOKEN'], 'kind': kind,\n"
    "                       'payload': dict(payload, pid=os.getpid(), timestamp=time.time())})\n"
    "    with socket.create_connection((os.environ['FLATLINE_HOST'],\n"
    "                                   int(os.environ['FLATLINE_PORT']))) as s:\n"
    "        s.sendall(line.encode() + b'\\n')\n"
    "def beat(reason, caller='main'):\n"
    "    send('heartbeat', reason=reason, caller=caller)\n";

typedef struct
{
  char *folder;
  FlatlineConfig *config;
  FlatlineSession *session;
  GString *states;
  GString *output;
  GString *error_output;
  FlatlineFreeze *freeze;
  FlatlineSnapshot *snapshot;
  guint n_freezes;
  guint n_recovered;
  guint n_exited;
  guint n_beats;
} Fixture;

static void
on_state (FlatlineSession *session, FlatlineSessionState state, const char *cause, Fixture *fixture)
{
  g_assert_nonnull (cause);
  g_string_append_printf (fixture->states, "%s ", flatline_session_state_to_string (state));
}

static void
on_output (FlatlineSession *session, const char *stream, GBytes *data, Fixture *fixture)
{
  GString *text = strcmp (stream, "stdout") == 0 ? fixture->output : fixture->error_output;

  g_string_append_len (text, g_bytes_get_data (data, NULL), g_bytes_get_size (data));
}

static void
on_freeze (FlatlineSession *session, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot, Fixture *fixture)
{
  fixture->n_freezes++;
  g_set_object (&fixture->freeze, freeze);
  g_set_object (&fixture->snapshot, snapshot);
}

static void
on_recovered (FlatlineSession *session, FlatlineFreeze *freeze, Fixture *fixture)
{
  g_assert_cmpint (freeze->ended_us, >, freeze->time_us);
  fixture->n_recovered++;
}

static void
on_exited (FlatlineSession *session, int status, int signum, Fixture *fixture)
{
  fixture->n_exited++;
}

static void
on_beat (FlatlineSession *session, FlatlineBeat *beat, Fixture *fixture)
{
  fixture->n_beats++;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->folder = g_dir_make_tmp ("flatline-session-XXXXXX", NULL);
  fixture->config = flatline_config_new ();
  fixture->config->log_folder = g_strdup ("");
  fixture->config->freeze_threshold = 0.5;
  fixture->config->close_grace = 0.3;
  fixture->config->use_agent = FALSE;
  fixture->session = flatline_session_new (fixture->config, NULL);
  fixture->states = g_string_new (NULL);
  fixture->output = g_string_new (NULL);
  fixture->error_output = g_string_new (NULL);
  g_signal_connect (fixture->session, "state-changed", G_CALLBACK (on_state), fixture);
  g_signal_connect (fixture->session, "output", G_CALLBACK (on_output), fixture);
  g_signal_connect (fixture->session, "freeze-detected", G_CALLBACK (on_freeze), fixture);
  g_signal_connect (fixture->session, "recovered", G_CALLBACK (on_recovered), fixture);
  g_signal_connect (fixture->session, "exited", G_CALLBACK (on_exited), fixture);
  g_signal_connect (fixture->session, "beat", G_CALLBACK (on_beat), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  const char *const argv[] = { "rm", "-rf", fixture->folder, NULL };
  gpointer session = fixture->session;

  flatline_session_shutdown (fixture->session, 5000);
  /* A look that is under way holds on to its session. */
  g_object_add_weak_pointer (G_OBJECT (fixture->session), &session);
  g_object_unref (fixture->session);
  WAIT_FOR (session == NULL);
  g_object_unref (fixture->config);
  g_clear_object (&fixture->freeze);
  g_clear_object (&fixture->snapshot);
  g_string_free (fixture->states, TRUE);
  g_string_free (fixture->output, TRUE);
  g_string_free (fixture->error_output, TRUE);
  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free (fixture->folder);
}

static void
start (Fixture *fixture, const char *body)
{
  g_autofree char *path = g_build_filename (fixture->folder, "program.py", NULL);
  g_autofree char *text = g_strconcat (client, body, NULL);
  const char *const argv[] = { path, "one", "two words", NULL };
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  flatline_session_set_program (fixture->session, argv, fixture->folder);
  flatline_session_start (fixture->session, &error);
  g_assert_no_error (error);
}

static void
test_exit (Fixture *fixture, gconstpointer unused)
{
  FlatlineRun *run;

  start (fixture, "print('out', sys.argv[1:], os.getcwd() == sys.argv[0].rpartition('/')[0])\n"
                  "print('err', file=sys.stderr)\nbeat('LAST')\nsys.exit(3)\n");
  WAIT_FOR (fixture->n_exited == 1);
  /* One terminal, and no agent that would tell errors apart. */
  g_assert_cmpstr (fixture->output->str, ==, "out ['one', 'two words'] True\nerr\n");
  g_assert_cmpstr (fixture->error_output->str, ==, "");
  g_assert_cmpstr (fixture->states->str, ==, "starting running exited ");
  g_assert_cmpint (flatline_session_get_exit_status (fixture->session), ==, 3);
  g_assert_cmpint (flatline_session_get_exit_signal (fixture->session), ==, 0);
  g_assert_cmpint (flatline_session_get_pid (fixture->session), ==, 0);
  g_assert_cmpuint (fixture->n_beats, ==, 1);
  run = flatline_session_get_run (fixture->session);
  g_assert_cmpint (run->exit_status, ==, 3);
  g_assert_cmpstr (run->end_reason, ==, "exited");
  g_assert_cmpstr (run->title, ==, "program.py");
  g_assert_cmpuint (fixture->n_freezes, ==, 0);
}

static void
note_most (GListModel *beats, guint position, guint removed, guint added, guint *n_most)
{
  *n_most = MAX (*n_most, removed);
}

/* Thousands came at once, as they do of a crowd of processes: the oldest go, but not all in one turn. */
static void
test_old_beats (Fixture *fixture, gconstpointer unused)
{
  GListModel *beats = G_LIST_MODEL (flatline_session_get_beats (fixture->session));
  guint n_most = 0;

  start (fixture, "beat('ONE')\ninput()\n");
  WAIT_FOR (fixture->n_beats == 1);
  for (guint i = 0; i < 22000; i++)
    {
      g_autoptr (FlatlineBeat) beat = g_object_new (FLATLINE_TYPE_BEAT, "time-us", g_get_real_time (), NULL);

      g_list_store_append (G_LIST_STORE (beats), beat);
    }
  g_signal_connect (beats, "items-changed", G_CALLBACK (note_most), &n_most);
  WAIT_FOR (g_list_model_get_n_items (beats) <= 20000);
  g_assert_cmpuint (g_list_model_get_n_items (beats), >, 19000);
  g_assert_cmpuint (n_most, <, 1000);
}

static void
test_crash (Fixture *fixture, gconstpointer unused)
{
  start (fixture, "print('last words', flush=True)\nos.kill(os.getpid(), signal.SIGSEGV)\n");
  WAIT_FOR (fixture->n_exited == 1);
  g_assert_cmpint (flatline_session_get_state (fixture->session), ==, FLATLINE_SESSION_CRASHED);
  g_assert_cmpint (flatline_session_get_exit_status (fixture->session), ==, -1);
  g_assert_cmpint (flatline_session_get_exit_signal (fixture->session), ==, SIGSEGV);
  g_assert_cmpuint (fixture->n_freezes, ==, 1);
  g_assert_cmpstr (fixture->freeze->kind, ==, "crash");
  g_assert_nonnull (strstr (fixture->freeze->summary, "SIGSEGV"));
  g_assert_nonnull (strstr (fixture->snapshot->output_tail, "last words"));
}

static void
test_die_before_exit (Fixture *fixture, gconstpointer unused)
{
  start (fixture, "send('die', context='load', type_name='ValueError', message='boom', thread='MainThread',\n"
                  "     traceback_text='Traceback:\\n  File \"/x/y.py\", line 7, in load\\n    raise\\n')\n"
                  "os._exit(4)\n");
  WAIT_FOR (fixture->n_exited == 1);
  g_assert_cmpint (flatline_session_get_state (fixture->session), ==, FLATLINE_SESSION_CRASHED);
  g_assert_cmpuint (fixture->n_freezes, ==, 1);
  g_assert_cmpstr (fixture->freeze->summary, ==, "ValueError: boom");
  g_assert_cmpstr (fixture->freeze->location, ==, "/x/y.py:7 in load");
  g_assert_cmpstr (fixture->snapshot->exception->context, ==, "load");
}

/* As pagers do it; the terminal of errors makes no signals. */
static void
test_keys_at_errors (Fixture *fixture, gconstpointer unused)
{
  start (fixture, "import termios, tty\n"
                  "keys = os.open(os.ttyname(2), os.O_RDWR | os.O_NOCTTY)\nfound = termios.tcgetattr(keys)\n"
                  "tty.setcbreak(keys)\nbeat('READY')\nassert os.read(keys, 1) == b'x'\nbeat('KEY')\n"
                  "try: os.read(keys, 1)\nexcept KeyboardInterrupt: beat('INTERRUPT')\n"
                  "assert os.read(keys, 1) == b'y'\ntermios.tcsetattr(keys, termios.TCSANOW, found)\n"
                  "beat('OVER')\nassert input() == 'z'\n");
  WAIT_FOR (fixture->n_beats == 1);
  flatline_session_write_input (fixture->session, "x", 1);
  WAIT_FOR (fixture->n_beats == 2);
  flatline_session_write_input (fixture->session, "\003", 1);
  WAIT_FOR (fixture->n_beats == 3);
  flatline_session_write_input (fixture->session, "y", 1);
  WAIT_FOR (fixture->n_beats == 4);
  flatline_session_write_input (fixture->session, "z\n", 2);
  WAIT_FOR (fixture->n_exited == 1);
  g_assert_cmpint (flatline_session_get_state (fixture->session), ==, FLATLINE_SESSION_EXITED);
}

static void
test_freeze_and_recovery (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *status = NULL;

  start (fixture, "for i in range(10):\n    beat('STEP', 'loop'); time.sleep(0.05)\n"
                  "input()\nbeat('AGAIN')\ninput()\n");
  fixture->config->strict_beats = FALSE;
  WAIT_FOR (fixture->n_beats == 10);
  /* Waiting for a person is no freeze; a busy program is. */
  flatline_session_write_input (fixture->session, "\n", 1);
  WAIT_FOR (fixture->n_beats == 11);
  flatline_session_write_input (fixture->session, "\n", 1);
  WAIT_FOR (fixture->n_exited == 1);
  g_assert_cmpuint (fixture->n_freezes, ==, 0);

  start (fixture, "for i in range(10):\n    beat('STEP', 'loop'); time.sleep(0.05)\n"
                  "end = time.thread_time() + 2\nwhile time.thread_time() < end: pass\n"
                  "beat('AGAIN')\ninput()\n");
  WAIT_FOR (fixture->n_freezes == 1);
  g_assert_cmpstr (fixture->freeze->kind, ==, "freeze");
  g_assert_cmpstr (fixture->freeze->last_reason, ==, "STEP");
  g_assert_cmpstr (fixture->freeze->last_caller, ==, "loop");
  g_assert_cmpint (fixture->freeze->stale_ms, >=, 500);
  g_assert_true (flatline_session_get_freeze (fixture->session) == fixture->freeze);
  g_assert_cmpuint (flatline_list_length (fixture->snapshot->beats), >=, 10);
  g_assert_cmpint (flatline_session_get_state (fixture->session), ==, FLATLINE_SESSION_FROZEN);
  status = flatline_session_dup_status_text (fixture->session);
  g_assert_nonnull (strstr (status, "State: frozen"));
  WAIT_FOR (fixture->n_recovered == 1);
  g_assert_cmpint (flatline_session_get_state (fixture->session), ==, FLATLINE_SESSION_RUNNING);
  g_assert_null (flatline_session_get_freeze (fixture->session));
  g_assert_cmpuint (fixture->n_freezes, ==, 1);
}

static void
test_stopped (Fixture *fixture, gconstpointer unused)
{
  start (fixture, "beat('UP')\nwhile True:\n    time.sleep(0.1); beat('TICK')\n");
  WAIT_FOR (fixture->n_beats >= 3);
  g_assert_true (flatline_session_send_signal (fixture->session, SIGSTOP, NULL));
  WAIT_FOR (fixture->n_freezes == 1);
  g_assert_true (flatline_session_send_signal (fixture->session, SIGCONT, NULL));
  WAIT_FOR (fixture->n_recovered == 1);
}

static void
test_close_insists (Fixture *fixture, gconstpointer unused)
{
  start (fixture, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\n"
                  "while True: time.sleep(1)\n");
  WAIT_FOR (strstr (fixture->output->str, "ready"));
  flatline_session_close (fixture->session);
  g_assert_cmpint (flatline_session_get_state (fixture->session), ==, FLATLINE_SESSION_EXITING);
  WAIT_FOR (fixture->n_exited == 1);
  g_assert_cmpint (flatline_session_get_exit_signal (fixture->session), ==, SIGKILL);
  g_assert_cmpint (flatline_session_get_state (fixture->session), ==, FLATLINE_SESSION_EXITED);
  g_assert_cmpstr (flatline_session_get_run (fixture->session)->end_reason, ==, "closed by the user");
  g_assert_cmpuint (fixture->n_freezes, ==, 0);
}

/* Who asks again while the program is given time to end does not begin anew. A handler may not print(): it runs in the
 * middle of the one that said that the program is ready. */
static void
test_close_twice (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *go = g_build_filename (fixture->folder, "go", NULL);
  const char *asked;

  fixture->config->close_grace = 600.0;
  start (fixture, "signal.signal(signal.SIGTERM, lambda *_: os.write(1, b'asked'))\nprint('ready', flush=True)\n"
                  "while not os.path.exists('go'): time.sleep(0.01)\n");
  WAIT_FOR (strstr (fixture->output->str, "ready"));
  flatline_session_close (fixture->session);
  WAIT_FOR (strstr (fixture->output->str, "asked"));
  flatline_session_close (fixture->session);
  g_assert_true (g_file_set_contents (go, "", 0, NULL));
  WAIT_FOR (fixture->n_exited == 1);
  g_assert_cmpint (flatline_session_get_exit_signal (fixture->session), ==, 0);
  asked = strstr (fixture->output->str, "asked");
  g_assert_null (strstr (asked + 1, "asked"));
}

static void
test_restart (Fixture *fixture, gconstpointer unused)
{
  gint64 first;

  start (fixture, "print('ready', flush=True)\ntime.sleep(60)\n");
  WAIT_FOR (strstr (fixture->output->str, "ready"));
  first = flatline_session_get_pid (fixture->session);
  g_string_truncate (fixture->output, 0);
  flatline_session_restart (fixture->session);
  WAIT_FOR (strstr (fixture->output->str, "ready"));
  g_assert_cmpuint (fixture->n_exited, ==, 1);
  g_assert_cmpint (flatline_session_get_pid (fixture->session), !=, first);
  flatline_session_kill (fixture->session);
  WAIT_FOR (fixture->n_exited == 2);
  flatline_session_restart (fixture->session);
  WAIT_FOR (flatline_session_get_state (fixture->session) == FLATLINE_SESSION_RUNNING);
}

static gboolean
is_alive (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;

  flatline_orphan_reaper_collect ();
  return g_file_get_contents (path, &text, NULL, NULL) && !strstr (text, ") Z ");
}

static void
test_kill_takes_the_tree (Fixture *fixture, gconstpointer unused)
{
  g_auto (GStrv) pids = NULL;

  /* A child, a grandchild, and one that left the terminal and its parent. */
  start (fixture, "import subprocess\n"
                  "a = subprocess.Popen(['sleep', '60'])\n"
                  "b = subprocess.run(['sh', '-c', 'setsid sleep 60 >/dev/null 2>&1 </dev/null & echo $!'],\n"
                  "                   stdout=subprocess.PIPE)\n"
                  "print(a.pid, b.stdout.decode().strip(), flush=True)\nprint('ready', flush=True)\ntime.sleep(60)\n");
  WAIT_FOR (strstr (fixture->output->str, "ready"));
  pids = g_strsplit_set (fixture->output->str, " \n", -1);
  g_assert_true (is_alive (atoi (pids[0])) && is_alive (atoi (pids[1])));
  flatline_session_kill (fixture->session);
  WAIT_FOR (fixture->n_exited == 1);
  WAIT_FOR (!is_alive (atoi (pids[0])) && !is_alive (atoi (pids[1])));
  g_assert_cmpint (flatline_session_get_exit_signal (fixture->session), ==, SIGKILL);
  g_assert_cmpstr (flatline_session_get_run (fixture->session)->end_reason, ==, "killed by the user");
}

static void
test_grandchild_keeps_terminal (Fixture *fixture, gconstpointer unused)
{
  start (fixture, "import subprocess\nprint('x', flush=True)\nsubprocess.Popen(['sleep', '60'])\n");
  WAIT_FOR (fixture->n_exited == 1);
  g_assert_cmpint (flatline_session_get_exit_status (fixture->session), ==, 0);
  flatline_session_kill (fixture->session);
}

static void
test_refused (Fixture *fixture, gconstpointer unused)
{
  const char *const argv[] = { "/nowhere/x.py", NULL };
  g_autoptr (GError) error = NULL;

  flatline_session_set_program (fixture->session, argv, NULL);
  g_assert_false (flatline_session_start (fixture->session, &error));
  g_assert_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_USAGE);
  g_assert_cmpint (flatline_session_get_state (fixture->session), ==, FLATLINE_SESSION_IDLE);
  g_clear_error (&error);
  g_assert_false (flatline_session_send_signal (fixture->session, SIGTERM, &error));
  g_assert_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_STATE);
}

static void
on_captured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineSnapshot) snapshot =
      flatline_session_capture_finish (FLATLINE_SESSION (source), result, (GError **)user_data);

  if (snapshot)
    g_set_error (user_data, G_IO_ERROR, 0, "captured %s", snapshot->reason);
}

static void
test_capture (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  flatline_session_capture_async (fixture->session, "manual", FALSE, NULL, NULL, on_captured, &error);
  WAIT_FOR (error);
  g_assert_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_STATE);
  g_clear_error (&error);
  start (fixture, "print('ready', flush=True)\ntime.sleep(60)\n");
  WAIT_FOR (strstr (fixture->output->str, "ready"));
  flatline_session_capture_async (fixture->session, "manual", TRUE, NULL, NULL, on_captured, &error);
  WAIT_FOR (error);
  g_assert_cmpstr (error->message, ==, "captured manual");
  g_assert_nonnull (flatline_session_get_snapshot (fixture->session));
}

static void
test_environment (Fixture *fixture, gconstpointer unused)
{
  g_setenv ("PYTHONPATH", "/some/where", TRUE);
  fixture->config->use_agent = TRUE;
  fixture->config->pipes = TRUE;
  start (fixture, "for p in 'FLATLINE_', 'TRIO_DEBUGGER_':\n"
                  "    print(os.environ[p + 'ENABLED'], os.environ[p + 'HOST'], len(os.environ[p + 'TOKEN']))\n"
                  "print(os.environ['FLATLINE_TOKEN'] == os.environ['TRIO_DEBUGGER_TOKEN'])\n");
  WAIT_FOR (fixture->n_exited == 1);
  g_unsetenv ("PYTHONPATH");
  g_assert_cmpstr (fixture->output->str, ==, "1 127.0.0.1 32\n1 127.0.0.1 32\nTrue\n");
}

static void
test_lanes_of_the_agent (Fixture *fixture, gconstpointer unused)
{
  fixture->config->use_agent = TRUE;
  /* An agent of its own, as plain as can be: a loop that beats, then one that does not. */
  start (fixture, "channel = socket.socket(socket.AF_UNIX)\nchannel.connect(os.environ['FLATLINE_AGENT_SOCKET'])\n"
                  "def tell(event, **params):\n"
                  "    params['pid'] = os.getpid()\n"
                  "    channel.sendall(json.dumps({'event': event, 'params': params}).encode() + b'\\n')\n"
                  "tell('hello', ppid=os.getppid(), python='3.11.0', agent='test', capabilities=[])\n"
                  "tell('loop', loop='asyncio', state='running', thread=1)\n"
                  "beat('ONLY')\n"
                  "for i in range(20):\n"
                  "    tell('beats', beats=[['loop', '', '', time.time()]])\n    time.sleep(0.1)\n"
                  "print('silent', flush=True)\ntime.sleep(60)\n");
  WAIT_FOR (strstr (fixture->output->str, "silent"));
  g_assert_cmpuint (fixture->n_freezes, ==, 0);
  g_assert_cmpstr (flatline_session_get_run (fixture->session)->python, !=, NULL);
  WAIT_FOR (fixture->n_freezes == 1);
  g_assert_nonnull (strstr (fixture->freeze->cause, "event loop silent"));
}

static guint
count_entries (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static void
test_rounds (Fixture *fixture, gconstpointer unused)
{
  const char *wanted = g_getenv ("FLATLINE_TEST_ROUNDS");
  guint n_rounds = wanted ? atoi (wanted) : 20;
  guint n_fds = 0;
  guint n_threads = 0;

  fixture->config->freeze_threshold = 0.1;
  for (guint i = 0; i < n_rounds; i++)
    {
      start (fixture, "beat('ONLY')\nwhile True: pass\n");
      WAIT_FOR (fixture->n_freezes == i + 1);
      flatline_session_kill (fixture->session);
      WAIT_FOR (fixture->n_exited == i + 1);
      if (i == 4)
        {
          n_fds = count_entries ("/proc/self/fd");
          n_threads = count_entries ("/proc/self/task");
        }
    }
  if (n_rounds < 5)
    return;
  /* A worker may just be reading /proc. */
  WAIT_FOR (count_entries ("/proc/self/fd") <= n_fds);
  /* GLib keeps a few workers for tasks; they do not grow with the rounds. */
  g_assert_cmpuint (count_entries ("/proc/self/task"), <=, n_threads + 10);
}

int
main (int argc, char **argv)
{
  g_autofree char *runtime = g_dir_make_tmp ("flatline-run-XXXXXX", NULL);
  int result;

  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
  g_setenv ("XDG_DATA_HOME", runtime, TRUE);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/session/session/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("exit", test_exit);
  ADD ("old-beats", test_old_beats);
  ADD ("crash", test_crash);
  ADD ("die-before-exit", test_die_before_exit);
  ADD ("keys-at-errors", test_keys_at_errors);
  ADD ("freeze-and-recovery", test_freeze_and_recovery);
  ADD ("stopped", test_stopped);
  ADD ("close-insists", test_close_insists);
  ADD ("close-twice", test_close_twice);
  ADD ("restart", test_restart);
  ADD ("kill-tree", test_kill_takes_the_tree);
  ADD ("grandchild-keeps-terminal", test_grandchild_keeps_terminal);
  ADD ("refused", test_refused);
  ADD ("capture", test_capture);
  ADD ("environment", test_environment);
  ADD ("agent-lanes", test_lanes_of_the_agent);
  ADD ("rounds", test_rounds);
  result = g_test_run ();
  {
    g_autofree char *flatline = g_build_filename (runtime, "flatline", NULL);

    g_rmdir (flatline);
    g_rmdir (runtime);
  }
  return result;
}
