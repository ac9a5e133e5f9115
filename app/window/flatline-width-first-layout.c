/* SPDX-License-Identifier: MIT */
/* A GtkBinLayout that is deaf to the height. */
#include "config.h"

#include "flatline-width-first-layout.h"

struct _FlatlineWidthFirstLayout
{
  GtkLayoutManager parent_instance;
};

G_DEFINE_FINAL_TYPE (FlatlineWidthFirstLayout, flatline_width_first_layout, GTK_TYPE_LAYOUT_MANAGER)

static GtkSizeRequestMode
flatline_width_first_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
flatline_width_first_layout_measure (GtkLayoutManager *manager,
                                     GtkWidget *widget,
                                     GtkOrientation orientation,
                                     int for_size,
                                     int *minimum,
                                     int *natural,
                                     int *minimum_baseline,
                                     int *natural_baseline)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);

  if (child && gtk_widget_should_layout (child))
    gtk_widget_measure (child, orientation, orientation == GTK_ORIENTATION_HORIZONTAL ? -1 : for_size, minimum, natural,
                        NULL, NULL);
}

static void
flatline_width_first_layout_allocate (GtkLayoutManager *manager, GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);

  if (child && gtk_widget_should_layout (child))
    gtk_widget_allocate (child, width, height, baseline, NULL);
}

static void
flatline_width_first_layout_class_init (FlatlineWidthFirstLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  manager_class->get_request_mode = flatline_width_first_layout_get_request_mode;
  manager_class->measure = flatline_width_first_layout_measure;
  manager_class->allocate = flatline_width_first_layout_allocate;
}

static void
flatline_width_first_layout_init (FlatlineWidthFirstLayout *self)
{
}
