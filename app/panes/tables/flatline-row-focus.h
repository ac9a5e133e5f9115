/* SPDX-License-Identifier: MIT */
/*
 * Where the keyboard is in a pane whose rows come and go. GTK moves the focus on when it is asked for twice, and lets
 * it fall to another pane when the row that had it is replaced: a key typed after "2" would then press a button there.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Whether a row of @view has the focus, or @pane itself while there are no rows: ask before the rows are replaced. */
gboolean
flatline_row_focus_is_here (GtkWidget *pane, GtkWidget *view);

/* After they are: keeps the focus in @pane if it @was_here. Without rows @pane takes the focus itself. */
void
flatline_row_focus_keep (GtkWidget *pane, gboolean has_rows, gboolean was_here);

/* Gives the focus to a row of @view, the selected one if there is; a row that has it keeps it. What a pane's grab_focus
 * does; FALSE if there is no row. */
gboolean
flatline_row_focus_grab (GtkWidget *view);

G_END_DECLS
