/* SPDX-License-Identifier: MIT */
/* What a terminal gets of a flood: in portions, all of it that it would keep, and never more at a time. */
#include "terminal/flatline-feed-queue.h"

#include <string.h>

#define MAX_LINES   1000
#define MAX_PORTION (64 * 1024)
#define MAX_KEPT    (4 * 1024 * 1024)

typedef struct
{
  FlatlineFeedQueue *queue;
  GString *fed;
  gsize largest;
} Fixture;

static void
feed (gpointer user_data, const char *text, gsize length)
{
  Fixture *fixture = user_data;

  g_string_append_len (fixture->fed, text, length);
  fixture->largest = MAX (fixture->largest, length);
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->fed = g_string_new (NULL);
  fixture->queue = flatline_feed_queue_new (feed, fixture, MAX_LINES);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  flatline_feed_queue_free (fixture->queue);
  g_string_free (fixture->fed, TRUE);
}

static void
wait_for_end (Fixture *fixture, const char *end)
{
  while (!g_str_has_suffix (fixture->fed->str, end))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->largest, <=, MAX_PORTION);
}

static char *
make_lines (guint n)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "line %u, which says what lines of a flood say, that is nothing\r\n", i);
  return g_string_free (text, FALSE);
}

static void
test_little (Fixture *fixture, gconstpointer unused)
{
  flatline_feed_queue_add (fixture->queue, "a ", 2);
  flatline_feed_queue_add (fixture->queue, "question? ", 10);
  g_assert_cmpstr (fixture->fed->str, ==, "a question? ");
}

/* As many lines as the terminal keeps are shown to the last byte, in portions. */
static void
test_much (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *text = make_lines (2 * MAX_LINES);

  flatline_feed_queue_add (fixture->queue, text, strlen (text));
  g_assert_cmpuint (fixture->fed->len, <, strlen (text));
  flatline_feed_queue_add (fixture->queue, "end", 3);
  g_assert_false (g_str_has_suffix (fixture->fed->str, "end"));
  wait_for_end (fixture, "end");
  g_assert_true (g_str_has_prefix (fixture->fed->str, text));
  g_assert_cmpuint (fixture->fed->len, ==, strlen (text) + 3);
}

/* Of more there is left out what would be gone; lines are whole, and no colour goes on. */
static void
test_too_many_lines (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *text = make_lines (50 * MAX_LINES);
  g_autofree char *kept = NULL;
  const char *last = text + strlen (text);

  for (guint n = 0; n <= MAX_LINES; n++)
    while (*--last != '\n')
      continue;
  kept = g_strconcat ("\033[0m", last + 1, NULL);
  flatline_feed_queue_add (fixture->queue, text, strlen (text));
  wait_for_end (fixture, kept);
  g_assert_cmpuint (fixture->fed->len, <, strlen (kept) + MAX_PORTION + 100);
}

static void
test_one_line (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *piece = g_strnfill (64 * 1024, 'x');

  for (int i = 0; i < 1600; i++)
    flatline_feed_queue_add (fixture->queue, piece, 64 * 1024);
  flatline_feed_queue_add (fixture->queue, "end", 3);
  wait_for_end (fixture, "end");
  g_assert_cmpuint (fixture->fed->len, >, MAX_KEPT / 2);
  g_assert_cmpuint (fixture->fed->len, <, MAX_KEPT + 2 * MAX_PORTION + 100);
}

static void
test_clear (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *text = make_lines (MAX_LINES);

  flatline_feed_queue_add (fixture->queue, text, strlen (text));
  flatline_feed_queue_clear (fixture->queue);
  flatline_feed_queue_add (fixture->queue, "anew", 4);
  wait_for_end (fixture, "anew");
  g_assert_cmpuint (fixture->fed->len, <, MAX_PORTION);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = { { "little", test_little },
                { "much", test_much },
                { "too-many-lines", test_too_many_lines },
                { "one-line", test_one_line },
                { "clear", test_clear } };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/window/feed-queue/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
    }
  return g_test_run ();
}
