/* SPDX-License-Identifier: MIT */
/* Long values read whole from a program that lives, and from one that ends meanwhile. */
#include "flatline-examiner.h"

#include <string.h>

#define PROGRAM                                                                                                        \
  "import mmap, time\n"                                                                                                \
  "def hold(wide, plain, data, array):\n"                                                                              \
  "    view = memoryview(array)[3:]\n"                                                                                 \
  "    parted = memoryview(array)[::2]\n"                                                                              \
  "    mapped = mmap.mmap(-1, 5000000)\n"                                                                              \
  "    mapped[:] = b'hello' * 1000000\n"                                                                               \
  "    growing = bytearray(b'xyz' * 2000000)\n"                                                                        \
  "    print(flush=True)\n"                                                                                            \
  "    input()\n"                                                                                                      \
  "    growing.append(33)\n"                                                                                           \
  "    print(flush=True)\n"                                                                                            \
  "    time.sleep(600)\n"                                                                                              \
  "hold('a\\x7f\\x80\\xe9\\u20ac\\U0001f600\\udc80\\0' * 300000, 'ab' * 3000000, bytes(range(256)) * 20000, "          \
  "bytearray(b'xyz') * 2000000)"

typedef struct
{
  GSubprocess *program;
  FlatlineInspector *inspector;
  FlatlineSnapshot *snapshot;
  FlatlineExaminer *examiner;
  char line;
} Fixture;

/* The program says one line when it is ready; one that cannot be begins it with an s, as in "skip". */
static void
set_up (Fixture *fixture, gconstpointer script)
{
  const FlatlineCaptureBudget budget = flatline_capture_budget_default ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      script ? g_build_filename (g_getenv ("FLATLINE_TEST_SOURCE_ROOT"), "tests", script, NULL) : NULL;
  gint64 pid;

  fixture->program = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                                       "/usr/bin/python3", script ? path : "-c", script ? NULL : PROGRAM, NULL);
  g_assert_no_error (error);
  g_input_stream_read (g_subprocess_get_stdout_pipe (fixture->program), &fixture->line, 1, NULL, &error);
  g_assert_no_error (error);
  pid = g_ascii_strtoll (g_subprocess_get_identifier (fixture->program), NULL, 10);
  fixture->inspector = flatline_inspector_new (pid);
  fixture->examiner = flatline_examiner_new (pid);
  fixture->snapshot = flatline_snapshot_new ("manual");
  flatline_inspector_capture (fixture->inspector, &budget, fixture->snapshot, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_subprocess_force_exit (fixture->program);
  g_subprocess_wait (fixture->program, NULL, NULL);
  g_object_unref (fixture->program);
  g_object_unref (fixture->inspector);
  g_object_unref (fixture->examiner);
  g_object_unref (fixture->snapshot);
}

