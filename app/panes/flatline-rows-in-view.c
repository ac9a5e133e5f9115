/* SPDX-License-Identifier: MIT */
/* After each layout: GTK has hidden from their parent the rows that the coming frame does not show. */
#include "config.h"

#include "flatline-rows-in-view.h"

/* To hide the cells of a row that went out of view, and to show them again, is a layout each: some stay as they are. */
#define MAX_SHOWN_OUT_OF_VIEW 100

static GQuark
get_spare_quark (void)
{
  return g_quark_from_static_string ("flatline-spare-cell");
}

static GtkWidget *
find_list (GtkWidget *view)
{
  GtkWidget *child = gtk_widget_get_first_child (view);

  while (child && !GTK_IS_LIST_VIEW (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

static gboolean
is_spare (GtkWidget *cell)
{
  return g_object_get_qdata (G_OBJECT (cell), get_spare_quark ()) != NULL;
}

static gboolean
is_shown (GtkWidget *row)
{
  for (GtkWidget *cell = gtk_widget_get_first_child (row); cell; cell = gtk_widget_get_next_sibling (cell))
    if (is_spare (cell))
      return gtk_widget_get_visible (cell);
  return FALSE;
}

static void
show_cells (GtkWidget *row, gboolean visible)
{
  for (GtkWidget *cell = gtk_widget_get_first_child (row); cell; cell = gtk_widget_get_next_sibling (cell))
    if (is_spare (cell) && gtk_widget_get_visible (cell) != visible)
      gtk_widget_set_visible (cell, visible);
}

/* The list is as wide as all columns. Cells that are scrolled out of view, or do not fit, have their part in layout,
 * which makes their column as wide as it is, but no render node. */
static void
draw_cells (GtkWidget *row, int x, int width)
{
  for (GtkWidget *cell = gtk_widget_get_first_child (row); cell; cell = gtk_widget_get_next_sibling (cell))
    {
      GtkAllocation place;

      gtk_widget_get_allocation (cell, &place);
      gtk_widget_set_opacity (cell, x + place.x < width && x + place.x + place.width > 0);
    }
}

static void
update_seen_row (GtkWidget *row, int list_x, int width)
{
  GtkAllocation place;

  gtk_widget_get_allocation (row, &place);
  show_cells (row, TRUE);
  draw_cells (row, list_x + place.x, width);
}

static void
on_layout (GdkFrameClock *clock, GtkWidget *view)
{
  GtkWidget *list = find_list (view);
  GtkAllocation place;
  guint n_out_of_view = 0;

  if (!list || !gtk_widget_get_mapped (list))
    return;
  gtk_widget_get_allocation (list, &place);
  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    {
      if (gtk_widget_get_child_visible (row))
        update_seen_row (row, place.x, gtk_widget_get_width (view));
      else
        n_out_of_view += is_shown (row);
    }
  if (n_out_of_view <= MAX_SHOWN_OUT_OF_VIEW)
    return;
  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    if (!gtk_widget_get_child_visible (row))
      show_cells (row, FALSE);
}

static void
leave_clock (GtkWidget *view, GdkFrameClock *clock)
{
  g_signal_handlers_disconnect_by_func (clock, on_layout, view);
}

static void
on_realize (GtkWidget *view)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (view);

  g_signal_connect_object (clock, "layout", G_CALLBACK (on_layout), view, G_CONNECT_AFTER);
  g_signal_connect_object (view, "unrealize", G_CALLBACK (leave_clock), clock, 0);
}

void
flatline_rows_in_view_follow (GtkColumnView *view)
{
  g_signal_connect (view, "realize", G_CALLBACK (on_realize), NULL);
}

static void
on_parent (GtkWidget *child)
{
  GtkWidget *cell = gtk_widget_get_parent (child);

  if (!cell)
    return;
  g_object_set_qdata (G_OBJECT (cell), get_spare_quark (), cell);
  gtk_widget_set_visible (cell, FALSE);
}

void
flatline_rows_in_view_spare_cell (GtkWidget *child)
{
  g_signal_connect (child, "notify::parent", G_CALLBACK (on_parent), NULL);
}
