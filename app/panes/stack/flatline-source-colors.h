/* SPDX-License-Identifier: MIT */
/*
 * FlatlineSourceColors: what a view of a source is to show is coloured and laid out before a frame is drawn.
 * GtkSourceView by itself does both while it draws: the frame takes that much longer, and its scroll bars have no place
 * when bold words change the height of lines in the midst of it.
 */
#pragma once

#include <gtksourceview/gtksource.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_SOURCE_COLORS (flatline_source_colors_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineSourceColors, flatline_source_colors, FLATLINE, SOURCE_COLORS, GObject)

/* @view: has its adjustments, as in a scrolled window, and outlives what is returned. */
FlatlineSourceColors *
flatline_source_colors_new (GtkSourceView *view);

/* Puts @text into the view, that of @file; NULL: a word, which has no colours. */
void
flatline_source_colors_show (FlatlineSourceColors *self, const char *file, const char *text);

G_END_DECLS
