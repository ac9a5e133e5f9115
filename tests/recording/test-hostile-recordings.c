/* SPDX-License-Identifier: MIT */
/* Recordings that were cut, turned over or made up: whatever is in them, reading ends, and each event can be shown. */
#include "config.h"

#include "flatline-recording-html.h"
#include "flatline-recording.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const char LINES[] =
    "P {\"program\":{\"pid\":7,\"argv\":[\"shop.py\"]},\"host\":\"far\",\"started_us\":1000000}\n"
    "T 1 {\"pid\":7,\"ident\":\"0x10\",\"native_id\":7,\"name\":\"MainThread\",\"is_main\":true}\n"
    "S {\"file\":\"/shop.py\",\"text\":\"a\\nb = 1\\nc\\n\"}\n"
    "C 1 {\"file\":\"/shop.py\",\"function\":\"<module>\",\"line\":1,\"arguments\":[]}\n"
    "@ 1\nG 0\n( 1 0 1 1 10\n. 1 5\n"
    "C 2 {\"file\":\"/shop.py\",\"function\":\"f\",\"line\":2,\"arguments\":[\"x\"]}\n"
    "( 2 1 2 2 5\n= x [\"int\",\"1\"]\n. 2 5\n= x [\"int\",\"2\"]\n= o [\"shop.O\",\"<shop.O object at "
    "0x10>\",-1,[[\"a\","
    "\"int\",\"1\"]]]\n. 3 5\n- x\n] 3 5 [\"str\",\"'\\u00fc'\"]\n. 1 2\n[ 2 1 3 1\n! 3 4 [\"E\",\"E()\"]\n^ 3 1\n) 1 "
    "1 "
    "[\"NoneType\",\"None\"]\n";

static char *
write_recording (const char *lines, gsize length, const char *magic)
{
  char head[68] = { 0 };
  guint32 window = GUINT32_TO_LE (length), number = GUINT32_TO_LE (1);
  g_autofree char *content = g_malloc (sizeof head + length);
  char *path = NULL;
  g_autoptr (GError) error = NULL;
  int fd = g_file_open_tmp ("XXXXXX.flatline-recording", &path, &error);

  g_assert_no_error (error);
  close (fd);
  strcpy (head, magic);
  memcpy (head + 24, &window, sizeof window);
  memcpy (head + 64, &number, sizeof number);
  memcpy (content, head, sizeof head);
  memcpy (content + sizeof head, lines, length);
  g_file_set_contents (path, content, sizeof head + length, &error);
  g_assert_no_error (error);
  return path;
}

/* Everything that can be asked of it. */
static void
look_at (FlatlineRecording *recording)
{
  guint n = flatline_recording_get_n_events (recording);
  g_autofree char *page = flatline_recording_html (recording, 5);
  g_autofree char *ending = flatline_recording_dup_ending (recording);

  g_assert_nonnull (page);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (FlatlineSnapshot) snapshot = flatline_recording_dup_snapshot (recording, i);
      g_autoptr (GPtrArray) changes = flatline_recording_dup_changes (recording, i);
      g_autofree char *line = flatline_recording_dup_source_line (recording, i);

      g_assert_cmpuint (flatline_list_length (snapshot->threads), >=, 1);
      flatline_recording_find_change (recording, i, "x", NULL, NULL);
      flatline_recording_find_change (recording, i, "o.a", NULL, NULL);
      for (int step = FLATLINE_STEP_INTO; step <= FLATLINE_STEP_OUT; step++)
        {
          flatline_recording_step (recording, i, step, 1);
          flatline_recording_step (recording, i, step, -1);
        }
      flatline_recording_find_place (recording, i, "shop.py:3", 1);
      flatline_recording_find_text (recording, i, "ü", -1);
      flatline_recording_find_exception (recording, i, 1);
    }
}

static FlatlineRecording *
load (const char *lines, gsize length)
{
  g_autofree char *path = write_recording (lines, length, "flatline-recording 1\n");
  g_autoptr (GError) error = NULL;
  FlatlineRecording *recording = flatline_recording_load (path, &error);

  g_assert_no_error (error);
  g_unlink (path);
  return recording;
}

