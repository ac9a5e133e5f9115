/* SPDX-License-Identifier: MIT */
/* What has its items in a row: list, tuple, collections.deque, queue.SimpleQueue. */
#pragma once

#include "flatline-types.h"

G_BEGIN_DECLS

/* FALSE stops the walk. @item is the address of an object. */
typedef gboolean (*FlatlineSequenceFunc) (gint64 i, guint64 item, gpointer user_data);

gboolean
flatline_type_is_sequence (const FlatlineTypeInfo *type);

/* Number of items, -1 unreadable, or no sequence. */
gint64
flatline_sequence_read_size (FlatlineTarget *target, guint64 address, const FlatlineTypeInfo *type);

/* Walks the items in order, from number @first on. */
void
flatline_sequence_foreach (FlatlineTarget *target,
                           guint64 address,
                           const FlatlineTypeInfo *type,
                           gint64 first,
                           FlatlineSequenceFunc func,
                           gpointer user_data);

G_END_DECLS
