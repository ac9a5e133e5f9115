/* SPDX-License-Identifier: MIT */
/* GTK reads GTK_A11Y once, when the first widget is asked for what a screen reader needs; see the header. */
#include "config.h"

#include "flatline-accessibility.h"

#include <gtk/gtk.h>

#define VARIABLE "GTK_A11Y"

void
flatline_accessibility_init (GApplication *application)
{
  g_autofree char *before = g_strdup (g_getenv (VARIABLE));
  g_autoptr (GtkWidget) first = NULL;

  if (g_application_get_dbus_connection (application))
    return;
  g_setenv (VARIABLE, "none", TRUE);
  first = g_object_ref_sink (gtk_label_new (NULL));
  gtk_accessible_update_property (GTK_ACCESSIBLE (first), GTK_ACCESSIBLE_PROPERTY_LABEL, "", -1);
  if (before)
    g_setenv (VARIABLE, before, TRUE);
  else
    g_unsetenv (VARIABLE);
}
