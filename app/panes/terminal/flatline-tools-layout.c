/* SPDX-License-Identifier: MIT */
/* A horizontal GtkBox around asks for the width in the height that there is. */
#include "config.h"

#include "flatline-tools-layout.h"

struct _FlatlineToolsLayout
{
  GtkLayoutManager parent_instance;
};

G_DEFINE_FINAL_TYPE (FlatlineToolsLayout, flatline_tools_layout, GTK_TYPE_LAYOUT_MANAGER)

typedef struct
{
  int n;
  int width; /* of each */
  int height;
} Tools;

static Tools
measure_tools (GtkWidget *widget)
{
  Tools tools = { 0, 1, 1 };

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_should_layout (child))
      {
        GtkRequisition natural;

        gtk_widget_get_preferred_size (child, NULL, &natural);
        tools.width = MAX (tools.width, natural.width);
        tools.height = MAX (tools.height, natural.height);
        tools.n++;
      }
  return tools;
}

static int
count_in_column (const Tools *tools, int height)
{
  return MAX (1, height / tools->height);
}

static GtkSizeRequestMode
flatline_tools_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_WIDTH_FOR_HEIGHT;
}

static void
flatline_tools_layout_measure (GtkLayoutManager *manager,
                               GtkWidget *widget,
                               GtkOrientation orientation,
                               int for_size,
                               int *minimum,
                               int *natural,
                               int *minimum_baseline,
                               int *natural_baseline)
{
  const Tools tools = measure_tools (widget);
  const int n_in_column = for_size < 0 ? MAX (1, tools.n) : count_in_column (&tools, for_size);

  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      *minimum = tools.height;
      *natural = tools.n * tools.height;
    }
  else
    *minimum = *natural = (tools.n + n_in_column - 1) / n_in_column * tools.width;
}

static void
flatline_tools_layout_allocate (GtkLayoutManager *manager, GtkWidget *widget, int width, int height, int baseline)
{
  const Tools tools = measure_tools (widget);
  const int n_in_column = count_in_column (&tools, height);
  const gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int i = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_should_layout (child))
      {
        const int x = i / n_in_column * tools.width;
        const int y = i % n_in_column * tools.height;
        const GtkAllocation place = { mirrored ? width - x - tools.width : x, y, tools.width, tools.height };

        gtk_widget_size_allocate (child, &place, -1);
        i++;
      }
}

static void
flatline_tools_layout_class_init (FlatlineToolsLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  manager_class->get_request_mode = flatline_tools_layout_get_request_mode;
  manager_class->measure = flatline_tools_layout_measure;
  manager_class->allocate = flatline_tools_layout_allocate;
}

static void
flatline_tools_layout_init (FlatlineToolsLayout *self)
{
}
