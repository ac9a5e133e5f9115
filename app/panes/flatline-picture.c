/* SPDX-License-Identifier: MIT */
/* An image of Cairo, and the node that paints it. */
#include "config.h"

#include "flatline-picture.h"

#include <math.h>

cairo_t *
flatline_picture_begin (const graphene_rect_t *bounds, int scale)
{
  /* Whole units around it, so that its pixels are those of the screen. */
  const int x = (int)floorf (bounds->origin.x), y = (int)floorf (bounds->origin.y);
  const int width = (int)ceilf (bounds->origin.x + bounds->size.width) - x;
  const int height = (int)ceilf (bounds->origin.y + bounds->size.height) - y;
  cairo_surface_t *image =
      cairo_image_surface_create (CAIRO_FORMAT_ARGB32, MAX (1, width) * scale, MAX (1, height) * scale);
  cairo_t *cr;

  cairo_surface_set_device_scale (image, scale, scale);
  cr = cairo_create (image);
  cairo_translate (cr, -x, -y);
  cairo_surface_destroy (image);
  return cr;
}

cairo_surface_t *
flatline_picture_end (cairo_t *cr)
{
  cairo_surface_t *image = cairo_surface_reference (cairo_get_target (cr));

  cairo_destroy (cr);
  cairo_surface_flush (image);
  return image;
}

GskRenderNode *
flatline_picture_create_node (cairo_surface_t *image, int x, int y)
{
  double scale_x, scale_y;
  GskRenderNode *node;
  cairo_t *cr;

  cairo_surface_get_device_scale (image, &scale_x, &scale_y);
  node = gsk_cairo_node_new (&GRAPHENE_RECT_INIT ((float)x, (float)y,
                                                  (float)(cairo_image_surface_get_width (image) / scale_x),
                                                  (float)(cairo_image_surface_get_height (image) / scale_y)));
  cr = gsk_cairo_node_get_draw_context (node);
  cairo_set_source_surface (cr, image, x, y);
  cairo_paint (cr);
  cairo_destroy (cr);
  return node;
}

GskRenderNode *
flatline_picture_create (GskRenderNode *node, int scale)
{
  graphene_rect_t bounds;
  cairo_surface_t *image;
  GskRenderNode *picture;
  cairo_t *cr;

  gsk_render_node_get_bounds (node, &bounds);
  cr = flatline_picture_begin (&bounds, scale);
  gsk_render_node_draw (node, cr);
  image = flatline_picture_end (cr);
  picture = flatline_picture_create_node (image, (int)floorf (bounds.origin.x), (int)floorf (bounds.origin.y));
  cairo_surface_destroy (image);
  return picture;
}

void
flatline_picture_append (GtkSnapshot *snapshot, GskRenderNode *picture, double x, double y)
{
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)x, (float)y));
  gtk_snapshot_append_node (snapshot, picture);
  gtk_snapshot_restore (snapshot);
}
