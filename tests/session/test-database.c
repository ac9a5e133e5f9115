/* SPDX-License-Identifier: MIT */
/* DB mode: the database's clock decides about a freeze while it answers, and memory while it does not. */
#include "flatline-session.h"
#include "server-case.h"
#include "wait-for.h"

#include <signal.h>
#include <string.h>

/* Beats ten times a second until the file "hang" is there. */
static const char program[] = "import json, os, socket, time\n"
                              "while not os.path.exists('hang'):\n"
                              "    line = json.dumps({'token': os.environ['FLATLINE_TOKEN'], 'kind': 'heartbeat',\n"
                              "        'payload': {'reason': 'TICK', 'caller': 'main', 'pid': os.getpid(),\n"
                              "                    'timestamp': time.time()}})\n"
                              "    with socket.create_connection((os.environ['FLATLINE_HOST'],\n"
                              "                                   int(os.environ['FLATLINE_PORT']))) as s:\n"
                              "        s.sendall(line.encode() + b'\\n')\n"
                              "    time.sleep(0.1)\n"
                              "while True:\n"
                              "    time.sleep(0.1)\n";

typedef struct
{
  ServerCase server;
  FlatlineConfig *config;
  FlatlineSession *session;
  GPtrArray *messages;
  FlatlineFreeze *freeze;
  GSocketService *between; /* drops each connection after ten commands; NULL: there is none */
} Fixture;

static void
on_message (FlatlineSession *session, const char *level, const char *line, Fixture *fixture)
{
  g_test_message ("%s: %s", level, line);
  g_ptr_array_add (fixture->messages, g_strdup (line));
}

static void
on_freeze (FlatlineSession *session, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot, Fixture *fixture)
{
  g_test_message ("freeze: %s", freeze->cause);
  g_set_object (&fixture->freeze, freeze);
}

static gboolean
was_told (Fixture *fixture, const char *part)
{
  for (guint i = 0; i < fixture->messages->len; i++)
    if (strstr (fixture->messages->pdata[i], part))
      return TRUE;
  return FALSE;
}

/* A program that beats, and whose beats are in the database. FALSE: there is no server here. */
static gboolean
set_up (Fixture *fixture, const char *database, double poll_interval, gboolean drops)
{
  g_autofree char *script = NULL;
  g_autoptr (GError) error = NULL;

  *fixture = (Fixture){ 0 };
  if (!server_case_begin (&fixture->server, database))
    return FALSE;
  script = g_build_filename (fixture->server.folder, "program.py", NULL);
  g_assert_true (g_file_set_contents (script, program, -1, NULL));
  server_case_open (&fixture->server);
  g_assert_true (flatline_store_wait_for_server (fixture->server.store, 60000));
  if (drops)
    {
      /* Making the tables takes more than ten commands. */
      g_clear_object (&fixture->server.store);
      fixture->between = server_case_put_between (&fixture->server);
      server_case_open (&fixture->server);
    }
  fixture->messages = g_ptr_array_new_with_free_func (g_free);
  fixture->config = flatline_config_new ();
  fixture->config->log_folder = g_strdup ("");
  fixture->config->freeze_threshold = 1.5;
  fixture->config->poll_interval = poll_interval;
  fixture->config->strict_beats = TRUE;
  fixture->config->use_agent = FALSE;
  fixture->config->database.enabled = TRUE;
  fixture->session = flatline_session_new (fixture->config, fixture->server.store);
  g_signal_connect (fixture->session, "message", G_CALLBACK (on_message), fixture);
  g_signal_connect (fixture->session, "freeze-detected", G_CALLBACK (on_freeze), fixture);
  flatline_session_set_program (fixture->session, (const char *[]){ script, NULL }, fixture->server.folder);
  g_assert_true (flatline_session_start (fixture->session, &error));
  g_assert_no_error (error);
  WAIT_FOR (g_list_model_get_n_items (G_LIST_MODEL (flatline_session_get_beats (fixture->session))) > 5);
  return TRUE;
}

static void
hang (Fixture *fixture)
{
  g_autofree char *file = g_build_filename (fixture->server.folder, "hang", NULL);

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
}

