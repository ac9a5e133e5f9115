/* SPDX-License-Identifier: MIT */
/* What stays as it is becomes a picture, which looks the same, and what changes is drawn as it is. */
#include "flatline-still.h"

#define DEADLINE_S 60

static guint n_frames;

static void
on_after_paint (void)
{
  n_frames++;
}

/* Everything has its place. */
static void
draw_frame (GtkWidget *window)
{
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  const guint n_before = n_frames;

  gtk_widget_queue_draw (window);
  while (n_frames == n_before && g_get_monotonic_time () < deadline_us)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_frames, >, n_before);
}

static GskRenderNode *
get_node (GtkWidget *widget)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();

  gtk_widget_snapshot_child (gtk_widget_get_parent (widget), widget, snapshot);
  return gtk_snapshot_free_to_node (snapshot);
}

static gboolean
has_text (GskRenderNode *node)
{
  switch ((int)gsk_render_node_get_node_type (node))
    {
    case GSK_TEXT_NODE:
      return TRUE;
    case GSK_TRANSFORM_NODE:
      return has_text (gsk_transform_node_get_child (node));
    case GSK_CLIP_NODE:
      return has_text (gsk_clip_node_get_child (node));
    case GSK_CONTAINER_NODE:
      for (guint i = 0; i < gsk_container_node_get_n_children (node); i++)
        if (has_text (gsk_container_node_get_child (node, i)))
          return TRUE;
      return FALSE;
    default:
      return FALSE;
    }
}

static gboolean
is_drawn_as_text (GtkWidget *widget)
{
  GskRenderNode *node = get_node (widget);
  gboolean is_text = node && has_text (node);

  g_clear_pointer (&node, gsk_render_node_unref);
  return is_text;
}

static void
wait_until_text (GtkWidget *widget, gboolean expected)
{
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  gboolean is_text;

  do
    {
      draw_frame (GTK_WIDGET (gtk_widget_get_root (widget)));
      is_text = is_drawn_as_text (widget);
    }
  while (is_text != expected && g_get_monotonic_time () < deadline_us);
  g_assert_cmpint (is_text, ==, expected);
}

static cairo_surface_t *
draw (GtkWidget *widget)
{
  cairo_surface_t *image =
      cairo_image_surface_create (CAIRO_FORMAT_ARGB32, gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  cairo_t *cr = cairo_create (image);
  GskRenderNode *node = get_node (widget);

  gsk_render_node_draw (node, cr);
  gsk_render_node_unref (node);
  cairo_destroy (cr);
  cairo_surface_flush (image);
  return image;
}

static void
test_becomes_a_picture (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *still = g_object_new (FLATLINE_TYPE_STILL, NULL);
  GtkWidget *button = gtk_button_new_with_label ("Restart");
  cairo_surface_t *before, *after;
  gsize n_bytes;

  /* In a place that is not the corner: GTK says anew at each frame where a child lies. */
  gtk_widget_set_margin_start (button, 7);
  gtk_widget_set_margin_top (button, 5);
  adw_bin_set_child (ADW_BIN (still), button);
  gtk_window_set_child (GTK_WINDOW (window), still);
  gtk_window_present (GTK_WINDOW (window));
  g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (on_after_paint), NULL);
  wait_until_text (still, TRUE);
  before = draw (still);
  wait_until_text (still, FALSE);
  after = draw (still);
  n_bytes = (gsize)cairo_image_surface_get_stride (before) * (gsize)cairo_image_surface_get_height (before);
  g_assert_cmpmem (cairo_image_surface_get_data (before), n_bytes, cairo_image_surface_get_data (after), n_bytes);
  cairo_surface_destroy (before);
  cairo_surface_destroy (after);

  gtk_button_set_label (GTK_BUTTON (button), "Close");
  wait_until_text (still, TRUE);
  wait_until_text (still, FALSE);
  /* What else is drawn anew does not undo it. */
  gtk_widget_queue_draw (window);
  wait_until_text (still, FALSE);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_setenv ("GSK_RENDERER", "cairo", TRUE);
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/still/becomes-a-picture", test_becomes_a_picture);
  return g_test_run ();
}
