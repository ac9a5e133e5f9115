/* SPDX-License-Identifier: MIT */
/*
 * The terminal keeper: a small process between the supervisor and the program's terminal. It is the session leader of
 * the pseudo-terminal (so the program is not, and orphans of the program get no SIGHUP when it ends) and holds the
 * supervisor's side of the terminal open. When the supervisor dies it goes on reading, so that the program neither
 * gets a SIGHUP, nor an EIO from print, nor hangs on a full terminal; it leaves when nobody writes any more.
 *
 * It begins as a fork of the supervisor, which made the terminal and the program's process, and becomes a program of
 * its own then: a fork would keep every page of a large window alive that the window itself has written anew since.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Its descriptors, for the fork to put in place before it becomes the keeper. Those of output are read and thrown away
 * when the supervisor is gone; with a terminal, the first is also the terminal's other side. */
enum
{
  FLATLINE_KEEPER_COMMAND, /* FLATLINE_KEEPER_LEAVE: leave at once; end of file: the supervisor is gone or done */
  FLATLINE_KEEPER_FIRST,
  FLATLINE_KEEPER_SECOND,
  FLATLINE_KEEPER_N_FDS
};

typedef enum
{
  FLATLINE_KEEPER_HAS_TERMINAL = 1 << 0,          /* not pipes */
  FLATLINE_KEEPER_LEAVES_WITH_SUPERVISOR = 1 << 1 /* do not keep anything: the program is to die too */
} FlatlineKeeperFlags;

#define FLATLINE_KEEPER_LEAVE 'q'

/* Executes @program, flatline-keeper; where that cannot be done this process is the keeper itself. Only
 * async-signal-safe calls: the process may have had threads. Never returns. */
_Noreturn void
flatline_terminal_keeper_become (const char *program, FlatlineKeeperFlags flags);

/* What flatline-keeper does: @argv as the above gave it. Never returns; all other descriptors are closed. */
_Noreturn void
flatline_terminal_keeper_run (char **argv);

G_END_DECLS
