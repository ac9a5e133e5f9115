/* SPDX-License-Identifier: MIT */
/*
 * From the watchdog's answers to freezes with snapshots: the tick, looks and samples in workers, the capture, recovery,
 * and the records of exceptions and crashes.
 */
#include "config.h"

#include "flatline-diagnose.h"
#include "flatline-process.h"
#include "flatline-session-private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <glib/gi18n.h>
#include <string.h>

#define TREE_INTERVAL_US  G_USEC_PER_SEC
#define SURELY_RUNNING_US G_USEC_PER_SEC
#define SNAPSHOT_BEATS    100
#define DRAIN_US          5000 /* a tick */
#define MAX_FLOODS        10   /* ticks in a row that may find more than that */
#define TAIL_BYTES        (16 * 1024)
#define MAX_STARVED_US    (2 * G_USEC_PER_SEC)

static void
act (FlatlineSession *self, FlatlineHeart *heart, FlatlineWatchdogAction action);

/* "startup": it has not beaten yet, and is young or does not get over it; "shutdown": its interpreter ends; NULL:
 * between. */
const char *
flatline_session_get_phase (FlatlineSession *self)
{
  gint64 age_us = g_get_real_time () - self->run->started_us;

  if (self->home.exiting)
    return "shutdown";
  if (self->home.watchdog && flatline_watchdog_doubts_start (self->home.watchdog))
    return "startup";
  return !self->last_reason && age_us < self->config->startup_threshold * G_USEC_PER_SEC ? "startup" : NULL;
}

/* Empty is not none: the program had printed nothing. */
static void
take_output (FlatlineSession *self, FlatlineSnapshot *snapshot)
{
  gsize tail = MIN (self->output_tail->len, TAIL_BYTES);

  g_free (snapshot->output_tail);
  snapshot->output_tail = g_utf8_make_valid (self->output_tail->str + self->output_tail->len - tail, tail);
}

/* What only the session knows. */
void
flatline_session_complete_snapshot (FlatlineSession *self, FlatlineSnapshot *snapshot)
{
  guint length = g_list_model_get_n_items (G_LIST_MODEL (self->beats));

  if (self->store && !snapshot->run_uid)
    snapshot->run_uid = g_strdup (self->run->uid);
  for (guint i = length > SNAPSHOT_BEATS ? length - SNAPSHOT_BEATS : 0; i < length; i++)
    flatline_list_append (&snapshot->beats, g_list_model_get_item (G_LIST_MODEL (self->beats), i));
  take_output (self, snapshot);
  /* An exception was told before it was read: what began since then is not when it was raised. */
  if (!snapshot->phase && strcmp (snapshot->reason, "exception") != 0)
    snapshot->phase = g_strdup (flatline_session_get_phase (self));
  if (!snapshot->program && self->program)
    snapshot->program = g_object_ref (self->program);
  if (snapshot->program && !self->program)
    self->program = g_object_ref (snapshot->program);
  if (self->exception && !snapshot->exception && snapshot->signal == 0 && strcmp (snapshot->reason, "freeze") != 0
      && strcmp (snapshot->reason, "manual") != 0)
    snapshot->exception = g_object_ref (self->exception);
}

/* A process that is gone has no threads to show; what is known besides is kept. */
FlatlineSnapshot *
flatline_session_make_bare_snapshot (FlatlineSession *self, const char *reason)
{
  FlatlineSnapshot *snapshot = flatline_snapshot_new (reason);

  flatline_snapshot_add_note (snapshot, _ ("The process was gone before its stacks could be read"));
  return snapshot;
}

FlatlineFreeze *
flatline_session_make_freeze (FlatlineSession *self, const char *kind, const char *cause)
{
  FlatlineFreeze *freeze = g_object_new (FLATLINE_TYPE_FREEZE, NULL);
  const FlatlineHeart *heart = flatline_session_get_heart (self);

  freeze->uid = flatline_new_uid ();
  freeze->host = g_strdup (g_get_host_name ());
  freeze->title = g_strdup (self->title);
  freeze->pid = heart->pid;
  freeze->kind = g_strdup (kind);
  freeze->cause = g_strdup (cause);
  freeze->time_us = g_get_real_time ();
  freeze->last_beat_us = self->last_beat_us;
  freeze->stale_ms =
      heart->watchdog ? MAX (0, flatline_watchdog_get_stale_us (heart->watchdog, g_get_monotonic_time ())) / 1000 : 0;
  /* These are the program's own. */
  if (heart == &self->home)
    {
      freeze->last_reason = g_strdup (self->last_reason);
      freeze->last_caller = g_strdup (self->last_caller);
    }
  return freeze;
}

