/* SPDX-License-Identifier: MIT */
/*
 * Buttons beside a text, each as big as the biggest: under each other, and in a next column where the pane is too low
 * for all of them. None is ever cut.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_TOOLS_LAYOUT (flatline_tools_layout_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineToolsLayout, flatline_tools_layout, FLATLINE, TOOLS_LAYOUT, GtkLayoutManager)

G_END_DECLS
