/* SPDX-License-Identifier: MIT */
/* Where the stack of a snapshot begins in a pane that becomes lower, as it does when the banner of a freeze comes. */
#include <adwaita.h>

#include "flatline-stack-entry.h"
#include "flatline-stack-pane.h"

#define DEADLINE_S 60

/* The first @n_above of the frames are of @kind and @file, not of the program. */
static FlatlineSnapshot *
create_snapshot_below (guint n_above, const char *kind, const char *file, guint n_frames)
{
  FlatlineSnapshot *snapshot = g_object_new (FLATLINE_TYPE_SNAPSHOT, NULL);
  FlatlineThread *thread = g_object_new (FLATLINE_TYPE_THREAD, "native-id", (gint64)1, "name", "MainThread", "is-main",
                                         TRUE, "is-python", TRUE, NULL);

  for (guint i = 0; i < n_frames; i++)
    {
      g_autofree char *name = g_strdup_printf ("function_%u", i);

      flatline_list_append (&thread->frames,
                            g_object_new (FLATLINE_TYPE_FRAME, "kind", i < n_above ? kind : "python", "function", name,
                                          "qualified-name", name, "file", i < n_above ? file : "/nowhere/one.py",
                                          "line", (gint64)i + 1, NULL));
    }
  flatline_list_append (&snapshot->threads, thread);
  return snapshot;
}

static FlatlineSnapshot *
create_snapshot (guint n_frames)
{
  return create_snapshot_below (0, NULL, NULL, n_frames);
}

static GtkWidget *
find (GtkWidget *widget, GType type)
{
  GtkWidget *found = g_type_is_a (G_OBJECT_TYPE (widget), type) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = find (child, type);
  return found;
}

static gboolean
wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_until (GtkAdjustment *down, gboolean (*condition) (GtkAdjustment *down, double value), double value)
{
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  guint waking = g_timeout_add (20, wake, NULL);

  while (!condition (down, value) && g_get_monotonic_time () < deadline_us)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (waking);
  g_assert_true (condition (down, value));
}

static gboolean
has_rows (GtkAdjustment *down, double height)
{
  return gtk_adjustment_get_page_size (down) > height && gtk_adjustment_get_upper (down) > height;
}

static gboolean
begins_at_top (GtkAdjustment *down, double height)
{
  const double page = gtk_adjustment_get_page_size (down);

  return page > 1 && page < height && gtk_adjustment_get_upper (down) > page && gtk_adjustment_get_value (down) == 0;
}

static GtkAdjustment *
show (GtkWidget *pane, GtkWidget **banner)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  *banner = g_object_new (GTK_TYPE_LABEL, "height-request", 260, "visible", FALSE, NULL);
  gtk_widget_set_vexpand (pane, TRUE);
  gtk_box_append (GTK_BOX (box), *banner);
  gtk_box_append (GTK_BOX (box), pane);
  gtk_window_set_child (GTK_WINDOW (window), box);
  gtk_window_set_default_size (GTK_WINDOW (window), 300, 450);
  gtk_window_present (GTK_WINDOW (window));
  return gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (find (pane, GTK_TYPE_SCROLLED_WINDOW)));
}

static void
test_lower (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = create_snapshot (40);
  GtkWidget *pane = g_object_new (FLATLINE_TYPE_STACK_PANE, "snapshot", snapshot, NULL);
  GtkWidget *banner;
  GtkAdjustment *down = show (pane, &banner);

  wait_until (down, has_rows, 300);
  gtk_widget_set_visible (banner, TRUE);
  wait_until (down, begins_at_top, 250);
  gtk_window_destroy (GTK_WINDOW (gtk_widget_get_root (pane)));
}

/* The rows of another snapshot are as many and as high: nothing but the place tells of them. */
static void
test_anew (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = create_snapshot (40);
  g_autoptr (FlatlineSnapshot) other = create_snapshot (40);
  GtkWidget *pane = g_object_new (FLATLINE_TYPE_STACK_PANE, "snapshot", snapshot, NULL);
  GtkWidget *banner;
  GtkAdjustment *down = show (pane, &banner);

  gtk_widget_set_visible (banner, TRUE);
  wait_until (down, begins_at_top, 250);
  gtk_adjustment_set_value (down, 100);
  g_object_set (pane, "snapshot", other, NULL);
  wait_until (down, begins_at_top, 250);
  gtk_window_destroy (GTK_WINDOW (gtk_widget_get_root (pane)));
}

static GtkWidget *
find_selected (GtkWidget *view)
{
  for (GtkWidget *row = gtk_widget_get_first_child (view); row; row = gtk_widget_get_next_sibling (row))
    if (gtk_widget_get_state_flags (row) & GTK_STATE_FLAG_SELECTED)
      return row;
  return NULL;
}

