/* SPDX-License-Identifier: MIT */
/* What the files of FlatlineSession share: the object itself and the steps of a run. */
#pragma once

#include "flatline-line-server.h"
#include "flatline-agent-channel.h"
#include "flatline-command.h"
#include "flatline-connection-roster.h"
#include "flatline-examiner.h"
#include "flatline-exit-watch.h"
#include "flatline-launcher.h"
#include "flatline-log-files.h"
#include "flatline-memory-watch.h"
#include "flatline-output.h"
#include "flatline-process.h"
#include "flatline-relay.h"
#include "flatline-session.h"
#include "flatline-watchdog.h"

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_PROPERTY_STATE = 1,
  FLATLINE_PROPERTY_TITLE,
  FLATLINE_PROPERTY_PID,
  FLATLINE_PROPERTY_EXIT_STATUS,
  FLATLINE_PROPERTY_EXIT_SIGNAL,
  FLATLINE_PROPERTY_LAST_REASON,
  FLATLINE_PROPERTY_LAST_CALLER,
  FLATLINE_PROPERTY_LAST_BEAT_US,
  FLATLINE_PROPERTY_STALE_MS,
  FLATLINE_PROPERTY_FREEZE,
  FLATLINE_PROPERTY_SNAPSHOT,
  FLATLINE_PROPERTY_RUN,
  FLATLINE_PROPERTY_PROCESS_TREE,
  FLATLINE_PROPERTY_CONNECTIONS,
  FLATLINE_PROPERTY_CONNECTIONS_KNOWN,
  FLATLINE_PROPERTY_BEATS,
  FLATLINE_PROPERTY_EXAMINER,
  FLATLINE_PROPERTY_CAN_RESTART,
  FLATLINE_PROPERTY_CAN_CLOSE,
  FLATLINE_PROPERTY_CAN_SIGNAL,
  FLATLINE_N_PROPERTIES,
} FlatlineSessionProperty;

typedef enum
{
  FLATLINE_CLOSING_NOT,
  FLATLINE_CLOSING_ASKED,
  FLATLINE_CLOSING_TERMINATED,
  FLATLINE_CLOSING_KILLED,
} FlatlineClosing;

/* A Python of the tree, whose silence is judged. */
typedef struct
{
  gint64 pid;
  FlatlineWatchdog *watchdog;
  FlatlineExaminer *examiner;
  gboolean exiting;    /* its interpreter shuts down */
  gint64 control_port; /* 0: none */
  gint64 clocked_pid;  /* whose main thread's clock the next two are of; 0: nobody's yet */
  FlatlineThreadClock clock;
  gint64 starved_us; /* it waited so long for a processor; not yet forgiven */
} FlatlineHeart;

struct _FlatlineSession
{
  GObject parent_instance;
  FlatlineConfig *config;
  FlatlineStore *store;
  char **argv;
  char *cwd;
  char **environment; /* NULL: ours */
  char *title;
  char *recording; /* the file of the run; NULL: it is not recorded */

  /* One run: made at the start, gone at the end */
  FlatlineLauncher *launcher;
  FlatlineInput *input;
  FlatlineOutput *output;
  FlatlineOutput *error_output;
  FlatlineErrorMarks *error_marks; /* NULL: nobody would write them */
  FlatlineRelay *relay;
  FlatlineAgentChannel *channel;
  FlatlineHeart home;    /* whose beats decide: the program, or the Python a wrapper started */
  GHashTable *others;    /* pid -> FlatlineHeart *: the Pythons that it has started */
  FlatlineHeart *away;   /* the one of them that is frozen and looked at; NULL: none */
  gint64 next_others_us; /* when they are judged again */
  FlatlineLogFiles *log_files;
  FlatlineMemoryWatch *memory_watch;
  FlatlineExitWatch *exit_watch; /* NULL: the program tells by itself that it dies, or nobody does */
  gint64 silent_since_us; /* monotonic; since then no agent is in the program itself; 0: it is, or is not missed */
  GCancellable *cancellable;
  guint tick_source;
  guint end_source;
  guint close_source;
  gboolean heart_is_fixed;
  gint64 next_tree_us;
  guint n_floods;              /* ticks in a row that could not hear all that programs had said */
  GHashTable *hearts;          /* pid -> when it was last heard, monotonic (both gint64 *) */
  gint64 last_program_beat_us; /* UTC, of lane program from the heart; 0: none */
  gboolean asking_database;
  gboolean database_missing; /* and that was told */
  gboolean program_ended;
  gboolean agent_seen; /* some Python of the tree said hello */
  gboolean watching_orphans;
  int columns;
  int rows;

