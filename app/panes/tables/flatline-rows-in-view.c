/* SPDX-License-Identifier: MIT */
/*
 * After each layout: GTK has hidden from their parent the rows that the coming frame does not show. The widgets of rows
 * that GTK has taken out of the list meanwhile are let go a few at a time: hundreds take longer than a frame.
 */
#include "config.h"

#include "flatline-rows-in-view.h"

#include "flatline-turn.h"

/* To hide the cells of a row that went out of view, and to show them again, is a layout each: some stay as they are. */
#define MAX_SHOWN_OUT_OF_VIEW 24

#define MAX_COLUMNS 64 /* of those after them all are drawn */

typedef struct
{
  GPtrArray *widgets; /* owned: itself, its cells, what is in them */
  gboolean shown;     /* its cells may be, in view or not */
} Row;

typedef struct
{
  GHashTable *rows;    /* GtkWidget that is in the list -> Row, owned */
  GPtrArray *leaving;  /* widgets of rows that were, owned */
  guint let_go_source; /* while there are any */
} Kept;

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

/* The array lets go of the last one first: what is in a cell before the cell, and the row at last. */
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
ensure_row (Kept *kept, GtkWidget *widget)
{
  Row *row = g_hash_table_lookup (kept->rows, widget);

  if (row)
    return row;
  row = g_new0 (Row, 1);
  row->widgets = list_widgets (widget);
  row->shown = TRUE;
  g_hash_table_insert (kept->rows, widget, row);
  return row;
}

/* Returns: how many rows there are. */
static guint
show_cells_in_view (Kept *kept, GtkWidget *view, GtkWidget *list)
{
  guint n_rows = 0, n_out_of_view = 0;
  gboolean has_seen = FALSE;
  guint64 seen = 0;
  GtkAllocation place;

  gtk_widget_get_allocation (list, &place);
  for (GtkWidget *widget = gtk_widget_get_first_child (list); widget; widget = gtk_widget_get_next_sibling (widget))
    {
      Row *row = ensure_row (kept, widget);

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
      show_row (widget, ensure_row (kept, widget), FALSE);
  return n_rows;
}

/* Letting rows go */

static Kept *
get_kept (GtkWidget *view)
{
  return g_object_get_data (G_OBJECT (view), "flatline-rows-in-view");
}

static gboolean
let_some_go (gpointer user_data)
{
  Kept *kept = user_data;

  while (kept->leaving->len > 0)
    {
      g_ptr_array_set_size (kept->leaving, (int)kept->leaving->len - 1);
      if (flatline_turn_is_over ())
        return G_SOURCE_CONTINUE;
    }
  kept->let_go_source = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
leave (gpointer widget, gpointer row, gpointer user_data)
{
  Kept *kept = user_data;

  if (gtk_widget_get_parent (widget))
    return FALSE;
  g_ptr_array_extend (kept->leaving, ((Row *)row)->widgets, (GCopyFunc)g_object_ref, NULL);
  return TRUE;
}

static void
let_others_go (Kept *kept, guint n_rows)
{
  if (g_hash_table_size (kept->rows) > n_rows)
    g_hash_table_foreach_remove (kept->rows, leave, kept);
  if (kept->leaving->len > 0 && !kept->let_go_source)
    kept->let_go_source = g_idle_add_full (FLATLINE_TURN_LET_ROWS_GO, let_some_go, kept, NULL);
}

static void
let_all_go (Kept *kept)
{
  g_hash_table_remove_all (kept->rows);
  g_ptr_array_set_size (kept->leaving, 0);
}

static void
row_free (gpointer data)
{
  Row *row = data;

  g_ptr_array_unref (row->widgets);
  g_free (row);
}

static void
kept_free (gpointer data)
{
  Kept *kept = data;

  g_clear_handle_id (&kept->let_go_source, g_source_remove);
  g_hash_table_unref (kept->rows);
  g_ptr_array_unref (kept->leaving);
  g_free (kept);
}

/* The frames */

static void
on_layout (GdkFrameClock *clock, GtkWidget *view)
{
  GtkWidget *list = find_list (view);
  Kept *kept = get_kept (view);

  if (list && gtk_widget_get_mapped (list))
    let_others_go (kept, show_cells_in_view (kept, view, list));
}

static void
leave_clock (GtkWidget *view, GdkFrameClock *clock)
{
  g_signal_handlers_disconnect_by_func (clock, on_layout, view);
  let_all_go (get_kept (view));
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
  Kept *kept = g_new0 (Kept, 1);

  kept->rows = g_hash_table_new_full (NULL, NULL, NULL, row_free);
  kept->leaving = g_ptr_array_new_with_free_func (g_object_unref);
  g_object_set_data_full (G_OBJECT (view), "flatline-rows-in-view", kept, kept_free);
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

guint
flatline_rows_in_view_get_place (gpointer view)
{
  GtkAdjustment *adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (view));
  GtkSelectionModel *rows = gtk_column_view_get_model (GTK_COLUMN_VIEW (view));
  double upper = gtk_adjustment_get_upper (adjustment);
  double middle = gtk_adjustment_get_value (adjustment) + gtk_adjustment_get_page_size (adjustment) / 2;

  return rows && upper > 0 ? (guint)(middle / upper * g_list_model_get_n_items (G_LIST_MODEL (rows))) : 0;
}