void
flatline_freeze_take_verdict (FlatlineFreeze *freeze, FlatlineVerdict *verdict)
{
  g_autofree char *signature = flatline_verdict_dup_signature (verdict);

  g_object_set (freeze, "verdict-kind", verdict->kind, "summary", verdict->summary, "location", verdict->location,
                "confidence", verdict->confidence, "signature", signature, NULL);
}

void
flatline_session_keep_freeze (FlatlineSession *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  /* One name for both: a file of it that comes back is known. */
  g_free (snapshot->uid);
  snapshot->uid = g_strdup (freeze->uid);
  if (self->log_files)
    flatline_log_files_add_freeze (self->log_files, freeze, snapshot);
  if (self->store)
    flatline_store_add_freeze (self->store, self->run->uid, freeze, snapshot);
  flatline_session_set_snapshot (self, snapshot);
}

void
flatline_session_recover (FlatlineSession *self, const char *cause)
{
  g_autoptr (FlatlineFreeze) freeze = self->freeze ? g_object_ref (self->freeze) : NULL;

  if (self->capturing_freeze)
    {
      self->recovered_meanwhile = TRUE;
      return;
    }
  if (!freeze)
    return;
  g_object_set (freeze, "ended-us", g_get_real_time (), NULL);
  if (self->log_files)
    {
      g_autofree char *line =
          g_strdup_printf ("Recovered after %.1f s", (freeze->ended_us - freeze->time_us) / (double)G_USEC_PER_SEC);

      flatline_log_files_add_event (self->log_files, line);
    }
  if (self->store)
    flatline_store_update_freeze (self->store, freeze);
  flatline_session_set_freeze (self, NULL);
  flatline_session_go_to (self, &self->home);
  if (self->state == FLATLINE_SESSION_FROZEN)
    flatline_session_set_state (self, FLATLINE_SESSION_RUNNING, cause);
  flatline_session_emit_recovered (self, freeze);
}

static void
finish_freeze (FlatlineSession *self, FlatlineSnapshot *snapshot)
{
  g_autoptr (FlatlineFreeze) freeze = g_object_ref (self->freeze);

  self->capturing_freeze = FALSE;
  flatline_freeze_take_verdict (freeze, snapshot->verdict);
  flatline_session_keep_freeze (self, freeze, snapshot);
  flatline_session_emit_freeze (self, freeze, snapshot);
  if (self->recovered_meanwhile)
    {
      self->recovered_meanwhile = FALSE;
      flatline_session_recover (self, _ ("beats again"));
    }
}

static void
diagnose_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  flatline_diagnose (task_data);
  g_task_return_boolean (task, TRUE);
}

static void
on_freeze_diagnosed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineSession *self = FLATLINE_SESSION (source);
  g_autoptr (FlatlineFreeze) freeze = user_data;

  if (g_task_propagate_boolean (G_TASK (result), NULL) && self->capturing_freeze && freeze == self->freeze)
    finish_freeze (self, g_task_get_task_data (G_TASK (result)));
}

static void
on_freeze_captured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineSession *self = FLATLINE_SESSION (source);
  g_autoptr (FlatlineFreeze) freeze = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = flatline_session_capture_heart_finish (self, result, &error);
  g_autoptr (GTask) task = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->capturing_freeze || freeze != self->freeze)
    return;
  if (!snapshot)
    {
      snapshot = flatline_session_make_bare_snapshot (self, "freeze");
      flatline_snapshot_add_note (snapshot, error->message);
    }
  flatline_session_complete_snapshot (self, snapshot);
  /* Once more, now that the snapshot has the beats: their age tells a held GIL from a loop in Python. */
  task = g_task_new (self, self->cancellable, on_freeze_diagnosed, g_steal_pointer (&freeze));
  g_task_set_task_data (task, g_steal_pointer (&snapshot), g_object_unref);
  g_task_run_in_thread (task, diagnose_in_worker);
}

