/* SPDX-License-Identifier: MIT */
/*
 * FlatlineSession: one supervised program from start to end. It owns the launcher, the relay, the agent's channel, the
 * watchdog, the process tree and the log files, and tells what happens through properties and signals. The window, the
 * terminal and the tests drive this object and nothing below it.
 *
 * Lives on the main thread; everything that may block runs in workers.
 *
 * Signals (all on the main thread):
 *   "state-changed"   (FlatlineSessionState state, const char *cause)
 *   "beat"            (FlatlineBeat *beat)                     every lane but "process"
 *   "output"          (const char *stream, GBytes *data)       stream is "stdout" or "stderr"; the bytes as the program
 *                                                              wrote them: "\n" alone ends a line, a terminal widget
 *                                                              adds the carriage return
 *   "freeze-detected" (FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)   snapshot with its verdict
 *   "recovered"       (FlatlineFreeze *freeze)                 ended_us is set
 *   "exited"          (int exit_status, int exit_signal)       exit_status -1 when killed by a signal
 *   "message"         (const char *level, const char *line)    "info", "warning", "error": for people
 *   "connections-changed" (GPtrArray *connections)             while monitored: those that one look found new, changed
 *                                                              or gone, as their "change" says
 */
#pragma once

#include "flatline-capture-budget.h"
#include "flatline-config.h"
#include "flatline-examiner.h"
#include "flatline-live.h"
#include "flatline-process-tree.h"
#include "flatline-session-error.h"
#include "flatline-snapshot.h"
#include "flatline-store.h"

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_SESSION_IDLE,
  FLATLINE_SESSION_STARTING,
  FLATLINE_SESSION_RUNNING,
  FLATLINE_SESSION_FROZEN,
  FLATLINE_SESSION_EXITING,
  FLATLINE_SESSION_EXITED,
  FLATLINE_SESSION_CRASHED, /* died by a signal, or with a status and an uncaught exception */
} FlatlineSessionState;

#define FLATLINE_TYPE_SESSION_STATE (flatline_session_state_get_type ())
GType
flatline_session_state_get_type (void);

/* "idle", "starting", … Static. */
const char *
flatline_session_state_to_string (FlatlineSessionState state);

/* TRUE from the start to the end of the program. */
gboolean
flatline_session_state_is_live (FlatlineSessionState state);

#define FLATLINE_TYPE_SESSION (flatline_session_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineSession, flatline_session, FLATLINE, SESSION, GObject)

/*
 * Properties, all notify: "state" (FlatlineSessionState), "title" (base name of the script), "pid" (int64, 0 none),
 * "exit-status" (int), "exit-signal" (int), "last-reason", "last-caller" (strings), "last-beat-us" (int64 UTC, 0 none),
 * "stale-ms" (int64, updated each watchdog tick while a beat is awaited), "freeze" (FlatlineFreeze or NULL: the one
 * under way), "snapshot" (FlatlineSnapshot or NULL: the newest of this run), "run" (FlatlineRun), "process-tree"
 * (FlatlineProcessTree), "connections" (GListStore of FlatlineConnection), "connections-known" (boolean: they were
 * read in this run), "beats" (GListStore of FlatlineBeat: the last 10 minutes, at most 20,000, oldest first),
 * "examiner" (FlatlineExaminer or NULL: of the process whose beats decide, while it is supervised), "can-restart",
 * "can-close", "can-signal" (booleans for actions). What is changed in the living program is the affair of its
 * FlatlineLive.
 */

/* @config is kept; @store may be NULL: nothing is kept. Transfer full. */
FlatlineSession *
flatline_session_new (FlatlineConfig *config, FlatlineStore *store);

/* What to run: the script or executable, then its arguments verbatim. @cwd NULL: the caller's. Not while it runs. */
void
flatline_session_set_program (FlatlineSession *self, const char *const *argv, const char *cwd);

/* What was set; borrowed. The folder is NULL for the caller's. */
const char *const *
flatline_session_get_arguments (FlatlineSession *self);
const char *
flatline_session_get_folder (FlatlineSession *self);

/* The file that the run is, or was, recorded into; it is there once something has been recorded. Borrowed, NULL: none.
 */
const char *
flatline_session_get_recording (FlatlineSession *self);

/* The environment the program gets, and in which it is looked for; NULL: ours. Taken at the next start. */
void
flatline_session_set_environment (FlatlineSession *self, const char *const *environment);

/* One clear line on failure, nothing left behind. */
gboolean
flatline_session_start (FlatlineSession *self, GError **error);

