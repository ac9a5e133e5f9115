/* SPDX-License-Identifier: MIT */
/*
 * FlatlineGradualList: a list that shows another one, but takes in what comes a few rows at a time, between other work
 * of the main loop: each of them makes a list view build a row of widgets, and a few hundred at once, as when a tree is
 * unfolded, would hold up the window. What goes is gone at once; what only moved stays.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_GRADUAL_LIST (flatline_gradual_list_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineGradualList, flatline_gradual_list, FLATLINE, GRADUAL_LIST, GObject)

/* @model: transfer full. Transfer full. */
GListModel *
flatline_gradual_list_new (GListModel *model);

G_END_DECLS
