/* SPDX-License-Identifier: MIT */
/*
 * The zoo: programs captured from outside and diagnosed. `test-zoo zoo` has those that freeze, each in its own way; the
 * capture is repeated until the verdict is right, since the program may still be on its way to the freeze. `test-zoo
 * calm` has those that are not frozen: every capture of them must be right; `test-zoo windows` those of both that need
 * a display. What an animal is: animal.h.
 *
 * Starting Python takes longer than the capture, so the next few programs are started ahead. FLATLINE_ZOO_PYTHON names
 * another Python to run them with, FLATLINE_ZOO_SECONDS how long to wait for the right verdict, FLATLINE_ZOO_SNAPSHOT
 * where to leave the snapshot of a wrong one.
 */
#include "animal.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define DEADLINE_US (15 * G_USEC_PER_SEC)
#define AHEAD       6
#define CALM_LOOKS  3

static GPtrArray *animals;
static gboolean one_by_one;

static gboolean
succeeds (const char *program, const char *option, const char *argument)
{
  const char *argv[] = { program, option, argument, NULL };
  int status = 0;

  return g_spawn_sync (NULL, (char **)argv, NULL,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
                       NULL, &status, NULL)
         && status == 0;
}

static gboolean
has (const char *need)
{
  g_autofree char *code = NULL;

  if (strcmp (need, "display") == 0)
    return g_getenv ("DISPLAY") != NULL;
  if (strcmp (need, "cgroup2") == 0)
    return g_access ("/sys/fs/cgroup/cgroup.procs", W_OK) == 0
           || g_access ("/sys/fs/cgroup/unified/cgroup.procs", W_OK) == 0;
  if (strcmp (need, "mariadbd") == 0)
    return g_file_test ("/usr/sbin/mariadbd", G_FILE_TEST_IS_EXECUTABLE);
  if (strcmp (need, "fuse") == 0)
    return g_access ("/dev/fuse", R_OK | W_OK) == 0;
  if (strcmp (need, "namespaces") == 0)
    return succeeds ("unshare", "-mn", "true");
  if (strcmp (need, "gil") == 0)
    code = g_strdup ("import sys; sys.exit (not getattr (sys, '_is_gil_enabled', lambda: True) ())");
  else if (strcmp (need, "free-threads") == 0)
    code = g_strdup ("import sys; sys.exit (getattr (sys, '_is_gil_enabled', lambda: True) ())");
  else if (strcmp (need, "gtk") == 0)
    code = g_strdup ("import gi; gi.require_version ('Gtk', '4.0')");
  else
    code = g_strconcat ("import ", need, NULL);
  return succeeds (animal_get_python (), "-c", code);
}

static const char *
find_missing (const Animal *animal)
{
  for (char **need = animal->needs; need && *need; need++)
    if (!has (*need))
      return *need;
  return NULL;
}

static gboolean
needs_display (const Animal *animal)
{
  return animal->needs && g_strv_contains ((const char *const *)animal->needs, "display");
}

static void
start_ahead (Animal *animal)
{
  guint position = 0;

  g_ptr_array_find (animals, animal, &position);
  for (guint i = position; i < animals->len && i <= position + AHEAD && !one_by_one; i++)
    {
      Animal *next = g_ptr_array_index (animals, i);

      if (!next->needs)
        animal_start (next);
    }
}

static FlatlineSnapshot *
capture (FlatlineInspector *inspector, const Animal *animal)
{
  FlatlineCaptureBudget budget = flatline_capture_budget_default ();
  g_autoptr (GError) error = NULL;
  FlatlineSnapshot *snapshot = flatline_capture (inspector, animal->pid, "manual", &budget, NULL, &error);

  if (error)
    g_test_fail_printf ("%s", error->message);
  return snapshot;
}

static void
complain (FlatlineSnapshot *snapshot, const char *complaint)
{
  g_autofree char *text = flatline_record_to_json_string (FLATLINE_RECORD (snapshot->verdict), TRUE);

  g_test_message ("%s: %s", complaint, text);
  if (g_getenv ("FLATLINE_ZOO_SNAPSHOT"))
    {
      g_autofree char *whole = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), TRUE);

      g_file_set_contents (g_getenv ("FLATLINE_ZOO_SNAPSHOT"), whole, -1, NULL);
    }
  g_test_fail ();
}

