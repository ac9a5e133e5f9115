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

#if GTK_CHECK_VERSION(4, 12, 0)
static void
enter_at_selected (GtkWidget *view)
{
  GtkSelectionModel *model = GTK_IS_LIST_VIEW (view) ? gtk_list_view_get_model (GTK_LIST_VIEW (view))
                                                     : gtk_column_view_get_model (GTK_COLUMN_VIEW (view));
  g_autoptr (GtkBitset) selected = model ? gtk_selection_model_get_selection (model) : NULL;

  if (!selected || gtk_bitset_is_empty (selected))
    return;
  if (GTK_IS_LIST_VIEW (view))
    gtk_list_view_scroll_to (GTK_LIST_VIEW (view), gtk_bitset_get_minimum (selected), GTK_LIST_SCROLL_FOCUS, NULL);
  else
    gtk_column_view_scroll_to (GTK_COLUMN_VIEW (view), gtk_bitset_get_minimum (selected), NULL, GTK_LIST_SCROLL_FOCUS,
                               NULL);
}
#else
/* Among the rows that have widgets: those in view, and some more. */
static GtkWidget *
find_selected_row (GtkWidget *view)
{
  GtkWidget *found = NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (view); child && !found;
       child = gtk_widget_get_next_sibling (child))
    if (!GTK_IS_LIST_VIEW (view))
      found = find_selected_row (child);
    else if (gtk_widget_get_state_flags (child) & GTK_STATE_FLAG_SELECTED)
      found = child;
  return found;
}

static void
enter_at_selected (GtkWidget *view)
{
  GtkWidget *row = find_selected_row (view);

  if (row)
    gtk_widget_grab_focus (row);
}
#endif

static gboolean
is_focus_in (GtkWidget *view)
{
  GtkWidget *focus = get_focus (view);

  return focus && has_focus_within (view, focus);
}

gboolean
flatline_row_focus_grab (GtkWidget *view)
{
  if (is_focus_in (view))
    return TRUE;
  /* By itself GTK enters at the first row, or at the one that had the focus last, whatever is selected. */
  enter_at_selected (view);
  return is_focus_in (view) || gtk_widget_child_focus (view, GTK_DIR_TAB_FORWARD);
}
