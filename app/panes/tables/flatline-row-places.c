/* SPDX-License-Identifier: MIT */
/* A row holds cells, a cell holds our widget, which has the list item; the rows and cells themselves are GTK's. */
#include "config.h"

#include "flatline-row-places.h"

#include "flatline-leaving-rows.h"

/* Asked for hundreds of times in a turn. */
static GQuark
get_item_quark (void)
{
  static GQuark quark;

  if (!quark)
    quark = g_quark_from_static_string ("flatline-list-item");
  return quark;
}

static GtkListItem *
find_list_item (GtkWidget *widget)
{
  for (int level = 0; widget && level < 3; level++, widget = gtk_widget_get_first_child (widget))
    {
      GtkListItem *found = g_object_get_qdata (G_OBJECT (widget), get_item_quark ());

      if (found)
        return found;
    }
  return NULL;
}

void
flatline_row_places_note (GtkWidget *child, GtkListItem *list_item)
{
  g_object_set_qdata (G_OBJECT (child), get_item_quark (), list_item);
}

guint
flatline_column_view_position_at (GtkColumnView *view, double x, double y)
{
  for (GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (view), x, y, GTK_PICK_DEFAULT);
       widget && widget != GTK_WIDGET (view); widget = gtk_widget_get_parent (widget))
    {
      GtkListItem *list_item;

      if (g_strcmp0 (gtk_widget_get_css_name (widget), "listview") == 0)
        break;
      list_item = find_list_item (widget);
      if (list_item && !flatline_leaving_rows_is_folded (gtk_list_item_get_item (list_item)))
        return gtk_list_item_get_position (list_item);
    }
  return GTK_INVALID_LIST_POSITION;
}

void
flatline_column_view_go_to (GtkColumnView *view, guint position)
{
  GtkSelectionModel *rows = gtk_column_view_get_model (view);
  GtkWidget *list = gtk_widget_get_last_child (GTK_WIDGET (view));

  if (position >= g_list_model_get_n_items (G_LIST_MODEL (rows)))
    return;
  gtk_widget_activate_action (list, "list.scroll-to-item", "u", position);
  gtk_single_selection_set_selected (GTK_SINGLE_SELECTION (rows), position);
  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    {
      GtkListItem *list_item = find_list_item (row);

      if (list_item && gtk_list_item_get_position (list_item) == position)
        gtk_widget_grab_focus (row);
    }
}

/* Not by what the adjustment says: rows go where somebody jumps to at once, and the adjustment follows with the next
 * layout. */
guint
flatline_column_view_get_place (gpointer view)
{
  GtkWidget *middle = gtk_widget_get_first_child (gtk_widget_get_last_child (view));
  GtkListItem *list_item;
  gboolean step = FALSE;

  for (GtkWidget *row = middle; row; row = gtk_widget_get_next_sibling (row), step = !step)
    if (step)
      middle = gtk_widget_get_next_sibling (middle);
  list_item = find_list_item (middle);
  return list_item ? gtk_list_item_get_position (list_item) : 0;
}