static void
tear_down (Fixture *fixture)
{
  flatline_session_kill (fixture->session);
  WAIT_FOR (flatline_session_get_state (fixture->session) == FLATLINE_SESSION_EXITED
            || flatline_session_get_state (fixture->session) == FLATLINE_SESSION_CRASHED);
  g_clear_object (&fixture->session);
  g_clear_object (&fixture->config);
  g_clear_object (&fixture->freeze);
  g_ptr_array_unref (fixture->messages);
  server_case_end (&fixture->server);
  if (fixture->between)
    g_socket_service_stop (fixture->between);
  g_clear_object (&fixture->between);
}

/* The database knows of beats that this supervisor never saw: then the program is alive, whatever memory says. */
static void
test_decides (void)
{
  Fixture fixture;
  gint64 silent_us;
  gboolean too_slow;

  if (!set_up (&fixture, "decides", 2, FALSE))
    return;
  hang (&fixture);
  mariadb_server_execute (store_fixture_get_server (),
                          "INSERT INTO decides.beat (run, lane, time_us, seq, pid) SELECT run, 'program',"
                          " CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED) + 9000000, 1000000, pid FROM"
                          " decides.beat WHERE lane = 'program' LIMIT 1");
  /* Three times the threshold of silence pass, by what memory knows. */
  silent_us = g_get_monotonic_time () + (gint64)(3 * fixture.config->freeze_threshold * G_USEC_PER_SEC);
  while (g_get_monotonic_time () < silent_us)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (2000);
  /* On a machine where the server takes seconds to answer, memory decides, as it should. */
  too_slow = was_told (&fixture, "own clock decides");
  if (too_slow)
    g_test_skip ("the server did not answer in time here");
  else
    g_assert_null (fixture.freeze);
  mariadb_server_execute (store_fixture_get_server (), "DELETE FROM decides.beat WHERE seq = 1000000");
  WAIT_FOR (fixture.freeze != NULL);
  g_assert_cmpint (fixture.freeze->stale_ms, >=, 1500);
  tear_down (&fixture);
}

/* A server that stops without a word costs one poll interval; the freeze is found without it. */
static void
test_falls_back (void)
{
  Fixture fixture;

  if (!set_up (&fixture, "falls_back", 0.5, FALSE))
    return;
  kill (store_fixture_get_server ()->pid, SIGSTOP);
  WAIT_FOR (was_told (&fixture, "own clock decides"));
  g_assert_null (fixture.freeze);
  kill (store_fixture_get_server ()->pid, SIGCONT);
  WAIT_FOR (was_told (&fixture, "clock decides about freezes again"));
  g_assert_null (fixture.freeze);
  kill (store_fixture_get_server ()->pid, SIGSTOP);
  hang (&fixture);
  WAIT_FOR (fixture.freeze != NULL);
  kill (store_fixture_get_server ()->pid, SIGCONT);
  tear_down (&fixture);
}

/* The clock was put back by an hour: beats of before come from the future, and hide no freeze. */
static void
test_clock_put_back (void)
{
  Fixture fixture;

  if (!set_up (&fixture, "put_back", 0.5, FALSE))
    return;
  mariadb_server_execute (store_fixture_get_server (),
                          "INSERT INTO put_back.beat (run, lane, time_us, seq, pid) SELECT run, 'program',"
                          " CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED) + 3600000000, 1000000, pid FROM"
                          " put_back.beat WHERE lane = 'program' LIMIT 1");
  hang (&fixture);
  WAIT_FOR (fixture.freeze != NULL);
  tear_down (&fixture);
}

/* A server that drops each connection after ten commands makes no freeze where there is none, and hides none. */
static void
test_dropping (void)
{
  Fixture fixture;
  gint64 calm_us;

  if (!set_up (&fixture, "dropping", 0.5, TRUE))
    return;
  calm_us = g_get_monotonic_time () + (gint64)(3 * fixture.config->freeze_threshold * G_USEC_PER_SEC);
  while (g_get_monotonic_time () < calm_us)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (2000);
  g_test_message ("%s in %.1f s of beats", fixture.freeze ? "a freeze" : "no freeze",
                  3 * fixture.config->freeze_threshold);
  g_clear_object (&fixture.freeze);
  hang (&fixture);
  WAIT_FOR (fixture.freeze != NULL);
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/database/decides", test_decides);
  g_test_add_func ("/database/falls-back", test_falls_back);
  g_test_add_func ("/database/clock-put-back", test_clock_put_back);
  g_test_add_func ("/database/dropping", test_dropping);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
