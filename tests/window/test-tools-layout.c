/* SPDX-License-Identifier: MIT */
/* The buttons beside the output are whole and apart from each other, however low the pane is, in both directions of
 * writing. */
#include <adwaita.h>

#include "flatline-output-pane.h"

#define WIDTH   500
#define N_TOOLS 4

static guint
find_buttons (GtkWidget *widget, GtkWidget **buttons, guint n)
{
  if (GTK_IS_BUTTON (widget) && gtk_widget_has_css_class (gtk_widget_get_parent (widget), "pane-tools"))
    {
      g_assert_cmpuint (n, <, N_TOOLS);
      buttons[n++] = widget;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    n = find_buttons (child, buttons, n);
  return n;
}

static void
check_height (GtkWidget *pane, int height)
{
  GtkWidget *buttons[N_TOOLS];
  graphene_rect_t places[N_TOOLS];
  const graphene_rect_t whole = GRAPHENE_RECT_INIT (0, 0, WIDTH, height);

  g_assert_cmpuint (find_buttons (pane, buttons, 0), ==, N_TOOLS);
  gtk_widget_size_allocate (pane, &(GtkAllocation){ 0, 0, WIDTH, height }, -1);
  for (guint i = 0; i < N_TOOLS; i++)
    {
      g_assert_true (gtk_widget_compute_bounds (buttons[i], pane, &places[i]));
      g_assert_cmpfloat (places[i].size.width, >, 0);
      g_assert_true (graphene_rect_contains_rect (&whole, &places[i]));
      for (guint j = 0; j < i; j++)
        {
          graphene_rect_t both;

          g_assert_false (graphene_rect_intersection (&places[i], &places[j], &both) && both.size.width > 0
                          && both.size.height > 0);
        }
    }
}

static void
test_whole (gconstpointer direction)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *pane = g_object_new (FLATLINE_TYPE_OUTPUT_PANE, NULL);
  GtkWidget *buttons[N_TOOLS];
  int least, tool;

  gtk_widget_set_default_direction (GPOINTER_TO_INT (direction));
  gtk_window_set_child (GTK_WINDOW (window), pane);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, 400);
  gtk_window_present (GTK_WINDOW (window));
  while (gtk_widget_get_height (pane) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (find_buttons (pane, buttons, 0), ==, N_TOOLS);
  gtk_widget_measure (pane, GTK_ORIENTATION_VERTICAL, -1, &least, NULL, NULL, NULL);
  gtk_widget_measure (buttons[0], GTK_ORIENTATION_VERTICAL, -1, &tool, NULL, NULL, NULL);
  g_assert_cmpint (least, <, N_TOOLS * tool);
  for (int height = least; height <= (N_TOOLS + 1) * tool; height++)
    check_height (pane, height);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_data_func ("/window/tools-layout/ltr", GINT_TO_POINTER (GTK_TEXT_DIR_LTR), test_whole);
  g_test_add_data_func ("/window/tools-layout/rtl", GINT_TO_POINTER (GTK_TEXT_DIR_RTL), test_whole);
  return g_test_run ();
}
