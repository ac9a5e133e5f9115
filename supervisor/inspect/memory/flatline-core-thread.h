/* SPDX-License-Identifier: MIT */
/*
 * FlatlineCoreThread: what a core file says of one thread (NT_PRSTATUS). Its registers tell the system call it was in:
 * the facts that the kernel gives of a living thread in /proc.
 */
#pragma once

#include "flatline-memory.h"

#include <sys/user.h>

G_BEGIN_DECLS

#define FLATLINE_CORE_ARGUMENTS 6

typedef struct
{
  gint64 native_id;
  int signal;             /* it died by, 0 none */
  gboolean has_registers; /* FALSE: the core is one of another machine */
  struct user_regs_struct registers;
  guint64 pending, blocked; /* signals, bit 0 for signal 1; a debugger's core does not say */
  gint64 cpu_time_us;       /* 0 where the core does not say */
} FlatlineCoreThread;

/* FALSE: @note is too short for one. */
gboolean
flatline_core_thread_read (FlatlineCoreThread *self, const guint8 *note, gsize length);

/*
 * The number and arguments of the system call that it slept in; FALSE when it slept in none. @read: a
 * FlatlineMemoryReadFunc for the memory of the core.
 */
gboolean
flatline_core_thread_find_call (
    const FlatlineCoreThread *self, FlatlineMemoryReadFunc read, gpointer core, gint64 *number, guint64 *arguments);

/* TRUE: it ran, beyond doubt, and in no call; one whose call had just ended is neither. */
gboolean
flatline_core_thread_was_running (const FlatlineCoreThread *self);

G_END_DECLS
