/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStop: all threads of a process held still while they are read, once or several times, within one limit. A
 * thread of its own does the holding: it lets go when it is told to or when the time is up, whatever the reader is
 * doing, and if the whole reader dies the kernel lets go. PTRACE_SEIZE and PTRACE_INTERRUPT leave job control alone,
 * unlike SIGSTOP.
 */
#pragma once

#include "flatline-registers.h"
#include "flatline-sleepers.h"

G_BEGIN_DECLS

typedef struct _FlatlineStop FlatlineStop;

typedef struct
{
  gint64 tid;
  FlatlineRegisters registers;
} FlatlineHeldThread;

/* A thread that stopped while it was lent, and for what (si_status of waitid(2)). */
typedef struct
{
  gint64 tid;
  int status;
} FlatlineLentStop;

/* From a tracer to a pause. */
typedef struct
{
  const GArray *threads; /* gint64: all that it traces */
  void (*let_go) (const GArray *stops /* FlatlineLentStop */, gpointer user_data);
  gpointer user_data;
} FlatlineLent;

/* For @pid, to be held for at most @max_us in all. Nothing is stopped yet. */
FlatlineStop *
flatline_stop_new (gint64 pid, gint64 max_us);
/* Of @threads (FlatlineHeldThread) that somebody else holds meanwhile: there is nothing to begin or to end. */
FlatlineStop *
flatline_stop_new_held (gint64 pid, GArray *threads);
/* In the thread of the tracer that was asked to lend: holds until @self is over, and then has @lent let go. */
void
flatline_stop_hold_lent (FlatlineStop *self, const FlatlineLent *lent);
/* Lets go if it still holds. */
void
flatline_stop_free (FlatlineStop *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineStop, flatline_stop_free)

/* It will be begun soon: what that takes is made ready meanwhile. */
void
flatline_stop_prepare (FlatlineStop *self);

/*
 * Stops all threads, the ones born meanwhile included; from here on the calling thread goes before others on the
 * processor, where that is allowed. FALSE when it cannot: another debugger has it (FLATLINE_INSPECT_ERROR_FAILED), not
 * allowed, no such process, or the time is used up (FLATLINE_INSPECT_ERROR_FAILED too). A thread that does not stop
 * soon (it waits for a disk) is left running and counted.
 */
gboolean
flatline_stop_begin (FlatlineStop *self, GError **error);

/* Lets go of all. TRUE: they were held until now; FALSE: the limit came first, and what was read last may be torn. */
gboolean
flatline_stop_end (FlatlineStop *self);

/* From the next begin on those of @sleepers are left asleep; NULL: none. Whether they went on sleeping is theirs to
 * say. */
void
flatline_stop_spare (FlatlineStop *self, const FlatlineSleepers *sleepers);

/* To be held for long, for nobody's harm: whoever reads then does not go before others on the processor. */
void
flatline_stop_set_patient (FlatlineStop *self);

/* The same, but @first_tid goes first, and the others stay for at most @max_us until its end has taken them along. */
gboolean
flatline_stop_end_with (FlatlineStop *self, gint64 first_tid, gint64 max_us);

/* How long they were held in all, microseconds. */
gint64
flatline_stop_get_held_us (FlatlineStop *self);

/* Whether the limit cut a pause short. */
gboolean
flatline_stop_was_cut_short (FlatlineStop *self);

/* Of the last begin: how many threads would not stop, and those that did, GArray of FlatlineHeldThread; borrowed. */
guint
flatline_stop_get_n_running (FlatlineStop *self);
GArray *
flatline_stop_get_held (FlatlineStop *self);

G_END_DECLS
