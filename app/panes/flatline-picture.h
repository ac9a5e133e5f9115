/* SPDX-License-Identifier: MIT */
/*
 * A picture is what was drawn once, pixel by pixel of the screen, and is only set down from then on. As a node it
 * paints an image, and is no texture: GTK 4.8 takes each pixel of a texture through floating point whenever Cairo draws
 * it.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What is drawn with this is an image of @bounds, @scale pixels of the screen a unit. */
cairo_t *
flatline_picture_begin (const graphene_rect_t *bounds, int scale);

/* The image; takes @cr. */
cairo_surface_t *
flatline_picture_end (cairo_t *cr);

/* The picture of @image as it is now, its corner at @x and @y. */
GskRenderNode *
flatline_picture_create_node (cairo_surface_t *image, int x, int y);

/* The picture of what @node draws. */
GskRenderNode *
flatline_picture_create (GskRenderNode *node, int scale);

void
flatline_picture_append (GtkSnapshot *snapshot, GskRenderNode *picture, double x, double y);

G_END_DECLS
