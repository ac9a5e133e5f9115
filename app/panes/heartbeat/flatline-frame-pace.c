/* SPDX-License-Identifier: MIT */
/* From before a frame's layout to after its paint, by the clock: waiting for the driver holds up as much as work. */
#include "config.h"

#include "flatline-frame-pace.h"

#define CHEAP_US 8000 /* half of a sixtieth of a second */

struct _FlatlineFramePace
{
  GtkWidget *widget;
  GdkFrameClock *clock; /* owned; NULL while not realized */
  GdkSurface *surface;  /* owned; of the window; NULL while not realized */
  GSource *wish;        /* NULL: there is none */
  gint64 began_us;
  gint64 rest_until_us;
};

static gboolean
dispatch (GSource *wish, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

/* Nobody sees it: some window managers, and all newer desktops, leave what is minimized or covered on the screen. */
static gboolean
is_out_of_sight (FlatlineFramePace *self)
{
  GdkToplevelState states = GDK_TOPLEVEL_STATE_MINIMIZED;

#if GTK_CHECK_VERSION(4, 12, 0)
  states |= GDK_TOPLEVEL_STATE_SUSPENDED;
#endif
  return self->surface && GDK_IS_TOPLEVEL (self->surface)
         && gdk_toplevel_get_state (GDK_TOPLEVEL (self->surface)) & states;
}

static gboolean
on_wish (gpointer user_data)
{
  FlatlineFramePace *self = user_data;

  if (is_out_of_sight (self))
    {
      g_source_set_ready_time (self->wish, -1); /* until it is seen again */
      return G_SOURCE_CONTINUE;
    }
  if (g_get_monotonic_time () < self->rest_until_us)
    {
      g_source_set_ready_time (self->wish, self->rest_until_us);
      return G_SOURCE_CONTINUE;
    }
  g_clear_pointer (&self->wish, g_source_unref);
  gtk_widget_queue_draw (self->widget);
  return G_SOURCE_REMOVE;
}

static void
on_before_paint (FlatlineFramePace *self)
{
  self->began_us = g_get_monotonic_time ();
}

static void
on_after_paint (FlatlineFramePace *self)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 cost_us = now_us - self->began_us;

  self->rest_until_us = cost_us > CHEAP_US ? now_us + cost_us : 0;
}

static void
on_state (FlatlineFramePace *self)
{
  if (self->wish && !is_out_of_sight (self))
    g_source_set_ready_time (self->wish, 0);
}

static void
leave_window (FlatlineFramePace *self)
{
  if (self->clock)
    g_signal_handlers_disconnect_by_data (self->clock, self);
  if (self->surface)
    g_signal_handlers_disconnect_by_data (self->surface, self);
  g_clear_object (&self->clock);
  g_clear_object (&self->surface);
}

static void
on_realize (FlatlineFramePace *self)
{
  leave_window (self);
  self->clock = g_object_ref (gtk_widget_get_frame_clock (self->widget));
  g_signal_connect_swapped (self->clock, "before-paint", G_CALLBACK (on_before_paint), self);
  g_signal_connect_swapped (self->clock, "after-paint", G_CALLBACK (on_after_paint), self);
  self->surface = g_object_ref (gtk_native_get_surface (gtk_widget_get_native (self->widget)));
  if (GDK_IS_TOPLEVEL (self->surface))
    g_signal_connect_swapped (self->surface, "notify::state", G_CALLBACK (on_state), self);
}

FlatlineFramePace *
flatline_frame_pace_new (GtkWidget *widget)
{
  FlatlineFramePace *self = g_new0 (FlatlineFramePace, 1);

  self->widget = widget;
  g_signal_connect_swapped (widget, "realize", G_CALLBACK (on_realize), self);
  g_signal_connect_swapped (widget, "unrealize", G_CALLBACK (leave_window), self);
  return self;
}

void
flatline_frame_pace_free (FlatlineFramePace *self)
{
  leave_window (self);
  flatline_frame_pace_stop (self);
  g_signal_handlers_disconnect_by_data (self->widget, self);
  g_free (self);
}

void
flatline_frame_pace_draw_at (FlatlineFramePace *self, gint64 time_us)
{
  static GSourceFuncs funcs = { .dispatch = dispatch };

  if (self->wish && g_source_get_ready_time (self->wish) <= time_us)
    return;
  flatline_frame_pace_stop (self);
  /* A new source each time: to change the time of one wakes the main loop up. */
  self->wish = g_source_new (&funcs, sizeof (GSource));
  g_source_set_callback (self->wish, on_wish, self, NULL);
  g_source_set_ready_time (self->wish, time_us);
  g_source_attach (self->wish, NULL);
}

void
flatline_frame_pace_stop (FlatlineFramePace *self)
{
  if (!self->wish)
    return;
  g_source_destroy (self->wish);
  g_clear_pointer (&self->wish, g_source_unref);
}
