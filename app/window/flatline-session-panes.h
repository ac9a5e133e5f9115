/* SPDX-License-Identifier: MIT */
/*
 * The panes of a session view: made one after the other between the turns of the main loop, bound to each other and to
 * the view, and freed in the same way when the tab is closed. All at once would hold up the window for several frames.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Of what is done in a new tab once its panes are made, before it is drawn. */
#define FLATLINE_PRIORITY_AFTER_PANES (GDK_PRIORITY_REDRAW - 1)

/* In the order in which they are made. */
typedef enum
{
  FLATLINE_PANE_OUTPUT,
  FLATLINE_PANE_HEARTBEAT,
  FLATLINE_PANE_STACK,
  FLATLINE_PANE_SOURCE,
  FLATLINE_PANE_VARIABLES,
  FLATLINE_PANE_PROCESSES,
  FLATLINE_PANE_NETWORK,
  FLATLINE_PANE_HISTORY,
  FLATLINE_PANE_CONSOLE,
  FLATLINE_PANE_SHELL,
  FLATLINE_N_PANES,
} FlatlinePane;

typedef struct _FlatlineSessionPanes FlatlineSessionPanes;

/* @slots: an AdwBin (borrowed) for each pane, NULL for those that @view has not. */
FlatlineSessionPanes *
flatline_session_panes_new (GtkWidget *view, GtkWidget *const slots[FLATLINE_N_PANES]);

void
flatline_session_panes_free (FlatlineSessionPanes *self);

/* Borrowed; made now when it was not yet. NULL when the view has none. */
GtkWidget *
flatline_session_panes_get (FlatlineSessionPanes *self, FlatlinePane pane);

/* Makes those now that a session tells what it does not tell twice: it begins. */
void
flatline_session_panes_listen (FlatlineSessionPanes *self);

/* To be called before the view leaves its window. */
void
flatline_session_panes_end_gradually (FlatlineSessionPanes *self);

G_END_DECLS
