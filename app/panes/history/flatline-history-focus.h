/* SPDX-License-Identifier: MIT */
/* Where the keyboard is among past freezes and runs while their list changes. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Before rows go: if the focus is in one, it is nowhere until the return. @view has a GtkSingleSelection. */
void
flatline_history_focus_leave (GtkListView *view);

/* After it: to the row of what was selected, or to the one in its place, in @pane; not when something else has it. */
void
flatline_history_focus_return (GtkListView *view, GtkWidget *pane);

G_END_DECLS
