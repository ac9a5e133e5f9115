/* SPDX-License-Identifier: MIT */
/* Scripts that are not there any more are passed over, not forgotten: their disk may come back. */
#include "config.h"

#include "flatline-recent-list.h"

#include <adwaita.h>

#include "flatline-mounts.h"
#include "flatline-shown-text.h"

#define MAX_SHOWN 5

static GtkWidget *
new_row (const char *path)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *shown = flatline_shown_text_dup (path);
  g_autofree char *name = g_path_get_basename (shown);
  g_autofree char *folder = g_path_get_dirname (shown);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *uri = g_file_get_uri (file);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), folder);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (row), "s", uri);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "win.open-uri");
  return row;
}

static void
show (GtkListBox *list, const char *key, GSettings *settings)
{
  g_auto (GStrv) paths = g_settings_get_strv (settings, "recent-scripts");
  GtkWidget *child;
  guint n_shown = 0;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (list))))
    gtk_list_box_remove (list, child);
  for (guint i = 0; paths[i] && n_shown < MAX_SHOWN; i++)
    if (flatline_path_answers (0, paths[i]) && g_file_test (paths[i], G_FILE_TEST_IS_REGULAR))
      {
        gtk_list_box_append (list, new_row (paths[i]));
        n_shown++;
      }
  gtk_widget_set_visible (GTK_WIDGET (list), n_shown > 0);
}

void
flatline_recent_list_follow (GtkListBox *list, GSettings *settings)
{
  g_signal_connect_object (settings, "changed::recent-scripts", G_CALLBACK (show), list, G_CONNECT_SWAPPED);
  show (list, NULL, settings);
}
