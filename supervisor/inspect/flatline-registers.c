/* SPDX-License-Identifier: MIT */
/* PTRACE_GETREGSET, sorted as DWARF numbers them. */
#include "flatline-registers.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

gboolean
flatline_registers_read (pid_t tid, FlatlineRegisters *registers)
{
  struct user_regs_struct user;
  struct iovec place = { &user, sizeof user };

  if (ptrace (PTRACE_GETREGSET, tid, GINT_TO_POINTER (NT_PRSTATUS), &place) != 0 || place.iov_len < sizeof user)
    return FALSE;
#if defined(__x86_64__)
  *registers = (FlatlineRegisters){
    .words = { user.rax, user.rdx, user.rcx, user.rbx, user.rsi, user.rdi, user.rbp, user.rsp, user.r8, user.r9,
               user.r10, user.r11, user.r12, user.r13, user.r14, user.r15, user.rip },
    .pc = user.rip,
  };
#elif defined(__aarch64__)
  for (guint i = 0; i < FLATLINE_N_REGISTERS - 1; i++)
    registers->words[i] = user.regs[i];
  registers->words[FLATLINE_STACK_POINTER] = user.sp;
  registers->pc = user.pc;
#endif
  return TRUE;
}
