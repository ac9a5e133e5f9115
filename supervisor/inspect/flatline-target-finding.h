/* SPDX-License-Identifier: MIT */
/* Finds the CPython in a process or core file, and asks it what tells whether it was found right. */
#pragma once

#include "flatline-core.h"
#include "flatline-target.h"

G_BEGIN_DECLS

/* Takes @memory. NULL: no process, not allowed, no CPython, unknown CPython; the error's code says which. */
FlatlineTarget *
flatline_target_find (gint64 pid, FlatlineMemory *memory, GError **error);
/* The same in a core file, which must outlive it. */
FlatlineTarget *
flatline_target_find_in_core (FlatlineCore *core, GError **error);

/* TRUE when @layout with _PyRuntime at @runtime leads to an interpreter with threads that point back to it. */
gboolean
flatline_target_is_plausible (FlatlineMemory *memory, const FlatlineLayout *layout, guint64 runtime);

G_END_DECLS
