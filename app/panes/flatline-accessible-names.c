/* SPDX-License-Identifier: MIT */
/*
 * GTK 4.8 tells assistive technology the name of a widget's class where the widget has no words of its own. Tooltips
 * and placeholders are words a person sees; so they are what the control is called.
 */
#include "config.h"

#include "flatline-accessible-names.h"

#include <glib/gi18n.h>

static void
give_name (GtkWidget *widget, const char *name)
{
  g_auto (GStrv) lines = name ? g_strsplit (name, "\n", 2) : NULL;

  if (lines && lines[0] && *lines[0])
    gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, lines[0], -1);
}

/* GTK's own buttons without a tooltip. */
static const char *
get_icon_words (const char *icon_name)
{
  return g_str_has_prefix (icon_name, "window-close") ? _ ("Close") : NULL;
}

void
flatline_accessible_names_give (GtkWidget *root)
{
  for (GtkWidget *child = gtk_widget_get_first_child (root); child; child = gtk_widget_get_next_sibling (child))
    flatline_accessible_names_give (child);
  if (GTK_IS_MENU_BUTTON (root))
    {
      /* What is pressed is the button inside. */
      give_name (root, gtk_widget_get_tooltip_text (root));
      give_name (gtk_widget_get_first_child (root), gtk_widget_get_tooltip_text (root));
    }
  else if (GTK_IS_BUTTON (root) && gtk_button_get_icon_name (GTK_BUTTON (root)))
    give_name (root, gtk_widget_get_tooltip_text (root)
                         ? gtk_widget_get_tooltip_text (root)
                         : get_icon_words (gtk_button_get_icon_name (GTK_BUTTON (root))));
  else if (GTK_IS_SEARCH_ENTRY (root))
    {
      g_autofree char *placeholder = NULL;

      g_object_get (root, "placeholder-text", &placeholder, NULL);
      give_name (root, placeholder);
    }
}
