/* SPDX-License-Identifier: MIT */
/* Two snapshots side by side: what differs is said to, what does not is not, and one call more shifts nothing. */
#include "flatline-comparison.h"
#include "flatline-snapshot.h"

#include <string.h>

static FlatlineFrame *
add_frame (FlatlineThread *thread, const char *function, gint64 line, const char *variable)
{
  FlatlineFrame *frame =
      g_object_new (FLATLINE_TYPE_FRAME, "function", function, "file", "/srv/app.py", "line", line, NULL);

  flatline_list_append (&frame->locals, g_object_new (FLATLINE_TYPE_VALUE, "name", "answer", "text", variable, NULL));
  flatline_list_append (&thread->frames, frame);
  return frame;
}

static FlatlineThread *
add_thread (FlatlineSnapshot *snapshot, const char *name)
{
  FlatlineThread *thread = g_object_new (FLATLINE_TYPE_THREAD, "name", name, "state-text", "sleeping", NULL);

  flatline_list_append (&snapshot->threads, thread);
  return thread;
}

static FlatlineSnapshot *
make_snapshot (void)
{
  FlatlineSnapshot *snapshot = flatline_snapshot_new ("freeze");

  snapshot->captured_us = 1000000;
  snapshot->verdict = g_object_new (FLATLINE_TYPE_VERDICT, "kind", "deadlock", "summary", "It hangs", NULL);
  return snapshot;
}

/* The row of that label with one of these texts on the left. */
static FlatlineDifference *
find (GListStore *rows, const char *label, const char *left)
{
  for (guint i = 0; i < flatline_list_length (rows); i++)
    {
      FlatlineDifference *row = flatline_list_peek (rows, i);

      if (strcmp (row->label, label) == 0 && g_strcmp0 (row->left, left) == 0)
        return row;
    }
  return NULL;
}

static guint
count_differences (GListStore *rows)
{
  guint n = 0;

  for (guint i = 0; i < flatline_list_length (rows); i++)
    n += ((FlatlineDifference *)flatline_list_peek (rows, i))->differs;
  return n;
}

/* A heading has something below it, and differs where something of that does. */
static void
assert_headings (GListStore *rows)
{
  for (guint i = 0; i < flatline_list_length (rows); i++)
    {
      FlatlineDifference *heading = flatline_list_peek (rows, i), *row;
      gboolean differs = FALSE;
      guint k;

      if (heading->depth > 0)
        continue;
      for (k = i + 1; (row = flatline_list_peek (rows, k)) && row->depth > 0; k++)
        differs |= row->differs;
      g_assert_cmpuint (k, >, i + 1);
      g_assert_cmpint (heading->differs, ==, differs);
    }
}

static void
test_same (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = make_snapshot ();
  g_autoptr (GListStore) rows = NULL;

  add_frame (add_thread (snapshot, "worker"), "load", 12, "42");
  rows = flatline_comparison_new (snapshot, snapshot);
  g_assert_cmpuint (flatline_list_length (rows), >, 5);
  g_assert_cmpuint (count_differences (rows), ==, 0);
  g_assert_nonnull (find (rows, "answer", "42"));
  assert_headings (rows);
}

