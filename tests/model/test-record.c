/* SPDX-License-Identifier: MIT */
/* Records: properties, JSON both ways, refusal of what does not fit. */
#include "flatline-shared-reading.h"
#include "flatline-snapshot.h"

#include <string.h>
#include <sys/resource.h>

static FlatlineSnapshot *
make_snapshot (void)
{
  FlatlineSnapshot *snapshot = flatline_snapshot_new ("manual");
  FlatlineThread *thread = g_object_new (FLATLINE_TYPE_THREAD, "native-id", (gint64)42, "name", "worker", NULL);
  FlatlineFrame *frame = g_object_new (FLATLINE_TYPE_FRAME, "function", "load", "line", (gint64)7, NULL);
  FlatlineValue *value = g_object_new (FLATLINE_TYPE_VALUE, "name", "größe", "text", "'\xff'", "address",
                                       G_GUINT64_CONSTANT (0xfffffffffffffff0), NULL);

  flatline_list_append (&frame->locals, value);
  flatline_list_append (&thread->frames, frame);
  flatline_list_append (&snapshot->threads, thread);
  flatline_snapshot_add_note (snapshot, "a note");
  flatline_snapshot_add_note (snapshot, "a note");
  return snapshot;
}

static void
test_round_trip (void)
{
  g_autoptr (FlatlineSnapshot) before = make_snapshot ();
  g_autoptr (JsonNode) node = flatline_record_to_json (FLATLINE_RECORD (before));
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) after = flatline_snapshot_from_json (node, &error);
  FlatlineThread *thread;
  FlatlineFrame *frame;
  FlatlineValue *value;

  g_assert_no_error (error);
  thread = flatline_snapshot_find_thread (after, 42);
  g_assert_nonnull (thread);
  g_assert_cmpstr (thread->name, ==, "worker");
  frame = flatline_list_peek (thread->frames, 0);
  g_assert_cmpint (frame->line, ==, 7);
  value = flatline_list_peek (frame->locals, 0);
  g_assert_cmpstr (value->name, ==, "größe");
  g_assert_cmpstr (value->text, ==, "'\xef\xbf\xbd'");
  g_assert_cmpuint (value->address, ==, G_GUINT64_CONSTANT (0xfffffffffffffff0));
  g_assert_cmpuint (g_strv_length (after->notes), ==, 1);
  g_assert_cmpstr (after->uid, ==, before->uid);
}

/* Text that is long wherever it can be: many short items, few long ones, long ones among short ones, and a record. */
static FlatlineSnapshot *
make_long_snapshot (guint n_threads)
{
  FlatlineSnapshot *snapshot = flatline_snapshot_new ("manual");
  g_autofree char *words = g_strnfill (100000, 'x');
  FlatlineValue *value;

  for (guint i = 0; i < n_threads; i++)
    {
      g_autofree char *name = g_strdup_printf ("\"%u\\ ]},[{ größe // '", i);
      FlatlineThread *thread = g_object_new (FLATLINE_TYPE_THREAD, "native-id", (gint64)i, "name", name, NULL);
      FlatlineConnection *connection = g_object_new (FLATLINE_TYPE_CONNECTION, "state", name, NULL);

      for (guint j = 0; j < (i % 3 == 0 ? 1 : 900); j++)
        {
          FlatlineFrame *frame = g_object_new (FLATLINE_TYPE_FRAME, "function", name, "line", (gint64)j, NULL);

          value = g_object_new (FLATLINE_TYPE_VALUE, "name", name, "text", j == 300 ? words : "1.5", NULL);
          flatline_list_append (&frame->locals, value);
          flatline_list_append (&thread->frames, frame);
        }
      flatline_list_append (&snapshot->threads, thread);
      flatline_list_append (&snapshot->connections, connection);
    }
  snapshot->program = g_object_new (FLATLINE_TYPE_PROGRAM, "cwd", words, NULL);
  flatline_snapshot_add_note (snapshot, "a note");
  return snapshot;
}

static void
test_long_text (void)
{
  for (int pretty = 0; pretty < 2; pretty++)
    {
      g_autoptr (FlatlineSnapshot) before = make_long_snapshot (40);
      g_autofree char *text = flatline_record_to_json_string (FLATLINE_RECORD (before), pretty);
      g_autoptr (FlatlineRecord) after = flatline_record_from_text (FLATLINE_TYPE_SNAPSHOT, text, strlen (text));
      g_autofree char *again = after ? flatline_record_to_json_string (after, pretty) : NULL;

      g_assert_cmpstr (again, ==, text);
    }
}

