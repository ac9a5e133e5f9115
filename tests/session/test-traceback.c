/* SPDX-License-Identifier: MIT */
/* Tracebacks as every Python from 3.9 on prints them, read back from its output. */
#include "flatline-snapshot.h"
#include "flatline-traceback.h"

#define HEADER FLATLINE_TRACEBACK_HEADER "\n"

static FlatlineFrame *
get_frame (FlatlineExceptionInfo *exception, guint index)
{
  g_assert_cmpuint (flatline_list_length (exception->frames), >, index);
  return flatline_list_peek (exception->frames, index);
}

static void
test_plain (void)
{
  g_autoptr (FlatlineExceptionInfo) exception =
      flatline_traceback_read ("before\r\n" FLATLINE_TRACEBACK_HEADER "\r\n"
                               "  File \"/srv/a \"b\".py\", line 12, in <module>\r\n    work(1)\r\n    ~~~~^^^\r\n"
                               "  File \"lib.py\", line 3, in work\r\n    raise pkg.Error('x: y')\r\n"
                               "  [Previous line repeated 3 more times]\r\n"
                               "pkg.Wrong.<locals>.Error: x: y\r\nmore\r\na note\r\n");

  g_assert_nonnull (exception);
  g_assert_cmpstr (exception->type_name, ==, "pkg.Wrong.<locals>.Error");
  g_assert_cmpstr (exception->message, ==, "x: y\nmore\na note");
  g_assert_cmpuint (flatline_list_length (exception->frames), ==, 2);
  g_assert_cmpstr (get_frame (exception, 0)->function, ==, "work");
  g_assert_cmpstr (get_frame (exception, 1)->file, ==, "/srv/a \"b\".py");
  g_assert_cmpint (get_frame (exception, 1)->line, ==, 12);
  g_assert_true (get_frame (exception, 1)->incomplete);
  g_assert_null (exception->cause);
  g_assert_true (g_str_has_prefix (exception->traceback_text, FLATLINE_TRACEBACK_HEADER));
}

static void
test_causes (void)
{
  g_autoptr (FlatlineExceptionInfo) exception = flatline_traceback_read (
      HEADER "  File \"a.py\", line 1, in f\nOSError: first\n\n"
             "During handling of the above exception, another exception occurred:\n\n" HEADER
             "  File \"a.py\", line 2, in g\nKeyError: 'x'\n\n"
             "The above exception was the direct cause of the following exception:\n\n" HEADER
             "  File \"a.py\", line 3, in h\nKeyboardInterrupt\nException ignored in: <x>\n[PYI-9202:ERROR] Failed\n");

  g_assert_nonnull (exception);
  g_assert_cmpstr (exception->type_name, ==, "KeyboardInterrupt");
  g_assert_cmpstr (exception->message, ==, "");
  g_assert_cmpstr (exception->cause->type_name, ==, "KeyError");
  g_assert_true (exception->cause->is_cause);
  g_assert_cmpstr (exception->cause->cause->message, ==, "first");
  g_assert_false (exception->cause->cause->is_cause);
}

/* What came before has nothing to do with it. */
static void
test_the_last (void)
{
  g_autoptr (FlatlineExceptionInfo) exception = flatline_traceback_read (
      HEADER "  File \"a.py\", line 1, in f\nOSError: caught\n" HEADER "  File \"a.py\", line 2, in g\nKeyError: 1\n");

  g_assert_nonnull (exception);
  g_assert_cmpstr (exception->type_name, ==, "KeyError");
  g_assert_null (exception->cause);
  g_assert_null (strstr (exception->traceback_text, "caught"));
}

static void
test_group (void)
{
  g_autoptr (FlatlineExceptionInfo) exception =
      flatline_traceback_read ("  + Exception Group " HEADER "  |   File \"a.py\", line 9, in <module>\n"
                               "  |     raise group\n  | ExceptionGroup: many (2 sub-exceptions)\n"
                               "  +-+---------------- 1 ----------------\n"
                               "    | " HEADER "    |   File \"a.py\", line 2, in f\n    | ValueError: 1\n"
                               "    +---------------- 2 ----------------\n"
                               "    | KeyError: 2\n    +------------------------------------\n");

  g_assert_nonnull (exception);
  g_assert_cmpstr (exception->type_name, ==, "ExceptionGroup");
  g_assert_cmpstr (exception->message, ==, "many (2 sub-exceptions)");
  g_assert_cmpint (get_frame (exception, 0)->line, ==, 9);
}

static void
test_none (void)
{
  static const char *const texts[] = {
    "",
    "\n",
    "ValueError: x\n",
    HEADER,
    HEADER "  File \"a.py\", line 1, in f\n",
    HEADER "  File \"a.py\", line 1, in f\n    x\nno exception at all\n",
    "a " FLATLINE_TRACEBACK_HEADER " b\nValueError: x\n",
    HEADER "  File \"a.py\n\n\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_null (flatline_traceback_read (texts[i]));
}

/* A runner of tests prints what it caught, and ends with the same status. */
static void
test_caught (void)
{
  static const struct
  {
    const char *text;
    gboolean may_end;
  } texts[] = {
    { HEADER "  File \"a.py\", line 9, in <module>\n    f()\n  File \"a.py\", line 2, in f\nValueError: 1\n", TRUE },
    { HEADER
      "  File \"<frozen runpy>\", line 198, in _run_module_as_main\n  File \"a.py\", line 2, in f\nKeyError: 1\n",
      TRUE },
    { "  File \"a.py\", line 1\n    x y\nSyntaxError: invalid syntax\n", TRUE },
    { HEADER "  File \"test_a.py\", line 3, in test_sum\n    self.fail()\nAssertionError: None\n\n-----\nRan 1 test\n",
      FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (FlatlineExceptionInfo) exception = flatline_traceback_read (texts[i].text);

      g_assert_cmpint (!exception || flatline_traceback_may_end_program (exception), ==, texts[i].may_end);
    }
}

/* Any output may be cut anywhere, or be something else altogether. */
static void
test_pieces (void)
{
  static const char text[] = "  + Exception Group " HEADER "  |   File \"a.py\", line 9, in <module>\n  | E: many\n"
                             "  +-+- 1 -\nDuring handling of the above exception, another exception occurred:\n" HEADER
                             "  File \"b.py\", line 99999999999999999999, in g\nKeyError: 1\n";

  for (gsize from = 0; from < sizeof text; from++)
    for (gsize length = 0; from + length < sizeof text; length += 7)
      {
        g_autofree char *piece = g_strndup (text + from, length);
        g_autoptr (FlatlineExceptionInfo) exception = flatline_traceback_read (piece);

        g_assert_true (!exception || exception->type_name[0]);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/traceback/plain", test_plain);
  g_test_add_func ("/session/traceback/causes", test_causes);
  g_test_add_func ("/session/traceback/the-last", test_the_last);
  g_test_add_func ("/session/traceback/group", test_group);
  g_test_add_func ("/session/traceback/none", test_none);
  g_test_add_func ("/session/traceback/caught", test_caught);
  g_test_add_func ("/session/traceback/pieces", test_pieces);
  return g_test_run ();
}
