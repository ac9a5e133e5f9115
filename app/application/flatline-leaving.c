/* SPDX-License-Identifier: MIT */
/* See flatline-leaving.h. */
#include "config.h"

#include "flatline-leaving.h"

#include <gtk/gtk.h>

void
flatline_leaving_destroy_windows (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  /* GTK 4.8 looks for the parent of a dialog once more when the dialog goes, which is later than the parent does. */
  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      gtk_window_set_transient_for (window, NULL);
    }
  while (g_list_model_get_n_items (windows) > 0)
    {
      GtkWindow *window = g_list_model_get_item (windows, 0);

      /* Not held: what GTK takes down at its end must still be there. */
      g_object_unref (window);
      gtk_window_destroy (window);
    }
}
