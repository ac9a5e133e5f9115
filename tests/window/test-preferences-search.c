/* SPDX-License-Identifier: MIT */
/* A search in the Preferences begins with all rows: a few of them at once, more in each turn, and all in the end. */
#include "flatline-preferences-search.h"

#define N_ROWS     40
#define MAX_A_TURN 6
#define MAX_TURNS  2000

/* The button that begins one. */
static GtkWidget *
find_search (GtkWidget *widget)
{
  if (GTK_IS_TOGGLE_BUTTON (widget)
      && g_strcmp0 (gtk_button_get_icon_name (GTK_BUTTON (widget)), "edit-find-symbolic") == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_search (child);

      if (found)
        return found;
    }
  return NULL;
}

/* All rows that are not of our page: those of the search. */
static guint
count_found (GtkWidget *widget, gboolean visible)
{
  guint n = 0;

  if (ADW_IS_PREFERENCES_PAGE (widget)
      && g_strcmp0 (adw_preferences_page_get_title (ADW_PREFERENCES_PAGE (widget)), "Page") == 0)
    return 0;
  if (GTK_IS_LIST_BOX_ROW (widget))
    return !visible || gtk_widget_get_visible (widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    n += count_found (child, visible);
  return n;
}

static AdwPreferencesWindow *
create_window (void)
{
  AdwPreferencesWindow *window = ADW_PREFERENCES_WINDOW (adw_preferences_window_new ());
  AdwPreferencesPage *page = ADW_PREFERENCES_PAGE (adw_preferences_page_new ());
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  adw_preferences_window_set_search_enabled (window, TRUE);
  flatline_preferences_search_follow (window);
  adw_preferences_page_set_title (page, "Page");
  adw_preferences_page_add (page, group);
  for (guint i = 0; i < N_ROWS; i++)
    {
      GtkWidget *row = adw_action_row_new ();

      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), "Preference");
      adw_preferences_group_add (group, row);
    }
  adw_preferences_window_add (window, page);
  return window;
}

static gboolean
keep_turning (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}

static void
test_row_by_row (void)
{
  AdwPreferencesWindow *window = create_window ();
  guint n_before = 0;
  guint ticks = g_timeout_add (10, keep_turning, NULL);

  gtk_window_present (GTK_WINDOW (window));
  for (guint i = 0; i < 50; i++)
    g_main_context_iteration (NULL, FALSE);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (find_search (GTK_WIDGET (window))), TRUE);
  for (guint i = 0; i < MAX_TURNS && n_before < N_ROWS; i++)
    {
      const guint n = count_found (GTK_WIDGET (window), TRUE);

      g_assert_cmpuint (n, <=, n_before + MAX_A_TURN);
      n_before = n;
      g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpuint (n_before, ==, N_ROWS);
  g_assert_cmpuint (count_found (GTK_WIDGET (window), FALSE), ==, N_ROWS);
  g_source_remove (ticks);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/window/preferences-search/row-by-row", test_row_by_row);
  return g_test_run ();
}
