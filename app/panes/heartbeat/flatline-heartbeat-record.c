/* SPDX-License-Identifier: MIT */
/* The beats and marks of one run, kept small and sorted; see the header. */
#include "config.h"

#include "flatline-heartbeat-record.h"

#include <glib/gi18n.h>

#define MAX_BEATS 400000 /* a lane: more than a day of the interpreter's */

struct _FlatlineHeartbeatRecord
{
  GObject parent_instance;
  FlatlineSession *session;
  GListModel *followed; /* the session's beats */
  GArray *lanes[FLATLINE_N_LANES];
  GArray *marks;
  GStringChunk *words;
  gint64 end_us;
  gint64 ill_since_us; /* of the process: the first look in a row at which it was, 0 it is not */
};

enum
{
  CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineHeartbeatRecord, flatline_heartbeat_record, G_TYPE_OBJECT)

static void
clear_mark (gpointer mark)
{
  g_clear_object (&((FlatlineMark *)mark)->freeze);
}

static int
find_lane (const char *name)
{
  static const char *const names[FLATLINE_N_LANES] = { "program", "loop", "interpreter", "process" };

  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    if (g_strcmp0 (name, names[lane]) == 0)
      return lane;
  return -1;
}

/* The index of the first beat at or after @time_us. */
static guint
lower_bound (GArray *beats, gint64 time_us)
{
  guint low = 0, high = beats->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (beats, FlatlineKeptBeat, middle).time_us < time_us)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static const char *
keep_word (FlatlineHeartbeatRecord *self, const char *word)
{
  return word && *word ? g_string_chunk_insert_const (self->words, word) : NULL;
}

/* From when on the graph is another one: a lane that was empty so far changes as a whole. */
static gint64
add_beat (FlatlineHeartbeatRecord *self, const FlatlineBeat *beat)
{
  FlatlineKeptBeat kept = { .time_us = beat->time_us,
                            .reason = keep_word (self, beat->reason),
                            .caller = keep_word (self, beat->caller) };
  int lane = find_lane (beat->lane);
  GArray *beats = lane >= 0 ? self->lanes[lane] : NULL;
  guint index;

  if (!beats)
    return G_MAXINT64;
  if (beats->len >= MAX_BEATS)
    g_array_remove_range (beats, 0, MAX_BEATS / 4);
  index = beats->len;
  if (index > 0 && g_array_index (beats, FlatlineKeptBeat, index - 1).time_us >= kept.time_us)
    index = lower_bound (beats, kept.time_us);
  for (guint i = index; i < beats->len && g_array_index (beats, FlatlineKeptBeat, i).time_us == kept.time_us; i++)
    {
      FlatlineKeptBeat *known = &g_array_index (beats, FlatlineKeptBeat, i);

      /* A coarse answer of a store has no words. */
      if ((known->reason == kept.reason && known->caller == kept.caller) || (!kept.reason && !kept.caller))
        return G_MAXINT64;
      if (!known->reason && !known->caller)
        {
          *known = kept;
          return kept.time_us;
        }
    }
  g_array_insert_val (beats, index, kept);
  return beats->len == 1 ? G_MININT64 : kept.time_us;
}

static void
on_beats_changed (FlatlineHeartbeatRecord *self, guint position, guint removed, guint added, GListModel *beats)
{
  gint64 from_us = G_MAXINT64;

  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (FlatlineBeat) beat = g_list_model_get_item (beats, i);

      from_us = MIN (from_us, add_beat (self, beat));
    }
  if (added > 0)
    g_signal_emit (self, signals[CHANGED], 0, from_us);
}

/*
 * Since Flatline looks once a second, what lasts shorter may be missed; what lasts is what hangs. At its start and
 * while it is read a healthy process is held for a moment, or waits for its disk: one look alone makes none ill.
 */
static void
on_tree_refreshed (FlatlineHeartbeatRecord *self, GListModel *tree)
{
  g_autoptr (FlatlineProcess) root = g_list_model_get_item (tree, 0);
  GArray *states = self->lanes[FLATLINE_LANE_PROCESS];
  const char *state = root && root->state ? root->state : "";
  FlatlineKeptBeat now = { .time_us = g_get_real_time (), .is_ill = TRUE };

  if (!root || root->pid != flatline_session_get_pid (self->session))
    return;
  if (!root->alive)
    now.reason = _ ("ended");
  else if (*state == 'T' || *state == 't')
    now.reason = _ ("stopped");
  else if (*state == 'D')
    now.reason = _ ("stuck in the kernel");
  else
    {
      now.is_ill = FALSE;
      now.reason = _ ("alive");
    }
  if (!now.is_ill || !root->alive)
    self->ill_since_us = 0;
  else if (!self->ill_since_us)
    {
      self->ill_since_us = now.time_us;
      return;
    }
  else if (states->len == 0 || !g_array_index (states, FlatlineKeptBeat, states->len - 1).is_ill)
    now.time_us = self->ill_since_us;
  now.reason = keep_word (self, now.reason);
  if (states->len > 0 && g_array_index (states, FlatlineKeptBeat, states->len - 1).reason == now.reason)
    return;
  g_array_append_val (states, now);
  g_signal_emit (self, signals[CHANGED], 0, states->len == 1 ? G_MININT64 : now.time_us);
}

