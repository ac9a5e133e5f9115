/* SPDX-License-Identifier: MIT */
/*
 * A program that tells its supervisor nonsense, and answers with nonsense what it is asked (hostile_program.py): what
 * comes of it can be shown and kept, each question has an answer or a reason, and a beat that is none is heard.
 * ./test --fuzz SECONDS session/hostile-agent goes on with it for so long; FLATLINE_TEST_SEED tries one.
 */
#include "flatline-session.h"
#include "wait-for.h"

#include <string.h>
#include <unistd.h>

#define LEAST_ROUNDS 2
#define N_MESSAGES   "300"

typedef struct
{
  char *folder;
  FlatlineSession *session;
  gboolean is_asking;
  guint n_asked, n_answered, n_freezes, n_told;
} Fixture;

static void
check_text (const char *text)
{
  g_assert_nonnull (text);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_null (strstr (text, "(null)"));
}

static void
check_record (gpointer record)
{
  g_autofree char *json = flatline_record_to_json_string (FLATLINE_RECORD (record), FALSE);

  g_assert_true (g_utf8_validate (json, -1, NULL));
}

static void
on_message (FlatlineSession *session, const char *level, const char *line, Fixture *fixture)
{
  check_text (line);
}

static void
on_freeze (FlatlineSession *session, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot, Fixture *fixture)
{
  check_record (freeze);
  check_record (snapshot);
  fixture->n_freezes++;
}

static void
on_told (FlatlineLive *live, const char *name, const char *line, Fixture *fixture)
{
  check_text (line);
  fixture->n_told++;
}

static void
take_answer (Fixture *fixture, const char *text, const GError *error)
{
  if (text)
    g_assert_no_error (error);
  else
    g_assert_nonnull (error);
  check_text (text ? text : error->message);
  fixture->n_answered++;
  fixture->is_asking = FALSE;
}

static void
on_evaluated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *where = NULL;
  g_autofree char *text = flatline_session_evaluate_finish (FLATLINE_SESSION (source), result, &where, &error);

  if (text)
    check_text (where);
  take_answer (user_data, text, error);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = flatline_live_command_finish (FLATLINE_LIVE (source), result, &error);

  take_answer (user_data, text, error);
}

static void
ask (Fixture *fixture)
{
  static const char *const commands[] = { "trace shop:add",   "untrace shop:add", "break shop:add",
                                          "unbreak shop:add", "traces",           "patches",
                                          "patch shop:tax 1", "unpatch shop:tax", "continue" };
  const guint which = fixture->n_asked++ % (G_N_ELEMENTS (commands) + 2);

  fixture->is_asking = TRUE;
  if (which < G_N_ELEMENTS (commands))
    flatline_live_command_async (flatline_session_get_live (fixture->session), commands[which], NULL, on_done, fixture);
  else
    flatline_session_evaluate_async (fixture->session, 0, 0, "x", NULL, on_evaluated, fixture);
}

static gboolean
is_at_end (Fixture *fixture)
{
  g_autofree char *reason = NULL;

  g_object_get (fixture->session, "last-reason", &reason, NULL);
  return g_strcmp0 (reason, "THE END") == 0;
}

static void
set_up (Fixture *fixture, guint32 seed)
{
  g_autofree char *program = g_test_build_filename (G_TEST_DIST, "session", "hostile_program.py", NULL);
  g_autofree char *number = g_strdup_printf ("%u", seed);
  /* Isolated, so that no agent of ours comes into it. */
  const char *const argv[] = { "/usr/bin/python3", "-I", program, number, N_MESSAGES, NULL };
  g_autoptr (FlatlineConfig) config = flatline_config_new ();
  g_autoptr (FlatlineStore) store = NULL;
  g_autofree char *file = NULL;
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("flatline-hostile-XXXXXX", NULL);
  file = g_build_filename (fixture->folder, "store.sqlite", NULL);
  store = flatline_store_open_sqlite (file, &error);
  g_assert_no_error (error);
  config->log_folder = g_strdup (fixture->folder);
  fixture->session = flatline_session_new (config, store);
  g_signal_connect (fixture->session, "message", G_CALLBACK (on_message), fixture);
  g_signal_connect (fixture->session, "freeze-detected", G_CALLBACK (on_freeze), fixture);
  g_signal_connect (flatline_session_get_live (fixture->session), "told", G_CALLBACK (on_told), fixture);
  flatline_session_set_program (fixture->session, argv, fixture->folder);
  flatline_session_start (fixture->session, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture)
{
  const char *const argv[] = { "rm", "-rf", fixture->folder, NULL };
  gpointer session = fixture->session;

  flatline_session_shutdown (fixture->session, 5000);
  g_object_add_weak_pointer (G_OBJECT (fixture->session), &session);
  g_object_unref (fixture->session);
  WAIT_FOR (session == NULL);
  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free (fixture->folder);
}

static void
try_seed (guint32 seed)
{
  Fixture fixture = { 0 };
  GListModel *beats;

  g_test_message ("seed %u", seed);
  set_up (&fixture, seed);
  while (!is_at_end (&fixture))
    {
      g_autofree char *status = flatline_session_dup_status_text (fixture.session);

      g_assert_cmpint (flatline_session_get_pid (fixture.session), >, 0);
      check_text (status);
      if (!fixture.is_asking)
        ask (&fixture);
      g_main_context_iteration (NULL, TRUE);
    }
  WAIT_FOR (!fixture.is_asking);
  beats = G_LIST_MODEL (flatline_session_get_beats (fixture.session));
  for (guint i = 0; i < g_list_model_get_n_items (beats); i++)
    check_record (flatline_list_peek (G_LIST_STORE (beats), i));
  g_test_message ("%u questions, %u freezes, %u calls, %u beats", fixture.n_answered, fixture.n_freezes, fixture.n_told,
                  g_list_model_get_n_items (beats));
  g_assert_cmpuint (fixture.n_answered, >, 0);
  tear_down (&fixture);
}

static void
test_nonsense (void)
{
  const char *one = g_getenv ("FLATLINE_TEST_SEED");
  const char *seconds = g_getenv ("FLATLINE_TEST_FUZZ_SECONDS");
  const gint64 end_us = g_get_monotonic_time () + (seconds ? g_ascii_strtoll (seconds, NULL, 10) : 0) * G_USEC_PER_SEC;
  guint32 seed = one ? (guint32)g_ascii_strtoull (one, NULL, 10) : seconds ? g_random_int () : 1;

  for (guint n = 0; n < (one ? 1 : LEAST_ROUNDS) || (!one && g_get_monotonic_time () < end_us); n++)
    try_seed (seed++);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/hostile-agent/nonsense", test_nonsense);
  return g_test_run ();
}