/* What the parser takes, or takes otherwise than one would think, is left to it; what is cut off is nothing. */
static void
test_odd_text (void)
{
  g_autofree char *blanks = g_strnfill (100000, ' ');
  static const char *const texts[] = {
    "{\"threads\": [{\"name\": \"a\"},%s{\"name\": \"b\"}], \"threads\": []}",
    "{\"threads\": [{\"name\": \"a\"}, /* ] */%s{\"name\": \"b\"}]}",
    "{\"threads\": [{\"name\": 'a ]'},%s{\"name\": \"b\"}]}",
    "{\"thr\\u0065ads\": [{\"name\": \"a\"},%s{\"name\": \"b\"}]}",
    "{\"threads\": [{\"name\": \"a\"},%s{\"name\": \"b\"}",
    "{\"threads\": [{\"name\": \"a\"},%s{\"name\": \"b\"}]} x",
    "{\"threads\": [{\"name\": \"a\"},%s{\"name\": 1}]}",
    "{\"threads\": {\"name\":%s\"a\"}}",
    "[%s]",
    "%s",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GString) text = g_string_new (texts[i]);

      g_string_replace (text, "%s", blanks, 1);
      g_assert_null (flatline_record_from_text (FLATLINE_TYPE_SNAPSHOT, text->str, text->len));
    }
}