static void
test_whole (void)
{
  g_autoptr (FlatlineRecording) recording = load (LINES, strlen (LINES));
  g_autoptr (FlatlineValue) old = NULL, new = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  FlatlineThread *thread;
  FlatlineFrame *frame;

  g_assert_cmpuint (flatline_recording_get_n_events (recording), ==, 11);
  look_at (recording);
  snapshot = flatline_recording_dup_snapshot (recording, 4);
  thread = flatline_list_peek (snapshot->threads, 0);
  g_assert_cmpuint (flatline_list_length (thread->frames), ==, 2);
  frame = flatline_list_peek (thread->frames, 0);
  g_assert_cmpstr (frame->function, ==, "f");
  g_assert_cmpint (frame->line, ==, 3);
  g_assert_cmpuint (flatline_list_length (frame->locals), ==, 2);
  g_assert_cmpstr (((FlatlineValue *)flatline_list_peek (frame->locals, 0))->text, ==, "2");
  /* The line before is what has made it. */
  g_assert_cmpuint (flatline_recording_find_change (recording, 4, "x", &old, &new), ==, 3);
  g_assert_cmpstr (old->text, ==, "1");
  g_assert_cmpstr (new->text, ==, "2");
  g_assert_cmpuint (flatline_recording_find_text (recording, 0, "ü", 1), ==, 5);
  g_assert_cmpuint (flatline_recording_find_exception (recording, 0, 1), ==, 8);
  g_assert_cmpuint (flatline_recording_step (recording, 1, FLATLINE_STEP_OVER, 1), ==, 6);
  g_assert_cmpuint (flatline_recording_step (recording, 3, FLATLINE_STEP_OUT, -1), ==, 1);
  g_assert_cmpuint (flatline_recording_find_place (recording, 0, "f", 1), ==, 2);
}

/* Two threads that do the same at the same time, a file of nearly the same name, and an object within another. */
static void
test_ways (void)
{
  static const char lines[] =
      "T 1 {\"name\":\"MainThread\",\"is_main\":true}\nT 2 {\"name\":\"worker\"}\n"
      "C 1 {\"file\":\"/shop.py\",\"function\":\"run\",\"line\":1,\"arguments\":[\"x\"]}\n"
      "C 2 {\"file\":\"/workshop.py\",\"function\":\"run\",\"line\":1,\"arguments\":[\"x\"]}\n"
      "@ 1\nG 0\n( 1 0 1 1 1\n"                                                                /* 0 */
      "@ 2\nG 0\n( 2 0 2 1 1\n= x [\"int\",\"7\"]\n. 3 1\n"                                    /* 1, 2 */
      "@ 1\nG 1\n= x [\"int\",\"5\"]\n. 3 1\n"                                                 /* 3 */
      "( 3 1 1 1 1\n= o [\"shop.O\",\"<shop.O at 0x10>\",-1,[[\"a\",\"int\",\"1\"]]]\n. 4 1\n" /* 4, 5 */
      "= h [\"shop.H\",\"<shop.H at 0x20>\",-1,[[\"a\",\"int\",\"9\"],[\"o\",\"shop.O\",\"<shop.O at 0x10>\"]]]\n"
      ". 5 1\n"                                                   /* 6 */
      "= s [\"str\",\"'\\ud83d\\ude01'\"]\n. 6 1\n"               /* 7 */
      "^ 6 1\n"                                                   /* 8 */
      "@ 2\nG 2\n! 3 1 [\"E\",\"E()\"]\n"                         /* 9 */
      "@ 1\nG 1\n! 3 1 [\"E\",\"E()\"]\n) 3 1 [\"int\",\"1\"]\n"; /* 10, 11 */
  g_autoptr (FlatlineRecording) recording = load (lines, strlen (lines));
  g_autoptr (FlatlineSnapshot) called = flatline_recording_dup_snapshot (recording, 0);
  FlatlineThread *thread = flatline_list_peek (called->threads, 0);
  FlatlineFrame *frame = flatline_list_peek (thread->frames, 0);

  g_assert_cmpuint (flatline_recording_get_n_events (recording), ==, 12);
  look_at (recording);
  /* What it was called with, before its first line. */
  g_assert_cmpuint (flatline_list_length (frame->locals), ==, 1);
  g_assert_cmpstr (((FlatlineValue *)flatline_list_peek (frame->locals, 0))->text, ==, "5");
  g_assert_cmpuint (flatline_recording_step (recording, 0, FLATLINE_STEP_INTO, 1), ==, 3);
  g_assert_cmpuint (flatline_recording_step (recording, 9, FLATLINE_STEP_INTO, -1), ==, 2);
  g_assert_cmpuint (flatline_recording_find_exception (recording, 0, 1), ==, 9);
  g_assert_cmpuint (flatline_recording_find_place (recording, 0, "shop.py:3", 1), ==, 3);
  g_assert_cmpuint (flatline_recording_find_place (recording, 0, "workshop.py:3", 1), ==, 2);
  g_assert_cmpuint (flatline_recording_find_place (recording, 0, "/workshop.py:3", 1), ==, 2);
  g_assert_cmpuint (flatline_recording_find_text (recording, 0, "\360\237\230\201", 1), ==, 7);
  g_assert_cmpuint (flatline_recording_find_change (recording, 7, "o.a", NULL, NULL), ==, 4);
}

