/* SPDX-License-Identifier: MIT */
/*
 * What ends waits in a queue that owns it: first the panes, in the order they came, then the widgets of rows: those of
 * a pane are taken out of their list when it ends. A row's widgets are queued from the outer to the inner ones, so that
 * each is freed by itself.
 */
#include "config.h"

#include "flatline-gradual-end.h"

#include "flatline-turn.h"

static struct
{
  GQueue panes, rows; /* owned widgets */
  guint source;       /* while there are any */
} ending = { G_QUEUE_INIT, G_QUEUE_INIT, 0 };

static gboolean
free_next (void)
{
  GtkWidget *widget = g_queue_pop_head (g_queue_is_empty (&ending.panes) ? &ending.rows : &ending.panes);

  if (widget)
    g_object_unref (widget);
  return widget != NULL;
}

static gboolean
step (gpointer unused)
{
  while (free_next ())
    if (flatline_turn_is_over ())
      return G_SOURCE_CONTINUE;
  ending.source = 0;
  return G_SOURCE_REMOVE;
}

static void
ensure_source (void)
{
  if (!ending.source)
    ending.source = g_idle_add_full (FLATLINE_TURN_LET_GO, step, NULL, NULL);
}

static void
take_all (GtkWidget *widget)
{
  g_queue_push_tail (&ending.rows, g_object_ref (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    take_all (child);
}

static void
take_rows (GtkWidget *widget)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_LIST_VIEW (widget))
      take_all (child);
    else
      take_rows (child);
}

void
flatline_gradual_end_take (GtkWidget *pane)
{
  g_return_if_fail (GTK_IS_WIDGET (pane));
  g_queue_push_tail (&ending.panes, g_object_ref (pane));
  take_rows (pane);
  ensure_source ();
}

void
flatline_gradual_end_take_widgets (GPtrArray *widgets)
{
  for (guint i = 0; i < widgets->len; i++)
    g_queue_push_tail (&ending.rows, g_object_ref (widgets->pdata[i]));
  ensure_source ();
}

void
flatline_gradual_end_now (void)
{
  while (free_next ())
    ;
  g_clear_handle_id (&ending.source, g_source_remove);
}
