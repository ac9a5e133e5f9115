/* SPDX-License-Identifier: MIT */
/* A context menu for whoever has no mouse: the keys of the desktop for it, and the place where it belongs. */
#include "config.h"

#include "flatline-menu-keys.h"

#define INDENT 24

static gboolean
open_menu (GtkWidget *widget, GVariant *arguments, gpointer menu)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;
  GdkRectangle place = { INDENT, INDENT, 1, 1 };
  graphene_rect_t bounds;

  /* A row, but not the whole list: its menu would be far away. */
  if (focus && focus != widget && gtk_widget_is_ancestor (focus, widget)
      && gtk_widget_compute_bounds (focus, gtk_widget_get_parent (menu), &bounds))
    {
      gboolean right_to_left = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;

      place.x = (int)(right_to_left ? bounds.origin.x + bounds.size.width - INDENT : bounds.origin.x + INDENT);
      place.y = (int)bounds.origin.y;
      place.height = (int)bounds.size.height;
    }
  gtk_popover_set_pointing_to (GTK_POPOVER (menu), &place);
  gtk_popover_popup (GTK_POPOVER (menu));
  return TRUE;
}

void
flatline_menu_keys_add (GtkWidget *widget, GtkWidget *menu)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();
  static const struct
  {
    guint key;
    GdkModifierType modifiers;
  } triggers[] = { { GDK_KEY_F10, GDK_SHIFT_MASK }, { GDK_KEY_Menu, 0 } };

  /* Before a terminal sends them to its program. */
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  for (gsize i = 0; i < G_N_ELEMENTS (triggers); i++)
    gtk_shortcut_controller_add_shortcut (
        GTK_SHORTCUT_CONTROLLER (keys),
        gtk_shortcut_new (gtk_keyval_trigger_new (triggers[i].key, triggers[i].modifiers),
                          gtk_callback_action_new (open_menu, menu, NULL)));
  gtk_widget_add_controller (widget, keys);
}
