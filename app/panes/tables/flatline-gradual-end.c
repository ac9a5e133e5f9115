/* SPDX-License-Identifier: MIT */
/*
 * What ends waits in a queue that owns it: first what is to be emptied, then the panes, in the order they came, then
 * the widgets of rows: those of a pane are taken out of their list when it ends. A row's widgets are queued from the
 * outer to the inner ones, so that each is freed by itself.
 */
#include "config.h"

#include "flatline-gradual-end.h"

#include "flatline-gradual-list.h"
#include "flatline-row-places.h"
#include "flatline-turn.h"

typedef struct
{
  GtkWidget *widget; /* owned */
  GPtrArray *lists;  /* owned, of those that have rows */
  FlatlineGradualEndFunc done;
} Emptying;

static struct
{
  GQueue emptied;     /* owned Emptyings */
  GQueue panes, rows; /* owned widgets */
  guint source;       /* while there are any */
} ending = { G_QUEUE_INIT, G_QUEUE_INIT, G_QUEUE_INIT, 0 };

static void
emptying_free (Emptying *emptying)
{
  g_object_unref (emptying->widget);
  g_ptr_array_unref (emptying->lists);
  g_free (emptying);
}

static gboolean
is_first_empty (void)
{
  Emptying *emptying = g_queue_peek_head (&ending.emptied);

  return emptying && emptying->lists->len == 0;
}

static void
finish_first (void)
{
  Emptying *emptying = g_queue_pop_head (&ending.emptied);

  emptying->done (emptying->widget);
  emptying_free (emptying);
}

static gboolean
empty_some (void)
{
  Emptying *emptying = g_queue_peek_head (&ending.emptied);
  guint last;

  if (!emptying)
    return FALSE;
  last = emptying->lists->len - 1;
  if (!flatline_gradual_list_end_some (emptying->lists->pdata[last]))
    g_ptr_array_remove_index (emptying->lists, last);
  return TRUE;
}

static gboolean
free_next (void)
{
  GtkWidget *widget = g_queue_pop_head (g_queue_is_empty (&ending.panes) ? &ending.rows : &ending.panes);

  if (widget)
    g_object_unref (widget);
  return widget != NULL;
}

/* What is done with something that is empty has a turn of its own. */
static gboolean
step (gpointer unused)
{
  if (is_first_empty ())
    {
      finish_first ();
      return G_SOURCE_CONTINUE;
    }
  while (empty_some () || free_next ())
    if (is_first_empty () || flatline_turn_is_over ())
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

/* A list that has no columns. */
static guint
get_place (gpointer view)
{
  GtkAdjustment *adjustment = gtk_scrollable_get_vadjustment (view);
  const double upper = gtk_adjustment_get_upper (adjustment);
  const double middle = gtk_adjustment_get_value (adjustment) + gtk_adjustment_get_page_size (adjustment) / 2;
  const guint n_rows = g_list_model_get_n_items (G_LIST_MODEL (gtk_list_view_get_model (view)));

  return upper > 0 ? (guint)(middle / upper * n_rows) : 0;
}

static void
find_lists (GtkWidget *widget, GPtrArray *lists)
{
  const gboolean has_columns = GTK_IS_COLUMN_VIEW (widget);
  GtkSingleSelection *selection = NULL;

  if (!has_columns && !GTK_IS_LIST_VIEW (widget))
    {
      for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
        find_lists (child, lists);
      return;
    }
  g_object_get (widget, "model", &selection, NULL);
  if (GTK_IS_SINGLE_SELECTION (selection) && FLATLINE_IS_GRADUAL_LIST (gtk_single_selection_get_model (selection)))
    {
      GListModel *list = gtk_single_selection_get_model (selection);

      gtk_single_selection_set_autoselect (selection, FALSE);
      flatline_gradual_list_end (list, has_columns ? flatline_column_view_get_place : get_place, widget);
      g_ptr_array_add (lists, g_object_ref (list));
    }
  g_clear_object (&selection);
}

void
flatline_gradual_end_empty (GtkWidget *widget, FlatlineGradualEndFunc done)
{
  Emptying *emptying = g_new0 (Emptying, 1);

  g_return_if_fail (GTK_IS_WIDGET (widget) && done);
  emptying->widget = g_object_ref (widget);
  emptying->done = done;
  emptying->lists = g_ptr_array_new_with_free_func (g_object_unref);
  find_lists (widget, emptying->lists);
  g_queue_push_tail (&ending.emptied, emptying);
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
  g_queue_clear_full (&ending.emptied, (GDestroyNotify)emptying_free);
  while (free_next ())
    ;
  g_clear_handle_id (&ending.source, g_source_remove);
}
