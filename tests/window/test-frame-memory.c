/* SPDX-License-Identifier: MIT */
/* A real window on a real X server, drawn without OpenGL: each frame has the memory of the one before. */
#include <gtk/gtk.h>

#include <dlfcn.h>
#include <sys/shm.h>

#include "flatline-frame-memory.h"

#define N_FRAMES   20
#define DEADLINE_S 60

static guint n_asked; /* how often for memory that is shared with the server */

/* In the place of the C library's. */
int
shmget (key_t key, size_t bytes, int flags)
{
  int (*next) (key_t, size_t, int) = (int (*) (key_t, size_t, int))dlsym (RTLD_NEXT, "shmget");

  n_asked++;
  return next (key, bytes, flags);
}

static gboolean
wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
count_frame (GdkFrameClock *clock, guint *n_frames)
{
  ++*n_frames;
}

/* A frame of the window as large as it is to be. */
static void
draw_at (GtkWidget *window, int width, int height)
{
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  GdkFrameClock *clock = gtk_widget_get_frame_clock (window);
  guint n_frames = 0, waking = g_timeout_add (10, wake, NULL);
  gulong counting = g_signal_connect (clock, "after-paint", G_CALLBACK (count_frame), &n_frames);

  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  while ((gtk_widget_get_width (window) != width || n_frames == 0) && g_get_monotonic_time () < deadline_us)
    {
      gtk_widget_queue_draw (window);
      g_main_context_iteration (NULL, TRUE);
    }
  g_signal_handler_disconnect (clock, counting);
  g_source_remove (waking);
  g_assert_cmpint (gtk_widget_get_width (window), ==, width);
}

static void
wait_for_idle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* While somebody drags at the edge of the window, to and fro. */
static guint
count_asked (GtkWidget *window, int width, int height)
{
  draw_at (window, width, height);
  wait_for_idle ();
  n_asked = 0;
  for (int i = 1; i <= N_FRAMES; i++)
    {
      draw_at (window, width - i % 3, height - i % 3);
      gdk_display_sync (gtk_widget_get_display (window));
    }
  return n_asked;
}

static GtkWidget *
show (gboolean keeps)
{
  GtkWidget *window = gtk_window_new ();

  if (keeps)
    flatline_frame_memory_keep (GTK_WINDOW (window));
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

static void
test_stays (void)
{
  GtkWidget *window = show (FALSE);
  const guint n_otherwise = count_asked (window, 780, 580);

  g_test_message ("otherwise asked %u times", n_otherwise);
  gtk_window_destroy (GTK_WINDOW (window));
  if (n_otherwise < N_FRAMES / 2)
    {
      g_test_skip ("frames share no memory here, or Cairo keeps it");
      return;
    }
  window = show (TRUE);
  g_assert_cmpuint (count_asked (window, 300, 200), ==, 0);
  g_assert_cmpuint (count_asked (window, 780, 580), ==, 0);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_setenv ("GSK_RENDERER", "cairo", TRUE);
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP there is no screen\n");
      return 0;
    }
  g_test_add_func ("/window/frame-memory/stays", test_stays);
  return g_test_run ();
}
