/* SPDX-License-Identifier: MIT */
/*
 * A table that is narrower than its columns ends with a whole one: what would be left of it, and show a strip of the
 * next, is given to the column that takes what room there is.
 */
#pragma once

#include "flatline-cell-label.h"

G_BEGIN_DECLS

/* For as long as @view lives. @position: of the column whose cells take room, and are of @chars without it; where that
 * is too wide itself they have fewer. */
void
flatline_column_room_follow (GtkColumnView *view, FlatlineCellMetrics *metrics, guint position, guint chars);

/* What the columns of @view have beyond their own size; 0: nothing, or no such column. */
int
flatline_column_room_get (GtkColumnView *view);

G_END_DECLS
