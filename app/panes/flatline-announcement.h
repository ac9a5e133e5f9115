/* SPDX-License-Identifier: MIT */
/* What happened, said to whoever cannot see it, wherever the focus is. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/*
 * @line about @widget, which is on the screen, to a screen reader. @urgent: it interrupts what is being said. NULL and
 * "" say nothing. Needs GTK 4.14 at run time; with an older one the role of the widget (alert, status) has to do.
 */
void
flatline_announce (GtkWidget *widget, const char *line, gboolean urgent);

/* What @label says is announced each time it comes on the screen, or changes there. */
void
flatline_announce_when_shown (GtkLabel *label);

G_END_DECLS
