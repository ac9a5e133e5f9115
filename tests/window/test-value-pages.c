/* SPDX-License-Identifier: MIT */
/* Long values by pages: they join up to the whole, and what is found is where the window says it is. */
#include "flatline-value-pages.h"
#include "flatline-value-search.h"

#include <string.h>

/* Lines short and longer than a page, characters of one to four bytes. */
static GBytes *
make_text (void)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (text, "%u aé€😀%s", i, i % 7000 > 5000 ? "" : "\n");
  g_string_append_c (text, '\0');
  return g_string_free_to_bytes (text);
}

static void
test_text (void)
{
  g_autoptr (GBytes) bytes = make_text ();
  g_autoptr (GString) joined = g_string_new (NULL);
  const guint n = flatline_value_pages_count (bytes, TRUE);
  guint n_whole = 0;
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  g_assert_cmpuint (n, >, 5);
  for (guint i = 0; i < n; i++)
    {
      const gsize begin = flatline_value_pages_begin (bytes, TRUE, i),
                  end = flatline_value_pages_begin (bytes, TRUE, i + 1);
      g_autofree char *text = flatline_value_pages_dup_text (bytes, TRUE, i);

      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_cmpuint (begin, <, end);
      n_whole += begin > 0 && data[begin - 1] == '\n';
      g_assert_cmpuint (flatline_value_pages_find (bytes, TRUE, begin), ==, i);
      g_assert_cmpuint (flatline_value_pages_find (bytes, TRUE, end - 1), ==, i);
      g_string_append (joined, text);
    }
  /* Where lines are short, pages begin with one. */
  g_assert_cmpuint (n_whole, >, n / 4);
  g_assert_cmpuint (joined->len, ==, size + 2);
  g_assert_cmpmem (joined->str, size - 1, data, size - 1);
  g_assert_true (g_str_has_suffix (joined->str, "\xe2\x90\x80"));
}

/* Bytes are written as hexadecimal digits, two each; all else is looked for as it stands. */
static void
test_words (void)
{
  static const struct
  {
    const char *words, *meant;
    gboolean is_text;
  } cases[] = {
    { "0x414a", "AJ", FALSE },     { "0x414", "0x414", FALSE },  { "0x", "0x", FALSE },
    { "0x41zz", "0x41zz", FALSE }, { "0x414a", "0x414a", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) needle = flatline_value_search_parse (cases[i].words, cases[i].is_text);

      g_assert_cmpmem (g_bytes_get_data (needle, NULL), g_bytes_get_size (needle), cases[i].meant,
                       strlen (cases[i].meant));
    }
  g_assert_null (flatline_value_search_parse ("", FALSE));
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gssize *found = user_data;
  g_autoptr (GError) error = NULL;

  *found = flatline_value_search_finish (result, &error);
  g_assert_no_error (error);
}

static gssize
find (GBytes *bytes, const char *words, gboolean is_text, gsize from, gboolean forward)
{
  g_autoptr (GBytes) needle = flatline_value_search_parse (words, is_text);
  gssize found = -2;

  flatline_value_search_async (bytes, needle, from, forward, NULL, on_found, &found);
  while (found == -2)
    g_main_context_iteration (NULL, TRUE);
  return found;
}

static void
test_search (void)
{
  g_autoptr (GBytes) bytes = make_text ();
  const char *data = g_bytes_get_data (bytes, NULL);
  const gssize first = strstr (data, "12345 ") - data;
  const guint page = flatline_value_pages_find (bytes, TRUE, (gsize)first);
  g_autofree char *text = flatline_value_pages_dup_text (bytes, TRUE, page);
  g_autofree char *shown = NULL;
  guint begin, end;

  g_assert_cmpint (find (bytes, "12345 ", TRUE, 0, TRUE), ==, first);
  g_assert_cmpint (find (bytes, "12345 ", TRUE, (gsize)first + 1, TRUE), ==, first); /* once around */
  g_assert_cmpint (find (bytes, "12345 ", TRUE, (gsize)first, FALSE), ==, first);
  g_assert_cmpint (find (bytes, "234", TRUE, 0, FALSE), >, find (bytes, "234", TRUE, 0, TRUE));
  g_assert_cmpint (find (bytes, "20000 ", TRUE, 0, TRUE), ==, -1);
  flatline_value_pages_locate (bytes, TRUE, page, (gsize)first, 6, &begin, &end);
  shown = g_utf8_substring (text, begin, end);
  g_assert_cmpstr (shown, ==, "12345 ");
}

