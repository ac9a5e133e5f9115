/* SPDX-License-Identifier: MIT */
/*
 * The end of a part of a window that has thousands of widgets, in steps between the turns of the main loop: to free
 * them takes longer than a frame, and nobody waits for it.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/*
 * To be called before @pane leaves its parent: keeps it, and the rows of the lists in it, until there is time to free
 * them. What it is made of beside these ends with it.
 */
void
flatline_gradual_end_take (GtkWidget *pane);

/* @widget: what was to be emptied, wherever it is by now. */
typedef void (*FlatlineGradualEndFunc) (GtkWidget *widget);

/* Takes the rows out of the tables in @widget (kept alive), which show nothing more, and calls @done: while they are in
 * a window GTK takes each row apart as @widget leaves it. */
void
flatline_gradual_end_empty (GtkWidget *widget, FlatlineGradualEndFunc done);

/* Keeps @widgets, from the outer to the inner ones, in the same way: those of a row that has left its list. */
void
flatline_gradual_end_take_widgets (GPtrArray *widgets);

/* Frees what waits for it at once: there will be no more turns. What is to be emptied is left as it is. */
void
flatline_gradual_end_now (void);

G_END_DECLS
