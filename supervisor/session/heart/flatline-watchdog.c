/* SPDX-License-Identifier: MIT */
/*
 * The state machine of freezes. Three states (fine, frozen, snoozed); every tick asks the causes in the order of their
 * strength which of them holds. A silence is never enough by itself (unless the user says so): a look at the stacks has
 * the last word, since a program that waits for a person or for events is silent and well.
 */
#include "config.h"

#include "flatline-watchdog.h"

#include "flatline-lanes.h"
#include "flatline-standing.h"

#include <string.h>

#define MS             G_GINT64_CONSTANT (1000)
#define TICK_US        (100 * MS)
#define JUMP_US        (1000 * MS) /* a longer gap between ticks: we or the machine slept */
#define DEBUGGER_US    (1000 * MS) /* our own captures stop it for less */
#define SAMPLE_US      (1000 * MS)
#define FROZEN_LOOK_US (2000 * MS)
#define MOST_REST_US   (30000 * MS)

typedef enum
{
  STATE_FINE,
  STATE_FROZEN,
  STATE_SNOOZED,
} State;

struct _FlatlineWatchdog
{
  FlatlineWatchdogSettings settings;
  State state;
  guint causes; /* that are looked for */
  FlatlineLanes lanes;
  char process_state;
  gint64 process_state_since_us;
  gint64 started_us;
  gint64 exiting_us; /* 0: not yet */
  gint64 ticked_us;
  gboolean agent_seen;
  gint64 spoken_us; /* when it printed something last; 0: never */
  gboolean froze_with_agent;
  gboolean looking;
  FlatlineFreezeCause look_cause;
  gint64 look_began_us;
  gint64 next_look_us[FLATLINE_N_CAUSES];
  gint64 sample_began_us;
  gint64 next_sample_us;
  gboolean sampling;
  FlatlineStanding standing;
  FlatlineFreezeCause cause;
  char *diagnosis; /* the kind of the verdict that made it a freeze */
  gint64 frozen_us;
  gint64 silent_since_us;
  char *snoozed_signature;
};

FlatlineWatchdog *
flatline_watchdog_new (const FlatlineWatchdogSettings *settings, gint64 now_us)
{
  FlatlineWatchdog *self = g_new0 (FlatlineWatchdog, 1);

  self->settings = *settings;
  flatline_lanes_init (&self->lanes, settings->database_us);
  self->started_us = self->ticked_us = now_us;
  self->process_state_since_us = now_us;
  self->causes = G_MAXUINT;
  if (self->settings.sample_us == 0)
    self->settings.sample_us = SAMPLE_US;
  self->next_sample_us = now_us + self->settings.sample_us;
  return self;
}

void
flatline_watchdog_free (FlatlineWatchdog *self)
{
  flatline_lanes_clear (&self->lanes);
  g_free (self->snoozed_signature);
  g_free (self->diagnosis);
  flatline_standing_clear (&self->standing);
  g_free (self);
}

void
flatline_watchdog_beat (FlatlineWatchdog *self, FlatlineLane lane, gint64 now_us, gint64 lag_us)
{
  flatline_lanes_beat (&self->lanes, lane, now_us, lag_us);
}

void
flatline_watchdog_agent_connected (FlatlineWatchdog *self, gint64 now_us)
{
  self->agent_seen = TRUE;
  self->exiting_us = 0;
  /* A program may take the GIL for good before the agent's thread ran once: silence counts from here. */
  flatline_lanes_begin (&self->lanes, FLATLINE_LANE_INTERPRETER, now_us);
}

void
flatline_watchdog_agent_lost (FlatlineWatchdog *self)
{
  flatline_lanes_lose_agent (&self->lanes);
}

void
flatline_watchdog_loop (FlatlineWatchdog *self, const char *loop, gint64 thread, gboolean runs, gint64 now_us)
{
  flatline_lanes_loop (&self->lanes, loop, thread, runs, now_us);
}

void
flatline_watchdog_exiting (FlatlineWatchdog *self, gint64 now_us)
{
  if (self->exiting_us == 0)
    self->exiting_us = now_us;
}

