/* SPDX-License-Identifier: MIT */
/*
 * Who sleeps in a system call is woken from it to be stopped, or to die, but comes no further: its registers are those
 * of a call that will be begun again. What they look like then is for each machine to say (arch/x86/kernel/signal.c,
 * arch/arm64/kernel/signal.c).
 */
#include "flatline-core-thread.h"

#include <errno.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/syscall.h>

#define MAX_CPU_TIME_S G_GINT64_CONSTANT (1000000000000) /* 30,000 years: a thousand cores for thirty of them */

/* 0: no thread can have had that much. */
static gint64
to_us (const struct timeval *time)
{
  if (time->tv_sec < 0 || time->tv_sec > MAX_CPU_TIME_S || time->tv_usec < 0 || time->tv_usec >= G_USEC_PER_SEC)
    return 0;
  return time->tv_sec * G_USEC_PER_SEC + time->tv_usec;
}

gboolean
flatline_core_thread_read (FlatlineCoreThread *self, const guint8 *note, gsize length)
{
  struct elf_prstatus status;

  if (length < sizeof status)
    return FALSE;
  memcpy (&status, note, sizeof status);
  *self = (FlatlineCoreThread){
    .native_id = status.pr_pid,
    .signal = status.pr_cursig,
    .has_registers = length == sizeof status,
    .pending = status.pr_sigpend,
    .blocked = status.pr_sighold,
    .cpu_time_us = to_us (&(const struct timeval){ status.pr_utime.tv_sec, status.pr_utime.tv_usec })
                   + to_us (&(const struct timeval){ status.pr_stime.tv_sec, status.pr_stime.tv_usec }),
  };
  G_STATIC_ASSERT (sizeof status.pr_reg == sizeof self->registers);
  memcpy (&self->registers, &status.pr_reg, sizeof self->registers);
  return TRUE;
}

#if defined(__x86_64__)

/* The kernel's own, which no program ever sees: include/linux/errno.h. */
#define ERESTARTSYS           512
#define ERESTARTNOINTR        513
#define ERESTARTNOHAND        514
#define ERESTART_RESTARTBLOCK 516

/* One that waits for room has written a part of its third argument, and is told how much when it is woken. */
static gboolean
is_cut_short (const struct user_regs_struct *registers)
{
  return (registers->orig_rax == SYS_write || registers->orig_rax == SYS_sendto) && (gint64)registers->rax > 0
         && registers->rax < registers->rdx;
}

gboolean
flatline_core_thread_was_running (const FlatlineCoreThread *self)
{
  return self->has_registers && (gint64)self->registers.orig_rax < 0;
}

/* Where it came into the kernel by a call, orig_rax has the number; what the call has answered so far is in rax. */
gboolean
flatline_core_thread_find_call (
    const FlatlineCoreThread *self, FlatlineMemoryReadFunc read, gpointer core, gint64 *number, guint64 *arguments)
{
  const struct user_regs_struct *registers = &self->registers;

  if (!self->has_registers || (gint64)registers->orig_rax < 0)
    return FALSE;
  switch (-(gint64)registers->rax)
    {
    case ERESTARTSYS:
    case ERESTARTNOINTR:
    case ERESTARTNOHAND:
    case ERESTART_RESTARTBLOCK:
    case EINTR: /* epoll_wait() and others are not begun again */
      break;
    default:
      if (!is_cut_short (registers))
        return FALSE;
    }
  *number = (gint64)registers->orig_rax;
  memcpy (arguments,
          (guint64[]){ registers->rdi, registers->rsi, registers->rdx, registers->r10, registers->r8, registers->r9 },
          FLATLINE_CORE_ARGUMENTS * sizeof *arguments);
  return TRUE;
}

#elif defined(__aarch64__)

#define SUPERVISOR_CALL 0xd4000001 /* svc #0 */

/* What it was at is not told apart from a call that has just come to its end. */
gboolean
flatline_core_thread_was_running (const FlatlineCoreThread *self)
{
  return FALSE;
}

/* All is put back as it was before the call, the program counter, too: it is at the instruction again. */
gboolean
flatline_core_thread_find_call (
    const FlatlineCoreThread *self, FlatlineMemoryReadFunc read, gpointer core, gint64 *number, guint64 *arguments)
{
  const struct user_regs_struct *registers = &self->registers;
  guint32 instruction;

  if (!self->has_registers || !read (core, registers->pc, &instruction, sizeof instruction)
      || instruction != SUPERVISOR_CALL)
    return FALSE;
  *number = (gint64)registers->regs[8];
  memcpy (arguments, registers->regs, FLATLINE_CORE_ARGUMENTS * sizeof *arguments);
  return TRUE;
}

#endif
