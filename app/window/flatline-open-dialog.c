/* SPDX-License-Identifier: MIT */
/* The dialog is the window's: it goes with it, and is there once. */
#include "config.h"

#include "flatline-open-dialog.h"

#include <glib/gi18n.h>

#include "flatline-mounts.h"

#define CHOOSER  "flatline-open-dialog"
#define SETTINGS "flatline-settings"

static void
on_response (GtkFileChooserNative *chooser, int response, GtkWindow *window)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  g_autoptr (GFile) folder = gtk_file_chooser_get_current_folder (GTK_FILE_CHOOSER (chooser));

  if (response == GTK_RESPONSE_ACCEPT && file)
    {
      g_autofree char *uri = g_file_get_uri (file);

      if (folder && g_file_peek_path (folder) && g_utf8_validate (g_file_peek_path (folder), -1, NULL))
        g_settings_set_string (g_object_get_data (G_OBJECT (chooser), SETTINGS), "last-folder",
                               g_file_peek_path (folder));
      gtk_widget_activate_action (GTK_WIDGET (window), "win.open-uri", "s", uri);
    }
  g_object_set_data (G_OBJECT (window), CHOOSER, NULL);
}

static void
add_filter (GtkFileChooser *chooser, const char *name, const char *const *patterns)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, name);
  for (guint i = 0; patterns[i]; i++)
    gtk_file_filter_add_pattern (filter, patterns[i]);
  gtk_file_chooser_add_filter (chooser, filter);
}

void
flatline_open_dialog_ask (GtkWindow *window, gboolean core_files, GSettings *settings)
{
  g_autofree char *last_folder = g_settings_get_string (settings, "last-folder");
  g_autoptr (GFile) folder = *last_folder ? g_file_new_for_path (last_folder) : NULL;
  GtkFileChooserNative *chooser;

  if (g_object_get_data (G_OBJECT (window), CHOOSER))
    return;
  chooser = gtk_file_chooser_native_new (core_files ? _ ("Open a Core File") : _ ("Open a Script or a Snapshot"),
                                         window, GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), NULL);
  g_object_set_data_full (G_OBJECT (window), CHOOSER, chooser, g_object_unref);
  g_object_set_data_full (G_OBJECT (chooser), SETTINGS, g_object_ref (settings), g_object_unref);
  if (!core_files)
    add_filter (GTK_FILE_CHOOSER (chooser), _ ("Python scripts and snapshots"),
                (const char *const[]){ "*.py", "*.pyw", "*.flatline", "*.flatline-recording", NULL });
  add_filter (GTK_FILE_CHOOSER (chooser), _ ("All files"), (const char *const[]){ "*", NULL });
  if (folder && flatline_path_answers (0, last_folder) && g_file_query_exists (folder, NULL))
    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (chooser), folder, NULL);
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_response), window, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}
