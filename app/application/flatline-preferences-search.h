/* SPDX-License-Identifier: MIT */
/*
 * What a search in the Preferences finds. libadwaita shows a row for each preference at the first letter, before it
 * looks for any: GTK would style and measure them all at once.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The first rows are shown at once, more in each turn of the main loop. Before @window has a page. */
void
flatline_preferences_search_follow (AdwPreferencesWindow *window);

G_END_DECLS
