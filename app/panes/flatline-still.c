/* SPDX-License-Identifier: MIT */
/*
 * GTK keeps the node of a widget until something in it changes: as long as it is the same node, the picture is right.
 * Other renderers keep what they need by themselves: for them there is no picture.
 */
#include "config.h"

#include "flatline-still.h"

#include <gsk/gsk.h>

#include "flatline-picture.h"

#define STILL_MS 300 /* a button that lights up changes for 200 */

struct _FlatlineStill
{
  AdwBin parent_instance;
  GskRenderNode *node;    /* what the child gave last */
  GskRenderNode *picture; /* of it; NULL: not yet */
  guint timeout;          /* until it is still */
};

G_DEFINE_FINAL_TYPE (FlatlineStill, flatline_still, ADW_TYPE_BIN)

static void
forget (FlatlineStill *self)
{
  g_clear_pointer (&self->node, gsk_render_node_unref);
  g_clear_pointer (&self->picture, gsk_render_node_unref);
  g_clear_handle_id (&self->timeout, g_source_remove);
}

static gboolean
on_still (gpointer user_data)
{
  FlatlineStill *self = user_data;

  self->timeout = 0;
  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return G_SOURCE_REMOVE;
  self->picture = flatline_picture_create (self->node, gtk_widget_get_scale_factor (GTK_WIDGET (self)));
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return G_SOURCE_REMOVE;
}

static gboolean
is_drawn_by_cairo (FlatlineStill *self)
{
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (self));

  return native && GSK_IS_CAIRO_RENDERER (gtk_native_get_renderer (native));
}

/* Takes @node. */
static void
remember (FlatlineStill *self, GskRenderNode *node)
{
  forget (self);
  self->node = node;
  if (node && is_drawn_by_cairo (self))
    self->timeout = g_timeout_add (STILL_MS, on_still, self);
}

/* GTK keeps the child's node, and says anew at each time where the child lies. */
static gboolean
is_same (GskRenderNode *one, GskRenderNode *other)
{
  while (one && other && one != other && gsk_render_node_get_node_type (one) == GSK_TRANSFORM_NODE
         && gsk_render_node_get_node_type (other) == GSK_TRANSFORM_NODE
         && gsk_transform_equal (gsk_transform_node_get_transform (one), gsk_transform_node_get_transform (other)))
    {
      one = gsk_transform_node_get_child (one);
      other = gsk_transform_node_get_child (other);
    }
  return one == other;
}

static void
flatline_still_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FlatlineStill *self = FLATLINE_STILL (widget);
  GtkWidget *child = adw_bin_get_child (ADW_BIN (self));
  GtkSnapshot *inner = gtk_snapshot_new ();
  GskRenderNode *node;

  if (child)
    gtk_widget_snapshot_child (widget, child, inner);
  node = gtk_snapshot_free_to_node (inner);
  if (is_same (node, self->node))
    g_clear_pointer (&node, gsk_render_node_unref);
  else
    remember (self, node);
  if (self->node)
    gtk_snapshot_append_node (snapshot, self->picture ? self->picture : self->node);
}

static void
flatline_still_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (flatline_still_parent_class)->unmap (widget);
  forget (FLATLINE_STILL (widget));
}

static void
flatline_still_dispose (GObject *object)
{
  forget (FLATLINE_STILL (object));
  G_OBJECT_CLASS (flatline_still_parent_class)->dispose (object);
}

static void
flatline_still_class_init (FlatlineStillClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_still_dispose;
  GTK_WIDGET_CLASS (klass)->snapshot = flatline_still_snapshot;
  GTK_WIDGET_CLASS (klass)->unmap = flatline_still_unmap;
}

static void
flatline_still_init (FlatlineStill *self)
{
}