void
flatline_watchdog_process_state (FlatlineWatchdog *self, char state, gint64 now_us)
{
  gint64 lasted_us = now_us - self->process_state_since_us;

  if (state == self->process_state)
    return;
  if ((self->process_state == 't' || self->process_state == 'T') && lasted_us >= DEBUGGER_US
      && self->state == STATE_FINE)
    flatline_lanes_forgive (&self->lanes, now_us);
  self->process_state = state;
  self->process_state_since_us = now_us;
}

gboolean
flatline_watchdog_wants_database (FlatlineWatchdog *self, gint64 now_us)
{
  const FlatlineWitness *witness = &self->lanes.witness;
  const gint64 pause_us = now_us - witness->last_asked_us;

  if (self->settings.database_us == 0 || witness->asked_us > 0
      || !flatline_lanes_counts (&self->lanes, FLATLINE_LANE_PROGRAM) || self->state != STATE_FINE)
    return FALSE;
  /* What looks like a freeze is asked about at once. */
  return pause_us >= self->settings.database_us
         || (pause_us >= TICK_US
             && now_us - self->lanes.lanes[FLATLINE_LANE_PROGRAM].beat_us >= self->settings.freeze_us);
}

void
flatline_watchdog_database_asked (FlatlineWatchdog *self, gint64 now_us)
{
  const FlatlineLaneBeats *lane = &self->lanes.lanes[FLATLINE_LANE_PROGRAM];

  flatline_witness_ask (&self->lanes.witness, now_us, lane->counts ? lane->beat_us : 0);
}

void
flatline_watchdog_database_answered (FlatlineWatchdog *self, gint64 now_us, gint64 age_us)
{
  flatline_witness_hear (&self->lanes.witness, now_us, age_us);
}

void
flatline_watchdog_database_failed (FlatlineWatchdog *self)
{
  flatline_witness_fail (&self->lanes.witness);
}

gboolean
flatline_watchdog_database_is_missing (FlatlineWatchdog *self, gint64 now_us)
{
  return flatline_witness_is_missing (&self->lanes.witness, now_us);
}

/* Since when it has been silent. */
static gint64
get_silent_since (FlatlineWatchdog *self, FlatlineFreezeCause cause, gint64 now_us)
{
  switch (cause)
    {
    case FLATLINE_CAUSE_STOPPED:
    case FLATLINE_CAUSE_DISK:
      return self->process_state_since_us;
    case FLATLINE_CAUSE_SHUTDOWN:
      return self->exiting_us;
    case FLATLINE_CAUSE_LOOP:
      return self->lanes.lanes[FLATLINE_LANE_LOOP].beat_us;
    case FLATLINE_CAUSE_INTERPRETER:
      return self->lanes.lanes[FLATLINE_LANE_INTERPRETER].beat_us;
    case FLATLINE_CAUSE_PROGRAM:
      return flatline_lanes_get_beat_us (&self->lanes, FLATLINE_LANE_PROGRAM, now_us);
    case FLATLINE_CAUSE_STARTUP:
      return self->agent_seen ? MAX (self->started_us, self->spoken_us) : self->started_us;
    case FLATLINE_CAUSE_DIAGNOSIS:
      return g_strcmp0 (self->diagnosis, "gil-held") == 0 ? self->standing.since_us : self->started_us;
    case FLATLINE_CAUSE_NONE:
    case FLATLINE_N_CAUSES:
      break;
    }
  return self->started_us;
}

static gboolean
is_looked_for (FlatlineWatchdog *self, FlatlineFreezeCause cause)
{
  return (self->causes & (1u << cause)) != 0;
}

/* What has just fallen silent is told of as that, if it stays so. */
static gboolean
is_falling_silent (FlatlineWatchdog *self, FlatlineLane lane, gint64 now_us)
{
  return flatline_lanes_is_silent (&self->lanes, lane, SAMPLE_US, now_us)
         && !flatline_lanes_is_silent (&self->lanes, lane, self->settings.freeze_us, now_us);
}