/* Longer than the strides of a search, with a match across two of them. */
static void
test_bytes (void)
{
  const gsize size = 9 * 1024 * 1024, at = 4 * 1024 * 1024 - 1;
  guint8 *data = g_malloc0 (size);
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *text = NULL;
  guint page, begin, end;

  memcpy (data + at, "\x0d\x0a\xff", 3);
  bytes = g_bytes_new_take (data, size);
  g_assert_cmpint (find (bytes, "0x0D0aff", FALSE, 0, TRUE), ==, at);
  g_assert_cmpint (find (bytes, "0x0D0aff", FALSE, 0, FALSE), ==, at);
  g_assert_cmpint (find (bytes, "0x0D0af", FALSE, 0, TRUE), ==, -1);
  page = flatline_value_pages_find (bytes, FALSE, at);
  text = flatline_value_pages_dup_text (bytes, FALSE, page);
  g_assert_true (g_str_has_prefix (text, "003fc000  00 00 00"));
  flatline_value_pages_locate (bytes, FALSE, page, at, 3, &begin, &end);
  g_assert_cmpuint (end - begin, ==, 2); /* what the page after it shows is not selected */
  g_assert_cmpmem (text + begin, 2, "0d", 2);
}

/* Bytes shown as text need not be any: each that is no character has one of its own. */
static void
test_bytes_as_text (void)
{
  static const char data[] = "a\x80\xc3\xa9\xff\xe2\x82z\r";
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, sizeof data - 1);
  g_autofree char *text = flatline_value_pages_dup_text (bytes, TRUE, 0);
  guint begin, end;

  g_assert_cmpstr (text, ==, "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\xe2\x90\x8d");
  flatline_value_pages_locate (bytes, TRUE, 0, 7, 1, &begin, &end);
  g_assert_cmpuint (begin, ==, 6);
  g_assert_cmpuint (end, ==, 7);
}

static void
on_counted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  guint *answer = user_data;
  g_autoptr (GError) error = NULL;

  answer[1] = flatline_value_search_count_finish (result, &answer[0], &error);
  g_assert_no_error (error);
  answer[2] = TRUE;
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  on_found (source, result, user_data);
}

static void
test_count_and_line (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("one\ntwo\nanother one\n", 20);
  g_autoptr (GBytes) needle = flatline_value_search_parse ("one", TRUE);
  const gssize begins[] = { 0, 4, 8, 8 };
  guint answer[3] = { 0 };

  flatline_value_search_count_async (bytes, needle, 16, NULL, on_counted, answer);
  while (!answer[2])
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (answer[0], ==, 2);
  g_assert_cmpuint (answer[1], ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (begins); i++)
    {
      gssize found = -2;

      flatline_value_search_line_async (bytes, i + 1, NULL, on_line, &found);
      while (found == -2)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpint (found, ==, begins[i]);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window/value-pages/text", test_text);
  g_test_add_func ("/window/value-pages/words", test_words);
  g_test_add_func ("/window/value-pages/search", test_search);
  g_test_add_func ("/window/value-pages/bytes", test_bytes);
  g_test_add_func ("/window/value-pages/bytes-as-text", test_bytes_as_text);
  g_test_add_func ("/window/value-pages/count-and-line", test_count_and_line);
  return g_test_run ();
}
