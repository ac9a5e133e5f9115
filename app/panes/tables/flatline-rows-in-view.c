/* SPDX-License-Identifier: MIT */
/*
 * After each layout: GTK has hidden from their parent the rows that the coming frame does not show. The widgets of rows
 * that GTK has taken out of the list meanwhile end gradually.
 */
#include "config.h"

#include "flatline-rows-in-view.h"

#include "flatline-gradual-end.h"

/* To hide the cells of a row that went out of view, and to show them again, is a layout each: some stay as they are. */
#define MAX_SHOWN_OUT_OF_VIEW 24

#define MAX_COLUMNS 64 /* of those after them all are drawn */

typedef struct
{
  GPtrArray *widgets; /* owned: itself, its cells, what is in them; GTK takes it apart as it leaves the list */
  gboolean shown;     /* its cells may be, in view or not */
} Row;

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

static void
show_cells (GtkWidget *row, gboolean visible)
{
  for (GtkWidget *cell = gtk_widget_get_first_child (row); cell; cell = gtk_widget_get_next_sibling (cell))
    if (is_spare (cell) && gtk_widget_get_visible (cell) != visible)
      gtk_widget_set_visible (cell, visible);
}

static GPtrArray *
list_widgets (GtkWidget *row)
{
  GPtrArray *widgets = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (widgets, g_object_ref (row));
  for (GtkWidget *cell = gtk_widget_get_first_child (row); cell; cell = gtk_widget_get_next_sibling (cell))
    {
      GtkWidget *child = gtk_widget_get_first_child (cell);

      g_ptr_array_add (widgets, g_object_ref (cell));
      if (child)
        g_ptr_array_add (widgets, g_object_ref (child));
    }
  return widgets;
}

/* The list is as wide as all columns. Cells that are scrolled out of view, or do not fit, have their part in layout,
 * which makes their column as wide as it is, but no render node. @row: one of them, which are all alike. Returns: a bit
 * for each column that is seen. */
static guint64
find_seen_columns (GtkWidget *row, int list_x, int width)
{
  GtkWidget *cell = gtk_widget_get_first_child (row);
  guint64 seen = G_MAXUINT64;
  GtkAllocation row_place;

  gtk_widget_get_allocation (row, &row_place);
  for (guint i = 0; cell && i < MAX_COLUMNS; i++, cell = gtk_widget_get_next_sibling (cell))
    {
      GtkAllocation place;
      int x;

      gtk_widget_get_allocation (cell, &place);
      x = list_x + row_place.x + place.x;
      if (x >= width || x + place.width <= 0)
        seen &= ~(G_GUINT64_CONSTANT (1) << i);
    }
  return seen;
}

static void
draw_cells (GtkWidget *row, guint64 seen)
{
  GtkWidget *cell = gtk_widget_get_first_child (row);

  for (guint i = 0; cell && i < MAX_COLUMNS; i++, cell = gtk_widget_get_next_sibling (cell))
    gtk_widget_set_opacity (cell, seen >> i & 1);
}

static void
show_row (GtkWidget *widget, Row *row, gboolean shown)
{
  row->shown = shown;
  show_cells (widget, shown);
}

static Row *
ensure_row (GHashTable *rows, GtkWidget *widget)
{
  Row *row = g_hash_table_lookup (rows, widget);

  if (row)
    return row;
  row = g_new0 (Row, 1);
  row->widgets = list_widgets (widget);
  row->shown = TRUE;
  g_hash_table_insert (rows, widget, row);
  return row;
}

/* Returns: how many rows there are. */
static guint
show_cells_in_view (GHashTable *rows, GtkWidget *view, GtkWidget *list)
{
  guint n_rows = 0, n_out_of_view = 0;
  gboolean has_seen = FALSE;
  guint64 seen = 0;
  GtkAllocation place;

  gtk_widget_get_allocation (list, &place);
  for (GtkWidget *widget = gtk_widget_get_first_child (list); widget; widget = gtk_widget_get_next_sibling (widget))
    {
      Row *row = ensure_row (rows, widget);

      n_rows++;
      if (!gtk_widget_get_child_visible (widget))
        {
          n_out_of_view += row->shown;
          continue;
        }
      /* The cells of others have no place yet; another layout gives them one. */
      if (row->shown && !has_seen)
        {
          seen = find_seen_columns (widget, place.x, gtk_widget_get_width (view));
          has_seen = TRUE;
        }
      show_row (widget, row, TRUE);
      if (has_seen)
        draw_cells (widget, seen);
    }
  if (n_out_of_view <= MAX_SHOWN_OUT_OF_VIEW)
    return n_rows;
  for (GtkWidget *widget = gtk_widget_get_first_child (list); widget; widget = gtk_widget_get_next_sibling (widget))
    if (!gtk_widget_get_child_visible (widget))
      show_row (widget, ensure_row (rows, widget), FALSE);
  return n_rows;
}

/* Letting rows go */

static void
row_free (gpointer data)
{
  Row *row = data;

  g_ptr_array_unref (row->widgets);
  g_free (row);
}

/* GtkWidget that is in the list, or was -> Row, owned. */
static GHashTable *
get_rows (GtkWidget *view)
{
  return g_object_get_data (G_OBJECT (view), "flatline-rows-in-view");
}

static gboolean
leave (gpointer widget, gpointer row, gpointer unused)
{
  if (gtk_widget_get_parent (widget))
    return FALSE;
  flatline_gradual_end_take_widgets (((Row *)row)->widgets);
  return TRUE;
}

/* The frames */

static void
on_layout (GdkFrameClock *clock, GtkWidget *view)
{
  GtkWidget *list = find_list (view);
  GHashTable *rows = get_rows (view);

  if (list && gtk_widget_get_mapped (list) && show_cells_in_view (rows, view, list) < g_hash_table_size (rows))
    g_hash_table_foreach_remove (rows, leave, NULL);
}

static void
leave_clock (GtkWidget *view, GdkFrameClock *clock)
{
  g_signal_handlers_disconnect_by_func (clock, on_layout, view);
  g_hash_table_foreach_remove (get_rows (view), leave, NULL);
  g_hash_table_remove_all (get_rows (view));
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
  g_object_set_data_full (G_OBJECT (view), "flatline-rows-in-view", g_hash_table_new_full (NULL, NULL, NULL, row_free),
                          (GDestroyNotify)g_hash_table_unref);
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
