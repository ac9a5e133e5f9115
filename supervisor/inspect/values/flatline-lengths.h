/* SPDX-License-Identifier: MIT */
#pragma once

#include "flatline-types.h"

G_BEGIN_DECLS

/*
 * What len() would say of the object at @address, of @type: characters, bytes, items; -1: it has none, or it cannot be
 * read.
 */
gint64
flatline_object_read_length (FlatlineTarget *target, guint64 address, const FlatlineTypeInfo *type);

/* Whether its __dict__, slots and fields are read. */
gboolean
flatline_object_has_attributes (const FlatlineTypeInfo *type);

/* Whether it may have children; @size: its length. */
gboolean
flatline_object_may_hold (const FlatlineTypeInfo *type, gint64 size);

G_END_DECLS
