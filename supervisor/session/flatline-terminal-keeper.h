/* SPDX-License-Identifier: MIT */
/*
 * The terminal keeper: a small process between the supervisor and the program's terminal. It is the session leader of
 * the pseudo-terminal (so the program is not, and orphans of the program get no SIGHUP when it ends) and holds the
 * supervisor's side of the terminal open. When the supervisor dies it goes on reading, so that the program neither
 * gets a SIGHUP, nor an EIO from print, nor hangs on a full terminal; it leaves when nobody writes any more.
 *
 * Runs after fork() in a process that may have had threads: only async-signal-safe calls.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  int command_fd;        /* FLATLINE_KEEPER_LEAVE: leave at once; end of file: the supervisor is gone or done */
  int output_fds[2];     /* read and thrown away after that; one is also the terminal's other side */
  gboolean has_terminal; /* output_fds[0] is a terminal, and ours */
  gboolean leave_with_supervisor; /* do not keep anything: the program is to die too */
} FlatlineTerminalKeeper;

#define FLATLINE_KEEPER_LEAVE 'q'

/* Never returns. All other descriptors are closed. */
_Noreturn void
flatline_terminal_keeper_run (const FlatlineTerminalKeeper *keeper);

G_END_DECLS