static gboolean
is_selected_in_sight (GtkAdjustment *down, double unused)
{
  GtkWidget *view = g_object_get_data (G_OBJECT (down), "view");
  GtkWidget *row = find_selected (view);
  graphene_rect_t place;

  return row && gtk_adjustment_get_page_size (down) > 1 && gtk_widget_compute_bounds (row, view, &place)
         && place.size.height > 0 && place.origin.y >= 0
         && place.origin.y + place.size.height <= gtk_adjustment_get_page_size (down);
}

/* The frame that is selected is not among the first. */
static void
test_far_down (void)
{
  g_autoptr (FlatlineSnapshot) snapshot =
      create_snapshot_below (20, "python", "/usr/lib/python3.11/asyncio/events.py", 40);
  GtkWidget *pane = g_object_new (FLATLINE_TYPE_STACK_PANE, NULL);
  GtkWidget *banner;
  GtkAdjustment *down = show (pane, &banner);

  g_object_set_data (G_OBJECT (down), "view", find (pane, GTK_TYPE_LIST_VIEW));
  for (guint i = 0; i < 30; i++)
    g_main_context_iteration (NULL, FALSE);
  g_object_set (pane, "snapshot", snapshot, NULL);
  wait_until (down, is_selected_in_sight, 0);
  gtk_widget_set_visible (banner, TRUE);
  for (guint i = 0; i < 30; i++)
    g_main_context_iteration (NULL, FALSE);
  wait_until (down, is_selected_in_sight, 0);
  gtk_window_destroy (GTK_WINDOW (gtk_widget_get_root (pane)));
}

static guint
count_rows (GtkWidget *pane)
{
  GtkSelectionModel *rows = gtk_list_view_get_model (GTK_LIST_VIEW (find (pane, GTK_TYPE_LIST_VIEW)));

  for (guint i = 0; i < 30; i++)
    g_main_context_iteration (NULL, FALSE);
  return g_list_model_get_n_items (G_LIST_MODEL (rows));
}

/* Native calls are one row, which tells the innermost; a stack that has no others is shown as it is. */
static void
test_native_calls (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = create_snapshot_below (20, "native", "/usr/lib/libc.so.6", 23);
  g_autoptr (FlatlineSnapshot) two = create_snapshot_below (2, "native", "/usr/lib/libc.so.6", 5);
  g_autoptr (FlatlineSnapshot) native = create_snapshot_below (20, "native", "/usr/lib/libc.so.6", 20);
  g_autoptr (GListStore) entries = flatline_stack_entries_new (snapshot);
  FlatlineStackEntry *thread = flatline_list_peek (entries, 0);
  FlatlineStackEntry *fold = flatline_list_peek (thread->children, 0);
  FlatlineStackEntry *first = flatline_list_peek (thread->children, 1);
  g_autofree char *text = flatline_stack_entry_dup_text (thread);
  GtkWidget *pane = g_object_new (FLATLINE_TYPE_STACK_PANE, "snapshot", snapshot, NULL);
  GtkWidget *banner;
  FlatlineFrame *frame;

  g_assert_cmpuint (flatline_list_length (thread->children), ==, 4);
  g_assert_cmpstr (fold->title, ==, "20 native calls");
  g_assert_cmpstr (fold->detail, ==, "function_0");
  g_assert_cmpuint (flatline_list_length (fold->children), ==, 20);
  g_assert_cmpstr (first->title, ==, "function_20");
  /* What is copied has all of them. */
  g_assert_nonnull (strstr (text, "in function_0\n"));
  g_assert_nonnull (strstr (text, "in function_19\n"));
  g_assert_true (strstr (text, "in function_20\n") < strstr (text, "in function_19\n"));

  show (pane, &banner);
  g_assert_cmpuint (count_rows (pane), ==, 5);
  g_object_get (pane, "frame", &frame, NULL);
  g_assert_true (frame == first->frame);
  g_object_unref (frame);
  g_object_set (pane, "snapshot", two, NULL);
  g_assert_cmpuint (count_rows (pane), ==, 6);
  g_object_set (pane, "snapshot", native, NULL);
  g_assert_cmpuint (count_rows (pane), ==, 21);
  gtk_window_destroy (GTK_WINDOW (gtk_widget_get_root (pane)));
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
  adw_init ();
  g_test_add_func ("/window/stack/lower", test_lower);
  g_test_add_func ("/window/stack/anew", test_anew);
  g_test_add_func ("/window/stack/far-down", test_far_down);
  g_test_add_func ("/window/stack/native-calls", test_native_calls);
  return g_test_run ();
}
