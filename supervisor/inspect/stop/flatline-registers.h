/* SPDX-License-Identifier: MIT */
/*
 * FlatlineRegisters: a thread's registers at the moment it was stopped, in the order of DWARF, as an unwinder wants
 * them. Sources: the processor supplements of the System V ABI.
 */
#pragma once

#include "flatline-memory.h"

#include <sys/types.h>
#include <sys/user.h>

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
  guint64 flags;
  guint64 error; /* x86-64, where a fault interrupted it: bit 1 it wrote, bit 4 it fetched an instruction */
} FlatlineRegisters;

/* As ptrace and core files have them. */
void
flatline_registers_take (FlatlineRegisters *self, const struct user_regs_struct *user);

/* Of a thread that the calling thread holds by ptrace. */
gboolean
flatline_registers_read (pid_t tid, FlatlineRegisters *registers);

/* As they were when a signal came: from the ucontext_t at @context, which the kernel gave the signal's handler. */
gboolean
flatline_registers_read_context (FlatlineRegisters *self, FlatlineMemory *memory, guint64 context);

/* "rip 0x7f…", the program counter first. Transfer full, NULL-terminated. */
char **
flatline_registers_dup_text (const FlatlineRegisters *self);

/* "read", "write" or "execute": what a faulting access was; NULL when the machine does not tell. */
const char *
flatline_registers_get_access (const FlatlineRegisters *self);

G_END_DECLS
