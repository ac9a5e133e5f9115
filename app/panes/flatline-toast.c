/* SPDX-License-Identifier: MIT */
/* A line for a person that goes by itself. */
#include "config.h"

#include "flatline-toast.h"

AdwToast *
flatline_toast_new (const char *line)
{
  g_autofree char *markup = g_markup_escape_text (line, -1);

  return adw_toast_new (markup);
}

void
flatline_toast_say (GtkWidget *widget, const char *line)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY);

  if (overlay)
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), flatline_toast_new (line));
}