/* Of the whole process, KiB: the most that it had. */
static long
read_most_kib (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/* Ten times the text is what json-glib's tree takes. */
static void
test_memory_of_long_text (void)
{
  g_autoptr (FlatlineRecord) before = FLATLINE_RECORD (make_long_snapshot (300));
  g_autofree char *text = flatline_record_to_json_string (before, FALSE);
  const gsize length = strlen (text);
  g_autoptr (FlatlineRecord) after = NULL;
  g_autoptr (JsonNode) tree = NULL;
  long most_kib;

#if defined(__SANITIZE_ADDRESS__)
  g_test_skip ("a sanitizer has a heap of its own");
  return;
#endif
  g_clear_object (&before);
  after = flatline_record_from_text (FLATLINE_TYPE_SNAPSHOT, text, length);
  g_assert_nonnull (after);
  most_kib = read_most_kib ();
  g_clear_object (&after);
  tree = json_from_string (text, NULL);
  g_assert_cmpint (read_most_kib (), >, most_kib + 2 * (long)length / 1024);
}

/* A worker reads what the main thread shows: each thread finds each item in its place. */
static gpointer
read_shared (gpointer list)
{
  g_autoptr (FlatlineSharedReading) reading = flatline_shared_reading_begin ();

  for (int round = 0; round < 200; round++)
    for (guint i = 0; i < flatline_list_length (list); i++)
      {
        FlatlineThread *thread = flatline_list_peek (list, i);

        g_assert_nonnull (thread);
        g_assert_cmpint (thread->native_id, ==, i);
      }
  g_assert_null (flatline_list_peek (list, flatline_list_length (list)));
  return NULL;
}

static void
test_shared_reading (void)
{
  GListStore *list = NULL;
  GThread *threads[3];

  for (gint64 i = 0; i < 500; i++)
    flatline_list_append (&list, g_object_new (FLATLINE_TYPE_THREAD, "native-id", i, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("reader", read_shared, list);
  /* As a view does, forth and back, without knowing of the others. */
  for (int round = 0; round < 200; round++)
    for (guint i = 0; i < 500; i++)
      {
        guint place = round % 2 ? i : 499 - i;
        FlatlineThread *thread = flatline_list_peek (list, place);

        g_assert_nonnull (thread);
        g_assert_cmpint (thread->native_id, ==, place);
      }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_object_unref (list);
}

static void
test_refusals (void)
{
  static const char *const documents[] = {
    "[]",
    "{\"format\": \"other\", \"version\": 1}",
    "{\"format\": \"flatline-snapshot\", \"version\": 2}",
    "{\"format\": \"flatline-snapshot\", \"version\": \"1\"}",
    "{\"format\": \"flatline-snapshot\", \"version\": 1, \"threads\": [3]}",
    "{\"format\": \"flatline-snapshot\", \"version\": 1, \"threads\": {\"name\": \"x\"}}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (documents); i++)
    {
      g_autoptr (JsonNode) node = json_from_string (documents[i], NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (FlatlineSnapshot) snapshot = flatline_snapshot_from_json (node, &error);

      g_assert_null (snapshot);
      g_assert_nonnull (error);
    }
}

static void
test_depth (void)
{
  g_autoptr (GString) text = g_string_new ("{}");
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (FlatlineRecord) record = NULL;

  for (int i = 0; i < 200; i++)
    {
      g_string_prepend (text, "{\"children\": [");
      g_string_append (text, "]}");
    }
  node = json_from_string (text->str, NULL);
  g_assert_nonnull (node);
  record = flatline_record_from_json (FLATLINE_TYPE_VALUE, node, &error);
  g_assert_null (record);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

/* What is written is read again, however deep it nests: what is too deep is left out. */
static void
test_writes_what_it_reads (void)
{
  FlatlineValue *value = g_object_new (FLATLINE_TYPE_VALUE, "name", "innermost", NULL);
  g_autoptr (FlatlineRecord) after = NULL;
  g_autoptr (FlatlineValue) root = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  guint depth = 0;

  for (int i = 0; i < 200; i++)
    {
      FlatlineValue *outer = g_object_new (FLATLINE_TYPE_VALUE, NULL);

      flatline_list_append (&outer->children, value);
      value = outer;
    }
  root = value;
  node = flatline_record_to_json (FLATLINE_RECORD (root));
  after = flatline_record_from_json (FLATLINE_TYPE_VALUE, node, &error);
  g_assert_no_error (error);
  for (FlatlineValue *at = (FlatlineValue *)after; at; at = flatline_list_peek (at->children, 0))
    depth++;
  g_assert_cmpuint (depth, ==, 129);
}

/* The text is what a JSON library takes it for: the same strings, the same form in one line and in many. */
static void
test_text (void)
{
  static const char *const texts[] = {
    "",
    "plain",
    "\"quoted\" \\ back",
    "\b\f\n\r\t\x01\x1f\x7f",
    "größe 漢字 \xf0\x9f\x90\x8d",
    "</script>",
    "\xc2\x80\xe2\x80\xa8",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (FlatlineSnapshot) snapshot = make_snapshot ();
      g_autofree char *one_line = NULL;
      g_autofree char *many_lines = NULL;
      g_autoptr (JsonNode) one = NULL;
      g_autoptr (JsonNode) many = NULL;

      g_free (snapshot->reason);
      snapshot->reason = g_strdup (texts[i]);
      snapshot->pause_us = G_MININT64;
      ((FlatlineThread *)flatline_list_peek (snapshot->threads, 0))->cpu_percent = 12.5 * i;
      one_line = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), FALSE);
      many_lines = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), TRUE);
      one = json_from_string (one_line, NULL);
      many = json_from_string (many_lines, NULL);
      g_assert_true (json_node_equal (one, many));
      g_assert_null (strchr (one_line, '\n'));
      g_assert_cmpstr (json_object_get_string_member (json_node_get_object (one), "reason"), ==, texts[i]);
      g_assert_cmpint (json_object_get_int_member (json_node_get_object (one), "pause_us"), ==, G_MININT64);
    }
}

static void
test_copy (void)
{
  g_autoptr (FlatlineSnapshot) before = make_snapshot ();
  g_autoptr (FlatlineSnapshot) after = flatline_record_copy (before);
  g_autofree char *was = flatline_record_to_json_string (FLATLINE_RECORD (before), FALSE);
  g_autofree char *is = flatline_record_to_json_string (FLATLINE_RECORD (after), FALSE);

  g_assert_cmpstr (was, ==, is);
  g_assert_true (flatline_list_peek (before->threads, 0) != flatline_list_peek (after->threads, 0));
}

static void
count_notify (GObject *object, GParamSpec *pspec, gpointer count)
{
  (*(int *)count)++;
}

static void
test_notify (void)
{
  g_autoptr (FlatlineProcess) process = g_object_new (FLATLINE_TYPE_PROCESS, NULL);
  int count = 0;

  g_signal_connect (process, "notify::state", G_CALLBACK (count_notify), &count);
  g_object_set (process, "state", "S", NULL);
  g_object_set (process, "state", "S", NULL);
  g_assert_cmpint (count, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/record/round-trip", test_round_trip);
  g_test_add_func ("/model/record/long-text", test_long_text);
  g_test_add_func ("/model/record/odd-text", test_odd_text);
  g_test_add_func ("/model/record/memory-of-long-text", test_memory_of_long_text);
  g_test_add_func ("/model/record/shared-reading", test_shared_reading);
  g_test_add_func ("/model/record/refusals", test_refusals);
  g_test_add_func ("/model/record/depth", test_depth);
  g_test_add_func ("/model/record/writes-what-it-reads", test_writes_what_it_reads);
  g_test_add_func ("/model/record/text", test_text);
  g_test_add_func ("/model/record/copy", test_copy);
  g_test_add_func ("/model/record/notify", test_notify);
  return g_test_run ();
}
