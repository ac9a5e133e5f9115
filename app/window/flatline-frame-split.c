/* SPDX-License-Identifier: MIT */
/*
 * After a long layout the surface does not hear of this frame's paint phase; it is asked for another one, which it
 * hears of however long the layout took until then. The first frame of a window is never put off.
 */
#include "config.h"

#include "flatline-frame-split.h"

#define LONG_US  5000
#define MAX_HELD 3 /* in a row: what is laid out anew at each frame is drawn nevertheless */

typedef struct
{
  GdkFrameClock *clock; /* owned */
  GdkSurface *surface;  /* borrowed: it is the window's while it is realized */
  gint64 began_us;
  guint n_held; /* frames in a row */
  gboolean holds;
} Split;

static guint
get_paint_signal (void)
{
  return g_signal_lookup ("paint", GDK_TYPE_FRAME_CLOCK);
}

static void
on_before_paint (Split *split)
{
  split->began_us = g_get_monotonic_time ();
}

/* No handler of the surface's is found when a GTK draws in another way; then nothing is put off. */
static void
on_layout (Split *split)
{
  if (split->n_held >= MAX_HELD || split->holds || g_get_monotonic_time () - split->began_us < LONG_US)
    return;
  split->holds = g_signal_handlers_block_matched (split->clock, G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DATA,
                                                  get_paint_signal (), 0, NULL, NULL, split->surface)
                 > 0;
}

static void
release (Split *split)
{
  if (split->holds)
    g_signal_handlers_unblock_matched (split->clock, G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DATA, get_paint_signal (), 0,
                                       NULL, NULL, split->surface);
  split->holds = FALSE;
}

static void
on_after_paint (Split *split)
{
  split->n_held = split->holds ? split->n_held + 1 : 0;
  if (split->holds)
    gdk_frame_clock_request_phase (split->clock, GDK_FRAME_CLOCK_PHASE_PAINT);
  release (split);
}

static void
split_free (gpointer data)
{
  Split *split = data;

  release (split);
  g_signal_handlers_disconnect_by_data (split->clock, split);
  g_object_unref (split->clock);
  g_free (split);
}

static void
on_realize (GtkWidget *window)
{
  Split *split = g_new0 (Split, 1);

  split->clock = g_object_ref (gtk_widget_get_frame_clock (window));
  split->n_held = MAX_HELD; /* the first one is drawn */
  split->surface = gtk_native_get_surface (GTK_NATIVE (window));
  g_signal_connect_swapped (split->clock, "before-paint", G_CALLBACK (on_before_paint), split);
  g_signal_connect_data (split->clock, "layout", G_CALLBACK (on_layout), split, NULL,
                         G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_swapped (split->clock, "after-paint", G_CALLBACK (on_after_paint), split);
  g_object_set_data_full (G_OBJECT (window), "flatline-frame-split", split, split_free);
}

static void
on_unrealize (GtkWidget *window)
{
  g_object_set_data (G_OBJECT (window), "flatline-frame-split", NULL);
}

void
flatline_frame_split_follow (GtkWindow *window)
{
  g_signal_connect (window, "realize", G_CALLBACK (on_realize), NULL);
  g_signal_connect (window, "unrealize", G_CALLBACK (on_unrealize), NULL);
}