static FlatlineMark *
add_mark (FlatlineHeartbeatRecord *self, FlatlineMarkKind kind, gint64 time_us)
{
  FlatlineMark mark = { .kind = kind, .time_us = time_us };

  g_array_append_val (self->marks, mark);
  return &g_array_index (self->marks, FlatlineMark, self->marks->len - 1);
}

static void
add_freeze (FlatlineHeartbeatRecord *self, FlatlineFreeze *freeze)
{
  gboolean is_freeze = g_strcmp0 (freeze->kind, "freeze") == 0;
  FlatlineMark *mark = add_mark (self, is_freeze ? FLATLINE_MARK_FREEZE : FLATLINE_MARK_EXCEPTION, freeze->time_us);

  mark->freeze = g_object_ref (freeze);
  mark->silent_us = freeze->last_beat_us ? freeze->last_beat_us : freeze->time_us - freeze->stale_ms * 1000;
  mark->ended_us = is_freeze ? freeze->ended_us : freeze->time_us;
}

/* Freezes that are over by now are over in the graph too. */
static void
end_freezes (FlatlineHeartbeatRecord *self, gint64 time_us)
{
  for (guint i = 0; i < self->marks->len; i++)
    {
      FlatlineMark *mark = &g_array_index (self->marks, FlatlineMark, i);

      if (mark->kind == FLATLINE_MARK_FREEZE && mark->ended_us == 0)
        mark->ended_us = time_us;
    }
}

static void
on_freeze_detected (FlatlineHeartbeatRecord *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  if (g_strcmp0 (freeze->kind, "freeze") == 0)
    end_freezes (self, freeze->time_us);
  add_freeze (self, freeze);
  g_signal_emit (self, signals[CHANGED], 0, G_MININT64);
}

static void
on_recovered (FlatlineHeartbeatRecord *self, FlatlineFreeze *freeze)
{
  end_freezes (self, freeze->ended_us ? freeze->ended_us : g_get_real_time ());
  g_signal_emit (self, signals[CHANGED], 0, G_MININT64);
}

static void
on_state_changed (FlatlineHeartbeatRecord *self)
{
  FlatlineSessionState state = flatline_session_get_state (self->session);
  gboolean over = state == FLATLINE_SESSION_EXITED || state == FLATLINE_SESSION_CRASHED;
  gint64 now_us = g_get_real_time ();

  if (state == FLATLINE_SESSION_STARTING)
    add_mark (self, FLATLINE_MARK_START, now_us);
  if (over && !self->end_us)
    {
      end_freezes (self, now_us);
      add_mark (self, FLATLINE_MARK_END, now_us);
    }
  self->end_us = over ? (self->end_us ? self->end_us : now_us) : 0;
  g_signal_emit (self, signals[CHANGED], 0, G_MININT64);
}

static void
stop_following (FlatlineHeartbeatRecord *self)
{
  if (self->followed)
    g_signal_handlers_disconnect_by_data (self->followed, self);
  if (self->session)
    {
      g_signal_handlers_disconnect_by_data (self->session, self);
      g_signal_handlers_disconnect_by_data (flatline_session_get_process_tree (self->session), self);
    }
  g_clear_object (&self->followed);
  g_clear_object (&self->session);
}

