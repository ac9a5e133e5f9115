/* SPDX-License-Identifier: MIT */
/*
 * A list has its place by its first row when it is at its top: what grows below moves nothing. Rows that have come have
 * no height before the layout, and GTK (4.8) warns when somebody scrolls by then: that waits, as what is kept does.
 */
#include "config.h"

#include "flatline-row-sight.h"

#define SIGHT "flatline-row-sight"

typedef struct
{
  GtkScrolledWindow *scrolled; /* borrowed: it has this */
  GtkAdjustment *down;         /* owned */
  gboolean keeps;              /* nobody has scrolled or chosen a row since */
  gboolean comes;              /* the row may have no height before the next layout */
  guint ticks;                 /* before each frame; 0: not */
} Sight;

static void
sight_free (gpointer data)
{
  Sight *sight = data;

  g_signal_handlers_disconnect_by_data (sight->down, sight);
  g_object_unref (sight->down);
  g_free (sight);
}

static void
scroll_to_selected (GtkWidget *view)
{
  GtkSelectionModel *selection = gtk_list_view_get_model (GTK_LIST_VIEW (view));
  guint selected = gtk_single_selection_get_selected (GTK_SINGLE_SELECTION (selection));

  if (selected != GTK_INVALID_LIST_POSITION)
    gtk_widget_activate_action (view, "list.scroll-to-item", "u", selected);
}

/* Returns: whether the row of the selected item is there and laid out: one far below may have come without a height. */
static gboolean
find_selected (GtkWidget *view, graphene_rect_t *place)
{
  for (GtkWidget *row = gtk_widget_get_first_child (view); row; row = gtk_widget_get_next_sibling (row))
    if (gtk_widget_get_state_flags (row) & GTK_STATE_FLAG_SELECTED)
      return gtk_widget_get_height (row) > 0 && gtk_widget_compute_bounds (row, view, place);
  return FALSE;
}

/* Before a frame: the layout was in the one before. */
static gboolean
settle (GtkWidget *scrolled, GdkFrameClock *clock, gpointer user_data)
{
  Sight *sight = user_data;
  GtkWidget *view = gtk_scrolled_window_get_child (sight->scrolled);
  const double height = gtk_adjustment_get_page_size (sight->down);
  const double value = gtk_adjustment_get_value (sight->down);
  graphene_rect_t place;

  sight->ticks = 0;
  if (!sight->keeps || sight->comes || gtk_widget_get_height (view) <= 1)
    return G_SOURCE_REMOVE;
  if (!find_selected (view, &place))
    scroll_to_selected (view);
  else if (place.origin.y + value + place.size.height <= height)
    gtk_adjustment_set_value (sight->down, gtk_adjustment_get_lower (sight->down));
  else if (place.origin.y < 0 || place.origin.y + place.size.height > height)
    scroll_to_selected (view);
  return G_SOURCE_REMOVE;
}

static void
queue_settle (Sight *sight)
{
  if (sight->keeps && !sight->ticks)
    sight->ticks = gtk_widget_add_tick_callback (GTK_WIDGET (sight->scrolled), settle, sight, NULL);
}

static void
on_laid_out (Sight *sight)
{
  sight->comes = FALSE;
  queue_settle (sight);
}

static gboolean
on_event (Sight *sight, GdkEvent *event)
{
  switch ((int)gdk_event_get_event_type (event))
    {
    case GDK_SCROLL:
      if (sight->comes)
        return GDK_EVENT_STOP;
      sight->keeps = FALSE;
      break;
    case GDK_BUTTON_PRESS:
    case GDK_KEY_PRESS:
    case GDK_TOUCH_BEGIN:
      sight->keeps = FALSE;
      break;
    }
  return GDK_EVENT_PROPAGATE;
}

void
flatline_row_sight_follow (GtkScrolledWindow *scrolled)
{
  GtkEventController *events = gtk_event_controller_legacy_new ();
  Sight *sight = g_new0 (Sight, 1);

  sight->scrolled = scrolled;
  sight->down = g_object_ref (gtk_scrolled_window_get_vadjustment (scrolled));
  g_object_set_data_full (G_OBJECT (scrolled), SIGHT, sight, sight_free);
  g_signal_connect_swapped (sight->down, "changed", G_CALLBACK (on_laid_out), sight);
  g_signal_connect_swapped (sight->down, "value-changed", G_CALLBACK (queue_settle), sight);
  gtk_event_controller_set_propagation_phase (events, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (events, "event", G_CALLBACK (on_event), sight);
  gtk_widget_add_controller (GTK_WIDGET (scrolled), events);
}

void
flatline_row_sight_keep (GtkScrolledWindow *scrolled)
{
  Sight *sight = g_object_get_data (G_OBJECT (scrolled), SIGHT);

  /* What still rolls on from a push is of the rows before. */
  gtk_scrolled_window_set_kinetic_scrolling (scrolled, FALSE);
  gtk_scrolled_window_set_kinetic_scrolling (scrolled, TRUE);
  /* A length that is not so: the layout puts it right, and is heard of by that. */
  gtk_adjustment_set_upper (sight->down, gtk_adjustment_get_upper (sight->down) + 1);
  gtk_widget_queue_allocate (gtk_scrolled_window_get_child (scrolled));
  sight->keeps = TRUE;
  sight->comes = TRUE;
}
