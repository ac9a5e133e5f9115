/* SPDX-License-Identifier: MIT */
/* A snapshot as text, as HTML and as a .flatline file: nothing of the program may act on the reader. */
#include "flatline-file.h"
#include "flatline-report-html.h"
#include "flatline-report-text.h"
#include "flatline-snapshot-pack.h"

#include <glib/gstdio.h>
#include <string.h>

#define EVIL                                                                                                           \
  "</pre><script>alert(1)</script>\x1b]0;owned\x07\x1b[2J\xc2\x9b"                                                     \
  "31m\r\xff"

static FlatlineSnapshot *
make_snapshot (const char *text)
{
  FlatlineSnapshot *snapshot = flatline_snapshot_new ("freeze");
  FlatlineThread *thread = g_object_new (FLATLINE_TYPE_THREAD, "native-id", (gint64)42, "name", text, "is-python", TRUE,
                                         "state-text", text, "waiting-for", text, NULL);
  FlatlineFrame *frame = g_object_new (FLATLINE_TYPE_FRAME, "kind", "python", "function", text, "qualified-name", text,
                                       "file", text, "line", (gint64)1, NULL);
  FlatlineFrame *native = g_object_new (FLATLINE_TYPE_FRAME, "kind", "native", "function", text, "file", text, "line",
                                        (gint64)58, "module", text, NULL);
  FlatlineValue *value =
      g_object_new (FLATLINE_TYPE_VALUE, "name", text, "text", text, "kind", text, "type", text, NULL);

  flatline_list_append (&frame->locals, value);
  flatline_list_append (&thread->frames, native);
  flatline_list_append (&thread->frames, frame);
  flatline_list_append (&snapshot->threads, thread);
  flatline_list_append (&snapshot->sources, g_object_new (FLATLINE_TYPE_SOURCE_FILE, "file", text, "text", text, NULL));
  flatline_list_append (&snapshot->processes, g_object_new (FLATLINE_TYPE_PROCESS, "pid", (gint64)42, "command-line",
                                                            text, "state-text", text, NULL));
  flatline_list_append (&snapshot->connections,
                        g_object_new (FLATLINE_TYPE_CONNECTION, "protocol", "tcp", "local-address", text, "state", text,
                                      "remote-address", text, NULL));
  snapshot->verdict =
      g_object_new (FLATLINE_TYPE_VERDICT, "kind", text, "summary", text, "location", text, "confidence", text, NULL);
  flatline_list_append (&snapshot->verdict->evidence,
                        g_object_new (FLATLINE_TYPE_EVIDENCE, "fact", text, "source", text, NULL));
  flatline_list_append (&snapshot->verdict->chain, g_object_new (FLATLINE_TYPE_WAIT_LINK, "waiter", text, "resource",
                                                                 text, "holder", text, "location", text, NULL));
  snapshot->exception =
      g_object_new (FLATLINE_TYPE_EXCEPTION_INFO, "type-name", text, "message", text, "traceback-text", text, NULL);
  snapshot->program = g_object_new (FLATLINE_TYPE_PROGRAM, "pid", (gint64)42, "executable", text, "python", text, NULL);
  snapshot->program->argv = g_strsplit (text, "\n", -1);
  g_free (snapshot->host);
  snapshot->host = g_strdup (text);
  snapshot->output_tail = g_strdup (text);
  flatline_snapshot_add_note (snapshot, text);
  flatline_snapshot_add_limit (snapshot, text);
  return snapshot;
}

static void
test_text (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = make_snapshot ("größe");
  g_autofree char *text = flatline_report_text (snapshot, FLATLINE_REPORT_ALL);

  g_assert_true (g_str_has_suffix (text, "\n"));
  g_assert_nonnull (strstr (text, "Verdict: größe"));
  g_assert_nonnull (strstr (text, "größe:1 in größe"));
  g_assert_nonnull (strstr (text, "größe = größe"));
  g_assert_nonnull (strstr (text, "[native] größe  größe:58  größe"));
  g_assert_nonnull (strstr (text, "größe waits for größe, held by größe at größe"));
  g_assert_null (strchr (text, '\x1b'));
}

