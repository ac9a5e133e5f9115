/* SPDX-License-Identifier: MIT */
/*
 * FlatlineValueFinder: the row of the viewer that looks for words, or bytes such as 0x0d0a, in a long value, shows what
 * it found in the page view, and counts how often it is there. Emits "stopped" when Escape leaves it.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-value-page-view.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_VALUE_FINDER (flatline_value_finder_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineValueFinder, flatline_value_finder, FLATLINE, VALUE_FINDER, GtkBox)

/* @view must live as long. */
GtkWidget *
flatline_value_finder_new (FlatlineValuePageView *view);

/* From now on in @bytes, as @view shows them; what was found before is forgotten. */
void
flatline_value_finder_look_in (FlatlineValueFinder *self, GBytes *bytes);

/* The next or previous match, from the last one or the page that is shown. */
void
flatline_value_finder_find (FlatlineValueFinder *self, gboolean forward);

G_END_DECLS
