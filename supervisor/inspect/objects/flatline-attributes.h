/* SPDX-License-Identifier: MIT */
/* What an object's class has and what the object itself has: dicts of classes, __slots__, instance attributes. */
#pragma once

#include "flatline-dicts.h"
#include "flatline-types.h"

G_BEGIN_DECLS

#define FLATLINE_MEMBER_SIZE 40 /* of a PyMemberDef in a type's tp_members; its name comes first */

/* FALSE stops the walk. @name is borrowed. */
typedef gboolean (*FlatlineSlotFunc) (const char *name, guint64 value, gpointer user_data);

/* Walks the members of @object that __slots__ of its class and its bases made, as far as they are set. */
void
flatline_slots_foreach (FlatlineTypeCache *types, guint64 object, FlatlineSlotFunc func, gpointer user_data);

/* The attribute or slot @name of @object, 0 when there is none. */
guint64
flatline_object_get (FlatlineTypeCache *types, guint64 object, const char *name);

/* What the class at @type itself has at @name, not its bases; 0 nothing. */
guint64
flatline_class_get (FlatlineTypeCache *types, guint64 type, const char *name);

G_END_DECLS
