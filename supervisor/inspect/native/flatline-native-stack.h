/* SPDX-License-Identifier: MIT */
/*
 * FlatlineNativeStacks: the C stacks of a target's threads, by libdwfl: from unwind tables alone, with lines and
 * inlined calls where debug information is to be had. While the target is held still its stacks are only copied; they
 * are unwound and named when it runs again.
 */
#pragma once

#include "flatline-core.h"
#include "flatline-records.h"
#include "flatline-registers.h"

G_BEGIN_DECLS

/* Of a Python frame: whether the evaluator was called anew for it, and an address on the C stack of that call, if
 * known. */
typedef struct
{
  gboolean is_entry;
  guint64 shim;
} FlatlineEntry;

typedef struct _FlatlineNativeStacks FlatlineNativeStacks;

/* Learns the ELF files that @pid has mapped. NULL: none of them can be read. */
FlatlineNativeStacks *
flatline_native_stacks_new (gint64 pid, GError **error);
/* Of a core file, which has to live longer; @executable may be NULL. */
FlatlineNativeStacks *
flatline_native_stacks_new_for_core (FlatlineCore *core, const char *executable, GError **error);
void
flatline_native_stacks_free (FlatlineNativeStacks *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineNativeStacks, flatline_native_stacks_free)

/* Copies the stack of a thread that is held and has these registers. */
void
flatline_native_stacks_copy (FlatlineNativeStacks *self, gint64 tid, const FlatlineRegisters *registers);

/* Unwinds the thread @tid (of a live process: as it was copied) to at most @max_frames. */
void
flatline_native_stacks_unwind (FlatlineNativeStacks *self, gint64 tid, guint max_frames);

/*
 * Puts the native frames of @thread between its Python frames: each run of the evaluator gives way to the Python frames
 * it stands for. @entries: one FlatlineEntry a Python frame.
 */
void
flatline_native_stacks_merge (FlatlineNativeStacks *self, FlatlineThread *thread, GArray *entries);

G_END_DECLS
