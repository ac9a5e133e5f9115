/* SPDX-License-Identifier: MIT */
/* The `flatline` program: finds its translations and settings, in place or installed, and runs the application. */
#include "config.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <locale.h>

#include "flatline-application.h"
#include "flatline-paths.h"

/*
 * GLib reads the folder of schemas from the environment, once. The variable is put back, since the supervised programs
 * inherit our environment and are none of our business there.
 */
static gboolean
find_settings (void)
{
  g_autofree char *before = g_strdup (g_getenv ("GSETTINGS_SCHEMA_DIR"));
  g_autoptr (GSettingsSchema) schema = NULL;

  if (flatline_paths_is_in_place ())
    g_setenv ("GSETTINGS_SCHEMA_DIR", FLATLINE_BUILD_ROOT "/data", TRUE);
  schema = g_settings_schema_source_lookup (g_settings_schema_source_get_default (), "org.flatline.Flatline", TRUE);
  if (before)
    g_setenv ("GSETTINGS_SCHEMA_DIR", before, TRUE);
  else
    g_unsetenv ("GSETTINGS_SCHEMA_DIR");
  return schema != NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (FlatlineApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, flatline_paths_is_in_place () ? FLATLINE_BUILD_ROOT "/po" : FLATLINE_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  if (!find_settings ())
    {
      g_printerr (_ ("flatline: its settings schema is not installed; run ‘meson install’ again\n"));
      return 1;
    }
  g_set_prgname ("flatline");
  g_set_application_name ("Flatline");
  application = flatline_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
