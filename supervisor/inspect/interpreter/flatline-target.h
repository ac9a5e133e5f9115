/* SPDX-License-Identifier: MIT */
/*
 * FlatlineTarget: a CPython in a process: its memory, its layout, the address of _PyRuntime. It is found once
 * (flatline-target-finding.h) and then kept for all captures of the process.
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
  guint64 runtime;             /* address of _PyRuntime */
  guint64 hash_secret_address; /* of _Py_HashSecret; 0: it is not known, or not used as expected */
  guint64 hash_secret[2];
  guint hash_rounds; /* 0: not asked yet */
  char *version;     /* "3.11.2" */
  char *module;      /* path of the ELF file with the interpreter */
} FlatlineTarget;

void
flatline_target_free (FlatlineTarget *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineTarget, flatline_target_free)

G_END_DECLS
