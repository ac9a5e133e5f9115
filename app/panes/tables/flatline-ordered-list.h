/* SPDX-License-Identifier: MIT */
/*
 * A list of thousands of records in an order that changes. GtkSortListModel tells of a new order as one change of all
 * that moved, and a column view then makes its 200 rows anew in one turn of the main loop. The items of this one are
 * FlatlineTableRows, which stay and change their records: two at a time, some milliseconds each turn, the first places
 * first. What the source has no more goes in the same way.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-leaving-rows.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_ORDERED_LIST (flatline_ordered_list_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineOrderedList, flatline_ordered_list, FLATLINE, ORDERED_LIST, GObject)

/* @source (transfer full): in its own order at first. */
FlatlineOrderedList *
flatline_ordered_list_new (GListModel *source);

/* By @compare (records, its data), the same until the next order; NULL: as the source has it. It is asked for all
 * records again. What is equal stays as it is. */
void
flatline_ordered_list_set_order (FlatlineOrderedList *self, GCompareDataFunc compare, gpointer data);

/* Rows far from the one that @view (not kept alive) looks at go first. */
void
flatline_ordered_list_set_place (FlatlineOrderedList *self, FlatlineLeavingPlaceFunc get_place, gpointer view);

/* Whether records are still on their way, or to go. */
gboolean
flatline_ordered_list_is_moving (FlatlineOrderedList *self);

/* Signal "record-moved" (GObject *record, guint position). */

G_END_DECLS