static gboolean
is_judged_by_diagnosis (FlatlineWatchdog *self, gint64 now_us)
{
  if (self->state != STATE_FINE)
    return self->cause == FLATLINE_CAUSE_DIAGNOSIS;
  return is_looked_for (self, FLATLINE_CAUSE_DIAGNOSIS) && self->exiting_us == 0
         && !is_falling_silent (self, FLATLINE_LANE_PROGRAM, now_us)
         && !is_falling_silent (self, FLATLINE_LANE_LOOP, now_us);
}

/* Whether the cause holds now, without any look. */
static gboolean
cause_holds (FlatlineWatchdog *self, FlatlineFreezeCause cause, gint64 now_us)
{
  const FlatlineWatchdogSettings *settings = &self->settings;
  gint64 in_state_us = now_us - self->process_state_since_us;
  gboolean debugged = self->process_state == 't';

  switch (cause)
    {
    case FLATLINE_CAUSE_STOPPED:
      return self->process_state == 'T' && in_state_us >= settings->freeze_us;
    case FLATLINE_CAUSE_DISK:
      return self->process_state == 'D' && in_state_us >= settings->freeze_us;
    case FLATLINE_CAUSE_SHUTDOWN:
      return self->exiting_us > 0 && !debugged && now_us - self->exiting_us >= settings->shutdown_us;
    case FLATLINE_CAUSE_LOOP:
      return self->exiting_us == 0 && !debugged && flatline_lanes_has_loop (&self->lanes)
             && flatline_lanes_is_silent (&self->lanes, FLATLINE_LANE_LOOP, settings->freeze_us, now_us);
    case FLATLINE_CAUSE_INTERPRETER:
      return self->exiting_us == 0 && !debugged
             && flatline_lanes_is_silent (&self->lanes, FLATLINE_LANE_INTERPRETER, settings->interpreter_us, now_us);
    case FLATLINE_CAUSE_PROGRAM:
      return self->exiting_us == 0 && !debugged
             && flatline_lanes_is_silent (&self->lanes, FLATLINE_LANE_PROGRAM, settings->freeze_us, now_us)
             && (settings->strict_beats || !flatline_lanes_has_loop (&self->lanes)
                 || flatline_lanes_is_silent (&self->lanes, FLATLINE_LANE_LOOP, settings->freeze_us, now_us));
    case FLATLINE_CAUSE_STARTUP:
      return (self->agent_seen ? !flatline_lanes_counts (&self->lanes, FLATLINE_LANE_LOOP) : settings->expects_agent)
             && !debugged && self->exiting_us == 0 && !flatline_lanes_counts (&self->lanes, FLATLINE_LANE_PROGRAM)
             && now_us - get_silent_since (self, cause, now_us) >= settings->startup_us;
    case FLATLINE_CAUSE_DIAGNOSIS:
      return is_judged_by_diagnosis (self, now_us);
    case FLATLINE_CAUSE_NONE:
    case FLATLINE_N_CAUSES:
      return FALSE;
    }
  g_assert_not_reached ();
}

/* As long as the interpreter lane would have been silent. */
static gboolean
has_stood_long (FlatlineWatchdog *self)
{
  return !self->agent_seen
         && self->next_sample_us - self->settings.sample_us - self->standing.since_us >= self->settings.interpreter_us;
}

static gboolean
is_freeze (FlatlineWatchdog *self, FlatlineFreezeCause cause, const char *kind, const char *confidence)
{
  const FlatlineLook look = { .kind = kind,
                              .is_certain = g_strcmp0 (confidence, "certain") == 0,
                              .strict_beats = self->settings.strict_beats,
                              .has_agent = self->agent_seen,
                              .stood_long = has_stood_long (self) };

  return flatline_freeze_cause_is_confirmed (cause, &look);
}

static gboolean
has_beaten_since_freeze (FlatlineWatchdog *self, FlatlineLane lane)
{
  return flatline_lanes_counts (&self->lanes, lane) && self->lanes.lanes[lane].beat_us > self->frozen_us;
}

