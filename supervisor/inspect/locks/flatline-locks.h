/* SPDX-License-Identifier: MIT */
/*
 * FlatlineLockSearch: which locks the threads of a target hold and wait for, from outside. A waiter is known by the
 * address it sleeps on in the kernel, or by the lock on its value stack; an owner by the field of an RLock, or by the
 * `with` block that will release it.
 */
#pragma once

#include "flatline-code.h"
#include "flatline-records.h"
#include "flatline-stack-walk.h"
#include "flatline-types.h"

G_BEGIN_DECLS

typedef struct _FlatlineLockSearch FlatlineLockSearch;

FlatlineLockSearch *
flatline_lock_search_new (FlatlineTarget *target, FlatlineTypeCache *types, FlatlineCodeCache *codes);
void
flatline_lock_search_free (FlatlineLockSearch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineLockSearch, flatline_lock_search_free)

/* One thread with its @frames (GArray of FlatlineFrameState; a reference is kept); the kernel's facts are in @thread.
 */
void
flatline_lock_search_add_thread (FlatlineLockSearch *self, FlatlineThread *thread, GArray *frames);

/* Reads what the stacks, their modules and objects hold, and appends the locks that matter to *@locks. */
void
flatline_lock_search_finish (FlatlineLockSearch *self, gint64 pid, GListStore **locks);

G_END_DECLS