void
flatline_session_finish_capture (FlatlineSession *self)
{
  g_autoptr (FlatlineSnapshot) snapshot = NULL;

  if (!self->capturing_freeze)
    return;
  snapshot = flatline_session_make_bare_snapshot (self, "freeze");
  self->recovered_meanwhile = FALSE;
  flatline_session_complete_snapshot (self, snapshot);
  flatline_diagnose (snapshot);
  finish_freeze (self, snapshot);
}

static void
begin_freeze (FlatlineSession *self)
{
  const FlatlineHeart *heart = flatline_session_get_heart (self);
  g_autofree char *silence = flatline_watchdog_dup_cause_text (heart->watchdog, g_get_monotonic_time ());
  g_autofree char *cause = heart == &self->home ? g_steal_pointer (&silence)
                                                : g_strdup_printf (_ ("process %" PRId64 ": %s"), heart->pid, silence);
  g_autoptr (FlatlineFreeze) freeze = flatline_session_make_freeze (self, "freeze", cause);
  g_autofree char *line = g_strdup_printf ("Freeze  stale=%.1fs  (%s)", freeze->stale_ms / 1000.0, cause);

  if (self->log_files)
    flatline_log_files_add_event (self->log_files, line);
  self->capturing_freeze = TRUE;
  self->recovered_meanwhile = FALSE;
  flatline_session_set_freeze (self, freeze);
  if (self->state == FLATLINE_SESSION_RUNNING || self->state == FLATLINE_SESSION_STARTING)
    flatline_session_set_state (self, FLATLINE_SESSION_FROZEN, cause);
  flatline_session_capture_heart_async (self, "freeze", NULL, self->cancellable, on_freeze_captured,
                                        g_steal_pointer (&freeze));
}

static gboolean
is_importing (FlatlineSnapshot *snapshot)
{
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      for (guint j = 0; thread->is_main && j < flatline_list_length (thread->frames); j++)
        if (g_strcmp0 (((FlatlineFrame *)flatline_list_peek (thread->frames, j))->function, "_find_and_load") == 0)
          return TRUE;
    }
  return FALSE;
}

/*
 * The kind of its verdict, for the watchdog. That a look is about the start is what only we know: it says what an
 * import that waits means. One that waits for itself does not come to its end either, however sure that is.
 */
static const char *
judge_look (FlatlineSession *self, FlatlineHeart *heart, FlatlineSnapshot *snapshot)
{
  if (flatline_watchdog_doubts_start (heart->watchdog) && !snapshot->phase)
    {
      snapshot->phase = g_strdup ("startup");
      take_output (self, snapshot);
      flatline_diagnose (snapshot);
      if (snapshot->verdict && g_str_has_suffix (snapshot->verdict->kind, "deadlock") && is_importing (snapshot))
        return "startup-hang";
    }
  return snapshot->verdict ? snapshot->verdict->kind : NULL;
}

static gboolean
is_in_chain (FlatlineVerdict *verdict, gint64 native_id)
{
  if (native_id == verdict->thread)
    return TRUE;
  for (guint i = 0; i < flatline_list_length (verdict->chain); i++)
    {
      FlatlineWaitLink *link = flatline_list_peek (verdict->chain, i);

      if (native_id == link->waiter_id || native_id == link->holder_id)
        return TRUE;
    }
  return FALSE;
}

/* The threads of its verdict with the time that each has run: who has moved has run. */
static char *
dup_standing (FlatlineSnapshot *snapshot)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      if (is_in_chain (snapshot->verdict, thread->native_id))
        g_string_append_printf (text, "%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT " ", thread->native_id,
                                thread->cpu_time_us);
    }
  return text->len > 0 ? g_strdup (text->str) : NULL;
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineSession) self = user_data;
  g_autoptr (GError) error = NULL;
  FlatlineSnapshot *snapshot = flatline_examiner_capture_finish (FLATLINE_EXAMINER (source), result, &error);
  g_autoptr (FlatlineVerdict) verdict = NULL;
  g_autofree char *signature = NULL;
  g_autofree char *standing = NULL;
  FlatlineHeart *heart = flatline_session_find_heart_of (self, FLATLINE_EXAMINER (source));
  const char *kind;

  kind = heart && snapshot && flatline_live_get_n_held (self->live) == 0 ? judge_look (self, heart, snapshot) : NULL;
  verdict = snapshot && snapshot->verdict ? g_object_ref (snapshot->verdict) : NULL;
  signature = verdict ? flatline_verdict_dup_signature (verdict) : NULL;
  standing = verdict ? dup_standing (snapshot) : NULL;
  flatline_record_let_go (snapshot);
  if (!heart || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (heart != flatline_session_get_heart (self))
    flatline_examiner_rest (heart->examiner);
  /* A program without threads has nothing that could tell when its exit handlers begin to run. */
  if (g_strcmp0 (kind, "shutdown-hang") == 0 && !heart->exiting)
    {
      heart->exiting = TRUE;
      flatline_watchdog_exiting (heart->watchdog, g_get_monotonic_time ());
    }
  if (error)
    g_debug ("A look at %" G_GINT64_FORMAT " failed: %s", heart->pid, error->message);
  act (self, heart,
       flatline_watchdog_look_done (heart->watchdog, kind, verdict ? verdict->confidence : NULL, signature, standing,
                                    g_get_monotonic_time ()));
}

