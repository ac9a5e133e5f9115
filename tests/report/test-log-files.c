/* SPDX-License-Identifier: MIT */
/* Log files: whole lines with labels, rotation by size, two supervisors in a folder, what cannot be written. */
#include "flatline-log-files.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define FLUSH_TIMEOUT_MS 60000

static char *folder;

static void
set_up (void)
{
  folder = g_dir_make_tmp ("flatline-logs-XXXXXX", NULL);
}

static void
tear_down (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_remove (path);
    }
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
}

static FlatlineLogFiles *
new_log_files (gint64 max_bytes)
{
  g_autoptr (FlatlineRun) run =
      g_object_new (FLATLINE_TYPE_RUN, "uid", "abc", "title", "app.py", "pid", (gint64)42, NULL);

  return flatline_log_files_new (folder, run, max_bytes);
}

static char *
read_file (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

static gboolean
file_exists (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
test_output (void)
{
  g_autoptr (FlatlineLogFiles) logs = NULL;
  g_autofree char *text = NULL;

  set_up ();
  logs = new_log_files (0);
  g_assert_false (file_exists ("error.log"));
  flatline_log_files_add_output (logs, "stdout", "one\ntw", 6);
  flatline_log_files_add_output (logs, "stderr", "bad \xff\r\n", 7);
  flatline_log_files_add_output (logs, "stdout", "o\nthree", 7);
  flatline_log_files_add_event (logs, "Child exited");
  g_assert_true (flatline_log_files_flush (logs, FLUSH_TIMEOUT_MS));
  text = read_file ("error.log");
  g_assert_nonnull (strstr (text, "Flatline run abc  pid=42  argv=app.py\n"));
  g_assert_nonnull (strstr (text, " [stdout] one\n"));
  g_assert_nonnull (strstr (text, " [stdout] two\n"));
  g_assert_nonnull (strstr (text, " [stderr] bad \xef\xbf\xbd\n"));
  g_assert_nonnull (strstr (text, " [stdout] three\n"));
  g_assert_nonnull (strstr (text, " [Flatline] Child exited\n"));
  g_assert_false (file_exists ("stack_trace.log"));
  g_clear_object (&logs);
  tear_down ();
}

/* One that never ends takes no more memory than a part of it. */
static void
test_endless_line (void)
{
  const gsize length = 100 * 1024;
  g_autoptr (FlatlineLogFiles) logs = NULL;
  g_autofree char *line = g_strnfill (length, 'x');
  g_autofree char *text = NULL;
  g_auto (GStrv) parts = NULL;

  set_up ();
  logs = new_log_files (0);
  for (gsize i = 0; i < length; i += 1024)
    flatline_log_files_add_output (logs, "stdout", line + i, 1024);
  g_assert_true (flatline_log_files_flush (logs, FLUSH_TIMEOUT_MS));
  text = read_file ("error.log");
  parts = g_strsplit (text, " [stdout] x", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 3);
  g_clear_object (&logs);
  tear_down ();
}

/* A name that leads elsewhere is not followed: the folder may be anybody's. */
static void
test_link (void)
{
  g_autoptr (FlatlineLogFiles) logs = NULL;
  g_autofree char *other = NULL, *name = NULL, *text = NULL;

  set_up ();
  other = g_build_filename (folder, "precious", NULL);
  name = g_build_filename (folder, "error.log", NULL);
  g_assert_true (g_file_set_contents (other, "as it was", -1, NULL));
  g_assert_cmpint (symlink (other, name), ==, 0);
  logs = new_log_files (0);
  flatline_log_files_add_event (logs, "something");
  g_assert_true (flatline_log_files_flush (logs, FLUSH_TIMEOUT_MS));
  text = read_file ("precious");
  g_assert_cmpstr (text, ==, "as it was");
  g_clear_object (&logs);
  tear_down ();
}

static void
test_freeze (void)
{
  g_autoptr (FlatlineLogFiles) logs = NULL;
  g_autoptr (FlatlineFreeze) freeze = g_object_new (FLATLINE_TYPE_FREEZE, "time-us", g_get_real_time (), "last-reason",
                                                    "LOAD", "cause", "silent for 2.6 s", "pid", (gint64)42, NULL);
  g_autoptr (FlatlineSnapshot) snapshot = flatline_snapshot_new ("freeze");

  set_up ();
  snapshot->verdict = g_object_new (FLATLINE_TYPE_VERDICT, "kind", "deadlock", "summary", "A waits for B", NULL);
  logs = new_log_files (0);
  flatline_log_files_add_freeze (logs, freeze, snapshot);
  g_assert_true (flatline_log_files_flush (logs, FLUSH_TIMEOUT_MS));
  for (int i = 0; i < 3; i++)
    {
      g_autofree char *text = read_file ((const char *const[]){ "stack_trace.log", "variables.log", "error.log" }[i]);

      g_assert_nonnull (strstr (text, "[FLATLINED "));
      g_assert_nonnull (strstr (text, " after LOAD]"));
      g_assert_nonnull (strstr (text, "A waits for B"));
    }
  g_clear_object (&logs);
  tear_down ();
}

/* Many small files, no line lost or twice within what is kept, and the newest in error.log or error.log.1. */
static void
test_rotation (void)
{
  g_autoptr (FlatlineLogFiles) logs = NULL;
  gint64 newest = -1;

  set_up ();
  logs = new_log_files (4096);
  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *line = g_strdup_printf ("line %d", i);

      flatline_log_files_add_event (logs, line);
    }
  g_assert_true (flatline_log_files_flush (logs, FLUSH_TIMEOUT_MS));
  g_assert_true (file_exists ("error.log.1"));
  g_assert_true (file_exists ("error.log.3"));
  g_assert_false (file_exists ("error.log.4"));
  for (int i = 3; i >= 0; i--)
    {
      g_autofree char *name = i > 0 ? g_strdup_printf ("error.log.%d", i) : g_strdup ("error.log");
      g_autofree char *text = read_file (name);
      const char *at = text;

      g_assert_true (i == 0 || (strlen (text) >= 4096 && strlen (text) < 4096 + 200));
      while (at && (at = strstr (at, "] line ")))
        {
          gint64 number = g_ascii_strtoll (at + 7, NULL, 10);

          g_assert_true (newest < 0 || number == newest + 1);
          newest = number;
          at += 7;
        }
    }
  g_assert_cmpint (newest, ==, 999);
  g_clear_object (&logs);
  tear_down ();
}

static void
test_two_supervisors (void)
{
  g_autoptr (FlatlineLogFiles) first = NULL;
  g_autoptr (FlatlineLogFiles) second = NULL;
  g_autoptr (FlatlineLogFiles) third = NULL;
  g_autofree char *name = g_strdup_printf ("error-%d.log", (int)getpid ());
  g_autofree char *third_name = g_strdup_printf ("error-%d-2.log", (int)getpid ());
  g_autofree char *three = NULL;
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;

  set_up ();
  first = new_log_files (0);
  second = new_log_files (0);
  flatline_log_files_add_event (first, "of the first");
  g_assert_true (flatline_log_files_flush (first, FLUSH_TIMEOUT_MS));
  flatline_log_files_add_event (second, "of the second");
  g_assert_true (flatline_log_files_flush (second, FLUSH_TIMEOUT_MS));
  one = read_file ("error.log");
  two = read_file (name);
  g_assert_nonnull (strstr (one, "of the first"));
  g_assert_null (strstr (one, "of the second"));
  g_assert_nonnull (strstr (two, "of the second"));
  g_assert_true (g_str_has_suffix (flatline_log_files_get_error_log (first), "/error.log"));
  g_assert_true (g_str_has_suffix (flatline_log_files_get_error_log (second), name));
  /* As the tabs of a window. */
  third = new_log_files (0);
  flatline_log_files_add_event (third, "of the third");
  g_assert_true (flatline_log_files_flush (third, FLUSH_TIMEOUT_MS));
  three = read_file (third_name);
  g_assert_nonnull (strstr (three, "of the third"));
  g_clear_object (&first);
  g_clear_object (&second);
  g_clear_object (&third);
  tear_down ();
}

/* A folder that is gone is said once on stderr, and nothing else happens. */
static void
test_no_folder (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (FlatlineLogFiles) logs = NULL;

      folder = g_strdup ("/nonexistent/flatline");
      logs = new_log_files (0);
      for (int i = 0; i < 100; i++)
        flatline_log_files_add_event (logs, "lost");
      g_assert_true (flatline_log_files_flush (logs, FLUSH_TIMEOUT_MS));
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("flatline: the log file */nonexistent/flatline/error.log* cannot be written*\n");
}

/* write(2) and the like of this process, all threads: /proc/self/io. */
static guint64
count_writes (void)
{
  g_autofree char *text = NULL;
  const char *line;

  g_assert_true (g_file_get_contents ("/proc/self/io", &text, NULL, NULL));
  line = strstr (text, "syscw: ");
  g_assert_nonnull (line);
  return g_ascii_strtoull (line + strlen ("syscw: "), NULL, 10);
}

/* A program that prints much does not wait for us: what came at once is written at once. */
static void
test_many_lines (void)
{
  g_autoptr (FlatlineLogFiles) logs = NULL;
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) written = NULL;
  guint64 before;

  set_up ();
  logs = new_log_files (0);
  for (int i = 0; i < 20000; i++)
    g_string_append_printf (lines, "line %d\n", i);
  before = count_writes ();
  flatline_log_files_add_output (logs, "stdout", lines->str, lines->len);
  g_assert_true (flatline_log_files_flush (logs, FLUSH_TIMEOUT_MS));
  g_assert_cmpuint (count_writes () - before, <, 100);
  text = read_file ("error.log");
  written = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (written), ==, 2 + 20000 + 1);
  g_assert_true (g_str_has_suffix (written[2], " [stdout] line 0"));
  g_assert_true (g_str_has_suffix (written[2 + 19999], " [stdout] line 19999"));
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/log-files/output", test_output);
  g_test_add_func ("/report/log-files/endless-line", test_endless_line);
  g_test_add_func ("/report/log-files/many-lines", test_many_lines);
  g_test_add_func ("/report/log-files/link", test_link);
  g_test_add_func ("/report/log-files/freeze", test_freeze);
  g_test_add_func ("/report/log-files/rotation", test_rotation);
  g_test_add_func ("/report/log-files/two-supervisors", test_two_supervisors);
  g_test_add_func ("/report/log-files/no-folder", test_no_folder);
  return g_test_run ();
}
