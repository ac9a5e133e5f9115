/* SPDX-License-Identifier: MIT */
/*
 * Recorded memory of every version, read: what the program said of itself must be found. And spoiled: whatever is in
 * it, the reader must come to an end, with what it may read, and not fall over it. `--fuzz SECONDS` goes on for so
 * long; what once went wrong is in images/findings and is tried in every run. FLATLINE_TEST_IMAGE and
 * FLATLINE_TEST_SEED try one.
 */
#include "memory-image.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So long nothing takes, on the slowest machine and with sanitizers: the reader goes round in a circle. */
#define MAX_SECONDS_EACH 120
#define MAX_JSON_BYTES   (100 * 1024 * 1024)

#define SEEDS_WITHOUT_FUZZ 40

static char trying[128];

static char *
dup_folder (void)
{
  return g_test_build_filename (G_TEST_DIST, "inspect", "images", NULL);
}

static FlatlineMemoryImage *
load (const char *name)
{
  g_autofree char *folder = dup_folder ();
  g_autofree char *base = g_strconcat (name, ".image.gz", NULL);
  g_autofree char *file = g_build_filename (folder, base, NULL);
  g_autoptr (GError) error = NULL;
  FlatlineMemoryImage *image = flatline_memory_image_load (file, &error);

  g_assert_no_error (error);
  return image;
}

/* --- as it was --- */

/* Which frame of @thread the program's next "call" is; the places before belong to what it said it with. */
static FlatlineFrame *
find_call (FlatlineThread *thread, guint *at, const char *function, gint64 line)
{
  while (*at < flatline_list_length (thread->frames))
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, (*at)++);

      if (g_strcmp0 (frame->function, function) == 0 && frame->line == line)
        return frame;
    }
  return NULL;
}

static const char *
find_local_text (FlatlineFrame *frame, const char *name)
{
  for (guint i = 0; i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);

      if (g_strcmp0 (value->name, name) == 0)
        return value->text;
    }
  return NULL;
}

static void
check_main_thread (FlatlineThread *thread, const char *name)
{
  g_autofree char *folder = dup_folder ();
  g_autofree char *base = g_strconcat (name, ".said", NULL);
  g_autofree char *file = g_build_filename (folder, base, NULL);
  g_autofree char *said = NULL;
  g_auto (GStrv) lines = NULL;
  FlatlineFrame *frame = NULL;
  guint at = 0, n_facts = 0;

  g_assert_true (g_file_get_contents (file, &said, NULL, NULL));
  lines = g_strsplit (said, "\n", -1);
  for (char **line = lines; *line && **line; line++, n_facts++)
    {
      g_auto (GStrv) words = g_strsplit (*line, " ", 4);

      if (strcmp (words[0], "call") == 0)
        {
          frame = find_call (thread, &at, words[1], g_ascii_strtoll (words[2], NULL, 10));
          if (!frame)
            g_error ("%s: there is no %s", name, *line);
          g_assert_false (frame->incomplete);
        }
      else if (g_strcmp0 (find_local_text (frame, words[1]), words[3]) != 0)
        g_error ("%s: %s in %s is read as %s", name, *line, frame->function, find_local_text (frame, words[1]));
    }
  g_assert_cmpuint (n_facts, >, 20);
}

static void
check_worker (FlatlineThread *thread)
{
  guint n_calls = 0;

  for (guint i = 0; i < flatline_list_length (thread->frames); i++)
    n_calls += g_strcmp0 (((FlatlineFrame *)flatline_list_peek (thread->frames, i))->function, "wait_for_gate") == 0;
  g_assert_cmpuint (n_calls, ==, 6);
  g_assert_true (thread->is_daemon);
}

static void
test_read (gconstpointer data)
{
  const char *name = data;
  g_autoptr (FlatlineMemoryImage) image = load (name);
  g_autoptr (FlatlineSnapshot) snapshot = flatline_memory_image_read (image);
  guint n_workers = 0;

  g_assert_nonnull (snapshot);
  g_assert_cmpuint (flatline_list_length (snapshot->threads), ==, 2);
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      g_assert_false (thread->incomplete);
      if (g_strcmp0 (thread->name, "worker") != 0)
        check_main_thread (thread, name);
      else
        {
          check_worker (thread);
          n_workers++;
        }
    }
  g_assert_cmpuint (n_workers, ==, 1);
}

/* --- spoiled --- */

/* Says which seed it was; only what is allowed in a signal handler. */
static void
say_what_was_tried (int signum)
{
  gssize n = write (STDERR_FILENO, trying, strlen (trying));

  (void)n;
  signal (signum, SIG_DFL);
  raise (signum);
}

