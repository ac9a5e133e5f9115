/* SPDX-License-Identifier: MIT */
/*
 * After each layout: GTK has hidden from their parent the rows that the coming frame does not show. The widgets of rows
 * that GTK has taken out of the list meanwhile end gradually. What is hidden later, when nobody scrolls any more, are
 * the last rows that went out of view, or all when the view itself is out of sight, on another page or tab.
 */
#include "config.h"

#include "flatline-rows-in-view.h"

#include "flatline-gradual-end.h"

/* To hide what is in a row that went out of view, and to show it again, is a layout each: some stay as they are while
 * somebody scrolls. */
#define MAX_SHOWN_OUT_OF_VIEW 24
#define STILL_MS              400

#define MAX_COLUMNS 64 /* of those after them all are drawn */

typedef struct
{
  GtkWidget *view;    /* borrowed: it has this */
  GHashTable *rows;   /* that are in the list, or were -> GPtrArray of itself, its cells and what is in them */
  double scrolled_to; /* as it was when somebody looked last whether the view is still */
  guint n_rows;       /* that are in the list */
  GtkWidget *first;   /* borrowed: the first and the last row when those of a list out of sight were hidden */
  GtkWidget *last;
  guint still_source; /* 0: nothing is left to be hidden */
} Follower;

static GtkWidget *
find_list (GtkWidget *view)
{
  GtkWidget *child = gtk_widget_get_first_child (view);

  if (GTK_IS_LIST_VIEW (view))
    return view;
  while (child && !GTK_IS_LIST_VIEW (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
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

/* The first cell is, at least, where others wait for the row to be in view. */
static gboolean
is_shown (GtkWidget *row)
{
  GtkWidget *cell = gtk_widget_get_first_child (row);

  return cell && gtk_widget_get_visible (cell);
}

static void
set_cells_visible (GtkWidget *row, gboolean visible)
{
  for (GtkWidget *cell = gtk_widget_get_first_child (row); cell; cell = gtk_widget_get_next_sibling (cell))
    if (gtk_widget_get_visible (cell) != visible)
      gtk_widget_set_visible (cell, visible);
}

static void
show_row (GtkWidget *row)
{
  gtk_widget_set_size_request (row, -1, -1);
  set_cells_visible (row, TRUE);
  gtk_accessible_reset_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_HIDDEN);
}

/* It stays as high as it was, and as wide as its text asks for where that, and not its columns, makes the list as wide
 * as it is. Whoever has the focus keeps it. @width: of all rows. */
static void
hide_row (GtkWidget *row, int width, gboolean has_columns)
{
  int least_width, height;

  if (!is_shown (row) || gtk_widget_get_focus_child (row))
    return;
  gtk_widget_measure (row, GTK_ORIENTATION_HORIZONTAL, -1, &least_width, NULL, NULL, NULL);
  /* In a pane that has hardly any room yet rows are wider than it. */
  gtk_widget_measure (row, GTK_ORIENTATION_VERTICAL, MAX (width, least_width), &height, NULL, NULL, NULL);
  gtk_widget_set_size_request (row, has_columns ? -1 : least_width, height);
  set_cells_visible (row, FALSE);
  /* Or there would be a row that says nothing. */
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
}

static Follower *
get_follower (GtkWidget *view)
{
  return g_object_get_data (G_OBJECT (view), "flatline-rows-in-view");
}

static void
note_row (GHashTable *rows, GtkWidget *row)
{
  if (!g_hash_table_contains (rows, row))
    g_hash_table_insert (rows, row, list_widgets (row));
}

static void
hide_rows_out_of_view (GtkWidget *list, gboolean has_columns)
{
  const gboolean mapped = gtk_widget_get_mapped (list);
  int width = gtk_widget_get_width (list);

  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    if (gtk_widget_get_child_visible (row))
      {
        GtkAllocation place;

        gtk_widget_get_allocation (row, &place);
        width = place.width;
        break;
      }
  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    if (!mapped || !gtk_widget_get_child_visible (row))
      hide_row (row, width, has_columns);
}

/* Returns: how many rows out of view are shown. */
static guint
show_rows_in_view (Follower *self, GtkWidget *list)
{
  const gboolean has_columns = list != self->view;
  gboolean has_seen = FALSE;
  guint n_out_of_view = 0;
  guint64 seen = 0;
  GtkAllocation place;

  self->n_rows = 0;
  gtk_widget_get_allocation (list, &place);
  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    {
      self->n_rows++;
      note_row (self->rows, row);
      if (!gtk_widget_get_child_visible (row))
        {
          n_out_of_view += is_shown (row);
          continue;
        }
      /* The cells of others have no place yet; another layout gives them one. */
      if (has_columns && !has_seen && is_shown (row))
        {
          seen = find_seen_columns (row, place.x, gtk_widget_get_width (self->view));
          has_seen = TRUE;
        }
      show_row (row);
      if (has_seen)
        draw_cells (row, seen);
    }
  return n_out_of_view;
}

/* Letting rows go */

static gboolean
leave (gpointer row, gpointer widgets, gpointer unused)
{
  if (gtk_widget_get_parent (row))
    return FALSE;
  flatline_gradual_end_take_widgets (widgets);
  return TRUE;
}

/* The frames */

static double
get_place (Follower *self)
{
  return gtk_adjustment_get_value (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->view)));
}

