/* SPDX-License-Identifier: MIT */
/* PTRACE_GETREGSET and <sys/ucontext.h>, sorted as DWARF numbers them. */
#include "flatline-registers.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <ucontext.h>

void
flatline_registers_take (FlatlineRegisters *self, const struct user_regs_struct *user)
{
#if defined(__x86_64__)
  *self = (FlatlineRegisters){
    .words = { user->rax, user->rdx, user->rcx, user->rbx, user->rsi, user->rdi, user->rbp, user->rsp, user->r8,
               user->r9, user->r10, user->r11, user->r12, user->r13, user->r14, user->r15, user->rip },
    .pc = user->rip,
    .flags = user->eflags,
  };
#elif defined(__aarch64__)
  *self = (FlatlineRegisters){ .pc = user->pc, .flags = user->pstate };
  for (guint i = 0; i < FLATLINE_N_REGISTERS - 1; i++)
    self->words[i] = user->regs[i];
  self->words[FLATLINE_STACK_POINTER] = user->sp;
#endif
}

gboolean
flatline_registers_read (pid_t tid, FlatlineRegisters *registers)
{
  struct user_regs_struct user;
  struct iovec place = { &user, sizeof user };

  if (ptrace (PTRACE_GETREGSET, tid, GINT_TO_POINTER (NT_PRSTATUS), &place) != 0 || place.iov_len < sizeof user)
    return FALSE;
  flatline_registers_take (registers, &user);
  return TRUE;
}

static void
add_line (GPtrArray *lines, const char *name, guint64 value)
{
  g_ptr_array_add (lines, g_strdup_printf ("%s 0x%016" G_GINT64_MODIFIER "x", name, value));
}

#if defined(__x86_64__)

#define FAULT_WRITES   0x2 /* of the page fault's error code: arch/x86/include/asm/trap_pf.h */
#define FAULT_EXECUTES 0x10

gboolean
flatline_registers_read_context (FlatlineRegisters *self, FlatlineMemory *memory, guint64 context)
{
  static const int order[FLATLINE_N_REGISTERS] = {
    REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8,
    REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP,
  };
  mcontext_t machine;

  if (context == 0
      || !flatline_memory_read_direct (memory, context + G_STRUCT_OFFSET (ucontext_t, uc_mcontext), &machine,
                                       sizeof machine))
    return FALSE;
  for (guint i = 0; i < FLATLINE_N_REGISTERS; i++)
    self->words[i] = (guint64)machine.gregs[order[i]];
  self->pc = (guint64)machine.gregs[REG_RIP];
  self->flags = (guint64)machine.gregs[REG_EFL];
  self->error = (guint64)machine.gregs[REG_ERR];
  return TRUE;
}

const char *
flatline_registers_get_access (const FlatlineRegisters *self)
{
  if (self->error & FAULT_EXECUTES)
    return "execute";
  return self->error & FAULT_WRITES ? "write" : "read";
}

char **
flatline_registers_dup_text (const FlatlineRegisters *self)
{
  static const char *const names[] = { "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp",
                                       "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15" };
  GPtrArray *lines = g_ptr_array_new ();

  add_line (lines, "rip", self->pc);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    add_line (lines, names[i], self->words[i]);
  add_line (lines, "eflags", self->flags);
  g_ptr_array_add (lines, NULL);
  return (char **)g_ptr_array_free (lines, FALSE);
}

#elif defined(__aarch64__)

gboolean
flatline_registers_read_context (FlatlineRegisters *self, FlatlineMemory *memory, guint64 context)
{
  struct
  {
    guint64 fault_address, x[31], sp, pc, pstate; /* the head of mcontext_t */
  } machine;

  if (context == 0
      || !flatline_memory_read_direct (memory, context + G_STRUCT_OFFSET (ucontext_t, uc_mcontext), &machine,
                                       sizeof machine))
    return FALSE;
  for (guint i = 0; i < FLATLINE_STACK_POINTER; i++)
    self->words[i] = machine.x[i];
  self->words[FLATLINE_STACK_POINTER] = machine.sp;
  self->pc = machine.pc;
  self->flags = machine.pstate;
  self->error = 0;
  return TRUE;
}

const char *
flatline_registers_get_access (const FlatlineRegisters *self)
{
  return NULL;
}

char **
flatline_registers_dup_text (const FlatlineRegisters *self)
{
  GPtrArray *lines = g_ptr_array_new ();

  add_line (lines, "pc", self->pc);
  for (guint i = 0; i < FLATLINE_STACK_POINTER; i++)
    {
      g_autofree char *name = g_strdup_printf ("x%u", i);

      add_line (lines, name, self->words[i]);
    }
  add_line (lines, "sp", self->words[FLATLINE_STACK_POINTER]);
  add_line (lines, "pstate", self->flags);
  g_ptr_array_add (lines, NULL);
  return (char **)g_ptr_array_free (lines, FALSE);
}

#endif
