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

/* In a table it is a part. */
static GtkWidget *
find_list (GtkWidget *view)
{
  GtkWidget *list;

  if (GTK_IS_LIST_VIEW (view))
    return view;
  for (list = gtk_widget_get_first_child (view); list && !GTK_IS_LIST_VIEW (list);)
    list = gtk_widget_get_next_sibling (list);
  return list;
}

#if GTK_CHECK_VERSION(4, 12, 0)
/* Scrolling to a row gives it the focus only where another row has it; where not, it becomes the one at which the list
 * takes the focus. Not by Tab: from GTK 4.18 on that enters at the first row. */
static void
enter_at_selected (GtkWidget *view)
{
  GtkListView *list = GTK_LIST_VIEW (find_list (view));
  GtkSelectionModel *model = gtk_list_view_get_model (list);
  g_autoptr (GtkBitset) selected = model ? gtk_selection_model_get_selection (model) : NULL;

  if (!selected || gtk_bitset_is_empty (selected))
    return;
  gtk_list_view_scroll_to (list, gtk_bitset_get_minimum (selected), GTK_LIST_SCROLL_FOCUS, NULL);
  gtk_widget_grab_focus (GTK_WIDGET (list));
}
#else
/* Among the rows that have widgets: those in view, and some more. */
static void
enter_at_selected (GtkWidget *view)
{
  GtkWidget *row = gtk_widget_get_first_child (find_list (view));

  while (row && !(gtk_widget_get_state_flags (row) & GTK_STATE_FLAG_SELECTED))
    row = gtk_widget_get_next_sibling (row);
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
