/* SPDX-License-Identifier: MIT */
/*
 * After much styling the surface does not hear of this frame's layout phase, and after a long layout not of its paint
 * phase; it is asked for another frame, in which it hears of them. Layout is not put off twice in a row, nor drawing
 * for long.
 */
#include "config.h"

#include "flatline-frame-split.h"

#include <time.h>

#define SPLIT "flatline-frame-split"

#define LONG_US  4000
#define MAX_HELD 3 /* in a row: what is laid out anew at each frame is drawn nevertheless */

typedef struct
{
  GdkFrameClock *clock; /* owned */
  GdkSurface *surface;  /* borrowed: it is the window's while it is realized */
  gboolean follows_update;
  gint64 began_us;
  guint n_held;                   /* frames in a row */
  GdkFrameClockPhase held_before; /* of the last frame */
  GdkFrameClockPhase held;        /* of this frame */
} Split;

static const struct
{
  GdkFrameClockPhase phase;
  const char *signal;
} phases[] = { { GDK_FRAME_CLOCK_PHASE_LAYOUT, "layout" }, { GDK_FRAME_CLOCK_PHASE_PAINT, "paint" } };

/* In processor time: what else runs on the machine makes a frame no shorter that is put off. */
static gint64
read_clock_us (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static gboolean
took_long (Split *split)
{
  return split->n_held < MAX_HELD && read_clock_us () - split->began_us >= LONG_US;
}

/* No handler of the surface's is found when a GTK draws in another way; then nothing is put off. */
static void
hold (Split *split, GdkFrameClockPhase held)
{
  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    if (held & ~split->held & phases[i].phase
        && g_signal_handlers_block_matched (split->clock, G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DATA,
                                            g_signal_lookup (phases[i].signal, GDK_TYPE_FRAME_CLOCK), 0, NULL, NULL,
                                            split->surface)
               > 0)
      split->held |= phases[i].phase;
}

static void
release (Split *split)
{
  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    if (split->held & phases[i].phase)
      g_signal_handlers_unblock_matched (split->clock, G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DATA,
                                         g_signal_lookup (phases[i].signal, GDK_TYPE_FRAME_CLOCK), 0, NULL, NULL,
                                         split->surface);
  split->held = 0;
}

/* What has no place yet cannot be drawn either. */
static void
on_update (Split *split)
{
  if (!(split->held_before & GDK_FRAME_CLOCK_PHASE_LAYOUT) && took_long (split))
    hold (split, GDK_FRAME_CLOCK_PHASE_LAYOUT | GDK_FRAME_CLOCK_PHASE_PAINT);
}

/* After all others: GDK for X11 measures the window in this phase, and connects as it is shown. */
static void
follow_update (Split *split)
{
  g_signal_connect_data (split->clock, "update", G_CALLBACK (on_update), split, NULL,
                         G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  split->follows_update = TRUE;
}

static void
on_before_paint (Split *split)
{
  if (!split->follows_update)
    follow_update (split);
  split->began_us = read_clock_us ();
}

static void
on_layout (Split *split)
{
  if (took_long (split))
    hold (split, GDK_FRAME_CLOCK_PHASE_PAINT);
}

static void
on_after_paint (Split *split)
{
  split->n_held = split->held ? split->n_held + 1 : 0;
  split->held_before = split->held;
  if (split->held)
    gdk_frame_clock_request_phase (split->clock, split->held);
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
realize (GtkWidget *window, guint n_held)
{
  Split *split = g_new0 (Split, 1);

  split->clock = g_object_ref (gtk_widget_get_frame_clock (window));
  split->n_held = n_held;
  split->surface = gtk_native_get_surface (GTK_NATIVE (window));
  g_signal_connect_swapped (split->clock, "before-paint", G_CALLBACK (on_before_paint), split);
  g_signal_connect_data (split->clock, "layout", G_CALLBACK (on_layout), split, NULL,
                         G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_swapped (split->clock, "after-paint", G_CALLBACK (on_after_paint), split);
  g_object_set_data_full (G_OBJECT (window), SPLIT, split, split_free);
}

/* The first frame is drawn. */
static void
on_realize (GtkWidget *window)
{
  realize (window, MAX_HELD);
}

static void
on_dialog_realize (GtkWidget *window)
{
  realize (window, 0);
}

static void
on_unrealize (GtkWidget *window)
{
  g_object_set_data (G_OBJECT (window), SPLIT, NULL);
}

void
flatline_frame_split_follow (GtkWindow *window)
{
  g_signal_connect (window, "realize", G_CALLBACK (on_realize), NULL);
  g_signal_connect (window, "unrealize", G_CALLBACK (on_unrealize), NULL);
}

void
flatline_frame_split_follow_dialog (GtkWindow *window)
{
  g_signal_connect (window, "realize", G_CALLBACK (on_dialog_realize), NULL);
  g_signal_connect (window, "unrealize", G_CALLBACK (on_unrealize), NULL);
}