static FlatlineValue *
find_variable (Fixture *fixture, const char *name)
{
  FlatlineThread *thread = flatline_list_peek (fixture->snapshot->threads, 0);

  for (guint i = 0; i < flatline_list_length (thread->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      for (guint k = 0; k < flatline_list_length (frame->locals); k++)
        {
          FlatlineValue *value = flatline_list_peek (frame->locals, k);

          if (g_strcmp0 (value->name, name) == 0)
            return value;
        }
    }
  g_assert_not_reached ();
}

typedef struct
{
  goffset done, whole;
  guint n_told;
  gboolean ended;
  FlatlineValueContent *content;
  GError *error;
} Answer;

static void
on_progress (goffset done, goffset whole, gpointer user_data)
{
  Answer *answer = user_data;

  g_assert_false (answer->ended);
  g_assert_cmpint (done, >, answer->done);
  answer->done = done;
  answer->whole = whole;
  answer->n_told++;
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->content = flatline_examiner_read_content_finish (FLATLINE_EXAMINER (source), result, &answer->error);
  answer->ended = TRUE;
}

static Answer
read_content (Fixture *fixture, const char *name, GCancellable *cancellable)
{
  Answer answer = { 0 };

  flatline_examiner_read_content_async (fixture->examiner, find_variable (fixture, name), on_progress, cancellable,
                                        on_read, &answer);
  while (!answer.ended)
    g_main_context_iteration (NULL, TRUE);
  return answer;
}

static void
assert_whole (Fixture *fixture, const char *name, const char *part, gsize length, gsize n_parts, gboolean is_text)
{
  Answer answer = read_content (fixture, name, NULL);
  gsize size;
  const char *data;

  g_assert_no_error (answer.error);
  g_assert_null (answer.content->problem);
  g_assert_cmpint (answer.content->is_text, ==, is_text);
  g_assert_cmpint (answer.done, ==, answer.whole);
  g_assert_cmpuint (answer.n_told, >, 2);
  data = g_bytes_get_data (answer.content->bytes, &size);
  g_assert_cmpuint (size, ==, length * n_parts);
  for (gsize i = 0; i < n_parts; i++)
    g_assert_true (memcmp (data + i * length, part, length) == 0);
  flatline_value_content_free (answer.content);
}

static void
test_whole (Fixture *fixture, gconstpointer unused)
{
  static const char wide[] = "a\x7f\xc2\x80é€😀\\udc80";
  guint8 all[256];
  Answer answer;

  for (guint i = 0; i < 256; i++)
    all[i] = (guint8)i;
  assert_whole (fixture, "wide", wide, sizeof wide, 300000, TRUE); /* with its NUL */
  assert_whole (fixture, "plain", "ab", 2, 3000000, TRUE);
  assert_whole (fixture, "data", (const char *)all, 256, 20000, FALSE);
  assert_whole (fixture, "array", "xyz", 3, 2000000, FALSE);
  assert_whole (fixture, "view", "xyz", 3, 1999999, FALSE);
  assert_whole (fixture, "mapped", "hello", 5, 1000000, FALSE);
  answer = read_content (fixture, "parted", NULL);
  g_assert_null (answer.content);
  g_assert_error (answer.error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED);
  g_assert_nonnull (strstr (answer.error->message, "does not lie in one piece"));
  g_clear_error (&answer.error);
}

/* What was read before the end stays, and the end is told. */
static void
test_end (Fixture *fixture, gconstpointer unused)
{
  FlatlineContentReading reading = { .size = -1 };
  g_autoptr (GByteArray) piece = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  FlatlineValue *plain = find_variable (fixture, "plain");
  Answer answer;
  guint length;

  g_assert_true (flatline_inspector_read_piece (fixture->inspector, plain, &reading, piece, &error));
  g_assert_no_error (error);
  g_assert_cmpint (reading.size, ==, 6000000);
  g_assert_cmpint (reading.position, <, reading.size);
  length = piece->len;
  g_subprocess_force_exit (fixture->program);
  g_subprocess_wait (fixture->program, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (flatline_inspector_read_piece (fixture->inspector, plain, &reading, piece, &error));
  g_assert_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NO_PROCESS);
  g_assert_cmpuint (piece->len, ==, length);

  answer = read_content (fixture, "plain", NULL);
  g_assert_null (answer.content);
  g_assert_error (answer.error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NO_PROCESS);
  g_clear_error (&answer.error);
}

/* What is another one by now is not gone on with. */
static void
test_change (Fixture *fixture, gconstpointer unused)
{
  FlatlineContentReading reading = { .size = -1 };
  g_autoptr (GByteArray) piece = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  FlatlineValue *growing = find_variable (fixture, "growing");
  char line;

  g_assert_true (flatline_inspector_read_piece (fixture->inspector, growing, &reading, piece, &error));
  g_assert_no_error (error);
  g_output_stream_write_all (g_subprocess_get_stdin_pipe (fixture->program), "\n", 1, NULL, NULL, &error);
  g_assert_no_error (error);
  g_input_stream_read (g_subprocess_get_stdout_pipe (fixture->program), &line, 1, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (flatline_inspector_read_piece (fixture->inspector, growing, &reading, piece, &error));
  g_assert_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED);
}

static void
test_cancel (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Answer answer;

  g_cancellable_cancel (cancellable);
  answer = read_content (fixture, "plain", cancellable);
  g_assert_null (answer.content);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&answer.error);
}

/* What is in memory is shown, and why the rest is not. */
static void
test_what_nobody_provides (Fixture *fixture, gconstpointer script)
{
  Answer answer;

  if (fixture->line == 's')
    {
      g_test_skip ("there is no userfaultfd here");
      return;
    }
  answer = read_content (fixture, "unserved", NULL);
  g_assert_no_error (answer.error);
  g_assert_nonnull (strstr (answer.content->problem, "userfaultfd"));
  g_assert_cmpuint (g_bytes_get_size (answer.content->bytes), ==, 24);
  flatline_value_content_free (answer.content);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/session/value-content/whole", Fixture, NULL, set_up, test_whole, tear_down);
  g_test_add ("/session/value-content/end", Fixture, NULL, set_up, test_end, tear_down);
  g_test_add ("/session/value-content/change", Fixture, NULL, set_up, test_change, tear_down);
  g_test_add ("/session/value-content/cancel", Fixture, NULL, set_up, test_cancel, tear_down);
  g_test_add ("/session/value-content/what-nobody-provides", Fixture, "inspect/unserved_program.py", set_up,
              test_what_nobody_provides, tear_down);
  return g_test_run ();
}