  /* Outcome and what is shown; stays until the next start */
  FlatlineSessionState state;
  FlatlineRun *run;
  FlatlineFreeze *freeze;
  FlatlineSnapshot *snapshot;
  FlatlineExceptionInfo *exception;
  FlatlineProgram *program;
  FlatlineProcessTree *tree;
  FlatlineConnectionRoster *connections;
  FlatlineLive *live;
  GListStore *beats;
  GString *output_tail;
  char *last_reason;
  char *last_caller;
  gint64 last_beat_us;
  gint64 stale_ms;
  gint64 pid;
  int exit_status;
  int exit_signal;
  gint64 dropped_beats;

  /* Under way */
  FlatlineClosing closing;
  const char *end_reason;   /* static: why it ended, when the user made it end */
  char *exit_place;         /* where the program called os._exit(), NULL: it did not */
  gint64 remains_until_us;  /* what it left running has until then to end, monotonic; 0: nothing was seen */
  gboolean interrupt_typed; /* Ctrl+C, which the program's terminal made a signal of */
  gboolean restart_wanted;
  GCancellable *restarting; /* until it is started again; NULL: it is not to be */
  gboolean capturing_freeze;
  gboolean recovered_meanwhile;
  guint n_readings;           /* moments held or reports being read: the run is not over before */
  gboolean exception_is_kept; /* the newest has its record in the store */
  GString *error_tail;        /* of stderr, where no agent tells of exceptions */
  gint64 traceback_seen_us;   /* monotonic */
  FlatlineSnapshot *uncaught; /* the program as it printed the traceback of what nobody caught */
  GString *thread_words;      /* of a thread that ended so, until they are whole; NULL none */
  guint thread_source;
  guint thread_waits;
  FlatlineSnapshot *thread_read; /* the program as it printed them */
  GHashTable *threads_told;      /* "type|file:line" */
  FlatlineSnapshot *death;       /* of the program itself, read while it died, or from its core file */
  gboolean core_looked_for;
  guint64 last_report_hash;
  gint64 last_report_us;
  gboolean monitoring;
  gboolean refreshing_connections;
  gboolean connections_known; /* read at least once in this run */
  guint monitor_source;
};

