/* SPDX-License-Identifier: MIT */
/*
 * FlatlineExitWatch: a child of ours that is traced for as long as it lives, so that it can be read at the moment it
 * dies, without any help of its own: at a signal that will end it, before that is delivered, and where no such moment
 * is to be had (SIGKILL) when it exits, its memory still there. While it is well it stops only for the signals it gets,
 * for the threads it starts and for execve(), microseconds each.
 *
 * A process has one tracer. So gdb and strace are refused meanwhile, and a FlatlineStop of our own is done in the
 * tracer's thread. A process that is stopped (SIGSTOP) is not traced until it goes
 * on.
 */
#pragma once

#include "flatline-stop.h"

G_BEGIN_DECLS

typedef struct _FlatlineExitWatch FlatlineExitWatch;

typedef struct
{
  gint64 thread;         /* native id of who dies */
  int signal;            /* 0: it does not die, it was to be held: flatline_exit_watch_hold() */
  int code;              /* si_code */
  gboolean is_exit;      /* it is dead already but for its memory, and somebody may wait for that */
  gboolean is_fault;     /* the thread did it itself: it used memory, divided, … at fault_address */
  guint64 fault_address; /* si_addr */
  gint64 sender;         /* process that sent the signal, 0 unknown or the kernel */
  GArray *held;          /* FlatlineHeldThread: all that stand still */
} FlatlineLastMoment;

/*
 * Called in the tracer's own thread. The process stays as it is until flatline_exit_watch_let_go() is called, in
 * whatever thread, for seconds at most. FALSE: it goes on at once.
 */
typedef gboolean (*FlatlineExitWatchFunc) (FlatlineExitWatch *self,
                                           const FlatlineLastMoment *moment,
                                           gpointer user_data);

/* Begins to trace the child @pid in a thread of its own; where that is not allowed, nothing happens. Transfer full. */
FlatlineExitWatch *
flatline_exit_watch_new (gint64 pid, FlatlineExitWatchFunc function, gpointer user_data, GDestroyNotify destroy);
FlatlineExitWatch *
flatline_exit_watch_ref (FlatlineExitWatch *self);
void
flatline_exit_watch_unref (FlatlineExitWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineExitWatch, flatline_exit_watch_unref)

/* Waits until the threads that there are now are traced, or it is clear that they may not be: microseconds. */
void
flatline_exit_watch_wait_until_begun (FlatlineExitWatch *self);

/* It goes on untraced, and @function is not called any more. Waits for that: milliseconds. */
void
flatline_exit_watch_end (FlatlineExitWatch *self);

/*
 * Something is to be read before it is over: @function is called for a moment without a signal, and the process goes on
 * afterwards. Waits a moment for the beginning of that; nothing happens where nobody traces it just now.
 */
void
flatline_exit_watch_hold (FlatlineExitWatch *self);

/* What was to be read at its death is read. */
void
flatline_exit_watch_let_go (FlatlineExitWatch *self);

/* From now on nobody wants to know what it dies of. */
void
flatline_exit_watch_lose_interest (FlatlineExitWatch *self);

/*
 * Whoever wants to hold @pid for a pause: its tracer does it for @stop, and deals afterwards with what came meanwhile.
 * NULL: nobody traces it just now, or it is dying. To be taken back when the pause is over; consumes @self.
 */
FlatlineExitWatch *
flatline_exit_watch_lend (gint64 pid, FlatlineStop *stop);
void
flatline_exit_watch_take_back (FlatlineExitWatch *self, FlatlineStop *stop);

/* Whoever wants to hold @pid otherwise: lets go of it, and takes it back. A process that nobody watches is no error. */
void
flatline_exit_watch_step_aside (gint64 pid);
void
flatline_exit_watch_return (gint64 pid);

G_END_DECLS
