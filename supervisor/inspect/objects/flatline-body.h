/* SPDX-License-Identifier: MIT */
/* What an object of C refers to: its fields have no names, but they point to objects. */
#pragma once

#include "flatline-attributes.h"

G_BEGIN_DECLS

/*
 * Calls @func with "+16" and the like, the offset in the object, for each field of @object that points to another
 * object and is none of a class written in Python: those have names.
 */
void
flatline_body_foreach (FlatlineTypeCache *types, guint64 object, FlatlineSlotFunc func, gpointer user_data);

G_END_DECLS
