/* SPDX-License-Identifier: MIT */
/*
 * FlatlineTracees: the threads of one process that the calling thread traces, seized and let go together. Used by one
 * thread only: the kernel answers no other. The process is a child of ours, whose end is its parent's to collect, so
 * that is only looked at here, never taken.
 */
#pragma once

#include "flatline-stop.h"

#include <signal.h>

G_BEGIN_DECLS

typedef struct _FlatlineTracees FlatlineTracees;

FlatlineTracees *
flatline_tracees_new (gint64 pid);
void
flatline_tracees_free (FlatlineTracees *self);
/* Threads that are seized and not let go of yet. */
guint
flatline_tracees_get_n (FlatlineTracees *self);

/*
 * All threads that there are. None: it may not be traced, by us at least; another debugger has it, or it is gone.
 * FALSE: it is just becoming another program, to be tried again.
 */
gboolean
flatline_tracees_seize (FlatlineTracees *self);

/* A signal has stopped the process, or another debugger has it: then it is not ours for a while. */
gboolean
flatline_tracees_are_kept (FlatlineTracees *self);

/* The next of any tracee's, as waitid(2) tells it; @flags: WNOHANG or 0. FALSE: there is none, errno says why. */
gboolean
flatline_tracees_wait (FlatlineTracees *self, int flags, siginfo_t *info);
gboolean
flatline_tracees_is_end (const siginfo_t *info);

/*
 * It is stopped, for what @status says (si_status of waitid(2)); 0: for what has been dealt with. So it stays until
 * somebody takes that stop to deal with it.
 */
void
flatline_tracees_note_stop (FlatlineTracees *self, pid_t tid, int status);
/* It goes on, with that signal or 0. */
void
flatline_tracees_go_on (FlatlineTracees *self, pid_t tid, int number);
/* One that was noted; FALSE: there is none. */
gboolean
flatline_tracees_take_stop (FlatlineTracees *self, pid_t *tid, int *status);

/*
 * Interrupts what runs and waits for it, for at most @max_us; @detaches: each is let go for good as it stops. TRUE: the
 * process itself has ended, or is about to (that stop is noted, too).
 */
gboolean
flatline_tracees_stop (FlatlineTracees *self, gint64 max_us, gboolean detaches);

/* Some have not stopped and will: they only wait for a processor. */
gboolean
flatline_tracees_are_due (FlatlineTracees *self);

/* GArray of gint64: all of them. Transfer full. */
GArray *
flatline_tracees_list (FlatlineTracees *self);

/* @tid stopped for nothing but us, or as it was born or became another program: it goes on, as one of ours if it is. */
void
flatline_tracees_greet (FlatlineTracees *self, pid_t tid);
void
flatline_tracees_forget (FlatlineTracees *self, pid_t tid);
void
flatline_tracees_forget_all_but (FlatlineTracees *self, pid_t tid);

/* The signal ends the process: nothing catches or ignores it, and its default is not to be passed over. */
gboolean
flatline_tracees_is_deadly (pid_t tid, int number);

/* GArray of FlatlineHeldThread, of those that are stopped. Transfer full. */
GArray *
flatline_tracees_read_registers (FlatlineTracees *self);

G_END_DECLS