/* Numbers that a recorder did not come to tell: of threads, code and calls. So many in a row are none of its. */
static void
test_left_out (void)
{
  static const char few[] =
      "C 2 {\"file\":\"/shop.py\",\"function\":\"f\",\"line\":2,\"arguments\":[\"x\"]}\n"
      "T 3 {\"name\":\"late\"}\n@ 3\nG 0\n( 4 0 2 2 1\n. 3 1\n( 6 4 2 2 1\n) 3 1 [\"int\",\"1\"]\n. 4 1\n";
  static const char *const wrong[] = { ". 4 1\n( 5 4 2 2 1\n", "( 9 8 2 2 1\n", "( 90 4 2 2 1\n", "@ 2\nG 5\n",
                                       "@ 3\nG 5\n" };
  g_autoptr (FlatlineRecording) recording = load (few, strlen (few));
  g_autofree char *ending = flatline_recording_dup_ending (recording);
  g_autoptr (FlatlineSnapshot) snapshot = NULL;

  g_assert_cmpuint (flatline_recording_get_n_events (recording), ==, 5);
  g_assert_null (strstr (ending ? ending : "", "damaged"));
  look_at (recording);
  snapshot = flatline_recording_dup_snapshot (recording, 2);
  g_assert_cmpuint (flatline_list_length (snapshot->threads), ==, 1);
  g_assert_cmpuint (flatline_list_length (((FlatlineThread *)flatline_list_peek (snapshot->threads, 0))->frames), ==,
                    2);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *lines = g_strconcat (few, wrong[i], ". 5 1\n", NULL);
      g_autoptr (FlatlineRecording) damaged = load (lines, strlen (lines));
      g_autofree char *its_ending = flatline_recording_dup_ending (damaged);

      g_assert_nonnull (strstr (its_ending, "damaged"));
    }
}

static void
test_cut (void)
{
  for (gsize length = 0; length <= strlen (LINES); length++)
    {
      g_autoptr (FlatlineRecording) recording = load (LINES, length);

      look_at (recording);
    }
}

static void
test_garbled (void)
{
  static const char bytes[] = "0123456789()[].!^=-@GTCSPN \n\"\\{}\377\001";

  for (guint round = 0; round < 4000; round++)
    {
      g_autofree char *lines = g_strdup (LINES);
      g_autoptr (FlatlineRecording) recording = NULL;

      for (int i = g_test_rand_int_range (1, 8); i > 0; i--)
        lines[g_test_rand_int_range (0, strlen (LINES))] = bytes[g_test_rand_int_range (0, sizeof bytes - 1)];
      recording = load (lines, strlen (LINES));
      look_at (recording);
    }
}

static void
test_others (void)
{
  static const char *const heads[] = { "flatline-recording 2\n", "flatline-snapshot", "" };

  for (gsize i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autofree char *path = write_recording (LINES, strlen (LINES), heads[i]);
      g_autoptr (GError) error = NULL;
      int wanted = i == 0 ? G_IO_ERROR_NOT_SUPPORTED : G_IO_ERROR_INVALID_DATA;

      g_assert_null (flatline_recording_load (path, &error));
      g_assert_error (error, G_IO_ERROR, wanted);
      g_unlink (path);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recording/whole", test_whole);
  g_test_add_func ("/recording/ways", test_ways);
  g_test_add_func ("/recording/left-out", test_left_out);
  g_test_add_func ("/recording/cut", test_cut);
  g_test_add_func ("/recording/garbled", test_garbled);
  g_test_add_func ("/recording/others", test_others);
  return g_test_run ();
}
