/* SPDX-License-Identifier: MIT */
/* A real column view on a real screen: what is not seen of it has no part in frames, wherever one scrolls. */
#include <gtk/gtk.h>

#include "flatline-columns.h"

#define N_ROWS     1000
#define DEADLINE_S 60

static char *
string_text (gpointer record)
{
  return g_strdup (gtk_string_object_get_string (record));
}

static const FlatlineColumn columns[] = {
  { .title = "First", .text = string_text, .chars = 12 },
  { .title = "Second", .text = string_text, .chars = 12, .flags = FLATLINE_COLUMN_NUMERIC },
  { .title = "Far away", .text = string_text, .chars = 200 },
  { .title = "Not seen", .text = string_text, .chars = 12 },
};
static const FlatlineRows rows = { 0 };

static GtkWidget *
find_list (GtkWidget *view)
{
  GtkWidget *child = gtk_widget_get_first_child (view);

  while (child && !GTK_IS_LIST_VIEW (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

static gboolean
wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_for (gboolean (*condition) (GtkWidget *list), GtkWidget *list)
{
  gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  guint waking = g_timeout_add (100, wake, NULL);

  while (!condition (list) && g_get_monotonic_time () < deadline_us)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (waking);
  g_assert_true (condition (list));
}

/* The last column is out of view; it is laid out nevertheless, since its cells make it as wide as it is. */
static gboolean
is_row_drawn (GtkWidget *row)
{
  GtkWidget *cell = gtk_widget_get_first_child (row);

  for (guint i = 0; i < G_N_ELEMENTS (columns) - 1; i++, cell = gtk_widget_get_next_sibling (cell))
    if (!gtk_widget_get_mapped (cell) || gtk_widget_get_opacity (cell) == 0)
      return FALSE;
  return gtk_widget_get_visible (cell) && gtk_widget_get_opacity (cell) == 0 && gtk_widget_get_height (row) > 10;
}

/* The rows in view have all their cells, and most of the others do not. */
static gboolean
has_cells_in_view (GtkWidget *list)
{
  guint n_in_view = 0, n_spared = 0;

  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    {
      if (gtk_widget_get_child_visible (row) && !is_row_drawn (row))
        return FALSE;
      n_in_view += gtk_widget_get_child_visible (row);
      n_spared += !gtk_widget_get_child_visible (row) && !gtk_widget_get_visible (gtk_widget_get_last_child (row));
    }
  return n_in_view > 3 && n_spared > 50;
}

static gboolean
shows_the_end (GtkWidget *list)
{
  GtkWidget *view = gtk_widget_get_parent (list);
  GtkAdjustment *adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (view));

  return gtk_adjustment_get_value (adjustment) > gtk_adjustment_get_page_size (adjustment) && has_cells_in_view (list);
}

/* From page to page, so that every row was in view once. */
static gboolean
page_down (GtkWidget *list)
{
  GtkWidget *view = gtk_widget_get_parent (list);
  GtkAdjustment *adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (view));
  double value = gtk_adjustment_get_value (adjustment);

  if (!has_cells_in_view (list))
    return FALSE;
  gtk_adjustment_set_value (adjustment, value + gtk_adjustment_get_page_size (adjustment));
  return gtk_adjustment_get_value (adjustment) == value;
}

static void
test_scroll (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkStringList *strings = gtk_string_list_new (NULL);
  GtkWidget *view, *list;

  for (int i = 0; i < N_ROWS; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);

      gtk_string_list_append (strings, text);
    }
  view = gtk_column_view_new (GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (strings))));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  flatline_columns_append (GTK_COLUMN_VIEW (view), &rows, columns, G_N_ELEMENTS (columns));
  gtk_window_set_child (GTK_WINDOW (window), scrolled);
  gtk_window_set_default_size (GTK_WINDOW (window), 420, 300);
  gtk_window_present (GTK_WINDOW (window));
  list = find_list (view);
  g_assert_nonnull (list);
  wait_for (has_cells_in_view, list);

  gtk_widget_activate_action (list, "list.scroll-to-item", "u", N_ROWS - 1);
  wait_for (shows_the_end, list);
  gtk_widget_activate_action (list, "list.scroll-to-item", "u", 0);
  wait_for (page_down, list);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP there is no screen\n");
      return 0;
    }
  g_test_add_func ("/window/rows-in-view/scroll", test_scroll);
  return g_test_run ();
}