/* One call more in the middle is one row more; what is above and below stands side by side. */
static void
test_stacks (void)
{
  g_autoptr (FlatlineSnapshot) left = make_snapshot ();
  g_autoptr (FlatlineSnapshot) right = make_snapshot ();
  FlatlineThread *before = add_thread (left, "worker"), *after = add_thread (right, "worker");
  g_autoptr (GListStore) rows = NULL;
  FlatlineDifference *row;

  add_frame (before, "wait", 5, "1");
  add_frame (before, "load", 12, "2");
  add_frame (before, "main", 90, "3");
  add_frame (after, "wait", 5, "1");
  add_frame (after, "retry", 33, "9");
  add_frame (after, "load", 14, "2");
  add_frame (after, "main", 90, "4");
  rows = flatline_comparison_new (left, right);
  row = find (rows, "Call", "wait  app.py:5");
  g_assert_nonnull (row);
  g_assert_cmpstr (row->right, ==, "wait  app.py:5");
  g_assert_false (row->differs);
  row = find (rows, "Call", NULL);
  g_assert_nonnull (row);
  g_assert_cmpstr (row->right, ==, "retry  app.py:33");
  row = find (rows, "Call", "load  app.py:12");
  g_assert_cmpstr (row->right, ==, "load  app.py:14");
  /* The call is the same, a variable of it is not. */
  row = find (rows, "Call", "main  app.py:90");
  g_assert_cmpstr (row->right, ==, "main  app.py:90");
  g_assert_true (row->differs);
  row = find (rows, "answer", "3");
  g_assert_cmpstr (row->right, ==, "4");
  g_assert_true (find (rows, "Thread ‘worker’", NULL)->differs);
  assert_headings (rows);
}

/* As many calls as can be stand side by side, whatever came between, and what differs only at the top is told, too. */
static void
expect_three_in_common (const char *const *before_functions, const char *const *after_functions)
{
  g_autoptr (FlatlineSnapshot) left = make_snapshot ();
  g_autoptr (FlatlineSnapshot) right = make_snapshot ();
  FlatlineThread *before = add_thread (left, "worker"), *after = add_thread (right, "worker");
  g_autoptr (GListStore) rows = NULL;
  guint n_common = 0;

  for (guint i = 0; before_functions[i]; i++)
    add_frame (before, before_functions[i], 1, "1");
  for (guint i = 0; after_functions[i]; i++)
    add_frame (after, after_functions[i], 1, "1");
  add_frame (before, "main", 1, "1");
  add_frame (after, "main", 1, "1");
  rows = flatline_comparison_new (left, right);
  for (guint i = 0; i < flatline_list_length (rows); i++)
    {
      FlatlineDifference *row = flatline_list_peek (rows, i);

      n_common += strcmp (row->label, "Call") == 0 && row->left && row->right && !row->differs;
    }
  g_assert_cmpuint (n_common, ==, 4);
  assert_headings (rows);
}

static void
test_detours (void)
{
  static const char *const one[] = { "x", "a", "b", "c", NULL }, *const other[] = { "a", "b", "c", "x", NULL };

  expect_three_in_common (one, other);
  expect_three_in_common (other, one);
}

/* Threads are found by name, wherever they stand in the list; one that is not there is nothing on its side. */
static void
test_threads (void)
{
  g_autoptr (FlatlineSnapshot) left = make_snapshot ();
  g_autoptr (FlatlineSnapshot) right = make_snapshot ();
  g_autoptr (GListStore) rows = NULL;
  FlatlineDifference *row;

  add_thread (left, "one");
  add_thread (left, "two");
  add_thread (left, "pool");
  add_thread (left, "pool");
  add_thread (right, "pool");
  add_thread (right, "two");
  add_thread (right, "three");
  add_thread (right, "pool");
  g_object_set (right->verdict, "summary", "It hangs elsewhere", NULL);
  rows = flatline_comparison_new (left, right);
  g_assert_true (find (rows, "Thread ‘one’", NULL)->differs);
  g_assert_false (find (rows, "Thread ‘two’", NULL)->differs);
  g_assert_true (find (rows, "Thread ‘three’", NULL)->differs);
  g_assert_false (find (rows, "Thread ‘pool’", NULL)->differs);
  assert_headings (rows);
  row = find (rows, "Why", "It hangs");
  g_assert_cmpstr (row->right, ==, "It hangs elsewhere");
  g_assert_true (row->differs);
}

