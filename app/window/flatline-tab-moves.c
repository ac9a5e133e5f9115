/* SPDX-License-Identifier: MIT */
/* The page that the menu was opened on, which need not be the one that is shown, is remembered while it is open. */
#include "config.h"

#include "flatline-tab-moves.h"

#include <glib/gi18n.h>

typedef struct
{
  AdwTabView *tabs;
  GtkWindow *window;
  FlatlineTabMovesCreate create;
  AdwTabPage *page; /* weak */
  GSimpleActionGroup *actions;
} TabMoves;

static void
tab_moves_free (gpointer data)
{
  TabMoves *self = data;

  g_clear_weak_pointer (&self->page);
  g_object_unref (self->actions);
  g_free (self);
}

static AdwTabView *
on_create_window (TabMoves *self)
{
  return self->create (self->window);
}

/*
 * A tab that is dropped where no window is, is for a window of its own. On X11 libadwaita asks the desktop to take it,
 * and GTK (4.8) then waits for an answer for ever where there is none to give it: the tab would be in no window again.
 */

#define DRAGGED_OVER "flatline-dragged-over"

static gboolean
is_over_a_window (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GObject) window = g_list_model_get_item (windows, i);
      GtkDropControllerMotion *motion = g_object_get_data (window, DRAGGED_OVER);

      if (motion && gtk_drop_controller_motion_contains_pointer (motion))
        return TRUE;
    }
  return FALSE;
}

static gboolean
finish (gpointer drag)
{
  g_signal_emit_by_name (drag, "dnd-finished");
  return G_SOURCE_REMOVE;
}

static gboolean
on_any_drop (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer user_data)
{
  GdkDrag *drag = g_value_get_object (&values[0]);

  if (gdk_content_formats_contain_mime_type (gdk_drag_get_formats (drag), "application/x-rootwindow-drop")
      && g_str_equal (G_OBJECT_TYPE_NAME (gdk_drag_get_display (drag)), "GdkX11Display") && !is_over_a_window ())
    g_idle_add_full (G_PRIORITY_DEFAULT, finish, g_object_ref (drag), g_object_unref);
  return G_SOURCE_CONTINUE;
}

static void
take_drops_on_the_desktop (GtkWindow *window)
{
  static GTypeClass *drags;
  GtkEventController *motion = gtk_drop_controller_motion_new ();

  gtk_widget_add_controller (GTK_WIDGET (window), motion);
  g_object_set_data (G_OBJECT (window), DRAGGED_OVER, motion);
  if (drags)
    return;
  drags = g_type_class_ref (GDK_TYPE_DRAG); /* which has the signal from now on */
  g_signal_add_emission_hook (g_signal_lookup ("drop-performed", GDK_TYPE_DRAG), 0, on_any_drop, NULL, NULL);
}

static void
set_enabled (TabMoves *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

static void
on_setup_menu (TabMoves *self, AdwTabPage *page)
{
  const gboolean has_others = adw_tab_view_get_n_pages (self->tabs) > 1;

  /* Told once more, with none, when the menu has gone; what was chosen is done after that. */
  if (page)
    g_set_weak_pointer (&self->page, page);
  set_enabled (self, "move", has_others);
  set_enabled (self, "close-others", has_others);
}

static void
on_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  TabMoves *self = user_data;
  const char *name = g_action_get_name (G_ACTION (action));

  if (!self->page || adw_tab_view_get_n_pages (self->tabs) == 0)
    return;
  if (g_str_equal (name, "move"))
    adw_tab_view_transfer_page (self->tabs, self->page, self->create (self->window), 0);
  else if (g_str_equal (name, "close-others"))
    adw_tab_view_close_other_pages (self->tabs, self->page);
  else
    adw_tab_view_close_page (self->tabs, self->page);
}

static const GActionEntry entries[] = {
  { .name = "move", .activate = on_action },
  { .name = "close-others", .activate = on_action },
  { .name = "close", .activate = on_action },
};

void
flatline_tab_moves_add (AdwTabView *tabs, GtkWindow *window, FlatlineTabMovesCreate create)
{
  TabMoves *self = g_new0 (TabMoves, 1);
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) closing = g_menu_new ();

  self->tabs = tabs;
  self->window = window;
  self->create = create;
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (window), "tab", G_ACTION_GROUP (self->actions));
  g_menu_append (menu, _ ("Move to New _Window"), "tab.move");
  g_menu_append (closing, _ ("Close _Other Tabs"), "tab.close-others");
  g_menu_append (closing, _ ("_Close"), "tab.close");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (closing));
  adw_tab_view_set_menu_model (tabs, G_MENU_MODEL (menu));
  g_object_set_data_full (G_OBJECT (tabs), "flatline-tab-moves", self, tab_moves_free);
  g_signal_connect_swapped (tabs, "create-window", G_CALLBACK (on_create_window), self);
  g_signal_connect_swapped (tabs, "setup-menu", G_CALLBACK (on_setup_menu), self);
  take_drops_on_the_desktop (window);
}
