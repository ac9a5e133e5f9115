/* SPDX-License-Identifier: MIT */
/* A title may take two lines before the buttons leave its side: that costs the window less height. Where that is not
 * enough, the leads fold. */
#include "config.h"

#include "flatline-banner-layout.h"

#define SPACING       12
#define ROW_SPACING   6
#define TITLE_SHARE   0.6 /* of what the title wants: in two lines it has all its words */
#define N_BELOW_TITLE 3   /* text, leads, and buttons when they are not beside it */

struct _FlatlineBannerLayout
{
  GtkLayoutManager parent_instance;
};

G_DEFINE_FINAL_TYPE (FlatlineBannerLayout, flatline_banner_layout, GTK_TYPE_LAYOUT_MANAGER)

typedef struct
{
  GtkWidget *icon;
  GtkWidget *title;
  GtkWidget *below[N_BELOW_TITLE];
  GtkWidget *buttons; /* the last of those below */
} Parts;

static Parts
list_parts (GtkWidget *widget)
{
  Parts parts = { .icon = gtk_widget_get_first_child (widget) };

  parts.title = gtk_widget_get_next_sibling (parts.icon);
  parts.buttons = parts.title;
  for (guint i = 0; i < N_BELOW_TITLE; i++)
    parts.buttons = parts.below[i] = gtk_widget_get_next_sibling (parts.buttons);
  return parts;
}

static int
measure (GtkWidget *part, GtkOrientation orientation, int for_size, int *minimum)
{
  int natural = 0;

  *minimum = 0;
  if (gtk_widget_should_layout (part))
    gtk_widget_measure (part, orientation, for_size, minimum, &natural, NULL, NULL);
  return natural;
}

static int
natural_of (GtkWidget *part, GtkOrientation orientation, int for_size)
{
  int minimum;

  return measure (part, orientation, for_size, &minimum);
}

static void
measure_width (const Parts *parts, int *minimum, int *natural)
{
  const int icon = natural_of (parts->icon, GTK_ORIENTATION_HORIZONTAL, -1) + SPACING;

  *natural = measure (parts->title, GTK_ORIENTATION_HORIZONTAL, -1, minimum) + SPACING
             + natural_of (parts->buttons, GTK_ORIENTATION_HORIZONTAL, -1);
  for (guint i = 0; i < N_BELOW_TITLE; i++)
    {
      int part_minimum;

      *natural = MAX (*natural, measure (parts->below[i], GTK_ORIENTATION_HORIZONTAL, -1, &part_minimum));
      *minimum = MAX (*minimum, part_minimum);
    }
  *minimum += icon;
  *natural += icon;
}

static void
put (GtkWidget *widget, GtkWidget *part, int x, int y, int width, int height)
{
  const gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  const GtkAllocation place = { mirrored ? gtk_widget_get_width (widget) - x - width : x, y, width, height };

  gtk_widget_size_allocate (part, &place, -1);
}

/* The height of all, or with @low the least; with @place, the parts get their places. */
static int
lay_out (GtkWidget *widget, int width, gboolean low, gboolean place)
{
  const Parts parts = list_parts (widget);
  const int icon = natural_of (parts.icon, GTK_ORIENTATION_HORIZONTAL, -1);
  const int left = icon + SPACING;
  int title_minimum;
  const int title = measure (parts.title, GTK_ORIENTATION_HORIZONTAL, -1, &title_minimum);
  const int title_least = MAX (title_minimum, (int)(title * TITLE_SHARE));
  const int buttons = natural_of (parts.buttons, GTK_ORIENTATION_HORIZONTAL, -1);
  const gboolean beside = left + title_least + SPACING + buttons <= width;
  const int title_width = beside && buttons > 0 ? width - left - SPACING - buttons : width - left;
  int y = MAX (natural_of (parts.icon, GTK_ORIENTATION_VERTICAL, -1),
               natural_of (parts.title, GTK_ORIENTATION_VERTICAL, title_width));

  if (beside)
    y = MAX (y, natural_of (parts.buttons, GTK_ORIENTATION_VERTICAL, buttons));
  if (place)
    {
      put (widget, parts.icon, 0, 0, icon, y);
      put (widget, parts.title, left, 0, title_width, y);
      if (beside && gtk_widget_should_layout (parts.buttons))
        put (widget, parts.buttons, width - buttons, 0, buttons, y);
    }
  for (guint i = 0; i < N_BELOW_TITLE; i++)
    {
      int height, least;

      if (!gtk_widget_should_layout (parts.below[i]) || (beside && parts.below[i] == parts.buttons))
        continue;
      if (parts.below[i] == parts.buttons)
        y += ROW_SPACING;
      height = measure (parts.below[i], GTK_ORIENTATION_VERTICAL, width - left, &least);
      height = low ? least : height;
      if (place)
        put (widget, parts.below[i], left, y, width - left, height);
      y += height;
    }
  return y;
}

static GtkSizeRequestMode
flatline_banner_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
flatline_banner_layout_measure (GtkLayoutManager *manager,
                                GtkWidget *widget,
                                GtkOrientation orientation,
                                int for_size,
                                int *minimum,
                                int *natural,
                                int *minimum_baseline,
                                int *natural_baseline)
{
  const Parts parts = list_parts (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      measure_width (&parts, minimum, natural);
      return;
    }
  if (for_size < 0)
    {
      int unused;

      measure_width (&parts, &unused, &for_size);
    }
  *minimum = lay_out (widget, for_size, TRUE, FALSE);
  *natural = lay_out (widget, for_size, FALSE, FALSE);
}

static void
flatline_banner_layout_allocate (GtkLayoutManager *manager, GtkWidget *widget, int width, int height, int baseline)
{
  lay_out (widget, width, height < lay_out (widget, width, FALSE, FALSE), TRUE);
}

static void
flatline_banner_layout_class_init (FlatlineBannerLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  manager_class->get_request_mode = flatline_banner_layout_get_request_mode;
  manager_class->measure = flatline_banner_layout_measure;
  manager_class->allocate = flatline_banner_layout_allocate;
}

static void
flatline_banner_layout_init (FlatlineBannerLayout *self)
{
}
