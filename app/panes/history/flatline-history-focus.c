/* SPDX-License-Identifier: MIT */
/* A row that goes while it has the focus takes the window's focus with it into nowhere (GTK 4.8). */
#include "flatline-history-focus.h"

#include "flatline-records.h"

#define PLACE "flatline-history-focus"

typedef struct
{
  guint position;
  GObject *item; /* owned, nullable */
} Place;

static void
place_free (gpointer data)
{
  Place *place = data;

  g_clear_object (&place->item);
  g_free (place);
}

/* What is read anew is another object. */
static gboolean
is_same (gpointer a, gpointer b)
{
  if (FLATLINE_IS_FREEZE (a) && FLATLINE_IS_FREEZE (b))
    return FLATLINE_FREEZE (a)->id == FLATLINE_FREEZE (b)->id;
  if (FLATLINE_IS_RUN (a) && FLATLINE_IS_RUN (b))
    return FLATLINE_RUN (a)->id == FLATLINE_RUN (b)->id;
  return a == b;
}

static guint
find (GListModel *rows, const Place *place)
{
  const guint n_rows = g_list_model_get_n_items (rows);

  for (guint i = 0; i < n_rows && place->item; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (rows, i);

      if (is_same (item, place->item))
        return i;
    }
  return MIN (place->position, n_rows - 1);
}

void
flatline_history_focus_leave (GtkListView *view)
{
  GtkSingleSelection *selection = GTK_SINGLE_SELECTION (gtk_list_view_get_model (view));
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (view));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;
  Place *place;

  if (!focus || !gtk_widget_is_ancestor (focus, GTK_WIDGET (view)))
    return;
  place = g_new0 (Place, 1);
  place->position = gtk_single_selection_get_selected (selection);
  g_set_object (&place->item, gtk_single_selection_get_selected_item (selection));
  g_object_set_data_full (G_OBJECT (view), PLACE, place, place_free);
  gtk_root_set_focus (root, NULL);
}

void
flatline_history_focus_return (GtkListView *view, GtkWidget *pane)
{
  GtkSingleSelection *selection = GTK_SINGLE_SELECTION (gtk_list_view_get_model (view));
  GtkRoot *root = gtk_widget_get_root (pane);
  Place *place = g_object_get_data (G_OBJECT (view), PLACE);

  if (!place)
    return;
  if (root && !gtk_root_get_focus (root))
    {
      if (g_list_model_get_n_items (G_LIST_MODEL (selection)) > 0)
        gtk_single_selection_set_selected (selection, find (G_LIST_MODEL (selection), place));
      gtk_widget_grab_focus (pane);
    }
  g_object_set_data (G_OBJECT (view), PLACE, NULL);
}
