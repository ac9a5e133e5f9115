/* SPDX-License-Identifier: MIT */
/* Where a table ends that is narrower than its columns, and where texts stand in them. */
#include <gtk/gtk.h>

#include "flatline-cell-label.h"
#include "flatline-columns.h"

#define DEADLINE_S 60
#define N_COLUMNS  G_N_ELEMENTS (columns)

/* Of the first two columns, with the title of the second. */
#define LEAST_WIDTH 150

static char *
string_text (gpointer record)
{
  return g_strdup (gtk_string_object_get_string (record));
}

static const FlatlineColumn columns[] = {
  { .title = "Plain", .text = string_text, .chars = 5 },
  { .title = "Takes room", .text = string_text, .chars = 12, .flags = FLATLINE_COLUMN_EXPAND },
  { .title = "Third", .text = string_text, .chars = 11 },
  { .title = "Fourth", .text = string_text, .chars = 17 },
  { .title = "Fifth", .text = string_text, .chars = 9 },
};
static const FlatlineRows rows = { 0 };

static gboolean
wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_for (gboolean (*condition) (GtkColumnView *view, int width), GtkColumnView *view, int width)
{
  gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  guint waking = g_timeout_add (20, wake, NULL);

  while (!condition (view, width) && g_get_monotonic_time () < deadline_us)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (waking);
  g_assert_true (condition (view, width));
}

static GtkColumnView *
show_table (const char *const *texts, GtkWidget **window, GtkWidget **scrolled)
{
  GtkStringList *strings = gtk_string_list_new (texts);
  GtkWidget *view = gtk_column_view_new (GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (strings))));
  GtkWidget *fixed = gtk_fixed_new ();

  *window = gtk_window_new ();
  *scrolled = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (*scrolled), view);
  gtk_widget_set_size_request (*scrolled, 700, 200);
  gtk_fixed_put (GTK_FIXED (fixed), *scrolled, 0, 0);
  gtk_window_set_child (GTK_WINDOW (*window), fixed);
  flatline_columns_append (GTK_COLUMN_VIEW (view), &rows, columns, N_COLUMNS);
  gtk_window_present (GTK_WINDOW (*window));
  return GTK_COLUMN_VIEW (view);
}

static gboolean
ends_with_a_column (GtkColumnView *view, int width)
{
  GtkAdjustment *across = gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (view));

  if (gtk_widget_get_width (GTK_WIDGET (view)) != width || (int)gtk_adjustment_get_page_size (across) != width)
    return FALSE;
  for (guint i = 0; i < N_COLUMNS; i++)
    if (flatline_column_view_get_end (view, i) == width)
      return TRUE;
  /* Nothing is to be done where not even a few characters of it fit. */
  return width < LEAST_WIDTH && flatline_column_view_get_end (view, 1) > width;
}

/* Narrower and wider again, in either direction. */
static void
test_whole_columns (gconstpointer direction)
{
  static const char *const texts[] = { "one", "two", "three", NULL };
  static const int widths[] = { 300, 317, 350, 391, 430, 466, 700, 402, 290, 160, 120, 182, 333 };
  GtkWidget *window, *scrolled;
  GtkColumnView *view;
  guint n_scrolled = 0;

  gtk_widget_set_default_direction (GPOINTER_TO_INT (direction));
  view = show_table (texts, &window, &scrolled);
  for (guint i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      GtkAdjustment *across = gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (view));

      gtk_widget_set_size_request (scrolled, widths[i], 200);
      wait_for (ends_with_a_column, view, widths[i]);
      n_scrolled += gtk_adjustment_get_upper (across) > widths[i];
    }
  g_assert_cmpuint (n_scrolled, >, 5);
  gtk_window_destroy (GTK_WINDOW (window));
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
}

/* Where the letters of a cell begin and end, in a cell that is much wider. */
static void
get_letters (const char *text, gboolean numeric, GtkTextDirection direction, double *left, double *right)
{
  GtkWidget *window = gtk_window_new ();
  FlatlineCellMetrics metrics = { .table = window };
  GtkWidget *label = flatline_cell_label_new (&metrics, 5, 5);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GskRenderNode *node;
  graphene_rect_t bounds;

  g_object_ref_sink (label);
  gtk_widget_set_direction (label, direction);
  flatline_cell_label_set_text (FLATLINE_CELL_LABEL (label), text);
  if (numeric)
    flatline_cell_label_set_numeric (FLATLINE_CELL_LABEL (label));
  gtk_window_set_child (GTK_WINDOW (window), label);
  gtk_widget_size_allocate (label, &(GtkAllocation){ .width = 400, .height = 40 }, -1);
  GTK_WIDGET_GET_CLASS (label)->snapshot (label, snapshot);
  node = gtk_snapshot_free_to_node (snapshot);
  gsk_render_node_get_bounds (node, &bounds);
  *left = bounds.origin.x;
  *right = bounds.origin.x + bounds.size.width;
  gsk_render_node_unref (node);
  gtk_window_set_child (GTK_WINDOW (window), NULL);
  g_object_unref (label);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Names stand beside their arrow and words below their title, whichever letters they have; numbers end together. */
static void
test_sides (void)
{
  static const char *const texts[] = { "deadlock.py", "שלום",      "0",      "100 %",      "‎0.5 %",
                                       "(…)",         "שעון 2.py", "a שעון", "{'שעון': 2}" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      double left, right;

      g_test_message ("%s", texts[i]);
      get_letters (texts[i], FALSE, GTK_TEXT_DIR_LTR, &left, &right);
      g_assert_cmpfloat (left, <, 10);
      g_assert_cmpfloat (right, <, 200);
      get_letters (texts[i], FALSE, GTK_TEXT_DIR_RTL, &left, &right);
      g_assert_cmpfloat (left, >, 200);
      g_assert_cmpfloat (right, >, 390);
      get_letters (texts[i], TRUE, GTK_TEXT_DIR_LTR, &left, &right);
      g_assert_cmpfloat (right, >, 390);
      get_letters (texts[i], TRUE, GTK_TEXT_DIR_RTL, &left, &right);
      g_assert_cmpfloat (right, >, 390);
    }
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
  g_test_add_data_func ("/window/columns/whole", GINT_TO_POINTER (GTK_TEXT_DIR_LTR), test_whole_columns);
  g_test_add_data_func ("/window/columns/whole-from-the-right", GINT_TO_POINTER (GTK_TEXT_DIR_RTL), test_whole_columns);
  g_test_add_func ("/window/columns/sides", test_sides);
  return g_test_run ();
}