void
flatline_heartbeat_record_follow (FlatlineHeartbeatRecord *self, FlatlineSession *session)
{
  FlatlineFreeze *freeze;

  stop_following (self);
  if (!session)
    return;
  self->session = g_object_ref (session);
  self->followed = g_object_ref (G_LIST_MODEL (flatline_session_get_beats (session)));
  g_signal_connect_object (self->followed, "items-changed", G_CALLBACK (on_beats_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (flatline_session_get_process_tree (session), "refreshed", G_CALLBACK (on_tree_refreshed),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "freeze-detected", G_CALLBACK (on_freeze_detected), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "recovered", G_CALLBACK (on_recovered), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::state", G_CALLBACK (on_state_changed), self, G_CONNECT_SWAPPED);
  on_beats_changed (self, 0, 0, g_list_model_get_n_items (self->followed), self->followed);
  freeze = flatline_session_get_freeze (session);
  if (freeze)
    add_freeze (self, freeze);
}

void
flatline_heartbeat_record_load (FlatlineHeartbeatRecord *self, FlatlineSnapshot *snapshot)
{
  const FlatlineKeptBeat *last;

  for (guint i = 0; i < flatline_list_length (snapshot->beats); i++)
    add_beat (self, flatline_list_peek (snapshot->beats, i));
  self->end_us = snapshot->captured_us;
  if (g_strcmp0 (snapshot->reason, "freeze") == 0)
    {
      FlatlineMark *mark = add_mark (self, FLATLINE_MARK_FREEZE, snapshot->captured_us);

      last = flatline_heartbeat_record_find_before (self, FLATLINE_LANE_PROGRAM, snapshot->captured_us);
      mark->silent_us = last ? last->time_us : snapshot->captured_us;
      mark->ended_us = snapshot->captured_us;
    }
  g_signal_emit (self, signals[CHANGED], 0, G_MININT64);
}

void
flatline_heartbeat_record_add_beats (FlatlineHeartbeatRecord *self, GPtrArray *beats)
{
  for (guint i = 0; i < beats->len; i++)
    add_beat (self, beats->pdata[i]);
  g_signal_emit (self, signals[CHANGED], 0, G_MININT64);
}

guint
flatline_heartbeat_record_get_n_beats (FlatlineHeartbeatRecord *self, FlatlineLane lane)
{
  return self->lanes[lane]->len;
}

const FlatlineKeptBeat *
flatline_heartbeat_record_find_from (FlatlineHeartbeatRecord *self, FlatlineLane lane, gint64 time_us)
{
  guint index = lower_bound (self->lanes[lane], time_us);

  return index < self->lanes[lane]->len ? &g_array_index (self->lanes[lane], FlatlineKeptBeat, index) : NULL;
}

const FlatlineKeptBeat *
flatline_heartbeat_record_find_before (FlatlineHeartbeatRecord *self, FlatlineLane lane, gint64 time_us)
{
  guint index = lower_bound (self->lanes[lane], time_us);

  return index > 0 ? &g_array_index (self->lanes[lane], FlatlineKeptBeat, index - 1) : NULL;
}

const FlatlineKeptBeat *
flatline_heartbeat_record_find_near (FlatlineHeartbeatRecord *self, FlatlineLane lane, gint64 time_us, gint64 reach_us)
{
  const FlatlineKeptBeat *before = flatline_heartbeat_record_find_before (self, lane, time_us);
  const FlatlineKeptBeat *after = flatline_heartbeat_record_find_from (self, lane, time_us);
  const FlatlineKeptBeat *nearest = before;

  if (!before || (after && after->time_us - time_us < time_us - before->time_us))
    nearest = after;
  return nearest && ABS (nearest->time_us - time_us) <= reach_us ? nearest : NULL;
}

GArray *
flatline_heartbeat_record_get_marks (FlatlineHeartbeatRecord *self)
{
  return self->marks;
}

gint64
flatline_heartbeat_record_get_first_us (FlatlineHeartbeatRecord *self)
{
  gint64 first_us = self->marks->len > 0 ? g_array_index (self->marks, FlatlineMark, 0).time_us : G_MAXINT64;

  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    if (self->lanes[lane]->len > 0)
      first_us = MIN (first_us, g_array_index (self->lanes[lane], FlatlineKeptBeat, 0).time_us);
  return first_us == G_MAXINT64 ? 0 : first_us;
}

gint64
flatline_heartbeat_record_get_end_us (FlatlineHeartbeatRecord *self)
{
  return self->end_us;
}

static void
flatline_heartbeat_record_dispose (GObject *object)
{
  stop_following (FLATLINE_HEARTBEAT_RECORD (object));
  G_OBJECT_CLASS (flatline_heartbeat_record_parent_class)->dispose (object);
}

static void
flatline_heartbeat_record_finalize (GObject *object)
{
  FlatlineHeartbeatRecord *self = FLATLINE_HEARTBEAT_RECORD (object);

  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    g_array_unref (self->lanes[lane]);
  g_array_unref (self->marks);
  g_string_chunk_free (self->words);
  G_OBJECT_CLASS (flatline_heartbeat_record_parent_class)->finalize (object);
}

static void
flatline_heartbeat_record_class_init (FlatlineHeartbeatRecordClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_heartbeat_record_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_heartbeat_record_finalize;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_INT64);
}

static void
flatline_heartbeat_record_init (FlatlineHeartbeatRecord *self)
{
  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    self->lanes[lane] = g_array_new (FALSE, FALSE, sizeof (FlatlineKeptBeat));
  self->marks = g_array_new (FALSE, FALSE, sizeof (FlatlineMark));
  g_array_set_clear_func (self->marks, clear_mark);
  self->words = g_string_chunk_new (1024);
}

FlatlineHeartbeatRecord *
flatline_heartbeat_record_new (void)
{
  return g_object_new (FLATLINE_TYPE_HEARTBEAT_RECORD, NULL);
}
