/* SPDX-License-Identifier: MIT */
/* Documents that nobody sane writes: every one gets a verdict, none harms. */
#include "flatline-diagnose.h"
#include "scene.h"

#include <string.h>

static void
test_empty (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = g_object_new (FLATLINE_TYPE_SNAPSHOT, NULL);
  g_autofree char *signature = NULL;

  scene_expect (snapshot, "unknown", "guess", NULL);
  signature = flatline_verdict_dup_signature (snapshot->verdict);
  g_assert_cmpstr (signature, ==, "unknown|||0");
}

static void
test_bare_thread (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = g_object_new (FLATLINE_TYPE_SNAPSHOT, NULL);

  flatline_list_append (&snapshot->threads, g_object_new (FLATLINE_TYPE_THREAD, NULL));
  scene_expect (snapshot, "unknown", "guess", NULL);
}

static void
test_twice (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = scene_new ();
  FlatlineThread *thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");

  scene_set_syscall (thread, "clock_nanosleep 0x1");
  scene_expect (snapshot, NULL, NULL, NULL);
  g_clear_pointer (&thread->state, g_free);
  scene_set_syscall (thread, NULL);
  scene_expect (snapshot, NULL, NULL, NULL);
}

static FlatlineSnapshot *
parse (const char *text)
{
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  g_autoptr (GError) error = NULL;
  FlatlineSnapshot *snapshot;

  g_assert_nonnull (node);
  snapshot = flatline_snapshot_from_json (node, &error);
  g_assert_no_error (error);
  return snapshot;
}

#define HEAD "{\"format\": \"flatline-snapshot\", \"version\": 1, "

static void
test_documents (void)
{
  static const char *const documents[] = {
    HEAD "\"threads\": [{}, {}, {\"is_main\": true, \"native_id\": -1}]}",
    HEAD "\"threads\": [{\"syscall\": \"futex\", \"syscall_args\": []}], \"locks\": [{\"waiters\": [\"0\", \"\"]}]}",
    HEAD "\"threads\": [{\"syscall\": \"read\"}], \"descriptors\": [{}], \"connections\": [{}]}",
    HEAD "\"threads\": [{\"syscall\": \"read\", \"syscall_args\": [\"zzz\"]}]}",
    HEAD "\"threads\": [{\"native_id\": 5, \"syscall\": \"futex\"}], "
         "\"locks\": [{\"owner\": 5, \"waiters\": [\"5\"], \"address\": \"0xffffffffffffffff\"}]}",
    HEAD "\"threads\": [{\"native_id\": 5}, {\"native_id\": 5}], "
         "\"locks\": [{\"owner\": 5, \"waiters\": [\"5\"]}, {\"owner\": 5, \"waiters\": [\"5\"]}]}",
    HEAD "\"threads\": [{\"syscall\": \"wait4\", \"syscall_args\": [\"0xffffffffffffffff\"], \"frames\": [{}, {}]}], "
         "\"processes\": [{\"children\": [{\"pid\": 0}, {\"pid\": 0}]}]}",
    HEAD "\"threads\": [{\"state\": \"\", \"name\": \"\", \"frames\": [{\"file\": \"\", \"function\": \"\", \"line\": "
         "-3}]}]}",
    HEAD "\"threads\": [{\"state\": \"R\", \"frames\": [{\"kind\": \"native\"}]}]}",
    HEAD "\"threads\": [{\"syscall\": \"epoll_wait\", \"frames\": [{\"file\": \"asyncio/base_events.py\", "
         "\"function\": \"_run_once\"}]}], \"tasks\": [{\"state\": \"PENDING\", \"address\": \"0x1\", "
         "\"awaits_address\": \"0x1\"}, {\"state\": \"PENDING\", \"frames\": [{}]}]}",
    HEAD "\"threads\": [{\"syscall\": \"futex\", \"frames\": [{\"file\": \"/x/threading.py\", \"function\": \"join\"}, "
         "{\"file\": \"a.py\", \"function\": \"f\", \"line\": 99999}]}], \"sources\": [{\"file\": \"a.py\", \"text\": "
         "\"\"}]}",
    HEAD
    "\"threads\": [{\"syscall\": \"futex\", \"frames\": [{\"file\": \"a.py\", \"function\": \"f\", \"line\": 1}]}], "
    "\"sources\": [{\"file\": \"a.py\", \"text\": \"]]]].acquire(((\"}]}",
    HEAD "\"threads\": [{\"syscall\": \"clock_nanosleep\", \"frames\": [{\"file\": \"a.py\", \"function\": \"f\", "
         "\"line\": 1}]}], "
         "\"sources\": [{\"file\": \"a.py\", \"text\": \"sleep(((((\"}]}",
    HEAD "\"threads\": [{\"state\": \"R\", \"waits_for_gil\": true, \"holds_gil\": true, \"cpu_percent\": -7}], "
         "\"beats\": [{\"lane\": \"interpreter\", \"time_us\": 9223372036854775807}]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (documents); i++)
    {
      g_autoptr (FlatlineSnapshot) snapshot = parse (documents[i]);
      FlatlineVerdict *verdict = scene_expect (snapshot, NULL, NULL, NULL);
      g_autofree char *text = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), FALSE);

      g_assert_nonnull (verdict->kind);
      g_assert_nonnull (verdict->confidence);
      g_assert_true (g_utf8_validate (text, -1, NULL));
    }
}

/* A long chain of threads, each waiting for the next, must neither recurse nor fill the sentence. */
static void
test_long_chain (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = scene_new ();

  for (gint64 i = 0; i < 500; i++)
    {
      g_autofree char *waiter = g_strdup_printf ("%" G_GINT64_FORMAT, SCENE_PID + i);
      FlatlineThread *thread = scene_add_thread (snapshot, SCENE_PID + i, "worker");

      scene_set_syscall (thread, "futex 0x1");
      scene_add_frame (thread, SCENE_FILE, "work", 1);
      scene_add_frame (thread, SCENE_FILE, "<module>", 2);
      scene_add_lock (snapshot, "_thread.lock", "link", SCENE_PID + i + 1, waiter);
    }
  scene_expect (snapshot, "lock-wait", NULL, NULL);
  g_assert_cmpuint (strlen (snapshot->verdict->summary), <, 2000);
  g_assert_cmpuint (flatline_list_length (snapshot->verdict->chain), <=, 64);
}

/* Flatline's own thread in the program is never blamed. */
static void
test_agent_is_not_blamed (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = scene_new ();
  FlatlineThread *agent = scene_add_thread (snapshot, 101, "flatline-agent");
  FlatlineThread *main_thread = scene_add_thread (snapshot, SCENE_PID, "MainThread");

  scene_set_syscall (agent, "clock_nanosleep 0x1");
  scene_set_syscall (main_thread, "some_new_call 0x1");
  scene_add_frame (main_thread, SCENE_FILE, "main", 5);
  scene_add_frame (main_thread, SCENE_FILE, "<module>", 9);
  scene_expect (snapshot, "unknown", "guess", SCENE_FILE ":5 in main");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnose/hostile/empty", test_empty);
  g_test_add_func ("/diagnose/hostile/bare-thread", test_bare_thread);
  g_test_add_func ("/diagnose/hostile/twice", test_twice);
  g_test_add_func ("/diagnose/hostile/documents", test_documents);
  g_test_add_func ("/diagnose/hostile/long-chain", test_long_chain);
  g_test_add_func ("/diagnose/hostile/agent-is-not-blamed", test_agent_is_not_blamed);
  return g_test_run ();
}
