/* SPDX-License-Identifier: MIT */
/*
 * A text in a scrolled window on a page of a tab view. While another page is shown the window becomes lower, or higher;
 * when the page is shown again, its scroll bar comes or goes in the middle of the layout.
 */
#include <adwaita.h>

#include "flatline-scrolled-layout.h"

#define DEADLINE_S 60

static guint n_frames;

static void
on_after_paint (void)
{
  n_frames++;
}

static void
draw_frames (GtkWidget *window, guint n)
{
  gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;

  for (guint i = 0; i < n; i++)
    {
      guint n_before = n_frames;

      gtk_widget_queue_draw (window);
      while (n_frames == n_before && g_get_monotonic_time () < deadline_us)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (n_frames, >, n_before);
    }
}

/* GTK warns of a widget that is drawn before it has its place, and warnings end a test. */
static void
test_bars_come_and_go (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *stack = gtk_stack_new ();
  AdwTabView *tabs = adw_tab_view_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *above = gtk_label_new ("1\n2\n3\n4\n5\n6");
  AdwTabPage *page, *other;
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *text = gtk_text_view_new ();
  GtkWidget *bar = gtk_scrolled_window_get_vscrollbar (GTK_SCROLLED_WINDOW (scrolled));

  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), text);
  flatline_scrolled_layout_use (GTK_SCROLLED_WINDOW (scrolled));
  page = adw_tab_view_append (tabs, scrolled);
  other = adw_tab_view_append (tabs, gtk_label_new ("other"));
  gtk_stack_add_named (GTK_STACK (stack), GTK_WIDGET (tabs), "tabs");
  gtk_widget_set_vexpand (stack, TRUE);
  gtk_box_append (GTK_BOX (box), above);
  gtk_box_append (GTK_BOX (box), stack);
  gtk_window_set_child (GTK_WINDOW (window), box);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (text)), "1\n2\n3\n4\n5\n6\n7\n8\n9\n10", -1);
  gtk_window_set_default_size (GTK_WINDOW (window), 300, 240);
  gtk_window_present (GTK_WINDOW (window));
  g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (on_after_paint), NULL);
  draw_frames (window, 3);
  for (guint round = 0; round < 6; round++)
    {
      adw_tab_view_set_selected_page (tabs, other);
      draw_frames (window, 2);
      gtk_widget_set_visible (above, round % 2 == 0);
      draw_frames (window, 2);
      adw_tab_view_set_selected_page (tabs, page);
      draw_frames (window, 6);
      g_assert_cmpint (gtk_widget_get_child_visible (bar), ==, round % 2 == 0);
    }
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/scrolled-layout/bars-come-and-go", test_bars_come_and_go);
  return g_test_run ();
}
