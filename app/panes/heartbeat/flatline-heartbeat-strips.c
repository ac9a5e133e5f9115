/* SPDX-License-Identifier: MIT */
/*
 * Strips are numbered from the epoch on, so that a strip stays the same while the view moves over it. Each knows up to
 * which time its image is as it will be; what is later is drawn anew.
 */
#include "config.h"

#include "flatline-heartbeat-strips.h"

#include <math.h>

#include "flatline-picture.h"

#define STRIP_PIXELS 256.0
#define REACH_PIXELS 9.0 /* how far what happened at a time may be drawn before it */

#define SPARE_STRIPS 4

typedef struct
{
  gint64 number;
  cairo_surface_t *image;
  GskRenderNode *picture; /* of the image as it is */
  double final_us;        /* what lies before will not change */
} Strip;

struct _FlatlineHeartbeatStrips
{
  GHashTable *strips; /* number (gint64 *) -> Strip */
  FlatlineStripScale scale;
};

static void
strip_free (gpointer data)
{
  Strip *strip = data;

  cairo_surface_destroy (strip->image);
  gsk_render_node_unref (strip->picture);
  g_free (strip);
}

FlatlineHeartbeatStrips *
flatline_heartbeat_strips_new (void)
{
  FlatlineHeartbeatStrips *self = g_new0 (FlatlineHeartbeatStrips, 1);

  self->strips = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, strip_free);
  return self;
}

void
flatline_heartbeat_strips_free (FlatlineHeartbeatStrips *self)
{
  g_hash_table_unref (self->strips);
  g_free (self);
}

void
flatline_heartbeat_strips_forget (FlatlineHeartbeatStrips *self, gint64 from_us)
{
  GHashTableIter iter;
  Strip *strip;

  g_hash_table_iter_init (&iter, self->strips);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&strip))
    if (from_us == G_MININT64)
      g_hash_table_iter_remove (&iter);
    else
      strip->final_us = MIN (strip->final_us, (double)from_us - REACH_PIXELS * self->scale.us_per_px);
}

static void
set_scale (FlatlineHeartbeatStrips *self, const FlatlineStripScale *scale)
{
  if (self->scale.us_per_px != scale->us_per_px || self->scale.height != scale->height
      || self->scale.scale != scale->scale)
    g_hash_table_remove_all (self->strips);
  self->scale = *scale;
}

static Strip *
ensure_strip (FlatlineHeartbeatStrips *self, gint64 number)
{
  Strip *strip = g_hash_table_lookup (self->strips, &number);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float)STRIP_PIXELS, (float)self->scale.height);

  if (strip)
    return strip;
  strip = g_new0 (Strip, 1);
  strip->number = number;
  strip->image = flatline_picture_end (flatline_picture_begin (&bounds, self->scale.scale));
  g_hash_table_insert (self->strips, &strip->number, strip);
  return strip;
}

/* From the first pixel on that may be another one by now. */
static void
draw_rest (FlatlineHeartbeatStrips *self, Strip *strip, FlatlineStripFunc draw, gpointer user_data)
{
  const double left_px = (double)strip->number * STRIP_PIXELS;
  const double from = MAX (floor (strip->final_us / self->scale.us_per_px - left_px), 0);
  cairo_t *cr = cairo_create (strip->image);

  cairo_rectangle (cr, from, 0, STRIP_PIXELS - from, self->scale.height);
  cairo_clip (cr);
  cairo_set_operator (cr, CAIRO_OPERATOR_CLEAR);
  cairo_paint (cr);
  cairo_set_operator (cr, CAIRO_OPERATOR_OVER);
  cairo_translate (cr, from, 0);
  draw (cr, left_px + from, STRIP_PIXELS - from, user_data);
  cairo_destroy (cr);
  g_clear_pointer (&strip->picture, gsk_render_node_unref);
}

static GskRenderNode *
get_picture (FlatlineHeartbeatStrips *self, gint64 number, FlatlineStripFunc draw, gpointer user_data)
{
  Strip *strip = ensure_strip (self, number);
  const double end_us = (double)(number + 1) * STRIP_PIXELS * self->scale.us_per_px;

  if (!strip->picture || strip->final_us < end_us)
    {
      draw_rest (self, strip, draw, user_data);
      strip->final_us = MIN (end_us, (double)self->scale.now_us - REACH_PIXELS * self->scale.us_per_px);
    }
  if (!strip->picture)
    strip->picture = flatline_picture_create_node (strip->image, 0, 0);
  return strip->picture;
}

/* Those that went out of view; some are kept for who moves to and fro. */
static void
drop_old (FlatlineHeartbeatStrips *self, gint64 first, gint64 last)
{
  GHashTableIter iter;
  gint64 *number;

  if (g_hash_table_size (self->strips) <= (guint)(last - first + 1) + 2 * SPARE_STRIPS)
    return;
  g_hash_table_iter_init (&iter, self->strips);
  while (g_hash_table_iter_next (&iter, (gpointer *)&number, NULL))
    if (*number < first - SPARE_STRIPS || *number > last + SPARE_STRIPS)
      g_hash_table_iter_remove (&iter);
}

void
flatline_heartbeat_strips_append (FlatlineHeartbeatStrips *self,
                                  GtkSnapshot *snapshot,
                                  const FlatlineStripScale *scale,
                                  double left_px,
                                  double width,
                                  FlatlineStripFunc draw,
                                  gpointer user_data)
{
  const gint64 first = (gint64)floor (left_px / STRIP_PIXELS);
  const gint64 last = (gint64)floor ((left_px + width) / STRIP_PIXELS);

  set_scale (self, scale);
  for (gint64 number = first; number <= last; number++)
    flatline_picture_append (snapshot, get_picture (self, number, draw, user_data),
                             (double)number * STRIP_PIXELS - left_px, 0);
  drop_old (self, first, last);
}
