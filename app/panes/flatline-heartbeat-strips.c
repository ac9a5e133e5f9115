/* SPDX-License-Identifier: MIT */
/* Strips are numbered from the epoch on, so that a strip stays the same while the view moves over it. */
#include "config.h"

#include "flatline-heartbeat-strips.h"

#include <math.h>

#define STRIP_PIXELS 128.0
#define SETTLED_US   (G_USEC_PER_SEC / 2) /* what comes later than this after its time makes the strip anew */
#define SPARE_STRIPS 8

struct _FlatlineHeartbeatStrips
{
  GHashTable *pictures; /* number (gint64 *) -> GskRenderNode */
  FlatlineStripScale scale;
};

FlatlineHeartbeatStrips *
flatline_heartbeat_strips_new (void)
{
  FlatlineHeartbeatStrips *self = g_new0 (FlatlineHeartbeatStrips, 1);

  self->pictures = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)gsk_render_node_unref);
  return self;
}

void
flatline_heartbeat_strips_free (FlatlineHeartbeatStrips *self)
{
  g_hash_table_unref (self->pictures);
  g_free (self);
}

static double
get_duration_us (FlatlineHeartbeatStrips *self)
{
  return STRIP_PIXELS * self->scale.us_per_px;
}

void
flatline_heartbeat_strips_forget (FlatlineHeartbeatStrips *self, gint64 from_us)
{
  GHashTableIter iter;
  gint64 *number;

  g_hash_table_iter_init (&iter, self->pictures);
  while (g_hash_table_iter_next (&iter, (gpointer *)&number, NULL))
    if ((double)(*number + 1) * get_duration_us (self) >= (double)from_us)
      g_hash_table_iter_remove (&iter);
}

static void
set_scale (FlatlineHeartbeatStrips *self, const FlatlineStripScale *scale)
{
  if (self->scale.us_per_px != scale->us_per_px || self->scale.height != scale->height
      || self->scale.scale != scale->scale)
    g_hash_table_remove_all (self->pictures);
  self->scale = *scale;
}

cairo_t *
flatline_picture_begin (double width, double height, int scale)
{
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int)ceil (width) * scale, MAX (1, (int)ceil (height)) * scale);
  cairo_t *cr;

  cairo_surface_set_device_scale (surface, scale, scale);
  cr = cairo_create (surface);
  cairo_surface_destroy (surface);
  return cr;
}

GskRenderNode *
flatline_picture_end (cairo_t *cr, double width, double height)
{
  GskRenderNode *node = gsk_cairo_node_new (&GRAPHENE_RECT_INIT (0, 0, (float)ceil (width), (float)ceil (height)));
  cairo_t *painted = gsk_cairo_node_get_draw_context (node);

  cairo_surface_flush (cairo_get_target (cr));
  cairo_set_source_surface (painted, cairo_get_target (cr), 0, 0);
  cairo_paint (painted);
  cairo_destroy (painted);
  cairo_destroy (cr);
  return node;
}

void
flatline_picture_append (GtkSnapshot *snapshot, GskRenderNode *picture, double x, double y)
{
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)x, (float)y));
  gtk_snapshot_append_node (snapshot, picture);
  gtk_snapshot_restore (snapshot);
}

static GskRenderNode *
create_picture (FlatlineHeartbeatStrips *self, gint64 number, FlatlineStripFunc draw, gpointer user_data)
{
  cairo_t *cr = flatline_picture_begin (STRIP_PIXELS, self->scale.height, self->scale.scale);
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;

  draw (snapshot, (double)number * get_duration_us (self), STRIP_PIXELS, user_data);
  node = gtk_snapshot_free_to_node (g_steal_pointer (&snapshot));
  if (node)
    gsk_render_node_draw (node, cr);
  return flatline_picture_end (cr, STRIP_PIXELS, self->scale.height);
}

static GskRenderNode *
ensure_picture (FlatlineHeartbeatStrips *self, gint64 number, FlatlineStripFunc draw, gpointer user_data)
{
  GskRenderNode *picture = g_hash_table_lookup (self->pictures, &number);
  gint64 *key;

  if (picture)
    return picture;
  picture = create_picture (self, number, draw, user_data);
  key = g_new (gint64, 1);
  *key = number;
  g_hash_table_insert (self->pictures, key, picture);
  return picture;
}

/* Those that went out of view; some are kept for who moves to and fro. */
static void
drop_old (FlatlineHeartbeatStrips *self, gint64 first, gint64 last)
{
  GHashTableIter iter;
  gint64 *number;

  if (g_hash_table_size (self->pictures) <= (guint)(last - first + 1) + 2 * SPARE_STRIPS)
    return;
  g_hash_table_iter_init (&iter, self->pictures);
  while (g_hash_table_iter_next (&iter, (gpointer *)&number, NULL))
    if (*number < first - SPARE_STRIPS || *number > last + SPARE_STRIPS)
      g_hash_table_iter_remove (&iter);
}

static void
draw_now (FlatlineHeartbeatStrips *self,
          GtkSnapshot *snapshot,
          gint64 number,
          double x,
          FlatlineStripFunc draw,
          gpointer user_data)
{
  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT ((float)x, 0, (float)STRIP_PIXELS, (float)self->scale.height));
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)x, 0));
  draw (snapshot, (double)number * get_duration_us (self), STRIP_PIXELS, user_data);
  gtk_snapshot_restore (snapshot);
  gtk_snapshot_pop (snapshot);
}

void
flatline_heartbeat_strips_draw (FlatlineHeartbeatStrips *self,
                                GtkSnapshot *snapshot,
                                const FlatlineStripScale *scale,
                                gint64 right_us,
                                double width,
                                FlatlineStripFunc draw,
                                gpointer user_data)
{
  gint64 first, last;
  double x;

  set_scale (self, scale);
  first = (gint64)floor (((double)right_us - width * scale->us_per_px) / get_duration_us (self));
  last = (gint64)floor ((double)right_us / get_duration_us (self));
  x = width - ((double)right_us - (double)first * get_duration_us (self)) / scale->us_per_px;
  x = round (x * scale->scale) / scale->scale;
  for (gint64 number = first; number <= last; number++, x += STRIP_PIXELS)
    {
      if ((double)(number + 1) * get_duration_us (self) > (double)(scale->now_us - SETTLED_US))
        draw_now (self, snapshot, number, x, draw, user_data);
      else
        flatline_picture_append (snapshot, ensure_picture (self, number, draw, user_data), x, 0);
    }
  drop_old (self, first, last);
}
