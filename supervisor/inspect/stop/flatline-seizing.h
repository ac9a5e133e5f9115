/* SPDX-License-Identifier: MIT */
/*
 * PTRACE_SEIZE that comes back. It waits for a process that becomes another program (execve(2)) until that is done; and
 * execve() waits until the other threads of the process have ended, for the tracer of each to take note: for us. Both
 * would wait for ever. So a timer calls the thread back that asks, which takes note of the ends and asks again.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>
#include <time.h>

G_BEGIN_DECLS

/* Of one thread, which is the one that traces. */
typedef struct
{
  timer_t timer;
  gboolean has_timer;
  void (*take_ends) (gpointer tracer); /* of those of its tracees that have ended, with flatline_seizing_take_end() */
  gpointer tracer;
} FlatlineSeizing;

void
flatline_seizing_begin (FlatlineSeizing *self, void (*take_ends) (gpointer tracer), gpointer tracer);
void
flatline_seizing_end (FlatlineSeizing *self);

/*
 * Seizes @tid with @options: 0, or errno. EAGAIN: its process was becoming another program until @deadline_us, and at
 * several questions.
 */
int
flatline_seizing_ask (FlatlineSeizing *self, pid_t tid, unsigned long options, gint64 deadline_us);

/*
 * Whether @tid, a tracee of this thread, has ended; takes note of it. Never asked of the first thread of a process,
 * whose end is its parent's.
 */
gboolean
flatline_seizing_take_end (pid_t tid);

/* The process that debugs @tid; 0: nobody does. */
pid_t
flatline_seizing_read_tracer (gint64 tid);

G_END_DECLS
