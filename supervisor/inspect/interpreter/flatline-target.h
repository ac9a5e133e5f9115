/* SPDX-License-Identifier: MIT */
/*
 * FlatlineTarget: a CPython found in a process: its memory, its layout, the address of _PyRuntime. Finding takes the
 * ELF files once; the target is then kept for all captures of the process.
 */
#pragma once

#include "flatline-core.h"
#include "flatline-layout.h"
#include "flatline-memory.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 pid;
  gint64 inner_pid; /* as its own PID namespace calls it, once that was asked for; 0 unknown */
  gboolean is_core;
  FlatlineCore *core; /* borrowed; NULL: a process */
  FlatlineMemory *memory;
  FlatlineLayout layout;
  guint64 runtime; /* address of _PyRuntime */
  char *version;   /* "3.11.2" */
  char *module;    /* path of the ELF file with the interpreter */
} FlatlineTarget;

/* Takes @memory. NULL: no process, not allowed, no CPython, unknown CPython; the error's code says which. */
FlatlineTarget *
flatline_target_find (gint64 pid, FlatlineMemory *memory, GError **error);
/* The same in a core file, which must outlive it. */
FlatlineTarget *
flatline_target_find_in_core (FlatlineCore *core, GError **error);
void
flatline_target_free (FlatlineTarget *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineTarget, flatline_target_free)

/* TRUE when @layout with _PyRuntime at @runtime leads to an interpreter with threads that point back to it. */
gboolean
flatline_target_is_plausible (FlatlineMemory *memory, const FlatlineLayout *layout, guint64 runtime);

/* The object that is called so in the module sys of the main interpreter; 0: there is none. */
guint64
flatline_target_find_in_sys (FlatlineTarget *self, const char *name);

G_END_DECLS
