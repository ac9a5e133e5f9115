/* SPDX-License-Identifier: MIT */
/*
 * One child, whose width does not depend on its height. GtkPaned asks how wide a pane has to be where it is low, and
 * words that may take several lines answer: as wide as all of them on one line. The panes beside it then lie beyond
 * the edge of the window.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_WIDTH_FIRST_LAYOUT (flatline_width_first_layout_get_type ())
G_DECLARE_FINAL_TYPE (
    FlatlineWidthFirstLayout, flatline_width_first_layout, FLATLINE, WIDTH_FIRST_LAYOUT, GtkLayoutManager)

G_END_DECLS
