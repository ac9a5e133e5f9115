/* SPDX-License-Identifier: MIT */
/*
 * What is told to those who do not see it: the word of GTK for it, which older ones lack, is this program's own here,
 * and keeps what it was told.
 */
#include <adwaita.h>

#include "flatline-announcement.h"
#include "flatline-history-pane.h"
#include "flatline-toast.h"

#define DEADLINE_S 60

static GPtrArray *told;

#if GTK_CHECK_VERSION(4, 14, 0)
typedef GtkAccessibleAnnouncementPriority Priority;
#else
typedef int Priority;
void
gtk_accessible_announce (GtkAccessible *self, const char *message, Priority priority);
#endif

G_MODULE_EXPORT void
gtk_accessible_announce (GtkAccessible *self, const char *message, Priority priority)
{
  g_ptr_array_add (told, g_strdup_printf ("%d %s", (int)priority, message));
}

static void
wait_for (const char *line)
{
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;

  while (!g_ptr_array_find_with_equal_func (told, line, g_str_equal, NULL) && g_get_monotonic_time () < deadline_us)
    g_main_context_iteration (NULL, FALSE);
  g_assert_true (g_ptr_array_find_with_equal_func (told, line, g_str_equal, NULL));
}

static GtkWidget *
present (GtkWidget *child)
{
  GtkWidget *window = gtk_window_new ();

  gtk_window_set_child (GTK_WINDOW (window), child);
  gtk_window_present (GTK_WINDOW (window));
  while (!gtk_widget_get_mapped (child))
    g_main_context_iteration (NULL, TRUE);
  return window;
}

static void
test_line (void)
{
  GtkWidget *label = gtk_label_new ("Ready");
  GtkWidget *window;

  g_ptr_array_set_size (told, 0);
  flatline_announce (label, "nobody is there yet", TRUE);
  window = present (label);
  flatline_announce (label, "", TRUE);
  flatline_announce (label, "It flatlined", TRUE);
  flatline_announce (label, "It is saved", FALSE);
  g_assert_cmpuint (told->len, ==, 2);
  g_assert_cmpstr (told->pdata[0], ==, "2 It flatlined");
  g_assert_cmpstr (told->pdata[1], ==, "1 It is saved");
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Each when its turn comes. */
static void
test_toasts (void)
{
  GtkWidget *overlay = adw_toast_overlay_new ();
  GtkWidget *window;
  AdwToast *first = flatline_toast_new ("SIGTERM sent");

  g_ptr_array_set_size (told, 0);
  adw_toast_overlay_set_child (ADW_TOAST_OVERLAY (overlay), gtk_label_new ("Content"));
  window = present (overlay);
  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), g_object_ref (first));
  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), flatline_toast_new ("Nothing is recorded yet"));
  wait_for ("1 SIGTERM sent");
  adw_toast_dismiss (first);
  wait_for ("1 Nothing is recorded yet");
  g_object_unref (first);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* What comes in the place of a table, as when a filter finds nothing. */
static void
test_empty_page (void)
{
  GtkWidget *stack = gtk_stack_new ();
  GtkWidget *empty = gtk_label_new ("Nothing found");
  GtkWidget *window;

  g_ptr_array_set_size (told, 0);
  flatline_announce_when_shown (GTK_LABEL (empty));
  gtk_stack_add_named (GTK_STACK (stack), gtk_label_new ("A table"), "table");
  gtk_stack_add_named (GTK_STACK (stack), empty, "empty");
  window = present (stack);
  g_assert_cmpuint (told->len, ==, 0);
  gtk_stack_set_visible_child_name (GTK_STACK (stack), "empty");
  wait_for ("1 Nothing found");
  gtk_label_set_label (GTK_LABEL (empty), "The search was cancelled");
  wait_for ("1 The search was cancelled");
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_past_freezes (void)
{
  GtkWidget *window;

  g_ptr_array_set_size (told, 0);
  window = present (g_object_new (FLATLINE_TYPE_HISTORY_PANE, NULL));
  wait_for ("1 Freezes will be kept here");
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_autofree char *schemas = g_build_filename (g_getenv ("FLATLINE_TEST_BUILD_ROOT"), "data", NULL);

  g_setenv ("GSETTINGS_SCHEMA_DIR", schemas, TRUE);
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  told = g_ptr_array_new_with_free_func (g_free);
  g_test_add_func ("/announcement/line", test_line);
  g_test_add_func ("/announcement/toasts", test_toasts);
  g_test_add_func ("/announcement/empty-page", test_empty_page);
  g_test_add_func ("/announcement/past-freezes", test_past_freezes);
  return g_test_run ();
}
