/* SPDX-License-Identifier: MIT */
/*
 * FlatlineRegisters: a thread's registers at the moment it was stopped, in the order of DWARF, as an unwinder wants
 * them. Sources: the processor supplements of the System V ABI.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* The general registers; x86-64: 16 and the return address, which is the instruction pointer. AArch64: x0 – x30, sp. */
#if defined(__x86_64__)
#define FLATLINE_N_REGISTERS   17
#define FLATLINE_STACK_POINTER 7
#elif defined(__aarch64__)
#define FLATLINE_N_REGISTERS   32
#define FLATLINE_STACK_POINTER 31
#else
#error "Flatline reads x86-64 and AArch64"
#endif

typedef struct
{
  guint64 words[FLATLINE_N_REGISTERS];
  guint64 pc;
} FlatlineRegisters;

/* Of a thread that the calling thread holds by ptrace. */
gboolean
flatline_registers_read (pid_t tid, FlatlineRegisters *registers);

G_END_DECLS
