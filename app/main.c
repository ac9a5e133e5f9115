/* SPDX-License-Identifier: MIT */
/* The `flatline` program: finds its translations and settings, in place or installed, and runs the application. */
#include "config.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

#include "flatline-application.h"
#include "flatline-debug-servers.h"
#include "flatline-given.h"
#include "flatline-heap.h"
#include "flatline-language.h"
#include "flatline-paths.h"

/*
 * GLib reads the folders of schemas from the environment, once; ours goes first, so that a program in place or in a
 * prefix of its own finds its settings. The variable is put back: the supervised programs inherit our environment.
 */
static gboolean
find_settings (void)
{
  g_autofree char *before = g_strdup (g_getenv ("GSETTINGS_SCHEMA_DIR"));
  g_autofree char *own = flatline_paths_dup_schema_dir ();
  g_autofree char *folders = before ? g_strconcat (own, ":", before, NULL) : g_strdup (own);
  g_autoptr (GSettingsSchema) schema = NULL;

  g_setenv ("GSETTINGS_SCHEMA_DIR", folders, TRUE);
  schema = g_settings_schema_source_lookup (g_settings_schema_source_get_default (), "org.flatline.Flatline", TRUE);
  if (before)
    g_setenv ("GSETTINGS_SCHEMA_DIR", before, TRUE);
  else
    g_unsetenv ("GSETTINGS_SCHEMA_DIR");
  return schema != NULL;
}

/* What the threads of the window and a few snapshots take, about. */
#define ROOM    ((gsize)192 << 20)
#define THREADS 12
#define FILES   30

int
main (int argc, char **argv)
{
  g_autoptr (FlatlineApplication) application = NULL;
  g_autofree char *lack = NULL;
  int status;

  flatline_given_note_signals ();
  flatline_heap_init ();
  flatline_debug_servers_leave ();
  flatline_language_start ();
  lack = flatline_given_fit_address_space (ROOM);
  if (!lack)
    lack = flatline_given_find_lack (THREADS, FILES);
  if (lack)
    {
      g_printerr ("flatline: %s\n", lack);
      return 1;
    }
  if (!find_settings ())
    {
      g_printerr (_ ("flatline: its settings schema is not installed; run ‘meson install’ again\n"));
      return 1;
    }
  g_set_prgname ("flatline");
  g_set_application_name ("Flatline");
  flatline_heap_watch ();
  application = flatline_application_new ();
  status = g_application_run (G_APPLICATION (application), argc, argv);
  return status ? status : flatline_application_get_exit_status (application);
}
