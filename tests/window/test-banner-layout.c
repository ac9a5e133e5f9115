/* SPDX-License-Identifier: MIT */
/* The banner of a freeze at every width it can have: nothing in it is narrower than it can be. */
#include <adwaita.h>

#include "flatline-banner-layout.h"

static GtkWidget *
add (GtkWidget *bar, GtkWidget *part)
{
  gtk_box_append (GTK_BOX (bar), part);
  return part;
}

static int
minimum_of (GtkWidget *part)
{
  int minimum;

  gtk_widget_measure (part, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  return minimum;
}

static void
test_width_of_the_title (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *title;
  int minimum, natural;

  gtk_widget_set_layout_manager (bar, g_object_new (FLATLINE_TYPE_BANNER_LAYOUT, NULL));
  add (bar, gtk_image_new ());
  /* Shorter than the place it keeps. */
  title = add (bar, g_object_new (GTK_TYPE_LABEL, "label", "Held", "width-chars", 12, "ellipsize", PANGO_ELLIPSIZE_END,
                                  "wrap", TRUE, "lines", 2, NULL));
  add (bar, gtk_label_new ("Why"));
  add (bar, gtk_label_new ("Evidence"));
  add (bar, gtk_button_new_with_label ("Continue"));
  gtk_window_set_child (GTK_WINDOW (window), bar);
  gtk_widget_measure (bar, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  for (int width = minimum; width <= natural + 10; width++)
    {
      int height;

      gtk_widget_measure (bar, GTK_ORIENTATION_VERTICAL, width, NULL, &height, NULL, NULL);
      gtk_widget_size_allocate (bar, &(GtkAllocation){ 0, 0, width, height }, -1);
      g_assert_cmpint (gtk_widget_get_width (title), >=, minimum_of (title));
    }
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/window/banner-layout/width-of-the-title", test_width_of_the_title);
  return g_test_run ();
}
