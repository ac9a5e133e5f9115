/* SPDX-License-Identifier: MIT */
/*
 * FlatlineGradualList: a list that shows another one, but takes in what comes a few rows at a time, between other work
 * of the main loop: each of them makes a list view build a row of widgets, and a few hundred at once, as when a tree is
 * unfolded, would hold up the window. What only moved stays. What goes is gone at once, unless it was said otherwise.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-leaving-rows.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_GRADUAL_LIST (flatline_gradual_list_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineGradualList, flatline_gradual_list, FLATLINE, GRADUAL_LIST, GObject)

/* @model: transfer full. Transfer full. */
GListModel *
flatline_gradual_list_new (GListModel *model);

/* Many items that go leave a few at a time too, those far from the row that @view (not kept alive) looks at first. For
 * items of which it is known that they are gone, such as the rows of a tree: GTK takes what they stand for from them.
 */
void
flatline_gradual_list_let_go_gradually (GListModel *self, FlatlineLeavingPlaceFunc get_place, gpointer view);

/* The list takes in nothing more, and all its items are to go in the same way, whatever they are. */
void
flatline_gradual_list_end (GListModel *self, FlatlineLeavingPlaceFunc get_place, gpointer view);

/* After that: some of them go now. Returns: whether there are more. */
gboolean
flatline_gradual_list_end_some (GListModel *self);

/* Those that are to go are gone now. @self: any model, or NULL. */
void
flatline_gradual_list_let_all_go (GListModel *self);

G_END_DECLS