/* flatline-session.c */
void
flatline_session_set_state (FlatlineSession *self, FlatlineSessionState state, const char *cause);
void
flatline_session_notify (FlatlineSession *self, FlatlineSessionProperty property);
void
flatline_session_set_snapshot (FlatlineSession *self, FlatlineSnapshot *snapshot);
void
flatline_session_set_freeze (FlatlineSession *self, FlatlineFreeze *freeze);
void
flatline_session_emit_freeze (FlatlineSession *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot);
void
flatline_session_emit_recovered (FlatlineSession *self, FlatlineFreeze *freeze);
void
flatline_session_emit_beat (FlatlineSession *self, FlatlineBeat *beat);
void
flatline_session_emit_output (FlatlineSession *self, const char *stream, GBytes *data);
void
flatline_session_emit_exited (FlatlineSession *self);
void
flatline_session_message (FlatlineSession *self, const char *level, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* flatline-session-run.c */
gboolean
flatline_session_is_alive (FlatlineSession *self);
/* What is judged is the process that self->pid names, from here on. */
void
flatline_session_watch_program (FlatlineSession *self, gboolean expects_agent);
void
flatline_session_end_run_now (FlatlineSession *self);
void
flatline_session_cancel_restart (FlatlineSession *self);
/* A reading is done: if the program has ended meanwhile, so may the run. */
void
flatline_session_finish_if_over (FlatlineSession *self);

/* Takes what programs have said so far, until the monotonic clock says @until_us. FALSE when that was not all. */
gboolean
flatline_session_drain_listeners (FlatlineSession *self, gint64 until_us);

/* flatline-session-events.c */
void
flatline_session_connect_events (FlatlineSession *self);
void
flatline_session_take_output (FlatlineSession *self, const char *stream, GBytes *data);
void
flatline_session_show_sign_of_life (FlatlineSession *self, const char *cause);
void
flatline_session_trim_beats (FlatlineSession *self);

/* flatline-session-judge.c */

/* Has the processes read anew, in a worker. */
void
flatline_session_refresh_tree (FlatlineSession *self);
gboolean
flatline_session_tick (gpointer session);
/* Of several that freeze the program itself has the word, else the first. */
void
flatline_session_judge_other (FlatlineSession *self, FlatlineHeart *heart, gint64 now_us);

/* flatline-session-freeze.c */

/* The heart that is looked at is frozen: reads it, keeps and tells that. */
void
flatline_session_begin_freeze (FlatlineSession *self);
/* The freeze under way is over; @cause: why. */
void
flatline_session_recover (FlatlineSession *self, const char *cause);
/* Adds the end of what the program has printed. */
void
flatline_session_show_output (FlatlineSession *self, FlatlineSnapshot *snapshot);
/* "startup", "shutdown", NULL: static. */
const char *
flatline_session_get_phase (FlatlineSession *self);
/* Adds what only the session knows. */
void
flatline_session_complete_snapshot (FlatlineSession *self, FlatlineSnapshot *snapshot);
/* A process that is gone has no threads to show; what is known besides is kept. Transfer full. */
FlatlineSnapshot *
flatline_session_make_bare_snapshot (FlatlineSession *self, const char *reason);
FlatlineFreeze *
flatline_session_make_freeze (FlatlineSession *self, const char *kind, const char *cause);
void
flatline_freeze_take_verdict (FlatlineFreeze *freeze, FlatlineVerdict *verdict);
void
flatline_session_keep_freeze (FlatlineSession *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot);

/* A freeze that was decided is kept even when the program ends before its snapshot is there. */
void
flatline_session_finish_capture (FlatlineSession *self);

/* flatline-session-told-threads.c */

/* As flatline_examiner_capture_async() of the heart; of an interpreter that is not understood its agent tells the
 * stacks. */
void
flatline_session_capture_heart_async (FlatlineSession *self,
                                      const char *reason,
                                      const FlatlineCaptureBudget *budget,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
/* Transfer full. */
FlatlineSnapshot *
flatline_session_capture_heart_finish (FlatlineSession *self, GAsyncResult *result, GError **error);

/* flatline-session-database.c */
void
flatline_session_ask_database (FlatlineSession *self, gint64 now_us);

/* flatline-session-environment.c */

/* As it was given to us. Transfer full. */
char **
flatline_session_dup_given_environment (FlatlineSession *self);
/* For a program that is about to start, its relay and channel there. Transfer full. */
char **
flatline_session_make_environment (FlatlineSession *self);

/* flatline-session-death.c */

/* The newest exception; @held, which is taken: the thread that reports it waits, NULL: it does not. */
void
flatline_session_freeze_for_report (
    FlatlineSession *self, const char *kind, const char *cause, gint64 pid, FlatlineHeld *held);
/* A process of the tree is about to die of a signal; takes @held. */
void
flatline_session_take_death (FlatlineSession *self, FlatlineHeld *held);
/* When it died and nobody could hold it: reads the core file that the kernel left, if any. TRUE: that is under way. */
gboolean
flatline_session_read_core (FlatlineSession *self);
/* Whether it ended in a way that deserves a record: by a signal, an exception, or without having started. */
gboolean
flatline_session_has_crashed (FlatlineSession *self);
/* At the end of a run that nobody asked to end. */
void
flatline_session_record_crash (FlatlineSession *self);

/* flatline-session-exits.c */

/* @pid is about to become the program; it is watched from here on unless the settings keep us from it. */
void
flatline_session_watch_birth (FlatlineSession *self, gint64 pid, const FlatlineCommand *command);
void
flatline_session_unwatch_exit (FlatlineSession *self);
/* An agent in the program itself came, which tells of fatal signals or cannot (no C part), or it went. */
void
flatline_session_exit_is_told (FlatlineSession *self, gboolean is_told);
/* At each tick: the agent went, and did not come back; or the program had to be born unwatched. */
void
flatline_session_watch_silent_exit (FlatlineSession *self, gint64 now_us);

/* flatline-session-last-words.c: of programs that cannot tell their exceptions themselves */

/* What is printed of threads, see flatline-session-thread-words.c: @bytes of stderr, which the error tail has from
 * @from on. Whether the end of a thread began to be printed just now. */
gboolean
flatline_session_hear_thread_words (FlatlineSession *self, gsize from, const char *bytes, gsize length);
/* Now, whole or not. */
void
flatline_session_tell_thread_words (FlatlineSession *self);
void
flatline_session_forget_thread_words (FlatlineSession *self);

/* What came on stderr, or may have. */
void
flatline_session_hear_error_output (FlatlineSession *self, const char *bytes, gsize length);
/* The program stands still as it prints a traceback; takes @held. */
void
flatline_session_take_last_words (FlatlineSession *self, FlatlineHeld *held);
/* It has ended, and all was read: was that an exception? */
void
flatline_session_weigh_last_words (FlatlineSession *self);

/* flatline-session-remains.c */
/* TRUE: something that the program started is still there and may be about to end, so ask again soon. */
gboolean
flatline_session_remains_may_end (FlatlineSession *self);
/* What stays is told, or it is the program from here on, as the settings say: then TRUE, and the run is not over. */
gboolean
flatline_session_remains_are_followed (FlatlineSession *self);

/* flatline-session-hearts.c */
void
flatline_session_listen_to_hearts (FlatlineSession *self);
void
flatline_session_hear (FlatlineSession *self, gint64 pid);

/* flatline-session-others.c */
void
flatline_session_make_others (FlatlineSession *self);
/* All of them, at the end of a run. */
void
flatline_session_forget_others (FlatlineSession *self);
/* A Python of the tree said hello, or is silent for good. */
void
flatline_session_meet_other (FlatlineSession *self, gint64 pid);
void
flatline_session_lose_other (FlatlineSession *self, gint64 pid);
void
flatline_session_tick_others (FlatlineSession *self, gint64 now_us);
/* NULL: nobody's. */
FlatlineHeart *
flatline_session_find_heart (FlatlineSession *self, gint64 pid);
FlatlineHeart *
flatline_session_find_heart_of (FlatlineSession *self, FlatlineExaminer *examiner);
/* The one that is looked at: of the program, or of another one that is frozen. */
FlatlineHeart *
flatline_session_get_heart (FlatlineSession *self);
/* Looks at @heart from here on. */
void
flatline_session_go_to (FlatlineSession *self, FlatlineHeart *heart);

/* flatline-session-evaluation.c */

#define FLATLINE_SESSION_PATIENCE_S 10

/* Asks the agent of @pid; @params: a JSON object. The answer is its result; none within @patience_s is an error.
 */
void
flatline_session_ask_async (FlatlineSession *self,
                            gint64 pid,
                            const char *method,
                            const char *params,
                            guint patience_s,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
JsonNode *
flatline_session_ask_finish (FlatlineSession *self, GAsyncResult *result, GError **error);

/* flatline-live.c */

/* The program tells something. */
void
flatline_live_take_event (FlatlineLive *self, FlatlineProgramEvent *event);
/* Another program of the user's, such as flatline-cli, gives a command, or has gone. */
void
flatline_live_take_command (FlatlineLive *self, FlatlineLineConnection *connection, gint64 pid, const char *line);
void
flatline_live_let_asker_go (FlatlineLive *self, FlatlineLineConnection *connection);
/* A run is over. */
void
flatline_live_forget (FlatlineLive *self);

/* flatline-session-connections.c */
void
flatline_session_stop_monitor (FlatlineSession *self);

G_END_DECLS