/* Closes as flatline_session_close() does and starts again when it has ended; starts at once when it does not run. */
void
flatline_session_restart (FlatlineSession *self);

/* Asks the program to end: the agent's close, after config.close_grace SIGTERM, after the same SIGKILL to the tree. */
void
flatline_session_close (FlatlineSession *self);

/* Passes on the @signum that is to end this process: the program may tidy up, for config.shutdown_threshold, then
 * SIGKILL to the tree. FALSE: it does not run, or is being closed already. */
gboolean
flatline_session_terminate (FlatlineSession *self, int signum);

/* To the program's process alone. */
gboolean
flatline_session_send_signal (FlatlineSession *self, int signum, GError **error);

/* SIGKILL to the whole tree, orphans too. */
void
flatline_session_kill (FlatlineSession *self);

/* "Keep waiting": the same freeze (same signature) is not reported again before it recovered or got worse. */
void
flatline_session_snooze (FlatlineSession *self);

/* A snapshot now, kept as a freeze of kind "manual" when @keep. Works in every state with a live process. */
void
flatline_session_capture_async (FlatlineSession *self,
                                const char *reason,
                                gboolean keep,
                                const FlatlineCaptureBudget *budget /* NULL: default */,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
FlatlineSnapshot *
flatline_session_capture_finish (FlatlineSession *self, GAsyncResult *result, GError **error);

/* Reads the connections of the tree anew into "connections". With @monitor it goes on every second, marking changes. */
void
flatline_session_refresh_connections (FlatlineSession *self);
void
flatline_session_set_monitor (FlatlineSession *self, gboolean monitor);

/* What a person types. At most 1 MiB is kept for a program that does not read. */
void
flatline_session_write_input (FlatlineSession *self, const char *data, gsize length);

/* TRUE: the program's terminal stops it at that key (Ctrl+Z), and it is not another job of the program that is typed
 * for. */
gboolean
flatline_session_stops_at_key (FlatlineSession *self, char key);

/* SIGSTOP and SIGCONT to its process group: a job of the shell is stopped with all that it runs. */
void
flatline_session_set_stopped (FlatlineSession *self, gboolean stopped);

/* Bytes the program has not taken yet: who has more to write waits until it is little. */
gsize
flatline_session_get_pending_input (FlatlineSession *self);

/* There is no more to come: the program sees the end of its input. */
void
flatline_session_end_input (FlatlineSession *self);
void
flatline_session_set_terminal_size (FlatlineSession *self, int columns, int rows);

/* One line a fact for the Status button and key S. Transfer full. */
char *
flatline_session_dup_status_text (FlatlineSession *self);

/* Getters of what is read often; borrowed. */
FlatlineSessionState
flatline_session_get_state (FlatlineSession *self);
gint64
flatline_session_get_pid (FlatlineSession *self);
FlatlineRun *
flatline_session_get_run (FlatlineSession *self);
FlatlineFreeze *
flatline_session_get_freeze (FlatlineSession *self);
/* The end of @freeze, which is over, in words: that of a process of the tree; NULL when it was the program's. */
char *
flatline_session_dup_end_of_other (FlatlineSession *self, FlatlineFreeze *freeze);
FlatlineSnapshot *
flatline_session_get_snapshot (FlatlineSession *self);
FlatlineProcessTree *
flatline_session_get_process_tree (FlatlineSession *self);
GListStore *
flatline_session_get_connections (FlatlineSession *self);
GListStore *
flatline_session_get_beats (FlatlineSession *self);
FlatlineLive *
flatline_session_get_live (FlatlineSession *self);
FlatlineConfig *
flatline_session_get_config (FlatlineSession *self);
int
flatline_session_get_exit_status (FlatlineSession *self);
int
flatline_session_get_exit_signal (FlatlineSession *self);

/* Ends what runs (kills the tree), flushes log files and store, at most @timeout_ms. For the end of the supervisor. */
void
flatline_session_shutdown (FlatlineSession *self, guint timeout_ms);

/*
 * Has the program evaluate an expression, or run a statement, in a frame of the thread with threading's @ident: the
 * innermost is 0, the innermost of the program's own is -1. Its agent answers, for which it needs the GIL.
 */
void
flatline_session_evaluate_async (FlatlineSession *self,
                                 guint64 ident,
                                 int frame,
                                 const char *source,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);

/* The repr of the value, "" after a statement; @where_out (may be NULL) gets "FILE:LINE in FUNCTION". Transfer full. */
char *
flatline_session_evaluate_finish (FlatlineSession *self, GAsyncResult *result, char **where_out, GError **error);

G_END_DECLS