static gboolean
look_whether_still (gpointer user_data)
{
  Follower *self = user_data;
  GtkWidget *list = find_list (self->view);

  if (gtk_widget_get_mapped (list) && get_place (self) != self->scrolled_to)
    {
      self->scrolled_to = get_place (self);
      return G_SOURCE_CONTINUE;
    }
  hide_rows_out_of_view (list, list != self->view);
  self->first = gtk_widget_get_first_child (list);
  self->last = gtk_widget_get_last_child (list);
  self->still_source = 0;
  return G_SOURCE_REMOVE;
}

static void
wait_until_still (Follower *self)
{
  if (self->still_source)
    return;
  self->scrolled_to = get_place (self);
  self->still_source = g_timeout_add_full (G_PRIORITY_LOW, STILL_MS, look_whether_still, self, NULL);
}

/* Rows come to a list that is out of sight, too. */
static void
look_for_rows_out_of_sight (Follower *self, GtkWidget *list)
{
  if (self->first != gtk_widget_get_first_child (list) || self->last != gtk_widget_get_last_child (list))
    wait_until_still (self);
}

static void
on_layout (GdkFrameClock *clock, GtkWidget *view)
{
  Follower *self = get_follower (view);
  GtkWidget *list = find_list (view);
  guint n_out_of_view;

  if (!list)
    return;
  if (!gtk_widget_get_mapped (list))
    {
      look_for_rows_out_of_sight (self, list);
      return;
    }
  n_out_of_view = show_rows_in_view (self, list);
  if (n_out_of_view > MAX_SHOWN_OUT_OF_VIEW)
    hide_rows_out_of_view (list, list != view);
  else if (n_out_of_view > 0)
    wait_until_still (self);
  if (self->n_rows < g_hash_table_size (self->rows))
    g_hash_table_foreach_remove (self->rows, leave, NULL);
}

static void
leave_clock (GtkWidget *view, GdkFrameClock *clock)
{
  g_signal_handlers_disconnect_by_func (clock, on_layout, view);
  g_clear_handle_id (&get_follower (view)->still_source, g_source_remove);
  g_hash_table_foreach_remove (get_follower (view)->rows, leave, NULL);
  g_hash_table_remove_all (get_follower (view)->rows);
}

static void
on_realize (GtkWidget *view)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (view);

  g_signal_connect_object (clock, "layout", G_CALLBACK (on_layout), view, G_CONNECT_AFTER);
  g_signal_connect_object (view, "unrealize", G_CALLBACK (leave_clock), clock, 0);
}

static void
on_unmap (GtkWidget *view)
{
  wait_until_still (get_follower (view));
}

static void
follower_free (gpointer data)
{
  Follower *self = data;

  g_clear_handle_id (&self->still_source, g_source_remove);
  g_hash_table_unref (self->rows);
  g_free (self);
}

void
flatline_rows_in_view_follow (GtkWidget *view)
{
  Follower *self = g_new0 (Follower, 1);

  g_return_if_fail (GTK_IS_COLUMN_VIEW (view) || GTK_IS_LIST_VIEW (view));
  self->view = view;
  self->rows = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
  g_object_set_data_full (G_OBJECT (view), "flatline-rows-in-view", self, follower_free);
  g_signal_connect (view, "realize", G_CALLBACK (on_realize), NULL);
  g_signal_connect (view, "unmap", G_CALLBACK (on_unmap), NULL);
}

static void
on_parent (GtkWidget *child)
{
  GtkWidget *cell = gtk_widget_get_parent (child);

  if (cell)
    gtk_widget_set_visible (cell, FALSE);
}

void
flatline_rows_in_view_spare_cell (GtkWidget *child)
{
  g_signal_connect (child, "notify::parent", G_CALLBACK (on_parent), NULL);
}
