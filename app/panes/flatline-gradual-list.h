/* SPDX-License-Identifier: MIT */
/*
 * A list that shows another one, but takes in its first rows a few at a time, between other work of the main loop: each
 * of them makes a list view build a row of widgets, and a few hundred at once would hold up the window. Rows beyond
 * those that a view builds are there at once.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @model: transfer full. Transfer full. */
GListModel *
flatline_gradual_list_new (GListModel *model);

G_END_DECLS
