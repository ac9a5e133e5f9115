/* SPDX-License-Identifier: MIT */
/* Real column and list views on a real screen: what is not seen of them has no part in frames, wherever one scrolls,
 * and the rows of a folded parent go a few at a time. */
#include <gtk/gtk.h>

#include "flatline-columns.h"
#include "flatline-gradual-list.h"
#include "flatline-process.h"
#include "flatline-row-places.h"
#include "flatline-rows-in-view.h"

#define N_ROWS     1000
#define N_CHILDREN 199
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
has_visible_child (GtkWidget *row)
{
  for (GtkWidget *child = gtk_widget_get_first_child (row); child; child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_get_visible (child))
      return TRUE;
  return FALSE;
}

static guint
count_shown (GtkWidget *list, gboolean in_view)
{
  guint n = 0;

  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    n += gtk_widget_get_child_visible (row) == in_view && has_visible_child (row);
  return n;
}

/* Nobody scrolls: what is not in view is hidden to the last row. */
static gboolean
is_still (GtkWidget *list)
{
  return count_shown (list, TRUE) > 3 && count_shown (list, FALSE) == 0;
}

static gboolean
shows_nothing (GtkWidget *list)
{
  return count_shown (list, TRUE) == 0 && count_shown (list, FALSE) == 0;
}

static int
measure_height (GtkWidget *row)
{
  int height;

  gtk_widget_measure (row, GTK_ORIENTATION_VERTICAL, -1, &height, NULL, NULL, NULL);
  return height;
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

static GtkWidget *
show (GtkWidget *view)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_window_set_child (GTK_WINDOW (window), scrolled);
  gtk_window_set_default_size (GTK_WINDOW (window), 420, 300);
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

static GtkWidget *
create_table (GtkStringList *strings)
{
  GtkWidget *view;

  for (int i = 0; i < N_ROWS; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);

      gtk_string_list_append (strings, text);
    }
  view = gtk_column_view_new (GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (strings))));
  flatline_columns_append (GTK_COLUMN_VIEW (view), &rows, columns, G_N_ELEMENTS (columns));
  return view;
}

static void
test_scroll (void)
{
  GtkWidget *view = create_table (gtk_string_list_new (NULL));
  GtkWidget *window = show (view);
  GtkWidget *list;

  list = find_list (view);
  g_assert_nonnull (list);
  wait_for (has_cells_in_view, list);

  gtk_widget_activate_action (list, "list.scroll-to-item", "u", N_ROWS - 1);
  wait_for (shows_the_end, list);
  gtk_widget_activate_action (list, "list.scroll-to-item", "u", 0);
  wait_for (page_down, list);
  wait_for (is_still, list);
  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    g_assert_cmpint (measure_height (row), ==, measure_height (gtk_widget_get_last_child (list)));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* A list with rows of two heights */

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  gtk_list_item_set_child (list_item, gtk_label_new (NULL));
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  const guint position = gtk_list_item_get_position (list_item);
  g_autofree char *text = g_strdup_printf ("%s%u%s", position == 1 ? "this is the widest of them, " : "", position,
                                           position % 2 ? "\nand a second line" : "");

  gtk_label_set_label (GTK_LABEL (gtk_list_item_get_child (list_item)), text);
}

static double
get_length (GtkWidget *list)
{
  return gtk_adjustment_get_upper (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (list)));
}

static gboolean
is_at_the_end (GtkWidget *list)
{
  GtkAdjustment *down = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (list));

  return gtk_adjustment_get_value (down) + gtk_adjustment_get_page_size (down) >= get_length (list) - 1
         && is_still (list);
}