/* A message of several lines is told as such; what looks like a line of ours stands behind an indent. */
/* Of a free-threaded Python: what the diagnosis knows of it is not said twice. */
static void
test_kept_world (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = make_snapshot ("asleep");
  FlatlineThread *thread = flatline_list_peek (snapshot->threads, 0);
  g_autofree char *known = NULL;
  g_autofree char *unknown = NULL;

  thread->keeps_world = TRUE;
  known = flatline_report_text (snapshot, FLATLINE_REPORT_ALL);
  g_assert_null (strstr (known, "keeps all others waiting"));
  g_clear_pointer (&thread->waiting_for, g_free);
  unknown = flatline_report_text (snapshot, FLATLINE_REPORT_ALL);
  g_assert_nonnull (strstr (unknown, "keeps all others waiting"));
}

static void
test_message_of_lines (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = make_snapshot ("x");
  g_autofree char *text = NULL;

  g_object_set (snapshot->exception, "type-name", "ValidationError", "message", "2 errors\nVerdict: \x1b[1mfine", NULL);
  text = flatline_report_text (snapshot, FLATLINE_REPORT_ALL);
  g_assert_nonnull (strstr (text, "Exception: ValidationError: 2 errors\n  Verdict: \\x1b[1mfine\n"));
}

static void
test_empty (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = g_object_new (FLATLINE_TYPE_SNAPSHOT, NULL);
  g_autofree char *text = NULL;
  g_autofree char *html = NULL;

  flatline_list_append (&snapshot->threads, g_object_new (FLATLINE_TYPE_THREAD, NULL));
  flatline_list_append (&snapshot->processes, g_object_new (FLATLINE_TYPE_PROCESS, NULL));
  flatline_list_append (&snapshot->connections, g_object_new (FLATLINE_TYPE_CONNECTION, NULL));
  flatline_list_append (&((FlatlineThread *)flatline_list_peek (snapshot->threads, 0))->frames,
                        g_object_new (FLATLINE_TYPE_FRAME, NULL));
  snapshot->verdict = g_object_new (FLATLINE_TYPE_VERDICT, NULL);
  flatline_list_append (&snapshot->verdict->evidence, g_object_new (FLATLINE_TYPE_EVIDENCE, NULL));
  flatline_list_append (&snapshot->verdict->chain, g_object_new (FLATLINE_TYPE_WAIT_LINK, NULL));
  snapshot->exception = g_object_new (FLATLINE_TYPE_EXCEPTION_INFO, NULL);
  text = flatline_report_text (snapshot, FLATLINE_REPORT_ALL);
  html = flatline_report_html (snapshot);
  g_assert_null (strstr (text, "(null)"));
  g_assert_null (strstr (html, "(null)"));
}

/* Only our own newlines and colours may reach a terminal. */
static void
test_text_is_harmless (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = make_snapshot (EVIL);
  g_autofree char *text = flatline_report_text (snapshot, FLATLINE_REPORT_ALL);

  for (const char *c = text; *c; c++)
    g_assert_true (*c == '\n' || ((guchar)*c >= 0x20 && *c != 0x7f));
  g_assert_null (strstr (text, "\xc2\x9b"));
  g_assert_true (g_utf8_validate (text, -1, NULL));
}

/* It is said of it, in text and in a page. */
static void
test_task_that_was_cancelled (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = g_object_new (FLATLINE_TYPE_SNAPSHOT, NULL);
  g_autofree char *text = NULL;
  g_autofree char *html = NULL;

  flatline_list_append (&snapshot->tasks,
                        g_object_new (FLATLINE_TYPE_TASK, "name", "Task-1", "coroutine", "work", "state", "PENDING",
                                      "awaits", "sleep 3", "cancel-requests", (gint64)1, NULL));
  flatline_list_append (&snapshot->tasks, g_object_new (FLATLINE_TYPE_TASK, "name", "Task-2", "coroutine", "main",
                                                        "state", "PENDING", "awaits", "Task-1", NULL));
  text = flatline_report_text (snapshot, FLATLINE_REPORT_ALL);
  html = flatline_report_html (snapshot);
  g_assert_nonnull (strstr (text, "Task-1  work  PENDING, cancelled, but awaits sleep 3 ---"));
  g_assert_nonnull (strstr (text, "Task-2  main  PENDING, awaits Task-1 ---"));
  g_assert_nonnull (strstr (html, "PENDING, cancelled, but awaits sleep 3<"));
  g_assert_nonnull (strstr (html, "PENDING, awaits Task-1<"));
}

