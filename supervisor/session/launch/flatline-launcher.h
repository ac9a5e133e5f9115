/* SPDX-License-Identifier: MIT */
/*
 * FlatlineLauncher: starts one program and tells exactly how it ended. Its streams lie on pseudo-terminals or pipes
 * (flatline-streams.h); the program has its own process group, in the foreground of a terminal session led
 * by its keeper (flatline-terminal-keeper.h). Orphans of the program come to this process (subreaper).
 *
 * Signals, on the main thread, once each: "born" (gint64 pid) within flatline_launcher_start(): the process is there
 * and waits for the handlers' end before it becomes the program; "ended" (int exit_status, int exit_signal),
 * exit_status -1 when killed by a signal.
 */
#pragma once

#include "flatline-command.h"
#include "flatline-error-marks.h"
#include "flatline-streams.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_LAUNCHER (flatline_launcher_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineLauncher, flatline_launcher, FLATLINE, LAUNCHER, GObject)

FlatlineLauncher *
flatline_launcher_new (void);

/*
 * Once a launcher. @cwd NULL: the caller's. FLATLINE_SESSION_ERROR with one clear line on failure, nothing left behind.
 */
gboolean
flatline_launcher_start (FlatlineLauncher *self,
                         FlatlineCommand *command,
                         const char *cwd,
                         char **environment,
                         FlatlineStreamSet piped,
                         FlatlineErrorMarks *marks,
                         gboolean kill_with_supervisor,
                         GError **error);

/* 0 before the start; stays after the end. */
gint64
flatline_launcher_get_pid (FlatlineLauncher *self);

/* Id of the program's terminal session: its keeper's pid. */
gint64
flatline_launcher_get_terminal_session (FlatlineLauncher *self);
/* Whether the kernel wrote a core file when the program ended. */
gboolean
flatline_launcher_has_left_core (FlatlineLauncher *self);

/* The most memory the program ever had, known once it has ended; its children that it waited for do not count. */
gint64
flatline_launcher_get_peak_bytes (FlatlineLauncher *self);

gboolean
flatline_launcher_is_running (FlatlineLauncher *self);

/*
 * After "ended": @pid, an orphan of the program that came to us, is the program from here on, and "ended" tells its
 * end, too. FALSE: it has gone.
 */
gboolean
flatline_launcher_follow (FlatlineLauncher *self, gint64 pid);

/* Our sides, non-blocking; the caller owns them then (-1 when taken before). Input and output may be one terminal. */
int
flatline_launcher_take_output (FlatlineLauncher *self);
int
flatline_launcher_take_error (FlatlineLauncher *self);
int
flatline_launcher_take_input (FlatlineLauncher *self);

/* To the program alone, or to its process group. FALSE with errno when it is gone. */
gboolean
flatline_launcher_send_signal (FlatlineLauncher *self, int signum);
gboolean
flatline_launcher_send_signal_to_group (FlatlineLauncher *self, int signum);

/* The terminal is not needed any more; @gone: nobody of the program is left that could write to it. */
void
flatline_launcher_release_terminal (FlatlineLauncher *self, gboolean gone);

G_END_DECLS
