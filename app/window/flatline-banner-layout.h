/* SPDX-License-Identifier: MIT */
/*
 * The parts of the banner, its children in this order: icon, title, text, leads, buttons. The buttons stand beside the
 * title where that keeps its words, else below all; the rest stands below the title.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_BANNER_LAYOUT (flatline_banner_layout_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineBannerLayout, flatline_banner_layout, FLATLINE, BANNER_LAYOUT, GtkLayoutManager)

G_END_DECLS