static void
watch (Animal *animal)
{
  g_autoptr (FlatlineInspector) inspector = flatline_inspector_new (animal->pid);
  const char *seconds = g_getenv ("FLATLINE_ZOO_SECONDS");
  const gint64 patience_us = seconds ? g_ascii_strtoll (seconds, NULL, 10) * G_USEC_PER_SEC : DEADLINE_US;
  const gint64 deadline_us = g_get_monotonic_time () + patience_us;
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  g_autofree char *complaint = NULL;
  const gboolean calm = strstr (animal->path, "/calm/") != NULL;
  guint looks = 0;
  gboolean again;

  do
    {
      g_clear_object (&snapshot);
      g_clear_pointer (&complaint, g_free);
      snapshot = capture (inspector, animal);
      if (!snapshot)
        return;
      complaint = animal_dup_complaint (animal, snapshot->verdict);
      looks++;
      again = calm ? !complaint && looks < CALM_LOOKS : complaint && g_get_monotonic_time () < deadline_us;
    }
  while (again);
  g_test_message ("%s (%s) at %s: %s", snapshot->verdict->kind, snapshot->verdict->confidence,
                  snapshot->verdict->location, snapshot->verdict->summary);
  if (complaint)
    complain (snapshot, complaint);
}

static void
test_animal (gconstpointer data)
{
  Animal *animal = (Animal *)data;
  const char *missing;

  if (!g_file_test (animal_get_python (), G_FILE_TEST_IS_EXECUTABLE))
    {
      g_test_skip ("no such Python here");
      return;
    }
  missing = find_missing (animal);
  if (missing)
    {
      g_autofree char *reason = g_strdup_printf ("no %s here", missing);

      g_test_skip (reason);
      return;
    }
  start_ahead (animal);
  if (animal_wait_until_ready (animal))
    watch (animal);
  else
    g_test_fail_printf ("the program did not say that it is ready");
  animal_end (animal);
  /* What its children left behind has come to us. */
  while (waitpid (-1, NULL, WNOHANG) > 0)
    ;
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(Animal *const *)a)->path, (*(Animal *const *)b)->path);
}

/* Those that need a display have a run of their own, on one. */
static void
read_animals (const char *folder_name, gboolean with_display)
{
  g_autofree char *folder =
      g_build_filename (g_getenv ("FLATLINE_TEST_SOURCE_ROOT"), "tests", "fixtures", folder_name, NULL);
  g_autoptr (GDir) zoo = g_dir_open (folder, 0, NULL);
  const char *name;

  g_assert_nonnull (zoo);
  while ((name = g_dir_read_name (zoo)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      Animal *animal = g_str_has_suffix (name, ".py") ? animal_read (path) : NULL;

      if (animal && needs_display (animal) == with_display)
        g_ptr_array_add (animals, animal);
      else if (animal)
        animal_free (animal);
    }
  g_ptr_array_sort (animals, compare_paths);
}

/* The programs leave files behind, since they are killed. */
static void
remove_folder (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder && (name = g_dir_read_name (folder)))
    {
      g_autofree char *below = g_build_filename (path, name, NULL);

      if (g_file_test (below, G_FILE_TEST_IS_DIR) && !g_file_test (below, G_FILE_TEST_IS_SYMLINK))
        remove_folder (below);
      else
        g_unlink (below);
    }
  g_rmdir (path);
}

int
main (int argc, char **argv)
{
  g_autofree char *temporary = NULL;
  const char *which;
  int result;

  for (int i = 1; i < argc; i++)
    one_by_one |= strcmp (argv[i], "-p") == 0;
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  which = argc > 1 ? argv[1] : "zoo";
  signal (SIGPIPE, SIG_IGN);
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  temporary = g_dir_make_tmp ("flatline-zoo-XXXXXX", NULL);
  g_setenv ("TMPDIR", temporary, TRUE);
  animals = g_ptr_array_new_with_free_func ((GDestroyNotify)animal_free);
  if (strcmp (which, "windows") == 0)
    {
      read_animals ("zoo", TRUE);
      read_animals ("calm", TRUE);
    }
  else
    read_animals (which, FALSE);
  for (guint i = 0; i < animals->len; i++)
    {
      Animal *animal = g_ptr_array_index (animals, i);
      g_autofree char *name = g_path_get_basename (animal->path);
      g_autofree char *path = g_strdup_printf ("/%s/%.*s", which, (int)strcspn (name, "."), name);

      g_test_add_data_func (path, animal, test_animal);
    }
  result = g_test_run ();
  g_ptr_array_unref (animals);
  remove_folder (temporary);
  return result;
}
