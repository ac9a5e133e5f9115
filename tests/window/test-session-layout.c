/* SPDX-License-Identifier: MIT */
/* The panes of a tab at every size: GTK asks how wide they have to be to be as low as they can, and makes a window
 * wider that is not; so what a line of words would take says nothing of them. */
#include <adwaita.h>

#include "flatline-session-layout.h"

static int
measure (GtkWidget *widget, GtkOrientation orientation, int for_size)
{
  int minimum;

  gtk_widget_measure (widget, orientation, for_size, &minimum, NULL, NULL, NULL);
  return minimum;
}

static void
test_one_least_size (void)
{
  FlatlineSessionLayout *layout = g_object_new (FLATLINE_TYPE_SESSION_LAYOUT, NULL);
  GtkWidget *window = gtk_window_new ();
  GtkWidget *panes = GTK_WIDGET (layout);
  int width, height;

  gtk_window_set_child (GTK_WINDOW (window), panes);
  flatline_waiting_page_show_session (flatline_session_layout_get_waiting_page (layout), NULL, FALSE);
  width = measure (panes, GTK_ORIENTATION_HORIZONTAL, -1);
  height = measure (panes, GTK_ORIENTATION_VERTICAL, -1);
  g_assert_cmpint (width, >, 0);
  g_assert_cmpint (height, >, 0);
  for (int larger = 0; larger < 600; larger += 50)
    {
      g_assert_cmpint (measure (panes, GTK_ORIENTATION_HORIZONTAL, height + larger), ==, width);
      g_assert_cmpint (measure (panes, GTK_ORIENTATION_VERTICAL, width + larger), ==, height);
    }
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_autofree char *schemas = g_build_filename (g_getenv ("FLATLINE_TEST_BUILD_ROOT"), "data", NULL);

  g_setenv ("GSETTINGS_SCHEMA_DIR", schemas, TRUE);
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/window/session-layout/one-least-size", test_one_least_size);
  return g_test_run ();
}
