/* SPDX-License-Identifier: MIT */
/*
 * The layout of a tab, which has one child: in a window too narrow for two columns the side bar goes, and comes back
 * with the room, unless somebody had hidden it. Whoever asks for it in a narrow window gets it nevertheless.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_NARROW_LAYOUT (flatline_narrow_layout_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineNarrowLayout, flatline_narrow_layout, FLATLINE, NARROW_LAYOUT, GtkLayoutManager)

/* @actions: has the switch "sidebar"; @switcher: puts its words below its icons where there is no room beside them.
 * Neither is kept alive. */
void
flatline_narrow_layout_use (GtkWidget *view, GActionGroup *actions, AdwViewSwitcher *switcher);

G_END_DECLS
