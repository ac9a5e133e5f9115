/* SPDX-License-Identifier: MIT */
/* Styling, layout and drawing that take long come in three frames, those of a first frame in one. */
#include <gtk/gtk.h>
#include <time.h>

#include "flatline-frame-split.h"

#define LONG_US    20000
#define DEADLINE_S 60

/* A widget that is long in coming: in which frame it was styled, given a place, and drawn last. */
struct _SlowWidget
{
  GtkWidget parent_instance;
  gint64 styled;
  gint64 placed;
  gint64 drawn;
};

#define SLOW_TYPE_WIDGET (slow_widget_get_type ())
G_DECLARE_FINAL_TYPE (SlowWidget, slow_widget, SLOW, WIDGET, GtkWidget)
G_DEFINE_FINAL_TYPE (SlowWidget, slow_widget, GTK_TYPE_WIDGET)

static gint64
read_clock_us (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
take_long (void)
{
  const gint64 until_us = read_clock_us () + LONG_US;

  while (read_clock_us () < until_us)
    ;
}

static gint64
get_frame (SlowWidget *self)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (self));

  return clock ? gdk_frame_clock_get_frame_counter (clock) : 0;
}

static void
slow_widget_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (slow_widget_parent_class)->css_changed (widget, change);
  take_long ();
  SLOW_WIDGET (widget)->styled = get_frame (SLOW_WIDGET (widget));
}

static void
slow_widget_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  take_long ();
  SLOW_WIDGET (widget)->placed = get_frame (SLOW_WIDGET (widget));
}

static void
slow_widget_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SLOW_WIDGET (widget)->drawn = get_frame (SLOW_WIDGET (widget));
}

static void
slow_widget_class_init (SlowWidgetClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->css_changed = slow_widget_css_changed;
  widget_class->size_allocate = slow_widget_size_allocate;
  widget_class->snapshot = slow_widget_snapshot;
}

static void
slow_widget_init (SlowWidget *self)
{
}

static gboolean
wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_until_drawn_after (SlowWidget *widget, gint64 frame)
{
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  guint waking = g_timeout_add (100, wake, NULL);

  while (widget->drawn <= frame && g_get_monotonic_time () < deadline_us)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (waking);
  g_assert_cmpint (widget->drawn, >, frame);
}

static void
test_in_three (void)
{
  GtkWidget *window = gtk_window_new ();
  SlowWidget *widget = g_object_new (SLOW_TYPE_WIDGET, NULL);
  gint64 frame;

  flatline_frame_split_follow (GTK_WINDOW (window));
  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (widget));
  widget->drawn = -1;
  gtk_window_present (GTK_WINDOW (window));
  wait_until_drawn_after (widget, -1);
  g_assert_cmpint (widget->placed, ==, widget->drawn);

  for (guint i = 0; i < 3; i++)
    {
      frame = widget->drawn;
      if (i % 2 == 0)
        gtk_widget_add_css_class (GTK_WIDGET (widget), "title-1");
      else
        gtk_widget_remove_css_class (GTK_WIDGET (widget), "title-1");
      gtk_widget_queue_resize (GTK_WIDGET (widget));
      wait_until_drawn_after (widget, frame);
      g_assert_cmpint (widget->styled, >, frame);
      g_assert_cmpint (widget->placed, >, widget->styled);
      g_assert_cmpint (widget->drawn, >, widget->placed);
    }
  gtk_window_destroy (GTK_WINDOW (window));
}

/* A dialog's first frame, too. */
static void
test_dialog (void)
{
  GtkWidget *window = gtk_window_new ();
  SlowWidget *widget = g_object_new (SLOW_TYPE_WIDGET, NULL);

  flatline_frame_split_follow_dialog (GTK_WINDOW (window));
  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (widget));
  widget->drawn = -1;
  gtk_window_present (GTK_WINDOW (window));
  wait_until_drawn_after (widget, -1);
  g_assert_cmpint (widget->drawn, >, widget->placed);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* A layout that waits to be drawn puts off no other. */
static void
test_styled_before_drawn (void)
{
  GtkWidget *window = gtk_window_new ();
  SlowWidget *widget = g_object_new (SLOW_TYPE_WIDGET, NULL);
  gint64 frame;

  flatline_frame_split_follow (GTK_WINDOW (window));
  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (widget));
  widget->drawn = -1;
  gtk_window_present (GTK_WINDOW (window));
  wait_until_drawn_after (widget, -1);

  frame = widget->drawn;
  gtk_widget_queue_resize (GTK_WIDGET (widget));
  while (widget->placed <= frame)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (widget->drawn, ==, frame);
  gtk_widget_add_css_class (GTK_WIDGET (widget), "title-1");
  gtk_widget_queue_resize (GTK_WIDGET (widget));
  wait_until_drawn_after (widget, frame);
  g_assert_cmpint (widget->styled, >, frame);
  g_assert_cmpint (widget->placed, >, widget->styled);
  g_assert_cmpint (widget->drawn, >, widget->placed);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP there is no screen\n");
      return 0;
    }
  g_test_add_func ("/window/frame-split/in-three", test_in_three);
  g_test_add_func ("/window/frame-split/dialog", test_dialog);
  g_test_add_func ("/window/frame-split/styled-before-drawn", test_styled_before_drawn);
  return g_test_run ();
}
