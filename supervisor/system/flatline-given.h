/* SPDX-License-Identifier: MIT */
/*
 * What this process was given by who started it, for programs to call first in main(): standard streams that are closed
 * (cron jobs, daemons, `<&-`), descriptors beyond them (`<(command)`, make's job server, sockets of a service), signals
 * that are ignored (nohup, a shell's background jobs) and a limit to its address space (ulimit -v, batch systems). What
 * it does about the first, it does so that no descriptor of its own is taken for one of them.
 */
#pragma once

#include <glib.h>
#include <signal.h>

G_BEGIN_DECLS

/* Where 0, 1 or 2 is closed, /dev/null is opened in its place. */
void
flatline_given_open_streams (void);

/* FALSE when it was closed: what is written for who called goes nowhere. */
gboolean
flatline_given_has_stdout (void);

/*
 * Remembers the descriptors from 3 on that are meant for what is executed here, and keeps them from all that is until
 * they are passed. They stay open here too, for a program that is started again.
 */
void
flatline_given_note_descriptors (void);

/*
 * In a child, about to execute the program: has it get those that were noted. Where LISTEN_PID of @environment says
 * that sockets of a service are for the process that noted them (sd_listen_fds(3)), it names the child from now on.
 * Async-signal-safe.
 */
void
flatline_given_pass_descriptors (char **environment);

/*
 * Remembers which signals are ignored. SIGCHLD no longer is: the ends of children would go unseen. SIGXFSZ is from now
 * on: where files may not grow (ulimit -f) what cannot be kept is an error to be told, as on a full disk, not our end.
 */
void
flatline_given_note_signals (void);

/*
 * Which signals were blocked when that was noted; none when it was not. In this process they no longer are: it could
 * not be ended by them.
 */
const sigset_t *
flatline_given_peek_blocked (void);

/* Whether the signal was ignored when that was noted; FALSE for all when it was not. */
gboolean
flatline_given_ignores (int signum);

/*
 * Where the address space is limited, has this process take little of it: an arena of malloc and a stack of a thread
 * reserve many times what is used of them. Before there is a second thread.
 *
 * Returns: what to tell who called where the limit leaves less than @room_bytes, translated; NULL where it does not.
 * Transfer full.
 */
char *
flatline_given_fit_address_space (gsize room_bytes);

/*
 * GLib ends a program that has no descriptor or thread left for it, so these are tried before anything else is done.
 * Returns: what to tell who called where there are fewer than @n_threads threads and @n_files descriptors to be had,
 * translated; NULL where there are. Transfer full.
 */
char *
flatline_given_find_lack (guint n_threads, guint n_files);

G_END_DECLS