static void
test_html_is_harmless (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = make_snapshot (EVIL);
  g_autofree char *html = flatline_report_html (snapshot);

  g_assert_null (strstr (html, "<script"));
  g_assert_nonnull (strstr (html, "&lt;script&gt;"));
  g_assert_true (g_utf8_validate (html, -1, NULL));
  g_assert_true (g_str_has_suffix (html, "</html>\n"));
}

static void
test_flatlined_line (void)
{
  g_autoptr (FlatlineFreeze) freeze =
      g_object_new (FLATLINE_TYPE_FREEZE, "time-us", (gint64)1700000000000007, "last-reason",
                    "LO\x1b"
                    "AD",
                    /* Of text that turns round, and of letters that nobody sees. */
                    "last-caller", "main\xe2\x80\xae.c\xf3\xa0\x81\x81", NULL);
  g_autofree char *line = flatline_report_flatlined_line (freeze);

  g_assert_true (g_str_has_prefix (line, "[FLATLINED 2023-11-1"));
  g_assert_true (g_str_has_suffix (line, ".000007 after LO\\x1bAD in main\\u202e.c\\U000e0041]"));
}

static void
test_file (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-report-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.flatline", NULL);
  g_autoptr (FlatlineSnapshot) before = make_snapshot ("größe\n😀 '\"\\");
  g_autoptr (FlatlineSnapshot) after = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  g_autofree char *data = NULL;
  gsize size;

  g_assert_true (flatline_file_save (before, path, &error));
  g_assert_no_error (error);
  after = flatline_file_load (path, &error);
  g_assert_no_error (error);
  a = flatline_record_to_json_string (FLATLINE_RECORD (before), FALSE);
  b = flatline_record_to_json_string (FLATLINE_RECORD (after), FALSE);
  g_assert_cmpstr (a, ==, b);

  /* Cut short anywhere, or changed: refused with the file's name, never a crash. */
  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  for (gsize length = 0; length < size; length += 1 + size / 50)
    {
      g_assert_true (g_file_set_contents (path, data, length, NULL));
      g_assert_null (flatline_file_load (path, &error));
      g_assert_nonnull (strstr (error->message, path));
      g_clear_error (&error);
    }
  for (int i = 0; i < 200; i++)
    {
      g_autofree char *changed = g_memdup2 (data, size);
      g_autoptr (FlatlineSnapshot) loaded = NULL;

      changed[g_test_rand_int_range (0, size)] ^= 1 << g_test_rand_int_range (0, 8);
      g_assert_true (g_file_set_contents (path, changed, size, NULL));
      loaded = flatline_file_load (path, NULL);
    }
  g_assert_null (flatline_file_load (folder, &error));
  g_assert_nonnull (strstr (error->message, "folder"));
  g_unlink (path);
  g_rmdir (folder);
}

/* 300 MiB of blanks pack into 300 KiB: refused, and not by running out of memory. */
static void
test_bomb (void)
{
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GConverter) compressor = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 1));
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, compressor);
  g_autofree char *blanks = g_strnfill (1024 * 1024, ' ');
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 300; i++)
    g_assert_true (g_output_stream_write_all (stream, blanks, 1024 * 1024, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (stream, NULL, NULL));
  bytes = g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
  snapshot = flatline_snapshot_unpack (bytes, &error);
  g_assert_null (snapshot);
  g_assert_nonnull (strstr (error->message, "larger than"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/cancelled-task", test_task_that_was_cancelled);
  g_test_add_func ("/report/text", test_text);
  g_test_add_func ("/report/empty", test_empty);
  g_test_add_func ("/report/kept-world", test_kept_world);
  g_test_add_func ("/report/message-of-lines", test_message_of_lines);
  g_test_add_func ("/report/text-is-harmless", test_text_is_harmless);
  g_test_add_func ("/report/html-is-harmless", test_html_is_harmless);
  g_test_add_func ("/report/flatlined-line", test_flatlined_line);
  g_test_add_func ("/report/file", test_file);
  g_test_add_func ("/report/bomb", test_bomb);
  return g_test_run ();
}
