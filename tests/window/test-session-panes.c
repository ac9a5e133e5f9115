/* SPDX-License-Identifier: MIT */
/* The panes of a tab: none is made with it, a turn of the main loop has one to make or one to place, and what waits for
 * all of them comes before the next frame. A program that begins earlier has those at once that hear it. */
#include <adwaita.h>

#include "flatline-session-layout.h"
#include "flatline-session-panes.h"

typedef struct
{
  GtkWidget *window;
  FlatlineSessionLayout *layout;
  FlatlineSessionPanes *panes;
  gboolean was_called;
} Tab;

static void
tab_begin (Tab *tab)
{
  tab->was_called = FALSE;
  tab->layout = g_object_new (FLATLINE_TYPE_SESSION_LAYOUT, NULL);
  tab->window = gtk_window_new ();
  gtk_window_set_child (GTK_WINDOW (tab->window), GTK_WIDGET (tab->layout));
  tab->panes = flatline_session_panes_new (GTK_WIDGET (tab->layout), flatline_session_layout_get_slots (tab->layout));
}

static void
tab_end (Tab *tab)
{
  flatline_session_panes_free (tab->panes);
  gtk_window_destroy (GTK_WINDOW (tab->window));
}

static gboolean
has (Tab *tab, FlatlinePane pane)
{
  return adw_bin_get_child (ADW_BIN (flatline_session_layout_get_slots (tab->layout)[pane])) != NULL;
}

static guint
count_panes (Tab *tab)
{
  guint n = 0;

  for (FlatlinePane pane = 0; pane < FLATLINE_N_PANES; pane++)
    n += has (tab, pane);
  return n;
}

static gboolean
on_called (gpointer user_data)
{
  Tab *tab = user_data;

  g_assert_cmpuint (count_panes (tab), ==, FLATLINE_N_PANES);
  tab->was_called = TRUE;
  return G_SOURCE_REMOVE;
}

static void
test_one_in_a_turn (void)
{
  Tab tab;
  guint n_turns = 0;

  tab_begin (&tab);
  g_idle_add_full (FLATLINE_PRIORITY_AFTER_PANES, on_called, &tab, NULL);
  g_assert_cmpuint (count_panes (&tab), ==, 0);
  while (!tab.was_called)
    {
      const guint before = count_panes (&tab);

      g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (count_panes (&tab), <=, before + 1);
      n_turns++;
    }
  g_assert_cmpuint (n_turns, >=, 2 * FLATLINE_N_PANES);
  tab_end (&tab);
}

static void
test_asked_for_early (void)
{
  Tab tab;

  tab_begin (&tab);
  g_assert_nonnull (flatline_session_panes_get (tab.panes, FLATLINE_PANE_NETWORK));
  g_assert_true (has (&tab, FLATLINE_PANE_NETWORK));
  while (count_panes (&tab) < FLATLINE_N_PANES)
    g_main_context_iteration (NULL, TRUE);
  tab_end (&tab);
}

/* In the middle of it, too: what is made is placed. */
static void
test_listening (void)
{
  for (guint n_turns = 0; n_turns < 4; n_turns++)
    {
      Tab tab;

      tab_begin (&tab);
      for (guint i = 0; i < n_turns; i++)
        g_main_context_iteration (NULL, FALSE);
      flatline_session_panes_listen (tab.panes);
      g_assert_true (has (&tab, FLATLINE_PANE_OUTPUT));
      g_assert_true (has (&tab, FLATLINE_PANE_HEARTBEAT));
      tab_end (&tab);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *schemas = g_build_filename (g_getenv ("FLATLINE_TEST_BUILD_ROOT"), "data", NULL);

  g_setenv ("GSETTINGS_SCHEMA_DIR", schemas, TRUE);
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/window/session-panes/one-in-a-turn", test_one_in_a_turn);
  g_test_add_func ("/window/session-panes/asked-for-early", test_asked_for_early);
  g_test_add_func ("/window/session-panes/listening", test_listening);
  return g_test_run ();
}