static gboolean
has_recovered (FlatlineWatchdog *self)
{
  switch (self->cause)
    {
    case FLATLINE_CAUSE_STOPPED:
      return self->process_state != 'T';
    case FLATLINE_CAUSE_DISK:
      return self->process_state != 'D';
    case FLATLINE_CAUSE_LOOP:
      return !flatline_lanes_has_loop (&self->lanes) || has_beaten_since_freeze (self, FLATLINE_LANE_LOOP);
    case FLATLINE_CAUSE_INTERPRETER:
      return !flatline_lanes_counts (&self->lanes, FLATLINE_LANE_INTERPRETER)
             || has_beaten_since_freeze (self, FLATLINE_LANE_INTERPRETER);
    case FLATLINE_CAUSE_PROGRAM:
      return has_beaten_since_freeze (self, FLATLINE_LANE_PROGRAM)
             || (!self->settings.strict_beats && flatline_lanes_has_loop (&self->lanes)
                 && has_beaten_since_freeze (self, FLATLINE_LANE_LOOP));
    case FLATLINE_CAUSE_STARTUP:
      return self->agent_seen != self->froze_with_agent || !cause_holds (self, self->cause, self->ticked_us);
    case FLATLINE_CAUSE_SHUTDOWN:
      return self->exiting_us == 0;
    case FLATLINE_CAUSE_DIAGNOSIS: /* a look tells */
    case FLATLINE_CAUSE_NONE:
    case FLATLINE_N_CAUSES:
      return FALSE;
    }
  g_assert_not_reached ();
}

static FlatlineWatchdogAction
recover (FlatlineWatchdog *self)
{
  self->state = STATE_FINE;
  self->cause = FLATLINE_CAUSE_NONE;
  flatline_standing_forget (&self->standing);
  memset (self->next_look_us, 0, sizeof self->next_look_us);
  g_clear_pointer (&self->snoozed_signature, g_free);
  return FLATLINE_WATCHDOG_RECOVERED;
}

static FlatlineWatchdogAction
freeze (FlatlineWatchdog *self, FlatlineFreezeCause cause, gint64 now_us)
{
  self->state = STATE_FROZEN;
  self->cause = cause;
  self->frozen_us = now_us;
  self->froze_with_agent = self->agent_seen;
  self->silent_since_us = get_silent_since (self, cause, now_us);
  self->next_look_us[cause] = now_us + FROZEN_LOOK_US;
  g_clear_pointer (&self->snoozed_signature, g_free);
  return FLATLINE_WATCHDOG_FREEZE;
}

/* When what began then may be done again: of a program with thousands of threads it takes long, and is seldom done. */
static gint64
end_rest (gint64 began_us, gint64 now_us)
{
  return now_us + MIN (10 * (now_us - began_us), MOST_REST_US);
}

static FlatlineWatchdogAction
look (FlatlineWatchdog *self, FlatlineFreezeCause cause, gint64 now_us)
{
  self->looking = TRUE;
  self->look_cause = cause;
  self->look_began_us = now_us;
  return FLATLINE_WATCHDOG_LOOK;
}

static void
forgive_jump (FlatlineWatchdog *self, gint64 gap_us)
{
  gint64 *times[] = { &self->process_state_since_us, &self->started_us, &self->next_sample_us };

  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    *times[i] += gap_us;
  flatline_lanes_shift (&self->lanes, gap_us, self->ticked_us);
  for (int i = 0; i < FLATLINE_N_CAUSES; i++)
    self->next_look_us[i] += gap_us;
  if (self->exiting_us > 0)
    self->exiting_us += gap_us;
  if (self->spoken_us > 0)
    self->spoken_us += gap_us;
  if (self->state != STATE_FINE)
    self->frozen_us += gap_us;
}

void
flatline_watchdog_forgive (FlatlineWatchdog *self, gint64 held_us)
{
  forgive_jump (self, held_us);
  /* There were no ticks meanwhile, which are not to be forgiven twice. */
  self->ticked_us += held_us;
}

