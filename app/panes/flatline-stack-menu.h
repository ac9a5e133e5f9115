/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStackMenu: the context menu of the stack pane, and what its items do that is no matter of the list: to trace
 * the function of a frame in the living program.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* A popover below @pane, whose actions are in its group "stack". */
GtkWidget *
flatline_stack_menu_new (GtkWidget *pane);

/* Has the calls of the function of @frame told, or no longer; the Console shows them, and what went wrong. */
void
flatline_stack_menu_trace (GtkWidget *pane, FlatlineSession *session, FlatlineFrame *frame, gboolean on);

/* Lets the items be chosen that make sense for @frame (NULL: none) now. */
void
flatline_stack_menu_update (GActionMap *actions, FlatlineSession *session, FlatlineFrame *frame);

G_END_DECLS
