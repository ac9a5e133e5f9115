/* SPDX-License-Identifier: MIT */
/*
 * Where other processes of the same user ask those that watch a program for its end to step aside for a while: a
 * process has one tracer, and a second Flatline, or gdb by way of it, is to have its turn. Who asked is let in until it
 * hangs up, its own end included.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* From now on whoever knocks for a process that we watch is let in. Once a process, from any thread. */
void
flatline_exit_door_open (void);

/*
 * Asks the Flatline that traces @pid, if it is one, to step aside. Answers a descriptor: as long as it is open, @pid is
 * free. -1: nobody traces it, or somebody else, who was not asked.
 */
int
flatline_exit_door_knock (gint64 pid);

G_END_DECLS
