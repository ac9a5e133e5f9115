/* SPDX-License-Identifier: MIT */
/* Colours, one picture of a beat a lane, and kept layouts for the words. */
#include "config.h"

#include "flatline-heartbeat-ink.h"

#include <adwaita.h>
#include <math.h>

#include "flatline-picture.h"

#define MAX_KEPT    200
#define CLOCK_SCALE 0.75
#define CLOCK_TEXT  "00:00:00" /* as wide and high as any */

#define CLOCK_MARGIN 4  /* above and below */
#define CLOCK_GAP    32 /* before the next one, or more */

FlatlineHeartbeatInk *
flatline_heartbeat_ink_new (GtkWidget *widget)
{
  FlatlineHeartbeatInk *self = g_new0 (FlatlineHeartbeatInk, 1);

  self->widget = widget;
  self->layouts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->times = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)gsk_render_node_unref);
  return self;
}

void
flatline_heartbeat_ink_forget (FlatlineHeartbeatInk *self)
{
  for (int lane = 0; lane < FLATLINE_LANE_PROCESS; lane++)
    g_clear_pointer (&self->beats[lane].image, cairo_surface_destroy);
  g_hash_table_remove_all (self->layouts);
  g_hash_table_remove_all (self->times);
  g_clear_pointer (&self->zone, g_time_zone_unref);
}

void
flatline_heartbeat_ink_free (FlatlineHeartbeatInk *self)
{
  flatline_heartbeat_ink_forget (self);
  g_hash_table_unref (self->layouts);
  g_hash_table_unref (self->times);
  g_free (self);
}

/* Its line is that of the lane, its peak @strength as high as may be. */
static FlatlineBeatPicture
create_beat (const GdkRGBA *color, double height, double strength, int scale)
{
  const double middle = floor (height * 0.6) + 0.5;
  const double peak = middle - height * 0.46 * strength, valley = middle + height * 0.24 * strength;
  FlatlineBeatPicture beat = { .top = MAX (floor (peak) - 1, 0) };
  cairo_t *cr;

  beat.height = ceil (valley) + 1 - beat.top;
  cr = flatline_picture_begin (&GRAPHENE_RECT_INIT (0, 0, (float)FLATLINE_BEAT_WIDTH, (float)beat.height), scale);
  cairo_translate (cr, 0, -beat.top);
  gdk_cairo_set_source_rgba (cr, color);
  cairo_set_line_width (cr, FLATLINE_HEARTBEAT_LINE);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_move_to (cr, 0, middle);
  cairo_line_to (cr, 1.5, middle);
  cairo_line_to (cr, 2.5, middle + height * 0.06 * strength);
  cairo_line_to (cr, 4.5, peak);
  cairo_line_to (cr, 6.5, valley);
  cairo_line_to (cr, 7.5, middle);
  cairo_line_to (cr, FLATLINE_BEAT_WIDTH, middle);
  cairo_stroke (cr);
  beat.image = flatline_picture_end (cr);
  return beat;
}

gboolean
flatline_heartbeat_ink_prepare (FlatlineHeartbeatInk *self, double lane_height)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  int scale = gtk_widget_get_scale_factor (self->widget);
  GdkRGBA foreground;

  gtk_style_context_get_color (gtk_widget_get_style_context (self->widget), &foreground);
  if (self->beats[0].image && self->lane_height == lane_height && self->scale == scale
      && gdk_rgba_equal (&foreground, &self->foreground))
    return FALSE;
  flatline_heartbeat_ink_forget (self);
  self->foreground = foreground;
  self->lane_height = lane_height;
  self->line = floor (lane_height * 0.6) - 0.2;
  self->scale = scale;
  gdk_rgba_parse (&self->alive, dark ? "#33d17a" : "#1b8553");
  gdk_rgba_parse (&self->flat, dark ? "#ff7b63" : "#c01c28");
  for (int lane = 0; lane < FLATLINE_LANE_PROCESS; lane++)
    self->beats[lane] = create_beat (&self->alive, lane_height, lane == FLATLINE_LANE_INTERPRETER ? 0.6 : 1.0, scale);
  return TRUE;
}

