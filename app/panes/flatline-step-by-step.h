/* SPDX-License-Identifier: MIT */
/* What makes much of a window, a step in each turn of the main loop with frames between: it shows what is there. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef void (*FlatlineStep) (gpointer owner);

/* The first of @steps now, the others when there is nothing else to do, as long as @owner lives and is not destroyed.
 * What is left of other steps of the same owner is not taken.
 * @steps: ends with NULL, and stays where it is. */
void
flatline_step_by_step (GtkWidget *owner, const FlatlineStep *steps);

/* In a step: the same is taken once more before the next one, in a turn of its own. Never in the last step. */
void
flatline_step_again (gpointer owner);

/* What is in @widget, a window that is not shown yet or a part of one, is asked for its size at @width: so its words
 * are shaped and its styles found before the turn that shows it. */
void
flatline_measure_ahead (GtkWidget *widget, int width);

/* A step of a window's, before the next one where there are many words: measures its labels ahead, over as many turns
 * as that takes. Never the last step. */
void
flatline_measure_words_ahead (gpointer window);

/* A step of a window's: measures it ahead at the size that it opens with. */
void
flatline_measure_window_ahead (gpointer window);

G_END_DECLS
