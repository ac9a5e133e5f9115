/* SPDX-License-Identifier: MIT */
/* What comes over stderr: lines are errors, however many pieces they come in; one that is begun and left so is none. */
#include "terminal/flatline-error-text.h"

#include <string.h>

static void
show (gpointer user_data, const char *text, gsize length, gboolean is_error)
{
  g_string_append_printf (user_data, "%s(%.*s)", is_error ? "error" : "plain", (int)length, text);
}

typedef struct
{
  GString *shown;
  FlatlineErrorText *text;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->shown = g_string_new (NULL);
  fixture->text = flatline_error_text_new (show, fixture->shown);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  flatline_error_text_free (fixture->text);
  g_string_free (fixture->shown, TRUE);
}

static void
add (Fixture *fixture, const char *text)
{
  flatline_error_text_add (fixture->text, text, strlen (text));
}

static void
wait_for_more (Fixture *fixture)
{
  const gsize before = fixture->shown->len;

  while (fixture->shown->len == before)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_lines (Fixture *fixture, gconstpointer data)
{
  add (fixture, "Traceback\n  File\nKeyError\n");
  g_assert_cmpstr (fixture->shown->str, ==, "error(Traceback\n)error(  File\nKeyError\n)");
}

static void
test_pieces (Fixture *fixture, gconstpointer data)
{
  add (fixture, "Fatal ");
  add (fixture, "error");
  g_assert_cmpstr (fixture->shown->str, ==, "");
  add (fixture, ": abort\n");
  g_assert_cmpstr (fixture->shown->str, ==, "error(Fatal error)error(: abort\n)");
}

static void
test_question (Fixture *fixture, gconstpointer data)
{
  add (fixture, "wrong\nAgain? ");
  g_assert_cmpstr (fixture->shown->str, ==, "error(wrong\n)");
  wait_for_more (fixture);
  g_assert_cmpstr (fixture->shown->str, ==, "error(wrong\n)plain(Again? )");
  flatline_error_text_settle (fixture->text); /* the answer is shown over stdout */
  add (fixture, "no\n");
  g_assert_cmpstr (fixture->shown->str, ==, "error(wrong\n)plain(Again? )error(no\n)");
}

static void
test_progress (Fixture *fixture, gconstpointer data)
{
  add (fixture, "\r10 %");
  wait_for_more (fixture);
  add (fixture, "\r90 %");
  add (fixture, "\rdone\nwrong\n");
  g_assert_cmpstr (fixture->shown->str, ==, "plain(\r10 %)plain(\r90 %)plain(\rdone\n)error(wrong\n)");
}

static void
test_something_else (Fixture *fixture, gconstpointer data)
{
  add (fixture, "begun");
  flatline_error_text_settle (fixture->text);
  g_assert_cmpstr (fixture->shown->str, ==, "error(begun)");
}

static void
test_long_line (Fixture *fixture, gconstpointer data)
{
  g_autofree char *line = g_strnfill (5000, 'x');
  g_autofree char *wanted = g_strdup_printf ("error(%s)", line);

  add (fixture, line);
  g_assert_cmpstr (fixture->shown->str, ==, wanted);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add ("/error-text/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (lines);
  ADD (pieces);
  ADD (question);
  ADD (progress);
  ADD (something_else);
  ADD (long_line);
  return g_test_run ();
}
