/* SPDX-License-Identifier: MIT */
/* Tabs that are taken into a window of their own, by dragging or by their menu, and dragged back; and that menu. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Makes a window like @window, shows it, and returns its tabs. */
typedef AdwTabView *(*FlatlineTabMovesCreate) (GtkWindow *window);

/* @tabs are those of @window. */
void
flatline_tab_moves_add (AdwTabView *tabs, GtkWindow *window, FlatlineTabMovesCreate create);

G_END_DECLS
