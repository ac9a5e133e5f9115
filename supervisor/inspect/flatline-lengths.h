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

G_END_DECLS
