/* SPDX-License-Identifier: MIT */
/* All objects that an interpreter's garbage collector knows: the containers of a program. */
#pragma once

#include "flatline-target.h"

G_BEGIN_DECLS

/* FALSE stops the walk. */
typedef gboolean (*FlatlineGcFunc) (guint64 object, gpointer user_data);

/*
 * Walks the objects of the interpreter at @interp, at most @max, until @deadline_us (monotonic). The target may run: a
 * list that changes meanwhile ends the walk early. FALSE when it did not come to the end.
 */
gboolean
flatline_gc_foreach (
    FlatlineTarget *target, guint64 interp, guint max, gint64 deadline_us, FlatlineGcFunc func, gpointer user_data);

G_END_DECLS
