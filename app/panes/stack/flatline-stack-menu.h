/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStackMenu: the context menu of the stack pane, and what its items do that is no matter of the list: to trace
 * the function of a frame in the living program, to hold threads that come to its line.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-context-menu.h"
#include "flatline-session.h"

G_BEGIN_DECLS

/* Of @pane, whose actions are in its group "stack". */
FlatlineContextMenu *
flatline_stack_menu_new (GtkWidget *pane);

/* Does to the function, or the line, of @frame what @word, a command of FlatlineLive, says; the Console shows calls
 * that are traced, a toast what was done. */
void
flatline_stack_menu_change (GtkWidget *pane, FlatlineSession *session, FlatlineFrame *frame, const char *word);

/* Lets the items be chosen that make sense for @frame (NULL: none) now. */
void
flatline_stack_menu_update (GActionMap *actions, FlatlineSession *session, FlatlineFrame *frame);

G_END_DECLS