PangoLayout *
flatline_heartbeat_ink_get_layout (FlatlineHeartbeatInk *self, const char *text, double font_scale)
{
  PangoLayout *layout = g_hash_table_lookup (self->layouts, text);
  g_autoptr (PangoAttrList) attributes = NULL;

  if (layout)
    return layout;
  if (g_hash_table_size (self->layouts) > MAX_KEPT)
    g_hash_table_remove_all (self->layouts);
  layout = gtk_widget_create_pango_layout (self->widget, text);
  attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_scale_new (font_scale));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  g_hash_table_insert (self->layouts, g_strdup (text), layout);
  return layout;
}

static void
get_clock_size (FlatlineHeartbeatInk *self, int *width, int *height)
{
  pango_layout_get_pixel_size (flatline_heartbeat_ink_get_layout (self, CLOCK_TEXT, CLOCK_SCALE), width, height);
}

int
flatline_heartbeat_ink_get_clock_height (FlatlineHeartbeatInk *self)
{
  int height;

  get_clock_size (self, NULL, &height);
  return height + CLOCK_MARGIN;
}

double
flatline_heartbeat_ink_get_clock_width (FlatlineHeartbeatInk *self)
{
  int width;

  get_clock_size (self, &width, NULL);
  return width + CLOCK_GAP;
}

/* The zone is kept: to ask for the local one looks at a dozen files. */
gint64
flatline_heartbeat_ink_get_utc_offset_us (FlatlineHeartbeatInk *self, gint64 time_us)
{
  int interval;

  if (!self->zone)
    self->zone = g_time_zone_new_local ();
  interval = g_time_zone_find_interval (self->zone, G_TIME_TYPE_UNIVERSAL, time_us / G_USEC_PER_SEC);
  return g_time_zone_get_offset (self->zone, interval) * (gint64)G_USEC_PER_SEC;
}

static GdkRGBA
fade (const GdkRGBA *color, double alpha)
{
  return (GdkRGBA){ color->red, color->green, color->blue, color->alpha * (float)alpha };
}

void
flatline_heartbeat_ink_append (
    GtkSnapshot *snapshot, const GdkRGBA *color, double alpha, double x, double y, double width, double height)
{
  GdkRGBA faded = fade (color, alpha);

  gtk_snapshot_append_color (snapshot, &faded, &GRAPHENE_RECT_INIT ((float)x, (float)y, (float)width, (float)height));
}

void
flatline_heartbeat_ink_append_text (
    FlatlineHeartbeatInk *self, GtkSnapshot *snapshot, PangoLayout *layout, double x, double y, double alpha)
{
  GdkRGBA faded = fade (&self->foreground, alpha);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)x, (float)y));
  gtk_snapshot_append_layout (snapshot, layout, &faded);
  gtk_snapshot_restore (snapshot);
}

void
flatline_heartbeat_ink_append_time (
    FlatlineHeartbeatInk *self, GtkSnapshot *snapshot, const char *text, double x, double y)
{
  GskRenderNode *node = g_hash_table_lookup (self->times, text);

  if (!node)
    {
      GtkSnapshot *inner = gtk_snapshot_new ();

      if (g_hash_table_size (self->times) > MAX_KEPT)
        g_hash_table_remove_all (self->times);
      flatline_heartbeat_ink_append_text (self, inner, flatline_heartbeat_ink_get_layout (self, text, CLOCK_SCALE), 0,
                                          0, 0.7);
      node = gtk_snapshot_free_to_node (inner);
      g_hash_table_insert (self->times, g_strdup (text), node);
    }
  flatline_picture_append (snapshot, node, x, y);
}

void
flatline_heartbeat_ink_fill (
    cairo_t *cr, const GdkRGBA *color, double alpha, double x, double y, double width, double height)
{
  GdkRGBA faded = fade (color, alpha);

  gdk_cairo_set_source_rgba (cr, &faded);
  cairo_rectangle (cr, x, y, width, height);
  cairo_fill (cr);
}

void
flatline_heartbeat_ink_beat (FlatlineHeartbeatInk *self, cairo_t *cr, FlatlineLane lane, double x)
{
  cairo_set_source_surface (cr, self->beats[lane].image, x, 0);
  cairo_paint (cr);
}
