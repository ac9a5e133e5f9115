/* SPDX-License-Identifier: MIT */
/* An animation draws as long as somebody sees it: not in a window that is minimized and stays on the screen. */
#include <gdk/x11/gdkx.h>
#include <gtk/gtk.h>

#include <dlfcn.h>

#include "flatline-frame-pace.h"

#define DEADLINE_US (20 * G_USEC_PER_SEC)
#define N_TICKS     30

static guint n_frames;
static guint n_ticks;

static void
draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer pace)
{
  n_frames++;
  flatline_frame_pace_draw_at (pace, g_get_monotonic_time () + 1000);
}

static gboolean
on_tick (gpointer unused)
{
  n_ticks++;
  return G_SOURCE_CONTINUE;
}

/* What a window manager says of a window. */
static void
set_hidden (GtkWidget *window, gboolean hidden)
{
  int (*change) (gpointer, gulong, gulong, gulong, int, int, const gulong *, int) =
      dlsym (RTLD_DEFAULT, "XChangeProperty");
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (window));
  GdkDisplay *display = gdk_surface_get_display (surface);
  const gulong state = gdk_x11_get_xatom_by_name_for_display (display, "_NET_WM_STATE_HIDDEN");

  g_assert_nonnull (change);
  change (gdk_x11_display_get_xdisplay (display), gdk_x11_surface_get_xid (surface),
          gdk_x11_get_xatom_by_name_for_display (display, "_NET_WM_STATE"), 4, 32, 0, &state, hidden);
  gdk_display_flush (display);
}

static gboolean
is_hidden (GtkWidget *window)
{
  return gdk_toplevel_get_state (GDK_TOPLEVEL (gtk_native_get_surface (GTK_NATIVE (window))))
         & GDK_TOPLEVEL_STATE_MINIMIZED;
}

static void
wait_for_frame (void)
{
  const guint before = n_frames;
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_US;

  while (n_frames == before && g_get_monotonic_time () < deadline_us)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_frames, >, before);
}

static void
test_out_of_sight (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *area = gtk_drawing_area_new ();
  FlatlineFramePace *pace = flatline_frame_pace_new (area);
  const guint ticks = g_timeout_add (10, on_tick, NULL);
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_US;
  guint before;

  if (!GDK_IS_X11_DISPLAY (gtk_widget_get_display (window)))
    {
      g_test_skip ("not on X11");
      return;
    }
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), draw, pace, NULL);
  gtk_window_set_child (GTK_WINDOW (window), area);
  gtk_window_present (GTK_WINDOW (window));
  for (guint i = 0; i < 5; i++)
    wait_for_frame ();

  set_hidden (window, TRUE);
  while (!is_hidden (window) && g_get_monotonic_time () < deadline_us)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (is_hidden (window));
  /* What was to be drawn already. */
  for (n_ticks = 0; n_ticks < N_TICKS;)
    g_main_context_iteration (NULL, TRUE);
  before = n_frames;
  for (n_ticks = 0; n_ticks < N_TICKS;)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_frames, ==, before);

  set_hidden (window, FALSE);
  for (guint i = 0; i < 5; i++)
    wait_for_frame ();
  g_source_remove (ticks);
  flatline_frame_pace_free (pace);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window/frame-pace/out-of-sight", test_out_of_sight);
  return g_test_run ();
}
