/* SPDX-License-Identifier: MIT */
/* Used by flatline-columns alone. To ask Pango for the metrics of a font costs more than to lay out a short text. */
#include "config.h"

#include "flatline-cell-label.h"

#include "flatline-shown-text.h"

struct _FlatlineCellLabel
{
  GtkWidget parent_instance;
  FlatlineCellMetrics *metrics;
  char *text;
  PangoLayout *layout; /* NULL: not drawn since the text or the font changed */
  guint min_chars;
  guint chars;
  gboolean numeric;
  gboolean takes_room;
  PangoEllipsizeMode ellipsize;
};

G_DEFINE_FINAL_TYPE (FlatlineCellLabel, flatline_cell_label, GTK_TYPE_WIDGET)

static void
update_metrics (FlatlineCellMetrics *metrics)
{
  PangoContext *context = gtk_widget_get_pango_context (metrics->table);
  PangoFontMetrics *font;

  if (metrics->serial == pango_context_get_serial (context) && metrics->char_width > 0)
    return;
  font = pango_context_get_metrics (context, NULL, NULL);
  metrics->serial = pango_context_get_serial (context);
  metrics->char_width =
      MAX (pango_font_metrics_get_approximate_char_width (font), pango_font_metrics_get_approximate_digit_width (font));
  metrics->ascent = pango_font_metrics_get_ascent (font);
  metrics->descent = pango_font_metrics_get_descent (font);
  pango_font_metrics_unref (font);
}

static void
flatline_cell_label_measure (GtkWidget *widget,
                             GtkOrientation orientation,
                             int for_size,
                             int *minimum,
                             int *natural,
                             int *minimum_baseline,
                             int *natural_baseline)
{
  FlatlineCellLabel *self = FLATLINE_CELL_LABEL (widget);

  update_metrics (self->metrics);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = PANGO_PIXELS_CEIL ((int)self->min_chars * self->metrics->char_width)
                 + (self->takes_room ? self->metrics->room : 0);
      *natural = MAX (*minimum, PANGO_PIXELS_CEIL ((int)self->chars * self->metrics->char_width));
      return;
    }
  *minimum = *natural = PANGO_PIXELS_CEIL (self->metrics->ascent + self->metrics->descent);
  *minimum_baseline = *natural_baseline = PANGO_PIXELS_CEIL (self->metrics->ascent);
}

static PangoAttrList *
get_digit_attributes (void)
{
  static PangoAttrList *attributes;

  if (!attributes)
    {
      attributes = pango_attr_list_new ();
      pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
    }
  return attributes;
}

static void
ensure_layout (FlatlineCellLabel *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  const gboolean right_to_left = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  gboolean is_right, is_swapped;

  if (!self->layout)
    {
      self->layout = gtk_widget_create_pango_layout (widget, self->text);
      pango_layout_set_ellipsize (self->layout, self->ellipsize);
      pango_layout_set_wrap (self->layout, PANGO_WRAP_WORD_CHAR);
      /* Values are code: {'שלום': 1} begins with its bracket, whatever letters come first. */
      pango_layout_set_auto_dir (self->layout, right_to_left);
      if (self->numeric)
        pango_layout_set_attributes (self->layout, get_digit_attributes ());
    }
  /* A text stands where reading begins in the window, as names beside their arrow do, whatever letters it has. To Pango
   * left is right in a paragraph that goes the other way than the window. */
  is_right = self->numeric || right_to_left;
  is_swapped = (pango_layout_get_line_readonly (self->layout, 0)->resolved_dir == PANGO_DIRECTION_RTL) != right_to_left;
  pango_layout_set_alignment (self->layout, is_right != is_swapped ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
  pango_layout_set_width (self->layout, gtk_widget_get_width (widget) * PANGO_SCALE);
  pango_layout_set_height (self->layout, gtk_widget_get_height (widget) * PANGO_SCALE);
}

static void
flatline_cell_label_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FlatlineCellLabel *self = FLATLINE_CELL_LABEL (widget);
  GdkRGBA color;
  int height;

  if (!self->text || !*self->text || gtk_widget_get_width (widget) <= 0)
    return;
  ensure_layout (self);
  pango_layout_get_pixel_size (self->layout, NULL, &height);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT (0, (float)MAX (0, (gtk_widget_get_height (widget) - height) / 2)));
  gtk_snapshot_append_layout (snapshot, self->layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
flatline_cell_label_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (flatline_cell_label_parent_class)->css_changed (widget, change);
  g_clear_object (&FLATLINE_CELL_LABEL (widget)->layout);
}

static void
flatline_cell_label_finalize (GObject *object)
{
  FlatlineCellLabel *self = FLATLINE_CELL_LABEL (object);

  g_clear_object (&self->layout);
  g_free (self->text);
  G_OBJECT_CLASS (flatline_cell_label_parent_class)->finalize (object);
}

static void
flatline_cell_label_class_init (FlatlineCellLabelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = flatline_cell_label_finalize;
  widget_class->measure = flatline_cell_label_measure;
  widget_class->snapshot = flatline_cell_label_snapshot;
  widget_class->css_changed = flatline_cell_label_css_changed;
  gtk_widget_class_set_css_name (widget_class, "label");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LABEL);
}

static void
flatline_cell_label_init (FlatlineCellLabel *self)
{
  self->ellipsize = PANGO_ELLIPSIZE_END;
  /* A screen reader is told the name of the class where there is none. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, "", -1);
}

GtkWidget *
flatline_cell_label_new (FlatlineCellMetrics *metrics, guint min_chars, guint chars)
{
  FlatlineCellLabel *self = g_object_new (FLATLINE_TYPE_CELL_LABEL, NULL);

  self->metrics = metrics;
  self->min_chars = min_chars;
  self->chars = chars;
  return GTK_WIDGET (self);
}

void
flatline_cell_label_set_text (FlatlineCellLabel *self, const char *text)
{
  g_autofree char *shown = flatline_shown_text_dup (text);

  if (g_strcmp0 (shown, self->text) == 0)
    return;
  g_free (self->text);
  self->text = g_steal_pointer (&shown);
  g_clear_object (&self->layout);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, self->text ? self->text : "",
                                  -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
flatline_cell_label_set_numeric (FlatlineCellLabel *self)
{
  self->numeric = TRUE;
}

void
flatline_cell_label_set_takes_room (FlatlineCellLabel *self)
{
  self->takes_room = TRUE;
}

void
flatline_cell_label_set_ellipsize_middle (FlatlineCellLabel *self)
{
  self->ellipsize = PANGO_ELLIPSIZE_MIDDLE;
}
