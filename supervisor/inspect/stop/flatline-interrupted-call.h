/* SPDX-License-Identifier: MIT */
/*
 * A stop interrupts the system call that a thread sleeps in. The kernel begins most of them again; some fail with EINTR
 * though no signal has come, and a program that never expects one of those takes that for an error.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/*
 * Has @tid, which the calling thread holds by ptrace, begin the call again that nothing but the stop has interrupted: a
 * signal with a handler of the program's own still ends it. Calls with a time-out are left alone: it would begin anew.
 */
void
flatline_interrupted_call_resume (pid_t tid);

/* Whether @result, a thread's result register, is that of an interrupted call, so that it is worth while to ask. */
gboolean
flatline_interrupted_call_is_likely (guint64 result);

G_END_DECLS