void
flatline_watchdog_starved (FlatlineWatchdog *self, gint64 starved_us, gint64 now_us)
{
  gint64 *times[] = { &self->started_us, &self->exiting_us, &self->spoken_us };

  /* What is frozen is no less so, and how long is told by the clock. */
  if (self->state != STATE_FINE)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    if (*times[i] > 0)
      *times[i] = MIN (*times[i] + starved_us, MAX (*times[i], now_us));
  flatline_lanes_starve (&self->lanes, starved_us, now_us);
}

static FlatlineWatchdogAction
maybe_sample (FlatlineWatchdog *self, gint64 now_us)
{
  if (self->sampling || now_us < self->next_sample_us || !is_judged_by_diagnosis (self, now_us))
    return FLATLINE_WATCHDOG_NOTHING;
  self->sampling = TRUE;
  self->sample_began_us = now_us;
  return FLATLINE_WATCHDOG_SAMPLE;
}

static FlatlineWatchdogAction
tick_frozen (FlatlineWatchdog *self, gint64 now_us)
{
  if (has_recovered (self))
    return recover (self);
  if (self->looking)
    return FLATLINE_WATCHDOG_NOTHING;
  /* It may have come to rest in its event loop without a beat, or, snoozed, got worse. */
  if (self->cause != FLATLINE_CAUSE_STOPPED && now_us >= self->next_look_us[self->cause])
    {
      self->next_look_us[self->cause] = now_us + FROZEN_LOOK_US;
      return look (self, self->cause, now_us);
    }
  return maybe_sample (self, now_us);
}

void
flatline_watchdog_watch_only (FlatlineWatchdog *self, guint causes)
{
  self->causes = causes;
}

FlatlineWatchdogAction
flatline_watchdog_tick (FlatlineWatchdog *self, gint64 now_us)
{
  gint64 gap_us = now_us - self->ticked_us;

  if (gap_us > JUMP_US)
    forgive_jump (self, gap_us - TICK_US);
  self->ticked_us = now_us;
  if (self->state != STATE_FINE)
    return tick_frozen (self, now_us);
  if (self->looking)
    return FLATLINE_WATCHDOG_NOTHING;
  for (int cause = FLATLINE_CAUSE_STOPPED; cause < FLATLINE_CAUSE_DIAGNOSIS; cause++)
    {
      if (!is_looked_for (self, cause) || now_us < self->next_look_us[cause] || !cause_holds (self, cause, now_us))
        continue;
      if (cause == FLATLINE_CAUSE_STOPPED || (cause == FLATLINE_CAUSE_PROGRAM && self->settings.strict_beats))
        return freeze (self, cause, now_us);
      return look (self, cause, now_us);
    }
  return maybe_sample (self, now_us);
}

FlatlineWatchdogAction
flatline_watchdog_look_done (FlatlineWatchdog *self,
                             const char *kind,
                             const char *confidence,
                             const char *signature,
                             const char *standing,
                             gint64 now_us)
{
  FlatlineFreezeCause cause = self->look_cause;
  gboolean frozen;

  if (!self->looking)
    return FLATLINE_WATCHDOG_NOTHING;
  self->looking = FALSE;
  frozen = is_freeze (self, cause, kind, confidence);
  if (self->state != STATE_FINE)
    {
      if (cause != self->cause)
        return FLATLINE_WATCHDOG_NOTHING;
      if (!frozen && kind)
        return recover (self);
      if (self->state == STATE_SNOOZED && signature && g_strcmp0 (signature, self->snoozed_signature) != 0)
        return freeze (self, cause, now_us);
      self->next_look_us[cause] = MAX (self->next_look_us[cause], end_rest (self->look_began_us, now_us));
      return FLATLINE_WATCHDOG_NOTHING;
    }
  if (!cause_holds (self, cause, now_us))
    return FLATLINE_WATCHDOG_NOTHING;
  if (frozen && cause == FLATLINE_CAUSE_DIAGNOSIS && !flatline_standing_is_seen_again (&self->standing, standing))
    {
      self->next_sample_us = MIN (self->next_sample_us, now_us + SAMPLE_US);
      self->next_look_us[cause] = 0;
      return FLATLINE_WATCHDOG_NOTHING;
    }
  if (cause == FLATLINE_CAUSE_DIAGNOSIS)
    flatline_standing_clear (&self->standing);
  if (frozen)
    {
      g_free (self->diagnosis);
      self->diagnosis = g_strdup (kind);
      return freeze (self, cause, now_us);
    }
  /* To be looked at again when more time has gone. */
  if (cause == FLATLINE_CAUSE_DIAGNOSIS && g_strcmp0 (kind, "gil-held") == 0)
    flatline_standing_forget (&self->standing);
  if (cause == FLATLINE_CAUSE_DIAGNOSIS)
    self->next_look_us[cause] =
        now_us
        + flatline_standing_put_off (&self->standing, self->next_look_us[cause],
                                     MAX (self->settings.freeze_us, self->settings.sample_us), now_us);
  else
    self->next_look_us[cause] = now_us + MAX (self->settings.freeze_us, SAMPLE_US);
  /* Most silent programs with an agent are well, for as long as they run. */
  if (cause == FLATLINE_CAUSE_STARTUP && self->agent_seen)
    self->next_look_us[cause] = now_us + MAX (self->settings.startup_us / 3, SAMPLE_US);
  self->next_look_us[cause] = MAX (self->next_look_us[cause], end_rest (self->look_began_us, now_us));
  return FLATLINE_WATCHDOG_NOTHING;
}

