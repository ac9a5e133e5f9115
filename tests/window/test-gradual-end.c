/* SPDX-License-Identifier: MIT */
/* A real pane with rows on a real screen: what ends gradually is there a while longer, and then gone to the last row.
 */
#include <gtk/gtk.h>

#include "flatline-columns.h"
#include "flatline-gradual-end.h"
#include "flatline-gradual-list.h"

#define N_ROWS     300
#define DEADLINE_S 60

static char *
string_text (gpointer record)
{
  return g_strdup (gtk_string_object_get_string (record));
}

static const FlatlineColumn columns[] = { { .title = "First", .text = string_text, .chars = 12 },
                                          { .title = "Second", .text = string_text, .chars = 12 } };
static const FlatlineRows rows = { 0 };

static guint n_alive;

static void
on_gone (gpointer unused, GObject *widget)
{
  n_alive--;
}

static void
count_all (GtkWidget *widget)
{
  n_alive++;
  g_object_weak_ref (G_OBJECT (widget), on_gone, NULL);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    count_all (child);
}

static gboolean
wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_for (gboolean (*condition) (gpointer data), gpointer data)
{
  gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  guint waking = g_timeout_add (100, wake, NULL);

  while (!condition (data) && g_get_monotonic_time () < deadline_us)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (waking);
  g_assert_true (condition (data));
}

static gboolean
has_rows (gpointer list)
{
  guint n = 0;

  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    n++;
  return n > 100 && gtk_widget_get_height (gtk_widget_get_first_child (list)) > 0;
}

static gboolean
is_all_gone (gpointer unused)
{
  return n_alive == 0;
}

static GtkWidget *
find_list (GtkWidget *view)
{
  GtkWidget *child = gtk_widget_get_first_child (view);

  while (child && !GTK_IS_LIST_VIEW (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

/* In @window, with all its widgets counted. */
static GtkWidget *
create_pane (GtkWidget *window)
{
  GtkWidget *pane = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkStringList *strings = gtk_string_list_new (NULL);
  GtkWidget *view;

  for (int i = 0; i < N_ROWS; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);

      gtk_string_list_append (strings, text);
    }
  view = gtk_column_view_new (
      GTK_SELECTION_MODEL (gtk_single_selection_new (flatline_gradual_list_new (G_LIST_MODEL (strings)))));
  flatline_columns_append (GTK_COLUMN_VIEW (view), &rows, columns, G_N_ELEMENTS (columns));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_widget_set_vexpand (scrolled, TRUE);
  gtk_box_append (GTK_BOX (pane), scrolled);
  gtk_window_set_child (GTK_WINDOW (window), pane);
  gtk_window_set_default_size (GTK_WINDOW (window), 600, 400);
  gtk_window_present (GTK_WINDOW (window));
  wait_for (has_rows, find_list (view));
  n_alive = 0;
  count_all (pane);
  g_assert_cmpuint (n_alive, >, 500);
  return pane;
}

static void
test_in_turns (void)
{
  GtkWidget *window = gtk_window_new ();
  guint n_before;

  flatline_gradual_end_take (create_pane (window));
  n_before = n_alive;
  gtk_window_set_child (GTK_WINDOW (window), NULL);
  g_assert_cmpuint (n_alive, ==, n_before);
  wait_for (is_all_gone, NULL);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_now (void)
{
  GtkWidget *window = gtk_window_new ();

  flatline_gradual_end_take (create_pane (window));
  gtk_window_destroy (GTK_WINDOW (window));
  flatline_gradual_end_now ();
  g_assert_cmpuint (n_alive, ==, 0);
}

static GtkWidget *emptied;

static void
note_emptied (GtkWidget *pane)
{
  g_assert_null (emptied);
  emptied = pane;
}

static gboolean
is_emptied (gpointer pane)
{
  return emptied == pane;
}

typedef struct
{
  guint n_most, n_selected;
} Noted;

static void
note_change (GListModel *list, guint position, guint removed, guint added, Noted *noted)
{
  g_assert_cmpuint (added, ==, 0);
  noted->n_most = MAX (noted->n_most, removed);
}

static void
note_selected (GtkSingleSelection *list, GParamSpec *property, Noted *noted)
{
  noted->n_selected++;
}

/* While it is in its window: the rows go a few at a time, none is selected in the place of those, and none comes. */
static void
test_empty (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *pane = create_pane (window);
  GtkWidget *view = gtk_scrolled_window_get_child (GTK_SCROLLED_WINDOW (gtk_widget_get_first_child (pane)));
  g_autoptr (GtkSelectionModel) list = g_object_ref (gtk_column_view_get_model (GTK_COLUMN_VIEW (view)));
  Noted noted = { 0 };

  g_signal_connect (list, "items-changed", G_CALLBACK (note_change), &noted);
  g_signal_connect (list, "notify::selected", G_CALLBACK (note_selected), &noted);
  emptied = NULL;
  flatline_gradual_end_empty (pane, note_emptied);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), >, 100);
  wait_for (is_emptied, pane);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 0);
  g_assert_cmpuint (noted.n_most, <, 20);
  g_assert_cmpuint (noted.n_selected, ==, 1);
  g_assert_true (gtk_widget_get_root (pane) == GTK_ROOT (window));
  gtk_window_destroy (GTK_WINDOW (window));
  wait_for (is_all_gone, NULL);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gradual-end/in-turns", test_in_turns);
  g_test_add_func ("/gradual-end/now", test_now);
  g_test_add_func ("/gradual-end/empty", test_empty);
  return g_test_run ();
}
