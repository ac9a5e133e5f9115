/* SPDX-License-Identifier: MIT */
/* Where the right edge of the heartbeat graph is: by pixels, or by steps for who wants things to move less. */
#include <glib.h>

#include "flatline-heartbeat-axis.h"

#define WIDTH    300
#define SPAN_US  (30 * (gint64)G_USEC_PER_SEC)
#define PIXEL_US (SPAN_US / WIDTH)
#define NOW_US   (1000 * (gint64)G_USEC_PER_SEC + 3 * PIXEL_US + 7)

static void
test_pixels (void)
{
  FlatlineHeartbeatAxis axis = { .span_us = SPAN_US, .following = TRUE };

  g_assert_cmpint (flatline_heartbeat_axis_get_right (&axis, NOW_US, WIDTH, 1), ==, NOW_US - 7);
  g_assert_cmpint (flatline_heartbeat_axis_get_next_us (&axis, NOW_US, WIDTH, 1), ==, NOW_US - 7 + PIXEL_US);
}

/* It is ahead of the clock, so that what comes is seen at once, and stays there until the clock has come to it. */
static void
test_steps (void)
{
  FlatlineHeartbeatAxis axis = { .span_us = SPAN_US, .following = TRUE, .step_us = G_USEC_PER_SEC };
  const gint64 right_us = flatline_heartbeat_axis_get_right (&axis, NOW_US, WIDTH, 1);

  g_assert_cmpint (right_us, ==, 1001 * (gint64)G_USEC_PER_SEC);
  g_assert_cmpint (flatline_heartbeat_axis_get_next_us (&axis, NOW_US, WIDTH, 1), ==, right_us);
  g_assert_cmpint (flatline_heartbeat_axis_get_right (&axis, right_us - 1, WIDTH, 1), ==, right_us);
  g_assert_cmpint (flatline_heartbeat_axis_get_right (&axis, right_us, WIDTH, 1), ==, right_us + G_USEC_PER_SEC);
}

/* Drawn out over hours a pixel is longer than a step; and what stands still is moved by hand, by pixels. */
static void
test_no_steps (void)
{
  FlatlineHeartbeatAxis axis = { .span_us = 3600 * SPAN_US, .following = TRUE, .step_us = G_USEC_PER_SEC };
  const gint64 pixel_us = 3600 * PIXEL_US;

  g_assert_cmpint (flatline_heartbeat_axis_get_right (&axis, NOW_US, WIDTH, 1), ==, NOW_US - NOW_US % pixel_us);
  axis = (FlatlineHeartbeatAxis){ .span_us = SPAN_US, .right_us = NOW_US, .step_us = G_USEC_PER_SEC };
  g_assert_cmpint (flatline_heartbeat_axis_get_right (&axis, NOW_US + SPAN_US, WIDTH, 1), ==, NOW_US - 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window/heartbeat-axis/pixels", test_pixels);
  g_test_add_func ("/window/heartbeat-axis/steps", test_steps);
  g_test_add_func ("/window/heartbeat-axis/no-steps", test_no_steps);
  return g_test_run ();
}
