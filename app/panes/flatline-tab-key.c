/* SPDX-License-Identifier: MIT */
/* By itself a list hands the focus from row to row at each Tab. */
#include "config.h"

#include "flatline-tab-key.h"

static GtkWidget *
get_neighbour (GtkWidget *widget, GtkDirectionType direction)
{
  return direction == GTK_DIR_TAB_FORWARD ? gtk_widget_get_next_sibling (widget) : gtk_widget_get_prev_sibling (widget);
}

/* What comes after @from in its window, or from the beginning when nothing does. */
static void
move_on (GtkWidget *from, GtkDirectionType direction)
{
  GtkWidget *at = from;

  for (; at && !GTK_IS_NATIVE (at); at = gtk_widget_get_parent (at))
    for (GtkWidget *next = get_neighbour (at, direction); next; next = get_neighbour (next, direction))
      if (gtk_widget_get_mapped (next) && gtk_widget_child_focus (next, direction))
        return;
  if (!at)
    return;
  gtk_root_set_focus (gtk_widget_get_root (at), NULL);
  gtk_widget_child_focus (at, direction);
}

static gboolean
on_tab (GtkWidget *view, GVariant *arguments, gpointer direction)
{
  /* The titles of a table are a part of the way. */
  GtkWidget *rows = GTK_IS_COLUMN_VIEW (view) ? gtk_widget_get_last_child (view) : view;
  GtkRoot *root = gtk_widget_get_root (view);
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;

  if (!focus || (focus != rows && !gtk_widget_is_ancestor (focus, rows)))
    return FALSE;
  move_on (rows, (GtkDirectionType)GPOINTER_TO_INT (direction));
  return TRUE;
}

static void
add (GtkShortcutController *controller, GdkModifierType modifiers, GtkDirectionType direction)
{
  gtk_shortcut_controller_add_shortcut (
      controller, gtk_shortcut_new (gtk_alternative_trigger_new (gtk_keyval_trigger_new (GDK_KEY_Tab, modifiers),
                                                                 gtk_keyval_trigger_new (GDK_KEY_KP_Tab, modifiers)),
                                    gtk_callback_action_new (on_tab, GINT_TO_POINTER (direction), NULL)));
}

void
flatline_tab_key_leaves (GtkWidget *view)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  add (GTK_SHORTCUT_CONTROLLER (controller), 0, GTK_DIR_TAB_FORWARD);
  add (GTK_SHORTCUT_CONTROLLER (controller), GDK_SHIFT_MASK, GTK_DIR_TAB_BACKWARD);
  gtk_widget_add_controller (view, controller);
}
