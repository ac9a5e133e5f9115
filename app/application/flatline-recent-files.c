/* SPDX-License-Identifier: MIT */
/* The newest first, each once. */
#include "config.h"

#include "flatline-recent-files.h"

#include <gtk/gtk.h>

#define N_RECENT 10

void
flatline_recent_files_add (const char *path)
{
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);

  if (uri)
    gtk_recent_manager_add_item (gtk_recent_manager_get_default (), uri);
}

void
flatline_recent_files_add_script (GSettings *settings, const char *path)
{
  g_auto (GStrv) old = g_settings_get_strv (settings, "recent-scripts");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) paths = NULL;
  guint n_paths = 1;

  flatline_recent_files_add (path);
  /* Settings keep text, and a name may be any bytes. */
  if (!g_utf8_validate (path, -1, NULL))
    return;
  g_strv_builder_add (builder, path);
  for (guint i = 0; old[i] && n_paths < N_RECENT; i++)
    if (!g_str_equal (old[i], path))
      {
        g_strv_builder_add (builder, old[i]);
        n_paths++;
      }
  paths = g_strv_builder_end (builder);
  g_settings_set_strv (settings, "recent-scripts", (const char *const *)paths);
}
