/* SPDX-License-Identifier: MIT */
/*
 * FlatlineFindBar: what is looked for in a text, in a bar above it that comes with Ctrl+F and goes with Escape. Who has
 * it does the looking.
 *
 * Properties: "active", whether the bar is there; "text-widget", which has the focus afterwards; "placeholder";
 * "from-end": what is new comes at the end, so Enter leads up.
 * Signal: "find" (const char *text, int step) → gboolean: whether @text is there. @step is 0 for a new text, 1 for the
 * next place, -1 for the one before. With an empty text it is asked, too: what was marked is not any more.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_FIND_BAR (flatline_find_bar_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineFindBar, flatline_find_bar, FLATLINE, FIND_BAR, GtkWidget)

/* Shows the bar, for a new text. */
void
flatline_find_bar_ask (FlatlineFindBar *self);

G_END_DECLS
