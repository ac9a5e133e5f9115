/* SPDX-License-Identifier: MIT */
/*
 * Children in lines, as words in a paragraph: side by side as wide as they want to be, and in a next line where there
 * is no more room. For rows of buttons whose words are short in one language and long in another. With "folds", where
 * the height is not enough, there is one line: with the last child, which leads to all, and what fits before it.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_WRAP_LAYOUT (flatline_wrap_layout_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineWrapLayout, flatline_wrap_layout, FLATLINE, WRAP_LAYOUT, GtkLayoutManager)

G_END_DECLS
