/* SPDX-License-Identifier: MIT */
/*
 * For a scrolled window, around a long list: how large it has to be the ways it scrolls does not depend on what is in
 * it, and GTK's own measures all of that nevertheless, whenever anything in the window asks for a new layout.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_SCROLLED_LAYOUT (flatline_scrolled_layout_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineScrolledLayout, flatline_scrolled_layout, FLATLINE, SCROLLED_LAYOUT, GtkLayoutManager)

/* From now on @scrolled is measured without its child. */
void
flatline_scrolled_layout_use (GtkScrolledWindow *scrolled);

G_END_DECLS
