/* SPDX-License-Identifier: MIT */
/*
 * Where the columns end is known after a layout, so the room is dealt out before the next frame. It is reckoned from
 * what they take without it, whatever it was before: the same places give the same room, and there it ends.
 */
#include "config.h"

#include "flatline-column-room.h"

#include "flatline-columns.h"

#define ROOM        "flatline-column-room"
#define LEAST_CHARS 6 /* with fewer of them it may as well be out of view */

typedef struct
{
  GtkColumnView *view; /* borrowed: it has this */
  FlatlineCellMetrics *metrics;
  guint position;
  int spare_chars; /* that it can do without */
  guint ticks;     /* before the next frame; 0: not */
} Room;

static void
room_free (gpointer data)
{
  Room *room = data;

  g_rc_box_release (room->metrics);
  g_free (room);
}

/* Where the column would end without the room. */
static int
get_own_end (Room *room, guint position)
{
  return flatline_column_view_get_end (room->view, position) - (position >= room->position ? room->metrics->room : 0);
}

static int
reckon (Room *room, GtkAdjustment *across)
{
  const int page = (int)gtk_adjustment_get_page_size (across);
  const guint n_columns = g_list_model_get_n_items (gtk_column_view_get_columns (room->view));
  GListModel *rows = G_LIST_MODEL (gtk_column_view_get_model (room->view));
  int end = page;

  if (!rows || g_list_model_get_n_items (rows) == 0 || gtk_adjustment_get_upper (across) <= page)
    return 0;
  if (get_own_end (room, room->position) > page)
    return MAX (page - get_own_end (room, room->position),
                -PANGO_PIXELS (room->spare_chars * room->metrics->char_width));
  for (guint i = room->position; i < n_columns && get_own_end (room, i) <= page; i++)
    end = get_own_end (room, i);
  return page - end;
}

static void
queue_resize_labels (GtkWidget *widget)
{
  if (FLATLINE_IS_CELL_LABEL (widget))
    gtk_widget_queue_resize (widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    queue_resize_labels (child);
}

/* Of the rows that are built. */
static void
queue_resize_cells (GtkWidget *view, guint position)
{
  GtkWidget *rows = gtk_widget_get_last_child (view);

  for (GtkWidget *row = gtk_widget_get_first_child (rows); row; row = gtk_widget_get_next_sibling (row))
    {
      GtkWidget *cell = gtk_widget_get_first_child (row);

      for (guint i = 0; cell && i < position; i++)
        cell = gtk_widget_get_next_sibling (cell);
      if (cell)
        queue_resize_labels (cell);
    }
}

static gboolean
deal_out (GtkWidget *view, GdkFrameClock *clock, gpointer user_data)
{
  Room *room = user_data;
  GListModel *columns = gtk_column_view_get_columns (room->view);
  g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, room->position);
  int pixels = reckon (room, gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (view)));

  /* A person has made it as wide as it is. */
  if (gtk_column_view_column_get_fixed_width (column) >= 0 || pixels == room->metrics->room)
    {
      room->ticks = 0;
      return G_SOURCE_REMOVE;
    }
  room->metrics->room = pixels;
  queue_resize_cells (view, room->position);
  /* A column keeps its size until it is told of another. */
  gtk_column_view_column_set_fixed_width (column, 0);
  gtk_column_view_column_set_fixed_width (column, -1);
  return G_SOURCE_CONTINUE; /* its title may have kept it wider */
}

static void
queue_deal_out (GtkColumnView *view)
{
  Room *room = g_object_get_data (G_OBJECT (view), ROOM);

  if (!room->ticks)
    room->ticks = gtk_widget_add_tick_callback (GTK_WIDGET (room->view), deal_out, room, NULL);
}

static void
follow_adjustment (GtkColumnView *view)
{
  g_signal_connect_object (gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (view)), "changed",
                           G_CALLBACK (queue_deal_out), view, G_CONNECT_SWAPPED);
}

void
flatline_column_room_follow (GtkColumnView *view, FlatlineCellMetrics *metrics, guint position, guint chars)
{
  Room *room = g_new0 (Room, 1);

  room->view = view;
  room->metrics = g_rc_box_acquire (metrics);
  room->position = position;
  room->spare_chars = MAX ((int)chars - LEAST_CHARS, 0);
  g_object_set_data_full (G_OBJECT (view), ROOM, room, room_free);
  g_signal_connect (view, "notify::hadjustment", G_CALLBACK (follow_adjustment), NULL);
  follow_adjustment (view);
}

int
flatline_column_room_get (GtkColumnView *view)
{
  Room *room = g_object_get_data (G_OBJECT (view), ROOM);

  return room ? room->metrics->room : 0;
}
