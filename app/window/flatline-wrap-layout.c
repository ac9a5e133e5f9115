/* SPDX-License-Identifier: MIT */
/* One walk over the children serves both questions: how high they are in a width, and where each of them is then. */
#include "config.h"

#include "flatline-wrap-layout.h"

struct _FlatlineWrapLayout
{
  GtkLayoutManager parent_instance;
  int spacing;
  gboolean folds;
};

enum
{
  PROP_0,
  PROP_SPACING,
  PROP_FOLDS,
};

G_DEFINE_FINAL_TYPE (FlatlineWrapLayout, flatline_wrap_layout, GTK_TYPE_LAYOUT_MANAGER)

static int
width_of (GtkWidget *child, int width)
{
  int minimum, natural;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  return MAX (minimum, MIN (natural, width));
}

static int
height_of (GtkWidget *child, int width)
{
  int natural;

  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, NULL, &natural, NULL, NULL);
  return natural;
}

static void
place_line (GtkWidget *widget, GtkWidget *first, GtkWidget *end, const GtkAllocation *line, int spacing)
{
  const gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int x = 0;

  for (GtkWidget *child = first; child != end; child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_should_layout (child) && gtk_widget_get_child_visible (child))
      {
        const int width = width_of (child, line->width);
        const GtkAllocation place = { mirrored ? line->width - x - width : x, line->y, width, line->height };

        gtk_widget_size_allocate (child, &place, -1);
        x += width + spacing;
      }
}

/* The height of all lines; with @place, the children get their places. */
static int
lay_out (FlatlineWrapLayout *self, GtkWidget *widget, int width, gboolean place)
{
  GtkWidget *first = gtk_widget_get_first_child (widget);
  GtkAllocation line = { 0, 0, width, 0 };
  int x = 0;

  for (GtkWidget *child = first; child; child = gtk_widget_get_next_sibling (child))
    {
      int child_width;

      if (!gtk_widget_should_layout (child))
        continue;
      child_width = width_of (child, width);
      if (x > 0 && x + child_width > width)
        {
          if (place)
            place_line (widget, first, child, &line, self->spacing);
          line.y += line.height + self->spacing;
          line.height = 0;
          first = child;
          x = 0;
        }
      line.height = MAX (line.height, height_of (child, child_width));
      x += child_width + self->spacing;
    }
  if (place)
    place_line (widget, first, NULL, &line, self->spacing);
  return line.y + line.height;
}

static GtkWidget *
get_last (GtkWidget *widget)
{
  GtkWidget *child = gtk_widget_get_last_child (widget);

  while (child && !gtk_widget_should_layout (child))
    child = gtk_widget_get_prev_sibling (child);
  return child;
}

static void
show_all (GtkWidget *widget)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    gtk_widget_set_child_visible (child, TRUE);
}

/* What does not fit is still there for who asks for more height. */
static void
fold (FlatlineWrapLayout *self, GtkWidget *widget, int width, int height)
{
  GtkWidget *last = get_last (widget);
  int left = width - (last ? width_of (last, width) : 0);
  gboolean fits = TRUE;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_should_layout (child))
      {
        left -= child == last ? 0 : width_of (child, width) + self->spacing;
        fits &= left >= 0;
        gtk_widget_set_child_visible (child, fits || child == last);
      }
  place_line (widget, gtk_widget_get_first_child (widget), NULL, &(GtkAllocation){ 0, 0, width, height },
              self->spacing);
}

static GtkSizeRequestMode
flatline_wrap_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
flatline_wrap_layout_measure (GtkLayoutManager *manager,
                              GtkWidget *widget,
                              GtkOrientation orientation,
                              int for_size,
                              int *minimum,
                              int *natural,
                              int *minimum_baseline,
                              int *natural_baseline)
{
  FlatlineWrapLayout *self = FLATLINE_WRAP_LAYOUT (manager);

  *minimum = *natural = 0;
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      *natural = lay_out (self, widget, for_size < 0 ? G_MAXINT / 2 : for_size, FALSE);
      *minimum = self->folds ? lay_out (self, widget, G_MAXINT / 2, FALSE) : *natural;
      return;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_should_layout (child))
      {
        int child_minimum, child_natural;

        gtk_widget_measure (child, orientation, -1, &child_minimum, &child_natural, NULL, NULL);
        *minimum = MAX (*minimum, child_minimum);
        *natural += child_natural + (*natural > 0 ? self->spacing : 0);
      }
}

static void
flatline_wrap_layout_allocate (GtkLayoutManager *manager, GtkWidget *widget, int width, int height, int baseline)
{
  FlatlineWrapLayout *self = FLATLINE_WRAP_LAYOUT (manager);

  if (self->folds && height < lay_out (self, widget, width, FALSE))
    {
      fold (self, widget, width, height);
      return;
    }
  show_all (widget);
  lay_out (self, widget, width, TRUE);
}

static void
flatline_wrap_layout_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineWrapLayout *self = FLATLINE_WRAP_LAYOUT (object);

  if (id == PROP_SPACING)
    self->spacing = g_value_get_int (value);
  else
    self->folds = g_value_get_boolean (value);
}

static void
flatline_wrap_layout_class_init (FlatlineWrapLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  G_OBJECT_CLASS (klass)->set_property = flatline_wrap_layout_set_property;
  manager_class->get_request_mode = flatline_wrap_layout_get_request_mode;
  manager_class->measure = flatline_wrap_layout_measure;
  manager_class->allocate = flatline_wrap_layout_allocate;
  g_object_class_install_property (
      G_OBJECT_CLASS (klass), PROP_SPACING,
      g_param_spec_int ("spacing", NULL, NULL, 0, G_MAXINT16, 0,
                        G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (
      G_OBJECT_CLASS (klass), PROP_FOLDS,
      g_param_spec_boolean ("folds", NULL, NULL, FALSE,
                            G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
}

static void
flatline_wrap_layout_init (FlatlineWrapLayout *self)
{
}
