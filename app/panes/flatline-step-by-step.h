/* SPDX-License-Identifier: MIT */
/* What makes much of a window, a step in each turn of the main loop with frames between: it shows what is there. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef void (*FlatlineStep) (gpointer owner);

/* The first of @steps now, the others when there is nothing else to do, as long as @owner lives and is not destroyed.
 * @steps: ends with NULL, and stays where it is. */
void
flatline_step_by_step (GtkWidget *owner, const FlatlineStep *steps);

G_END_DECLS
