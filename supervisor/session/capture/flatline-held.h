/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHeld: a moment that is held for us: the program dies of a signal, or one of its threads reports an exception.
 * The program holds it by itself, waiting on a connection of its own, or a FlatlineExitWatch does. It goes on when we
 * let go, when this object is freed, when we die, and by itself after a while. Letting go may be done in any thread.
 */
#pragma once

#include "flatline-exit-watch.h"

G_BEGIN_DECLS

typedef struct
{
  int fd;                   /* -1: let go, or held by @watch */
  FlatlineExitWatch *watch; /* NULL: let go, or held by the program */
  GArray *threads;          /* FlatlineHeldThread: that @watch holds */
  gboolean is_exit;         /* it is dead but for its memory */
  gint64 pid;
  gint64 thread;         /* native id of who waits */
  int signal;            /* it dies of this, 0: it does not die */
  int code;              /* si_code */
  gboolean is_fault;     /* the thread did it itself: it used memory, divided, … at fault_address */
  guint64 fault_address; /* si_addr */
  gint64 sender;         /* process that sent the signal, 0 unknown or the kernel */
  guint64 context;       /* address of the ucontext_t */
  gboolean is_final;     /* nothing of the program's catches the signal: it ends for sure */
  guint64 exception;     /* address of the exception object, 0 none */
  gboolean is_exiting;   /* its interpreter had begun to end */
  gboolean of_thread;    /* it prints an exception that ended a thread */
} FlatlineHeld;

/* On a copy of @fd, which remains the caller's. */
FlatlineHeld *
flatline_held_new (int fd, gint64 pid);
/* Of a process that @watch holds, at the @moment that it tells of. */
FlatlineHeld *
flatline_held_new_of_watch (FlatlineExitWatch *watch, gint64 pid, const FlatlineLastMoment *moment);
void
flatline_held_let_go (FlatlineHeld *self);
void
flatline_held_free (FlatlineHeld *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineHeld, flatline_held_free)

G_END_DECLS
