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
}
