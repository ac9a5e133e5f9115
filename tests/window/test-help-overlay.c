/* SPDX-License-Identifier: MIT */
/* The window of all keys: no window is made with one, and it comes in turns that make a group each. */
#include <adwaita.h>

#include "flatline-action-list.h"
#include "flatline-help-overlay.h"
#include "flatline-window.h"

#define N_GROUPS  7
#define MAX_TURNS 2000

static GtkApplication *application;

static void
test_not_before_it_is_asked_for (void)
{
  FlatlineWindow *window = flatline_window_new (application, NULL);

  g_assert_null (gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (window)));
  gtk_window_destroy (GTK_WINDOW (window));
}

static guint
count (GtkWidget *widget, GType type)
{
  guint n = g_type_is_a (G_OBJECT_TYPE (widget), type);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    n += count (child, type);
  return n;
}

static guint
show (FlatlineWindow *window)
{
  guint n_turns = 0;

  flatline_help_overlay_show (GTK_APPLICATION_WINDOW (window));
  while (
      !gtk_widget_get_visible (GTK_WIDGET (gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (window))))
      && n_turns < MAX_TURNS)
    {
      g_main_context_iteration (NULL, TRUE);
      n_turns++;
    }
  return n_turns;
}

/* Each of the actions that a person can call by a key, by all its keys. */
static void
check_keys (GtkWidget *widget, GHashTable *seen)
{
  if (GTK_IS_SHORTCUTS_SHORTCUT (widget))
    {
      g_autofree char *keys = NULL;

      g_object_get (widget, "accelerator", &keys, NULL);
      g_assert_nonnull (keys);
      g_hash_table_add (seen, g_steal_pointer (&keys));
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    check_keys (child, seen);
}

static void
test_group_by_group (void)
{
  FlatlineWindow *window = flatline_window_new (application, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *restart = flatline_action_list_dup_keys ("session.restart");
  const guint n_turns = show (window);
  GtkWidget *overlay = GTK_WIDGET (gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (window)));

  g_assert_cmpuint (n_turns, >, N_GROUPS);
  g_assert_cmpuint (n_turns, <, MAX_TURNS);
  g_assert_cmpuint (count (overlay, GTK_TYPE_SHORTCUTS_GROUP), ==, N_GROUPS);
  check_keys (overlay, seen);
  g_assert_cmpstr (restart, ==, "<Ctrl>r <Shift>F5 r");
  g_assert_true (g_hash_table_contains (seen, restart));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Asked for twice, once in the middle of it: it is one. */
static void
test_asked_for_again (void)
{
  FlatlineWindow *window = flatline_window_new (application, NULL);
  GtkShortcutsWindow *overlay;

  flatline_help_overlay_show (GTK_APPLICATION_WINDOW (window));
  for (guint i = 0; i < 3; i++)
    g_main_context_iteration (NULL, FALSE);
  show (window);
  overlay = gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (window));
  gtk_window_close (GTK_WINDOW (overlay));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (overlay)));
  show (window);
  g_assert_true (overlay == gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (window)));
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (overlay)));
  g_assert_cmpuint (count (GTK_WIDGET (overlay), GTK_TYPE_SHORTCUTS_GROUP), ==, N_GROUPS);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_autofree char *schemas = g_build_filename (g_getenv ("FLATLINE_TEST_BUILD_ROOT"), "data", NULL);
  int result;

  g_setenv ("GSETTINGS_SCHEMA_DIR", schemas, TRUE);
  g_test_init (&argc, &argv, NULL);
  application = GTK_APPLICATION (adw_application_new ("org.flatline.Flatline", G_APPLICATION_NON_UNIQUE));
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, NULL));
  g_test_add_func ("/window/help-overlay/not-before-it-is-asked-for", test_not_before_it_is_asked_for);
  g_test_add_func ("/window/help-overlay/group-by-group", test_group_by_group);
  g_test_add_func ("/window/help-overlay/asked-for-again", test_asked_for_again);
  result = g_test_run ();
  g_object_unref (application);
  return result;
}
