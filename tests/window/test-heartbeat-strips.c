/* SPDX-License-Identifier: MIT */
/* A lane drawn moment by moment, while beats come late and in disorder, is the lane that is drawn at once. */
#include "flatline-heartbeat-strips.h"

#define US_PER_PX   30303.03
#define BEGAN_US    (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC)
#define FRAME_US    (G_USEC_PER_SEC / 30)
#define N_FRAMES    900
#define WIDTH       700
#define HEIGHT      21
#define BEAT_PIXELS 9

typedef struct
{
  GArray *beats; /* gint64: their times */
  gint64 now_us;
  double drawn_px; /* in all */
} Lane;

/* A box for each beat, around its time, and a line up to now. */
static void
draw_lane (cairo_t *cr, double left_px, double width, gpointer user_data)
{
  Lane *lane = user_data;

  lane->drawn_px += width;
  cairo_set_source_rgb (cr, 0, 0.5, 0);
  cairo_rectangle (cr, 0, 10, MIN (width, (double)lane->now_us / US_PER_PX - left_px), 2);
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
  cairo_fill (cr);
  for (guint i = 0; i < lane->beats->len; i++)
    {
      cairo_rectangle (
          cr, (double)(gint64)((double)g_array_index (lane->beats, gint64, i) / US_PER_PX) - left_px - BEAT_PIXELS / 2,
          2, BEAT_PIXELS, 14);
      cairo_fill (cr);
    }
}

static cairo_surface_t *
draw (FlatlineHeartbeatStrips *strips, Lane *lane)
{
  const FlatlineStripScale scale = { .us_per_px = US_PER_PX, .height = HEIGHT, .scale = 1, .now_us = lane->now_us };
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, WIDTH, HEIGHT);
  cairo_t *cr = cairo_create (image);
  GskRenderNode *node;

  flatline_heartbeat_strips_append (strips, snapshot, &scale,
                                    (double)(gint64)((double)lane->now_us / US_PER_PX) - WIDTH, WIDTH, draw_lane, lane);
  node = gtk_snapshot_free_to_node (snapshot);
  gsk_render_node_draw (node, cr);
  gsk_render_node_unref (node);
  cairo_destroy (cr);
  cairo_surface_flush (image);
  return image;
}

static void
assert_same (cairo_surface_t *image, cairo_surface_t *other)
{
  const gsize n_bytes = (gsize)cairo_image_surface_get_stride (image) * HEIGHT;

  g_assert_cmpmem (cairo_image_surface_get_data (image), n_bytes, cairo_image_surface_get_data (other), n_bytes);
}

static void
test_moments (void)
{
  FlatlineHeartbeatStrips *strips = flatline_heartbeat_strips_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  Lane lane = { .beats = g_array_new (FALSE, FALSE, sizeof (gint64)), .now_us = BEGAN_US };

  for (int frame = 0; frame < N_FRAMES; frame++)
    {
      FlatlineHeartbeatStrips *fresh = flatline_heartbeat_strips_new ();
      cairo_surface_t *image, *expected;

      lane.now_us += FRAME_US;
      if (g_rand_int_range (rand, 0, 6) == 0)
        {
          gint64 late_us = frame % 100 == 50 ? 5 * (gint64)G_USEC_PER_SEC : g_rand_int_range (rand, 0, 900000);
          gint64 time_us = lane.now_us - late_us;

          g_array_append_val (lane.beats, time_us);
          flatline_heartbeat_strips_forget (strips, time_us);
        }
      image = draw (strips, &lane);
      if (frame % 10 == 0)
        {
          Lane at_once = lane;

          expected = draw (fresh, &at_once);
          assert_same (image, expected);
          cairo_surface_destroy (expected);
        }
      cairo_surface_destroy (image);
      flatline_heartbeat_strips_free (fresh);
    }
  /* The whole width at each frame would be 900 times 700. */
  g_test_message ("%.0f pixels drawn a frame", lane.drawn_px / N_FRAMES);
  g_assert_cmpfloat (lane.drawn_px / N_FRAMES, <, 300);
  flatline_heartbeat_strips_free (strips);
  g_array_unref (lane.beats);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heartbeat-strips/moments", test_moments);
  return g_test_run ();
}
