/* SPDX-License-Identifier: MIT */
/*
 * gtk_accessible_announce() is looked for when it is needed: a program that was built with GTK 4.8 says it where it
 * runs with a newer one. The values of GtkAccessibleAnnouncementPriority are part of GTK's ABI.
 */
#include "flatline-announcement.h"

#include <dlfcn.h>

#define PRIORITY_MEDIUM 1
#define PRIORITY_HIGH   2

typedef void (*Announce) (GtkAccessible *accessible, const char *message, int priority);

static Announce
find_announce (void)
{
  static gsize once;
  static Announce announce;

  if (g_once_init_enter (&once))
    {
      announce = (Announce)dlsym (RTLD_DEFAULT, "gtk_accessible_announce");
      g_once_init_leave (&once, 1);
    }
  return announce;
}

void
flatline_announce (GtkWidget *widget, const char *line, gboolean urgent)
{
  Announce announce = line && *line && gtk_widget_get_mapped (widget) ? find_announce () : NULL;

  if (announce)
    announce (GTK_ACCESSIBLE (widget), line, urgent ? PRIORITY_HIGH : PRIORITY_MEDIUM);
}

static void
tell_label (GtkLabel *label)
{
  flatline_announce (GTK_WIDGET (label), gtk_label_get_label (label), FALSE);
}

void
flatline_announce_when_shown (GtkLabel *label)
{
  g_signal_connect (label, "map", G_CALLBACK (tell_label), NULL);
  g_signal_connect (label, "notify::label", G_CALLBACK (tell_label), NULL);
}
