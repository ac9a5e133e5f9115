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

/* Keeps @widgets, from the outer to the inner ones, in the same way: those of a row that has left its list. */
void
flatline_gradual_end_take_widgets (GPtrArray *widgets);

/* Frees what waits for it at once: there will be no more turns. */
void
flatline_gradual_end_now (void);

G_END_DECLS
