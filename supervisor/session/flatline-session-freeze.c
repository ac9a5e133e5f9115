/* SPDX-License-Identifier: MIT */
/*
 * From what was judged a freeze (flatline-session-judge.c) to its record with a snapshot: the capture, recovery, and
 * snapshots that the user wants.
 */
#include "config.h"

#include "flatline-diagnose.h"
#include "flatline-session-private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <glib/gi18n.h>
#include <string.h>

#define SNAPSHOT_BEATS 100
#define TAIL_BYTES     (16 * 1024)

/* "startup": it has not beaten yet, and is young or does not get over it; "shutdown": its interpreter ends; NULL:
 * between. */
const char *
flatline_session_get_phase (FlatlineSession *self)
{
  const FlatlineHeart *heart = flatline_session_get_heart (self);
  gint64 age_us = g_get_real_time () - self->run->started_us;

  if (heart->exiting)
    return "shutdown";
  if (heart->watchdog && flatline_watchdog_doubts_start (heart->watchdog))
    return "startup";
  if (heart != &self->home)
    return NULL;
  return !self->last_reason && age_us < self->config->startup_threshold * G_USEC_PER_SEC ? "startup" : NULL;
}

/* Empty is not none: the program had printed nothing. */
void
flatline_session_show_output (FlatlineSession *self, FlatlineSnapshot *snapshot)
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
  flatline_session_show_output (self, snapshot);
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

char *
flatline_session_dup_end_of_other (FlatlineSession *self, FlatlineFreeze *freeze)
{
  const gint64 length_us = freeze->ended_us - freeze->time_us + freeze->stale_ms * 1000;
  const double length_s = MAX (length_us, 0) / (double)G_USEC_PER_SEC;

  if (freeze->pid == self->pid || freeze->last_reason)
    return NULL;
  if (!flatline_session_find_heart (self, freeze->pid))
    return g_strdup_printf (_ ("Process %" PRId64 " has ended, after it was frozen for %.1f s"), freeze->pid, length_s);
  return g_strdup_printf (_ ("Process %" PRId64 " is no longer frozen, after %.1f s"), freeze->pid, length_s);
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

void
flatline_session_begin_freeze (FlatlineSession *self)
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
