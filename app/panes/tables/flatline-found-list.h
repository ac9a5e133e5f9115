/* SPDX-License-Identifier: MIT */
/*
 * FlatlineFoundList: the items of another list that a filter lets through, in their order. After a change of the filter
 * the items are looked at between other work of the main loop, and one that was found stays until it is known that it
 * is not found any more: GTK's own incremental filter empties the list first.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_FOUND_LIST (flatline_found_list_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineFoundList, flatline_found_list, FLATLINE, FOUND_LIST, GObject)

/* Takes both. Transfer full. */
GListModel *
flatline_found_list_new (GListModel *model, GtkFilter *filter);

G_END_DECLS
