/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "flatline-tooltip.h"

#include "flatline-shown-text.h"

/* What is in a window already may have the pointer over it, and to hide it there would lay out the window once more. */
void
flatline_tooltip_set (GtkWidget *widget, const char *words)
{
  g_autofree char *shown = flatline_shown_text_dup (words);
  const gboolean hide = gtk_widget_get_visible (widget) && !gtk_widget_get_root (widget);

  if (hide)
    gtk_widget_set_visible (widget, FALSE);
  gtk_widget_set_tooltip_text (widget, shown);
  if (hide)
    gtk_widget_set_visible (widget, TRUE);
}

static gboolean
on_query_tooltip (GtkLabel *label, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  gtk_tooltip_set_text (tooltip, gtk_label_get_label (label));
  return *gtk_label_get_label (label) != '\0';
}

void
flatline_tooltip_tell_label (GtkLabel *label)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (label), TRUE);
  g_signal_connect (label, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
}
