/* SPDX-License-Identifier: MIT */
/* Errors told apart by their marks, wherever what is read is cut. */
#include "flatline-error-marks.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  FlatlineErrorMarks *marks;
  GString *told; /* each piece as "o:" or "e:" and its text, pieces of one kind joined */
  char kind;
  char *begin;
  char *end;
} Fixture;

static void
tell (gpointer user_data, gboolean is_error, GBytes *data)
{
  Fixture *fixture = user_data;
  const char kind = is_error ? 'e' : 'o';
  gsize length;
  const char *text = g_bytes_get_data (data, &length);

  g_assert_cmpuint (length, >, 0);
  if (kind != fixture->kind)
    g_string_append_printf (fixture->told, "%c:", kind);
  fixture->kind = kind;
  g_string_append_len (fixture->told, text, length);
}

static char *
unhex (const char *digits)
{
  GString *text = g_string_new (NULL);

  for (; *digits; digits += 2)
    g_string_append_c (text, (char)(g_ascii_xdigit_value (digits[0]) << 4 | g_ascii_xdigit_value (digits[1])));
  return g_string_free (text, FALSE);
}

static void
set_up (Fixture *fixture)
{
  g_autofree char *word = NULL;
  g_auto (GStrv) words = NULL;
  struct stat status;

  fixture->marks = flatline_error_marks_new ();
  fixture->told = g_string_new (NULL);
  word = flatline_error_marks_dup_word (fixture->marks, STDIN_FILENO);
  words = g_strsplit (word, " ", -1);
  g_assert_cmpuint (g_strv_length (words), ==, 4);
  g_assert_cmpint (fstat (STDIN_FILENO, &status), ==, 0);
  g_assert_cmpuint (g_ascii_strtoull (words[2], NULL, 10), ==, status.st_dev);
  g_assert_cmpuint (g_ascii_strtoull (words[3], NULL, 10), ==, status.st_ino);
  fixture->begin = unhex (words[0]);
  fixture->end = unhex (words[1]);
  g_assert_cmpuint (strlen (fixture->begin), ==, strlen (words[0]) / 2);
  g_assert_cmpstr (fixture->begin, !=, fixture->end);
}

static void
tear_down (Fixture *fixture)
{
  flatline_error_marks_free (fixture->marks);
  g_string_free (fixture->told, TRUE);
  g_free (fixture->begin);
  g_free (fixture->end);
}

static void
read_text (Fixture *fixture, const char *text, gsize length)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, length);

  flatline_error_marks_part (fixture->marks, bytes, tell, fixture);
}

static void
test_cut_anywhere (void)
{
  for (gsize size = 1; size < 60; size++)
    {
      Fixture fixture = { 0 };
      g_autofree char *text = NULL;

      set_up (&fixture);
      text = g_strconcat ("out\n", fixture.begin, "err 1\n", fixture.end, fixture.begin, "err 2\n", fixture.end, "on\n",
                          fixture.begin, fixture.end, "\037on", fixture.begin, "\037err\037", fixture.end, NULL);
      for (gsize i = 0; i < strlen (text); i += size)
        read_text (&fixture, text + i, MIN (size, strlen (text) - i));
      g_assert_cmpstr (fixture.told->str, ==, "o:out\ne:err 1\nerr 2\no:on\n\037one:\037err\037");
      tear_down (&fixture);
    }
}

/* Those of another run are text, and so is what only begins like one. */
static void
test_no_marks (void)
{
  Fixture fixture = { 0 };
  Fixture other = { 0 };
  g_autofree char *half = NULL;
  g_autofree char *text = NULL;

  set_up (&fixture);
  set_up (&other);
  half = g_strndup (fixture.begin, 5);
  text = g_strconcat (half, half, other.begin, half, NULL);
  read_text (&fixture, text, strlen (text));
  g_assert_cmpuint (fixture.told->len, ==, 2 + strlen (text) - strlen (half));
  flatline_error_marks_end (fixture.marks, tell, &fixture);
  g_assert_cmpstr (fixture.told->str + 2, ==, text);
  flatline_error_marks_end (fixture.marks, tell, &fixture);
  g_assert_cmpstr (fixture.told->str + 2, ==, text);
  tear_down (&fixture);
  tear_down (&other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/error-marks/cut-anywhere", test_cut_anywhere);
  g_test_add_func ("/session/error-marks/no-marks", test_no_marks);
  return g_test_run ();
}