#if defined(__SANITIZE_ADDRESS__)
void
__sanitizer_set_death_callback (void (*callback) (void));

static void
say_at_death (void)
{
  gssize n = write (STDERR_FILENO, trying, strlen (trying));

  (void)n;
}
#endif

static void
watch_for_death (void)
{
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_set_death_callback (say_at_death);
#else
  signal (SIGSEGV, say_what_was_tried);
  signal (SIGBUS, say_what_was_tried);
  signal (SIGFPE, say_what_was_tried);
#endif
  signal (SIGABRT, say_what_was_tried);
  signal (SIGALRM, say_what_was_tried);
}

/* What is shown must be what a person and a file can take. */
static void
check_texts (FlatlineSnapshot *snapshot)
{
  g_autofree char *json = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), FALSE);

  g_assert_true (g_utf8_validate (json, -1, NULL));
  g_assert_cmpuint (strlen (json), <, MAX_JSON_BYTES);
}

static void
try_seed (FlatlineMemoryImage *image, const char *name, guint32 seed)
{
  g_autoptr (FlatlineMemoryImage) spoiled = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = NULL;

  g_snprintf (trying, sizeof trying, "\ntried: %s %u\n", name, seed);
  alarm (MAX_SECONDS_EACH);
  spoiled = flatline_memory_image_spoil (image, seed);
  snapshot = flatline_memory_image_read (spoiled);
  if (snapshot)
    check_texts (snapshot);
  alarm (0);
}

static void
test_spoiled (gconstpointer data)
{
  const char *name = data;
  const char *seconds = g_getenv ("FLATLINE_TEST_FUZZ_SECONDS");
  const char *n_images = g_getenv ("FLATLINE_TEST_N_IMAGES");
  g_autoptr (FlatlineMemoryImage) image = load (name);
  const gint64 end_us = g_get_monotonic_time ()
                        + (seconds ? g_ascii_strtoll (seconds, NULL, 10) : 0) * G_USEC_PER_SEC
                              / MAX (n_images ? g_ascii_strtoll (n_images, NULL, 10) : 1, 1);
  guint32 seed = seconds ? g_random_int () : 1;
  guint n = 0;

  watch_for_death ();
  for (; n < SEEDS_WITHOUT_FUZZ || (seconds && g_get_monotonic_time () < end_us); n++)
    try_seed (image, name, seed++);
  g_test_message ("%u spoiled images of %s", n, name);
}

/* Lines of "NAME SEED", # begins a remark. */
static void
test_findings (void)
{
  g_autofree char *folder = dup_folder ();
  g_autofree char *file = g_build_filename (folder, "findings", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  watch_for_death ();
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      g_auto (GStrv) words = g_strsplit (*line, " ", 3);
      g_autoptr (FlatlineMemoryImage) image = NULL;

      if (**line == '#' || g_strv_length (words) < 2)
        continue;
      image = load (words[0]);
      try_seed (image, words[0], (guint32)g_ascii_strtoull (words[1], NULL, 10));
    }
}

static void
test_one (void)
{
  const char *name = g_getenv ("FLATLINE_TEST_IMAGE");
  g_autoptr (FlatlineMemoryImage) image = load (name);

  try_seed (image, name, (guint32)g_ascii_strtoull (g_getenv ("FLATLINE_TEST_SEED"), NULL, 10));
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *
list_images (void)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = dup_folder ();
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (g_str_has_suffix (name, ".image.gz"))
      g_ptr_array_add (names, g_strndup (name, strlen (name) - strlen (".image.gz")));
  g_ptr_array_sort (names, compare_names);
  return names;
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) names = NULL;
  g_autofree char *count = NULL;

  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("FLATLINE_TEST_IMAGE") && g_getenv ("FLATLINE_TEST_SEED"))
    {
      g_test_add_func ("/inspect/images/one", test_one);
      return g_test_run ();
    }
  names = list_images ();
  count = g_strdup_printf ("%u", names->len);
  g_setenv ("FLATLINE_TEST_N_IMAGES", count, TRUE);
  g_assert_cmpuint (names->len, >, 0);
  g_test_add_func ("/inspect/images/findings", test_findings);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *read = g_strdup_printf ("/inspect/images/%s/read", name);
      g_autofree char *spoiled = g_strdup_printf ("/inspect/images/%s/spoiled", name);

      g_test_add_data_func (read, name, test_read);
      g_test_add_data_func (spoiled, name, test_spoiled);
    }
  return g_test_run ();
}