static void
on_sampled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineSession) self = user_data;
  FlatlineStillness stillness = flatline_examiner_sample_finish (FLATLINE_EXAMINER (source), result);
  FlatlineHeart *heart = flatline_session_find_heart_of (self, FLATLINE_EXAMINER (source));

  /* Stacks that we hold say nothing. */
  if (flatline_live_get_n_held (self->live) > 0)
    stillness.stacks = stillness.still = 0;
  if (heart)
    act (self, heart,
         flatline_watchdog_sampled (heart->watchdog, stillness.stacks, stillness.still, g_get_monotonic_time ()));
}

static void
act (FlatlineSession *self, FlatlineHeart *heart, FlatlineWatchdogAction action)
{
  const gboolean is_looked_at = heart == flatline_session_get_heart (self);

  switch (action)
    {
    case FLATLINE_WATCHDOG_NOTHING:
      break;
    case FLATLINE_WATCHDOG_LOOK:
      flatline_examiner_look_async (heart->examiner, self->cancellable, on_looked, g_object_ref (self));
      break;
    case FLATLINE_WATCHDOG_SAMPLE:
      flatline_examiner_sample_async (heart->examiner, self->cancellable, on_sampled, g_object_ref (self));
      break;
    case FLATLINE_WATCHDOG_FREEZE:
      /* Of two that freeze the program itself has the word, else the first. */
      if (!is_looked_at && (heart != &self->home && (self->freeze || self->capturing_freeze)))
        break;
      flatline_session_finish_capture (self);
      flatline_session_go_to (self, heart);
      begin_freeze (self);
      break;
    case FLATLINE_WATCHDOG_RECOVERED:
      if (!is_looked_at)
        break;
      flatline_session_recover (self, _ ("beats again"));
      break;
    }
}

static void
ignore_refresh (GObject *source, GAsyncResult *result, gpointer unused)
{
  flatline_process_tree_refresh_finish (FLATLINE_PROCESS_TREE (source), result, NULL);
}

static void
update_stale (FlatlineSession *self, gint64 now_us)
{
  gint64 stale_ms =
      MAX (0, flatline_watchdog_get_stale_us (flatline_session_get_heart (self)->watchdog, now_us)) / 1000;

  if (stale_ms == self->stale_ms)
    return;
  self->stale_ms = stale_ms;
  flatline_session_notify (self, FLATLINE_PROPERTY_STALE_MS);
}

/*
 * On a machine with too much to do a program is silent without being frozen: the time that its main thread waited for a
 * processor does not count. But for a fifth: one that hardly ever gets one is told all the same. The kernel counts a
 * wait when it is over, so there may be more of it than has passed since.
 */
static void
forgive_starving (FlatlineHeart *heart, gint64 now_us)
{
  const FlatlineThreadClock before = heart->clock;
  const gboolean is_known = heart->clocked_pid == heart->pid;
  gint64 forgiven_us;

  if (!flatline_thread_read_clock (heart->pid, heart->pid, &heart->clock))
    {
      heart->clocked_pid = 0;
      return;
    }
  heart->clocked_pid = heart->pid;
  if (!is_known)
    {
      heart->starved_us = 0;
      return;
    }
  heart->starved_us = MIN (heart->starved_us + heart->clock.waited_us - before.waited_us, MAX_STARVED_US);
  forgiven_us = MIN (heart->starved_us, (heart->clock.read_at_us - before.read_at_us) * 4 / 5);
  heart->starved_us -= forgiven_us;
  flatline_watchdog_starved (heart->watchdog, forgiven_us, now_us);
}

