/* SPDX-License-Identifier: MIT */
/* All of it is libadwaita's, but the words. */
#include "config.h"

#include "flatline-about.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "flatline-accessible-names.h"

void
flatline_about_present (GtkWindow *parent)
{
  GtkWindow *about =
      g_object_new (ADW_TYPE_ABOUT_WINDOW, "transient-for", parent, "modal", TRUE, "application-name", "Flatline",
                    "application-icon", "org.flatline.Flatline", "version", FLATLINE_VERSION, "license-type",
                    GTK_LICENSE_MIT_X11, "comments", _ ("A debugger for programs that stop answering"),
                    /* Translators: your name, as many lines as there are translators */
                    "translator-credits", _ ("translator-credits"), NULL);

  gtk_window_present (about);
  flatline_accessible_names_give (GTK_WIDGET (about));
}
