/* SPDX-License-Identifier: MIT */
/* Where the keyboard is in a pane whose rows come and go. */
#include "flatline-row-focus.h"

static gboolean
has_focus_within (GtkWidget *widget, GtkWidget *focus)
{
  return focus == widget || gtk_widget_is_ancestor (focus, widget);
}

static GtkWidget *
get_focus (GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);

  return root ? gtk_root_get_focus (root) : NULL;
}

gboolean
flatline_row_focus_is_here (GtkWidget *pane, GtkWidget *view)
{
  GtkWidget *focus = get_focus (pane);

  return focus && (focus == pane || has_focus_within (view, focus));
}

void
flatline_row_focus_keep (GtkWidget *pane, gboolean has_rows, gboolean was_here)
{
  gtk_widget_set_focusable (pane, !has_rows);
  if (was_here)
    gtk_widget_grab_focus (pane);
}

gboolean
flatline_row_focus_grab (GtkWidget *view)
{
  GtkWidget *focus = get_focus (view);

  return (focus && has_focus_within (view, focus)) || gtk_widget_child_focus (view, GTK_DIR_TAB_FORWARD);
}
