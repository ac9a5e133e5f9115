/* SPDX-License-Identifier: MIT */
/*
 * The zoo: programs that freeze, each in its own way, captured from outside and diagnosed. A program of
 * tests/fixtures/zoo says in its second line which verdict it must get, marks the line it freezes at, and prints
 * “ready” right before. The capture is repeated until the verdict is right: the program may still be on its way to the
 * freeze.
 */
#include "flatline-capture.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_US (15 * G_USEC_PER_SEC)
#define PYTHON      "/usr/bin/python3"

typedef struct
{
  char *path;
  char *kind;
  char *name; /* what the sentence must have */
  gint64 line;
} Animal;

static void
animal_free (Animal *animal)
{
  g_free (animal->path);
  g_free (animal->kind);
  g_free (animal->name);
  g_free (animal);
}

static Animal *
read_animal (const char *path)
{
  Animal *animal = g_new0 (Animal, 1);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_auto (GStrv) words = NULL;

  animal->path = g_strdup (path);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  g_assert_true (g_str_has_prefix (lines[1], "# expect: "));
  words = g_strsplit (lines[1] + strlen ("# expect: "), " ", -1);
  for (char **word = words; *word; word++)
    {
      if (g_str_has_prefix (*word, "kind="))
        animal->kind = g_strdup (*word + strlen ("kind="));
      else if (g_str_has_prefix (*word, "name="))
        animal->name = g_strcompress (*word + strlen ("name="));
    }
  for (gsize i = 0; lines[i]; i++)
    if (strstr (lines[i], "# freezes here"))
      animal->line = i + 1;
  return animal;
}

static void
lead_own_group (gpointer data)
{
  setpgid (0, 0);
}

static GPid
start (const Animal *animal, int *input, int *output)
{
  const char *const argv[] = { PYTHON, animal->path, NULL };
  g_autoptr (GError) error = NULL;
  char byte;
  GPid pid;

  g_spawn_async_with_pipes (NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, lead_own_group, NULL, &pid, input,
                            output, NULL, &error);
  g_assert_no_error (error);
  do
    g_assert_cmpint (read (*output, &byte, 1), ==, 1);
  while (byte != '\n');
  return pid;
}

static void
finish (GPid pid, int input, int output)
{
  kill (-pid, SIGKILL);
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    ;
  close (input);
  close (output);
}

static gboolean
is_right (const Animal *animal, FlatlineVerdict *verdict)
{
  if (g_strcmp0 (verdict->kind, animal->kind) != 0 || !strstr (verdict->summary, animal->name))
    return FALSE;
  return animal->line == 0 || (verdict->line == animal->line && g_strcmp0 (verdict->file, animal->path) == 0);
}

static void
test_animal (gconstpointer data)
{
  const Animal *animal = data;
  FlatlineCaptureBudget budget = flatline_capture_budget_default ();
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_US;
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  g_autoptr (FlatlineInspector) inspector = NULL;
  g_autoptr (GError) error = NULL;
  int input, output;
  gboolean right;
  GPid pid;

  if (!g_file_test (PYTHON, G_FILE_TEST_IS_EXECUTABLE))
    {
      g_test_skip ("no " PYTHON " here");
      return;
    }
  pid = start (animal, &input, &output);
  inspector = flatline_inspector_new (pid);
  do
    {
      g_clear_object (&snapshot);
      snapshot = flatline_capture (inspector, pid, "manual", &budget, NULL, &error);
      g_assert_no_error (error);
      right = is_right (animal, snapshot->verdict);
    }
  while (!right && g_get_monotonic_time () < deadline_us);
  finish (pid, input, output);
  g_test_message ("%s (%s) at %s: %s", snapshot->verdict->kind, snapshot->verdict->confidence,
                  snapshot->verdict->location, snapshot->verdict->summary);
  if (!right)
    {
      g_autofree char *text = flatline_record_to_json_string (FLATLINE_RECORD (snapshot->verdict), TRUE);

      g_test_message ("expected %s ‘%s’ at line %" G_GINT64_FORMAT ", got %s", animal->kind, animal->name, animal->line,
                      text);
      g_test_fail ();
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  g_autoptr (GDir) zoo = NULL;
  const char *name;

  g_test_init (&argc, &argv, NULL);
  folder = g_build_filename (g_getenv ("FLATLINE_TEST_SOURCE_ROOT"), "tests", "fixtures", "zoo", NULL);
  zoo = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (zoo);
  while ((name = g_dir_read_name (zoo)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *test_path = g_strdup_printf ("/zoo/%.*s", (int)strcspn (name, "."), name);

      if (g_str_has_suffix (name, ".py"))
        g_test_add_data_func_full (test_path, read_animal (path), test_animal, (GDestroyNotify)animal_free);
    }
  return g_test_run ();
}
