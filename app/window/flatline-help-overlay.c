/* SPDX-License-Identifier: MIT */
/*
 * GtkApplication makes an overlay with each window, before the window is shown, which takes as long as all else in it.
 * So it is not told of this one. A turn makes a group; with the section GTK makes what is found by its search.
 */
#include "config.h"

#include "flatline-help-overlay.h"

#include "flatline-action-list.h"
#include "flatline-frame-split.h"
#include "flatline-step-by-step.h"

#define BEING_MADE "flatline-being-made"
#define RESOURCE   "/org/flatline/Flatline/window/help-overlay.ui"
#define MAX_HEIGHT 12 /* rows of a page */

static const char *const groups[] = { "program", "look", "panes", "window", "general", "values", "recordings" };

typedef struct
{
  GtkWidget *section; /* owned */
  guint n_groups;     /* in it */
} BeingMade;

static void
being_made_free (gpointer data)
{
  BeingMade *made = data;

  g_object_unref (made->section);
  g_free (made);
}

/* Older GTK has no other way than this one, of its builder. */
static void
add_child (gpointer parent, GtkBuilder *builder, gpointer child)
{
  GTK_BUILDABLE_GET_IFACE (parent)->add_child (parent, builder, child, NULL);
}

static void
tell_keys (GtkWidget *group)
{
  for (GtkWidget *child = gtk_widget_get_first_child (group); child; child = gtk_widget_get_next_sibling (child))
    {
      g_autofree char *keys =
          GTK_IS_SHORTCUTS_SHORTCUT (child) ? flatline_action_list_dup_keys (gtk_widget_get_name (child)) : NULL;

      if (keys)
        g_object_set (child, "accelerator", keys, NULL);
    }
}

static void
add_group (gpointer overlay)
{
  BeingMade *made = g_object_get_data (overlay, BEING_MADE);
  g_autoptr (GtkBuilder) builder = NULL;
  const char *ids[] = { NULL, NULL };

  if (!made || made->n_groups == G_N_ELEMENTS (groups))
    return;
  ids[0] = groups[made->n_groups++];
  builder = gtk_builder_new ();
  gtk_builder_add_objects_from_resource (builder, RESOURCE, ids, NULL);
  tell_keys (GTK_WIDGET (gtk_builder_get_object (builder, ids[0])));
  add_child (made->section, builder, gtk_builder_get_object (builder, ids[0]));
  flatline_step_again (overlay);
}

static void
add_section (gpointer overlay)
{
  BeingMade *made = g_object_get_data (overlay, BEING_MADE);
  g_autoptr (GtkBuilder) builder = gtk_builder_new ();

  if (made)
    add_child (overlay, builder, made->section);
  g_object_set_data (overlay, BEING_MADE, NULL);
}

static GtkShortcutsWindow *
create (void)
{
  GtkWidget *overlay = g_object_new (GTK_TYPE_SHORTCUTS_WINDOW, NULL);
  BeingMade *made = g_new0 (BeingMade, 1);

  made->section =
      g_object_new (GTK_TYPE_SHORTCUTS_SECTION, "section-name", "shortcuts", "max-height", MAX_HEIGHT, NULL);
  g_object_ref_sink (made->section);
  g_object_set_data_full (G_OBJECT (overlay), BEING_MADE, made, being_made_free);
  flatline_frame_split_follow_dialog (GTK_WINDOW (overlay));
  return GTK_SHORTCUTS_WINDOW (overlay);
}

/* In place of the action of the toolkit, which measures all of it and shows it at once. */
void
flatline_help_overlay_show (GtkApplicationWindow *window)
{
  static const FlatlineStep steps[] = {
    add_group,
    add_section,
    flatline_measure_words_ahead,
    flatline_measure_window_ahead,
    (FlatlineStep)gtk_window_present,
    NULL,
  };

  if (!gtk_application_window_get_help_overlay (window))
    gtk_application_window_set_help_overlay (window, create ());
  flatline_step_by_step (GTK_WIDGET (gtk_application_window_get_help_overlay (window)), steps);
}