static void
observe (FlatlineHeart *heart, gint64 now_us)
{
  flatline_watchdog_process_state (heart->watchdog, flatline_process_read_state (heart->pid), now_us);
  forgive_starving (heart, now_us);
}

/* Who is being closed is silent for a reason. */
static void
judge (FlatlineSession *self, FlatlineHeart *heart, gint64 now_us)
{
  if (self->closing == FLATLINE_CLOSING_NOT && self->n_readings == 0 && flatline_live_get_n_held (self->live) == 0)
    act (self, heart, flatline_watchdog_tick (heart->watchdog, now_us));
}

void
flatline_session_judge_other (FlatlineSession *self, FlatlineHeart *heart, gint64 now_us)
{
  observe (heart, now_us);
  if (!self->freeze || heart == self->away)
    judge (self, heart, now_us);
}

gboolean
flatline_session_tick (gpointer session)
{
  g_autoptr (FlatlineSession) self = g_object_ref (session);
  gint64 now_us;
  gboolean all_heard;

  if (self->program_ended)
    return G_SOURCE_CONTINUE;
  /* What has arrived counts before silence does. It may be a flood: then there is a limit to the patience too. */
  all_heard = flatline_session_drain_listeners (self, g_get_monotonic_time () + DRAIN_US);
  self->n_floods = all_heard ? 0 : self->n_floods + 1;
  if (!all_heard && self->n_floods < MAX_FLOODS)
    return G_SOURCE_CONTINUE;
  now_us = g_get_monotonic_time ();
  if (g_get_real_time () - self->run->started_us > SURELY_RUNNING_US)
    flatline_session_show_sign_of_life (self, "runs");
  if (!self->program)
    self->program = flatline_process_read_program (self->pid);
  observe (&self->home, now_us);
  flatline_session_watch_silent_exit (self, now_us);
  flatline_session_ask_database (self, now_us);
  judge (self, &self->home, now_us);
  flatline_session_tick_others (self, now_us);
  update_stale (self, now_us);
  flatline_session_trim_beats (self);
  if (now_us >= self->next_tree_us)
    {
      self->next_tree_us = now_us + TREE_INTERVAL_US;
      flatline_process_tree_refresh_async (self->tree, NULL, ignore_refresh, NULL);
      flatline_memory_watch_look (self->memory_watch);
    }
  return G_SOURCE_CONTINUE;
}

typedef struct
{
  FlatlineFreeze *freeze; /* NULL: not to be kept */
} Wanted;

static void
wanted_free (gpointer data)
{
  Wanted *wanted = data;

  g_clear_object (&wanted->freeze);
  g_free (wanted);
}

static void
on_wanted_captured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FlatlineSession *self = FLATLINE_SESSION (source);
  Wanted *wanted = g_task_get_task_data (task);
  GError *error = NULL;
  FlatlineSnapshot *snapshot = flatline_session_capture_heart_finish (self, result, &error);

  if (!snapshot)
    {
      g_task_return_error (task, error);
      return;
    }
  flatline_session_complete_snapshot (self, snapshot);
  if (wanted->freeze)
    {
      flatline_freeze_take_verdict (wanted->freeze, snapshot->verdict);
      flatline_session_keep_freeze (self, wanted->freeze, snapshot);
    }
  else
    flatline_session_set_snapshot (self, snapshot);
  g_task_return_pointer (task, snapshot, g_object_unref);
}

void
flatline_session_capture_async (FlatlineSession *self,
                                const char *reason,
                                gboolean keep,
                                const FlatlineCaptureBudget *budget,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Wanted *wanted;

  if (!self->home.examiner || self->program_ended)
    {
      g_task_return_new_error (task, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_STATE,
                               _ ("The program does not run: there is nothing to look at"));
      g_object_unref (task);
      return;
    }
  wanted = g_new0 (Wanted, 1);
  wanted->freeze = keep ? flatline_session_make_freeze (self, "manual", _ ("requested by the user")) : NULL;
  g_task_set_task_data (task, wanted, wanted_free);
  flatline_session_capture_heart_async (self, reason, budget, cancellable, on_wanted_captured, task);
}

FlatlineSnapshot *
flatline_session_capture_finish (FlatlineSession *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
