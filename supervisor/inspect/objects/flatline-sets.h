/* SPDX-License-Identifier: MIT */
/* set and frozenset: Include/cpython/setobject.h. */
#pragma once

#include "flatline-dicts.h"
#include "flatline-sequences.h"

G_BEGIN_DECLS

/* Number of items, -1 unreadable. */
gint64
flatline_set_read_size (FlatlineTarget *target, guint64 address);

/* Walks the items in the order of the table, which is that of repr(). FALSE: it cannot be read. */
gboolean
flatline_set_foreach (FlatlineTarget *target, guint64 address, FlatlineSequenceFunc func, gpointer user_data);

/* The same from @place on, as flatline_dict_foreach_from(); items are counted from there. */
gboolean
flatline_set_foreach_from (
    FlatlineTarget *target, guint64 address, FlatlineTablePlace *place, FlatlineSequenceFunc func, gpointer user_data);

G_END_DECLS
