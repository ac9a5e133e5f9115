/* SPDX-License-Identifier: MIT */
/*
 * FlatlineToolbar: a button for each verb of the action list that has a label. What finds no room in a narrow window
 * moves into a menu at the end.
 */
#pragma once

#include "flatline-action-list.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_TOOLBAR (flatline_toolbar_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineToolbar, flatline_toolbar, FLATLINE, TOOLBAR, GtkWidget)

/* What the tab has: buttons whose verbs need more are not shown. The first time, there come to be buttons. */
void
flatline_toolbar_set_available (FlatlineToolbar *self, FlatlineNeeds available);

G_END_DECLS
