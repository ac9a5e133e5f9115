/* SPDX-License-Identifier: MIT */
/*
 * See flatline-interrupted-call.h. On its way out of a stop the kernel looks at the result of the call: at
 * -ERESTARTNOHAND it begins it again if no handler is to run, and else turns it into EINTR. That is put in the place of
 * EINTR. AArch64 has looked at the result before the stop, and x0, which has it, had the first argument: the kernel
 * keeps that (orig_x0) and shows it nobody, and a program counter set back would stay so under a handler. Nothing is
 * done there.
 *
 * A call with a time-out fails with EINTR all the same: since when it waits is not known, and from its start again a
 * program that is looked at again and again would wait for ever. Those are epoll_wait, semtimedop, rt_sigtimedwait,
 * io_getevents, and calls of sockets that have SO_RCVTIMEO or SO_SNDTIMEO; the kernel resumes all others.
 *
 * Sources: signal(7), “Interruption of system calls and library functions by stop signals”; Linux:
 * arch/x86/kernel/signal.c, arch_do_signal_or_restart(); arch/arm64/kernel/signal.c, do_signal().
 */
#include "flatline-interrupted-call.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>

/* Of the kernel's own include/linux/errno.h. */
#define ERESTARTNOHAND 514

/* Of uapi/linux/io_uring.h: IORING_ENTER_EXT_ARG. */
#define URING_ENTER_EXTENDED 0x8

gboolean
flatline_interrupted_call_is_likely (guint64 result)
{
  return result == (guint64)-EINTR;
}

#if defined(__x86_64__)

static gboolean
waits_for_ever (const struct user_regs_struct *registers)
{
  /* A number out of range: the thread was not in a call. */
  switch ((gint64)registers->orig_rax)
    {
    case SYS_semop:
      return TRUE;
    case SYS_semtimedop:
#ifdef SYS_epoll_pwait2
    case SYS_epoll_pwait2:
#endif
      return registers->r10 == 0;
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
      return (gint32)registers->r10 < 0;
    case SYS_rt_sigtimedwait:
      return registers->rdx == 0;
    case SYS_io_getevents:
      return registers->r8 == 0;
    /* It has submitted nothing, or would have said so; an argument beyond the signals may be a time-out. */
    case SYS_io_uring_enter:
      return registers->rsi == 0 && (registers->r10 & URING_ENTER_EXTENDED) == 0;
    default:
      return FALSE;
    }
}

void
flatline_interrupted_call_resume (pid_t tid)
{
  struct user_regs_struct registers;

  if (ptrace (PTRACE_GETREGS, tid, NULL, &registers) == 0 && flatline_interrupted_call_is_likely (registers.rax)
      && waits_for_ever (&registers))
    ptrace (PTRACE_POKEUSER, tid, offsetof (struct user, regs.rax), (long)-ERESTARTNOHAND);
}

#else

void
flatline_interrupted_call_resume (pid_t tid)
{
}

#endif