FlatlineWatchdogAction
flatline_watchdog_sampled (FlatlineWatchdog *self, guint64 stacks, guint64 still, gint64 now_us)
{
  const gboolean is_due = now_us >= self->next_look_us[FLATLINE_CAUSE_DIAGNOSIS];
  const gboolean all_stand = flatline_standing_sample (&self->standing, stacks, still, now_us);
  /* A loop stands at one place, whatever its tasks wait for. */
  const gboolean in_loop = stacks != 0 && flatline_lanes_has_loop (&self->lanes);

  self->sampling = FALSE;
  self->next_sample_us = MAX (now_us + self->settings.sample_us, end_rest (self->sample_began_us, now_us));
  if (self->state != STATE_FINE || self->looking || !is_judged_by_diagnosis (self, now_us)
      || (!all_stand && !(is_due && (in_loop || flatline_standing_has_news (&self->standing)))))
    return FLATLINE_WATCHDOG_NOTHING;
  flatline_standing_look (&self->standing);
  return look (self, FLATLINE_CAUSE_DIAGNOSIS, now_us);
}

void
flatline_watchdog_snooze (FlatlineWatchdog *self, const char *signature, gint64 now_us)
{
  if (self->state == STATE_FINE)
    return;
  self->state = STATE_SNOOZED;
  g_free (self->snoozed_signature);
  self->snoozed_signature = g_strdup (signature);
}

gboolean
flatline_watchdog_is_frozen (FlatlineWatchdog *self)
{
  return self->state != STATE_FINE;
}

void
flatline_watchdog_spoke (FlatlineWatchdog *self, gint64 now_us)
{
  self->spoken_us = now_us;
}

gboolean
flatline_watchdog_doubts_start (FlatlineWatchdog *self)
{
  return self->state == STATE_FINE ? self->looking && self->look_cause == FLATLINE_CAUSE_STARTUP
                                   : self->cause == FLATLINE_CAUSE_STARTUP;
}

FlatlineFreezeCause
flatline_watchdog_get_cause (FlatlineWatchdog *self)
{
  return self->cause;
}

char *
flatline_watchdog_dup_cause_text (FlatlineWatchdog *self, gint64 now_us)
{
  return flatline_freeze_cause_dup_text (self->cause, self->froze_with_agent, self->diagnosis,
                                         (now_us - self->silent_since_us) / (double)G_USEC_PER_SEC);
}

gint64
flatline_watchdog_get_stale_us (FlatlineWatchdog *self, gint64 now_us)
{
  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    if (flatline_lanes_counts (&self->lanes, lane))
      return MAX (0, now_us - flatline_lanes_get_beat_us (&self->lanes, lane, now_us));
  return -1;
}
