/* SPDX-License-Identifier: MIT */
/*
 * FlatlineWatchdog: decides when a program is frozen (DESIGN.md, "Heartbeats"). Pure: no I/O, no clock; time and events
 * go in, what to do comes out. Times are monotonic microseconds of the caller's choice, except a beat's own stamp.
 *
 * The caller feeds every event as it comes and calls _tick() about ten times a second, acting on the answer:
 *   LOOK      read the stacks without pausing, diagnose, and answer with _look_done()
 *   SAMPLE    see whether the stacks stand still and answer with _sampled()
 *   FREEZE    capture; the reason is in _get_cause() and _dup_cause_text()
 *   RECOVERED the freeze is over
 * _look_done() and _sampled() answer in the same way.
 */
#pragma once

#include "flatline-freeze-cause.h"

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_LANE_PROGRAM,
  FLATLINE_LANE_LOOP,
  FLATLINE_LANE_INTERPRETER,
  FLATLINE_N_LANES,
} FlatlineLane;

typedef enum
{
  FLATLINE_WATCHDOG_NOTHING,
  FLATLINE_WATCHDOG_LOOK,
  FLATLINE_WATCHDOG_SAMPLE,
  FLATLINE_WATCHDOG_FREEZE,
  FLATLINE_WATCHDOG_RECOVERED,
} FlatlineWatchdogAction;

typedef struct
{
  gint64 freeze_us;      /* silence of the program or its loop */
  gint64 interpreter_us; /* silence of the interpreter lane: poll_interval × poll_fail_limit */
  gint64 startup_us;
  gint64 shutdown_us;
  gint64 sample_us;       /* how often the stacks are looked at for a deadlock; 0: every second */
  gint64 database_us;     /* how often the database is asked for the newest beat; 0: never, memory decides */
  gboolean strict_beats;  /* silence alone is enough */
  gboolean expects_agent; /* a Python that should say hello */
} FlatlineWatchdogSettings;

typedef struct _FlatlineWatchdog FlatlineWatchdog;

/* The program starts at @now_us. */
FlatlineWatchdog *
flatline_watchdog_new (const FlatlineWatchdogSettings *settings, gint64 now_us);
void
flatline_watchdog_free (FlatlineWatchdog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineWatchdog, flatline_watchdog_free)

/*
 * A beat arrived. @lag_us: how old it is by its own stamp (clock of the beat's arrival minus its stamp), of any sign; 0
 * when it has none. What all beats of a program lag is the difference of clocks and counts for nothing.
 */
void
flatline_watchdog_beat (FlatlineWatchdog *self, FlatlineLane lane, gint64 now_us, gint64 lag_us);

/* The agent said hello (the interpreter lane counts from here); the agent is gone (its lanes count no more). */
void
flatline_watchdog_agent_connected (FlatlineWatchdog *self, gint64 now_us);
void
flatline_watchdog_agent_lost (FlatlineWatchdog *self);

/* It printed something: from here on it may be silent for as long as for a start. */
void
flatline_watchdog_spoke (FlatlineWatchdog *self, gint64 now_us);

/* An event loop (@loop and @thread name it) began or ended; the lane counts while one runs. */
void
flatline_watchdog_loop (FlatlineWatchdog *self, const char *loop, gint64 thread, gboolean runs, gint64 now_us);

/* The interpreter began to shut down: no lane counts any more. */
void
flatline_watchdog_exiting (FlatlineWatchdog *self, gint64 now_us);

/* It was held by us for so long, just now: that it was silent counts for nothing. */
void
flatline_watchdog_forgive (FlatlineWatchdog *self, gint64 held_us);

/* It could have run for so long, just now, and got no processor: silence that is not the program's. */
void
flatline_watchdog_starved (FlatlineWatchdog *self, gint64 starved_us, gint64 now_us);

/* The state letter of the process as it is now. */
void
flatline_watchdog_process_state (FlatlineWatchdog *self, char state, gint64 now_us);

/*
 * DB mode. Whether to ask the database now: once an interval, and whenever silence is about to be taken for a freeze.
 * Then: it is asked now; it answered that the newest beat is @age_us old by its clock (-1: it knows none);
 * it did not answer. While it is missing, memory decides (see flatline-witness.h).
 */
gboolean
flatline_watchdog_wants_database (FlatlineWatchdog *self, gint64 now_us);
void
flatline_watchdog_database_asked (FlatlineWatchdog *self, gint64 now_us);
void
flatline_watchdog_database_answered (FlatlineWatchdog *self, gint64 now_us, gint64 age_us);
void
flatline_watchdog_database_failed (FlatlineWatchdog *self);
gboolean
flatline_watchdog_database_is_missing (FlatlineWatchdog *self, gint64 now_us);

/* From here on only these are looked for, (1 << cause) each: of a program that another one has started. */
void
flatline_watchdog_watch_only (FlatlineWatchdog *self, guint causes);

FlatlineWatchdogAction
flatline_watchdog_tick (FlatlineWatchdog *self, gint64 now_us);

/*
 * What the look saw; @kind NULL: it saw nothing (then silence decides). @standing is another text when any thread of
 * the verdict has moved since another look; NULL: it has none.
 */
FlatlineWatchdogAction
flatline_watchdog_look_done (FlatlineWatchdog *self,
                             const char *kind,
                             const char *confidence,
                             const char *signature,
                             const char *standing,
                             gint64 now_us);

/* The numbers of FlatlineStillness. */
FlatlineWatchdogAction
flatline_watchdog_sampled (FlatlineWatchdog *self, guint64 stacks, guint64 still, gint64 now_us);

/* The freeze under way has this signature and is not to be reported again unless it changes. */
void
flatline_watchdog_snooze (FlatlineWatchdog *self, const char *signature, gint64 now_us);

gboolean
flatline_watchdog_is_frozen (FlatlineWatchdog *self);
FlatlineFreezeCause
flatline_watchdog_get_cause (FlatlineWatchdog *self);

/* The look under way, or the freeze, is about a start that does not come to its end. */
gboolean
flatline_watchdog_doubts_start (FlatlineWatchdog *self);

/* "program beats silent for 2.6 s". Transfer full. */
char *
flatline_watchdog_dup_cause_text (FlatlineWatchdog *self, gint64 now_us);

/* Age of the newest beat of the strongest lane there is; -1 without beats. */
gint64
flatline_watchdog_get_stale_us (FlatlineWatchdog *self, gint64 now_us);

G_END_DECLS
