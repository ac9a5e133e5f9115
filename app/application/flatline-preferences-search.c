/* SPDX-License-Identifier: MIT */
/* Rows come when the list is shown and when the words change, and go with it. */
#include "config.h"

#include "flatline-preferences-search.h"

#include "flatline-turn.h"

#define ROWS_AT_ONCE 6 /* as many as there is room for without scrolling */
#define ROWS_A_TURN  3

static gboolean
reveal (gpointer list)
{
  guint n_revealed = 0;

  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    if (!gtk_widget_get_visible (row))
      {
        if (n_revealed == ROWS_A_TURN)
          return G_SOURCE_CONTINUE;
        gtk_widget_set_visible (row, TRUE);
        n_revealed++;
      }
  return G_SOURCE_REMOVE;
}

static void
on_map (GtkWidget *list)
{
  guint n_rows = 0;

  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    if (++n_rows > ROWS_AT_ONCE)
      gtk_widget_set_visible (row, FALSE);
  if (n_rows > ROWS_AT_ONCE)
    g_idle_add_full (FLATLINE_TURN_SHOW, reveal, g_object_ref (list), g_object_unref);
}

/* Each group has a list, which is hidden until it has rows. */
static GtkWidget *
find_list (GtkWidget *widget)
{
  if (GTK_IS_LIST_BOX (widget) && gtk_widget_get_visible (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *list = find_list (child);

      if (list)
        return list;
    }
  return NULL;
}

void
flatline_preferences_search_follow (AdwPreferencesWindow *window)
{
  GtkWidget *list = find_list (GTK_WIDGET (window));
  GtkWidget *page = list ? gtk_widget_get_ancestor (list, ADW_TYPE_PREFERENCES_PAGE) : NULL;

  g_return_if_fail (ADW_IS_PREFERENCES_WINDOW (window));
  /* It fills the list when it is shown. */
  if (page)
    g_signal_connect_object (page, "map", G_CALLBACK (on_map), list, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
}