/* Of an equal name the first are compared with each other, and so on; the main thread may be called as it likes. */
static void
test_names_of_threads (void)
{
  g_autoptr (FlatlineSnapshot) left = make_snapshot ();
  g_autoptr (FlatlineSnapshot) right = make_snapshot ();
  g_autoptr (GListStore) rows = NULL;

  for (int i = 0; i < 2; i++)
    {
      FlatlineSnapshot *snapshot = i ? right : left;

      add_frame (add_thread (snapshot, "pool"), "first", 1, "1");
      add_frame (add_thread (snapshot, "pool"), "second", 2, "2");
      g_object_set (add_thread (snapshot, i ? "server" : "MainThread"), "is-main", TRUE, NULL);
    }
  rows = flatline_comparison_new (left, right);
  g_assert_cmpuint (count_differences (rows), ==, 0);
}

/* What was masked may be the same, and where an object lies is nothing; what stands beside it still counts. */
static void
test_masked (void)
{
  static const struct
  {
    const char *left, *right;
    gboolean differs;
  } cases[] = {
    { "<masked>", "'s3cret'", FALSE },
    { "'s3cret'", "<masked>", FALSE },
    { "<masked>", "<masked>", FALSE },
    { "{'user': 'a', 'password': '<masked>'}", "{'user': 'a', 'password': 'x y'}", FALSE },
    { "{'user': 'a', 'password': '<masked>'}", "{'user': 'b', 'password': 'x y'}", TRUE },
    { "<masked>, <masked>, 3", "1, 2, 3", FALSE },
    { "<masked>, <masked>, 3", "1, 2, 4", TRUE },
    { "<masked>", "two\nlines", TRUE },
    { "<masked>", NULL, TRUE },
    { "<app.Order object at 0x7f01>", "<app.Order object at 0x7fff>", FALSE },
    { "<app.Order object at 0x7f01>", "<app.Cart object at 0x7f01>", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (FlatlineSnapshot) left = make_snapshot ();
      g_autoptr (FlatlineSnapshot) right = make_snapshot ();
      g_autoptr (GListStore) rows = NULL;

      add_frame (add_thread (left, "worker"), "load", 12, cases[i].left);
      add_frame (add_thread (right, "worker"), "load", 12, cases[i].right);
      rows = flatline_comparison_new (left, right);
      g_assert_true (find (rows, "answer", cases[i].left)->differs == cases[i].differs);
      g_assert_true (find (rows, "Call", "load  app.py:12")->differs == cases[i].differs);
    }
  g_assert_true (flatline_is_same_but_masked ("a\nkey = 'x'\nb\n", "a\nkey = '<masked>'\nb\n"));
  g_assert_false (flatline_is_same_but_masked ("a\nkey = 'x'\nc\n", "a\nkey = '<masked>'\nb\n"));
  g_assert_false (flatline_is_same_but_masked ("a\nkey = 'x'\n", "a\nkey = 'y'\n"));
  g_assert_false (flatline_is_same_but_masked (NULL, "a"));
}

/* A recursion that went astray, twice. */
static void
test_long (void)
{
  g_autoptr (FlatlineSnapshot) left = make_snapshot ();
  g_autoptr (FlatlineSnapshot) right = make_snapshot ();
  FlatlineThread *before = add_thread (left, "worker"), *after = add_thread (right, "worker");
  g_autoptr (GListStore) rows = NULL;

  for (int i = 0; i < 5000; i++)
    {
      add_frame (before, i % 2 ? "a" : "b", i, "1");
      add_frame (after, i % 3 ? "a" : "b", i, "1");
    }
  rows = flatline_comparison_new (left, right);
  g_assert_cmpuint (flatline_list_length (rows), >=, 10000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/comparison/same", test_same);
  g_test_add_func ("/report/comparison/stacks", test_stacks);
  g_test_add_func ("/report/comparison/threads", test_threads);
  g_test_add_func ("/report/comparison/detours", test_detours);
  g_test_add_func ("/report/comparison/names-of-threads", test_names_of_threads);
  g_test_add_func ("/report/comparison/masked", test_masked);
  g_test_add_func ("/report/comparison/long", test_long);
  return g_test_run ();
}