/* As long and as wide as it is with all of its rows. */
static void
test_list (void)
{
  GtkStringList *strings = gtk_string_list_new (NULL);
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *list, *window;
  double length;
  int width, width_at_end;

  for (guint i = 0; i < 100; i++) /* as many as GTK builds */
    gtk_string_list_append (strings, "row");
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  list = gtk_list_view_new (GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (strings))), factory);
  flatline_rows_in_view_follow (list);
  window = show (list);
  wait_for (is_still, list);
  length = get_length (list);
  gtk_widget_measure (list, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
  gtk_widget_activate_action (list, "list.scroll-to-item", "u", 99);
  wait_for (is_at_the_end, list);
  g_assert_cmpfloat (get_length (list), ==, length);
  gtk_widget_measure (list, GTK_ORIENTATION_HORIZONTAL, -1, &width_at_end, NULL, NULL, NULL);
  g_assert_cmpint (width_at_end, ==, width);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* On a page that is not shown there is nothing to be seen; when it comes back, all is. */
static void
test_out_of_sight (void)
{
  GtkStringList *strings = gtk_string_list_new (NULL);
  GtkWidget *view = create_table (strings);
  GtkWidget *window = show (view);
  GtkWidget *scrolled = g_object_ref (gtk_window_get_child (GTK_WINDOW (window)));
  GtkWidget *stack = gtk_stack_new ();
  GtkWidget *list = find_list (view);

  gtk_string_list_splice (strings, 50, N_ROWS - 50, NULL); /* of more, GTK builds no others */
  gtk_window_set_child (GTK_WINDOW (window), stack);
  gtk_stack_add_named (GTK_STACK (stack), scrolled, "table");
  gtk_stack_add_named (GTK_STACK (stack), gtk_label_new ("other"), "other");
  g_object_unref (scrolled);
  wait_for (is_still, list);
  gtk_stack_set_visible_child_name (GTK_STACK (stack), "other");
  wait_for (shows_nothing, list);
  for (int i = 0; i < 10; i++)
    gtk_string_list_append (strings, "news");
  g_assert_false (shows_nothing (list));
  gtk_widget_queue_resize (stack); /* something is laid out every now and then */
  wait_for (shows_nothing, list);
  gtk_stack_set_visible_child_name (GTK_STACK (stack), "table");
  wait_for (is_still, list);
  wait_for (has_cells_in_view, list);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Rows that leave where no frame is drawn */

static guint n_alive;

static void
on_gone (gpointer unused, GObject *widget)
{
  n_alive--;
}

static gboolean
are_all_gone (GtkWidget *unused)
{
  return n_alive == 0;
}

static void
count_alive (GtkWidget *widget)
{
  n_alive++;
  g_object_weak_ref (G_OBJECT (widget), on_gone, NULL);
}

/* The rows left a window that is hidden: they do not go all at once with it, and neither do their cells. */
static void
test_hidden (void)
{
  GtkStringList *strings = gtk_string_list_new (NULL);
  GtkWidget *view = create_table (strings);
  GtkWidget *window = show (view);
  GtkWidget *list = find_list (view);
  guint n_before;

  wait_for (has_cells_in_view, list);
  n_alive = 0;
  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    {
      count_alive (row);
      for (GtkWidget *cell = gtk_widget_get_first_child (row); cell; cell = gtk_widget_get_next_sibling (cell))
        count_alive (cell);
    }
  n_before = n_alive;
  g_assert_cmpuint (n_before, >, 250);
  gtk_widget_set_visible (window, FALSE);
  gtk_string_list_splice (strings, 0, N_ROWS, NULL);
  gtk_window_destroy (GTK_WINDOW (window));
  g_assert_cmpuint (n_alive, ==, n_before);
  wait_for (are_all_gone, NULL);
}

/* A tree that is folded */

static char *
name_text (gpointer record)
{
  return g_strdup (((FlatlineProcess *)record)->name);
}

static const FlatlineColumn tree_columns[] = {
  { .title = "Name", .text = name_text, .chars = 12, .flags = FLATLINE_COLUMN_TREE },
  { .title = "Again", .text = name_text, .chars = 12 },
};
static const FlatlineRows tree_rows = { .in_tree = TRUE };

static GListModel *
create_children (gpointer item, gpointer user_data)
{
  GListStore *children = ((FlatlineProcess *)item)->children;

  return children ? g_object_ref (G_LIST_MODEL (children)) : NULL;
}

static GListModel *
create_tree (guint n_children)
{
  GListStore *roots = g_list_store_new (FLATLINE_TYPE_PROCESS);
  g_autoptr (GListStore) children = g_list_store_new (FLATLINE_TYPE_PROCESS);
  g_autoptr (FlatlineProcess) parent = g_object_new (FLATLINE_TYPE_PROCESS, "name", "parent", NULL);

  for (guint i = 0; i < n_children; i++)
    {
      g_autoptr (FlatlineProcess) child = g_object_new (FLATLINE_TYPE_PROCESS, "name", "child", NULL);

      g_list_store_append (children, child);
    }
  g_object_set (parent, "children", children, NULL);
  g_list_store_append (roots, parent);
  return G_LIST_MODEL (gtk_tree_list_model_new (G_LIST_MODEL (roots), FALSE, TRUE, create_children, NULL, NULL));
}

static GListModel *
get_model (GtkWidget *list)
{
  return G_LIST_MODEL (gtk_column_view_get_model (GTK_COLUMN_VIEW (gtk_widget_get_parent (list))));
}

static gboolean
shows_all (GtkWidget *list)
{
  GtkWidget *row = gtk_widget_get_first_child (list);

  return g_list_model_get_n_items (get_model (list)) == N_CHILDREN + 1 && gtk_widget_get_next_sibling (row)
         && gtk_widget_get_height (gtk_widget_get_next_sibling (row)) > 0;
}

static gboolean
shows_one (GtkWidget *list)
{
  return g_list_model_get_n_items (get_model (list)) == 1;
}

static guint
position_of (GtkWidget *row, GtkWidget *view)
{
  graphene_point_t middle;

  g_assert_true (
      gtk_widget_compute_point (row, view, &GRAPHENE_POINT_INIT (20, (float)gtk_widget_get_height (row) / 2), &middle));
  return flatline_column_view_position_at (GTK_COLUMN_VIEW (view), middle.x, middle.y);
}

/* The indentation and the arrow are widgets. */
static guint
count_parts (GtkWidget *row)
{
  GtkWidget *expander = gtk_widget_get_first_child (gtk_widget_get_first_child (row));
  guint n_parts = 0;

  g_assert_true (GTK_IS_TREE_EXPANDER (expander));
  for (GtkWidget *part = gtk_widget_get_first_child (expander); part; part = gtk_widget_get_next_sibling (part))
    n_parts++;
  return n_parts;
}

static void
note_most (GListModel *model, guint position, guint removed, guint added, guint *n_most)
{
  *n_most = MAX (*n_most, removed);
}

static void
test_fold (void)
{
  g_autoptr (GListModel) shown = flatline_gradual_list_new (create_tree (N_CHILDREN));
  GtkSingleSelection *selection = gtk_single_selection_new (g_object_ref (shown));
  GtkWidget *view = gtk_column_view_new (GTK_SELECTION_MODEL (selection));
  g_autoptr (GtkTreeListRow) parent = g_list_model_get_item (shown, 0);
  GtkWidget *window, *list, *first, *second;
  guint n_parts, n_most = 0;

  flatline_gradual_list_let_go_gradually (shown, flatline_column_view_get_place, view);
  flatline_columns_append (GTK_COLUMN_VIEW (view), &tree_rows, tree_columns, G_N_ELEMENTS (tree_columns));
  window = show (view);
  list = find_list (view);
  wait_for (shows_all, list);
  first = gtk_widget_get_first_child (list);
  second = gtk_widget_get_next_sibling (first);
  g_assert_cmpuint (position_of (first, view), ==, 0);
  g_assert_cmpuint (position_of (second, view), ==, 1);
  n_parts = count_parts (second);
  g_signal_connect (shown, "items-changed", G_CALLBACK (note_most), &n_most);

  gtk_tree_list_row_set_expanded (parent, FALSE);
  /* Still there, as it was; but whoever points at it means nothing. */
  g_assert_true (shows_all (list));
  g_assert_cmpuint (count_parts (second), ==, n_parts);
  g_assert_cmpuint (position_of (first, view), ==, 0);
  g_assert_cmpuint (position_of (second, view), ==, GTK_INVALID_LIST_POSITION);
  wait_for (shows_one, list);
  g_assert_cmpuint (n_most, <, 20);
  g_assert_true (gtk_single_selection_get_selected_item (selection) == parent);

  gtk_tree_list_row_set_expanded (parent, TRUE);
  wait_for (shows_all, list);
  gtk_window_destroy (GTK_WINDOW (window));
}

#define N_MANY 2000

static gboolean
shows_its_end (GtkWidget *list)
{
  GtkAdjustment *adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (gtk_widget_get_parent (list)));

  return gtk_adjustment_get_value (adjustment) > 10 * gtk_adjustment_get_page_size (adjustment);
}

static gboolean
shows_many (GtkWidget *list)
{
  return g_list_model_get_n_items (get_model (list)) == N_MANY + 1;
}

/* Where many rows go at one go there are none that have widgets. */
static void
note_first (GListModel *model, guint position, guint removed, guint added, guint *first)
{
  if (removed > 20)
    *first = MIN (*first, position);
}

/* As it is with the keys Home and Left. */
static void
test_fold_after_a_jump (void)
{
  g_autoptr (GListModel) shown = flatline_gradual_list_new (create_tree (N_MANY));
  GtkWidget *view = gtk_column_view_new (GTK_SELECTION_MODEL (gtk_single_selection_new (g_object_ref (shown))));
  g_autoptr (GtkTreeListRow) parent = g_list_model_get_item (shown, 0);
  GtkWidget *window, *list;
  guint first = G_MAXUINT;

  flatline_gradual_list_let_go_gradually (shown, flatline_column_view_get_place, view);
  flatline_columns_append (GTK_COLUMN_VIEW (view), &tree_rows, tree_columns, G_N_ELEMENTS (tree_columns));
  window = show (view);
  list = find_list (view);
  wait_for (shows_many, list);
  gtk_widget_activate_action (list, "list.scroll-to-item", "u", N_MANY);
  wait_for (shows_its_end, list);
  g_signal_connect (shown, "items-changed", G_CALLBACK (note_first), &first);

  gtk_widget_activate_action (list, "list.scroll-to-item", "u", 0);
  gtk_tree_list_row_set_expanded (parent, FALSE);
  wait_for (shows_one, list);
  g_assert_cmpuint (first, >, 100);
  g_assert_cmpuint (first, <, N_MANY);
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
  g_test_add_func ("/window/rows-in-view/list", test_list);
  g_test_add_func ("/window/rows-in-view/out-of-sight", test_out_of_sight);
  g_test_add_func ("/window/rows-in-view/hidden", test_hidden);
  g_test_add_func ("/window/rows-in-view/fold", test_fold);
  g_test_add_func ("/window/rows-in-view/fold-after-a-jump", test_fold_after_a_jump);
  return g_test_run ();
}
