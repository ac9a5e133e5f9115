/* SPDX-License-Identifier: MIT */
/*
 * The tick, and what watchdogs want to know: looks and samples in workers. Whatever is a freeze then begins in
 * flatline-session-freeze.c.
 */
#include "config.h"

#include "flatline-diagnose.h"
#include "flatline-process.h"
#include "flatline-session-private.h"

#include <glib/gi18n.h>
#include <string.h>

#define TREE_INTERVAL_US  G_USEC_PER_SEC
#define SURELY_RUNNING_US G_USEC_PER_SEC
#define DRAIN_US          5000 /* a tick */
#define MAX_FLOODS        10   /* ticks in a row that may find more than that */
#define MAX_STARVED_US    (2 * G_USEC_PER_SEC)

static void
act (FlatlineSession *self, FlatlineHeart *heart, FlatlineWatchdogAction action);

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
      flatline_session_show_output (self, snapshot);
      flatline_diagnose (snapshot);
      if (snapshot->verdict && g_str_has_suffix (snapshot->verdict->kind, "deadlock") && is_importing (snapshot))
        return "startup-hang";
    }
  return snapshot->verdict ? snapshot->verdict->kind : NULL;
}

static gboolean
is_own_thread (FlatlineSnapshot *snapshot, gint64 native_id)
{
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    if (((FlatlineThread *)flatline_list_peek (snapshot->threads, i))->native_id == native_id)
      return TRUE;
  return FALSE;
}

/* Whether another thread of the process waits for it, or it for itself. */
static gboolean
is_held (FlatlineSnapshot *snapshot, gint64 native_id)
{
  for (guint i = 0; i < flatline_list_length (snapshot->verdict->chain); i++)
    {
      FlatlineWaitLink *link = flatline_list_peek (snapshot->verdict->chain, i);

      if (link->holder_id == native_id && is_own_thread (snapshot, link->waiter_id))
        return TRUE;
    }
  return FALSE;
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

/* What the tasks of a loop wait for, since the loop itself goes on for as long as the agent beats in it. */
static gboolean
add_tasks (GString *text, FlatlineSnapshot *snapshot, FlatlineThread *thread)
{
  gboolean has_any = FALSE;

  for (guint i = 0; !thread->waits_for_gil && thread->syscall && i < flatline_list_length (snapshot->tasks); i++)
    {
      FlatlineTask *task = flatline_list_peek (snapshot->tasks, i);

      if (task->thread != thread->native_id || g_strcmp0 (task->state, "PENDING") != 0)
        continue;
      has_any = TRUE;
      g_string_append_printf (text, "%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER "x:%s ", task->address,
                              task->awaits_address, task->awaits ? task->awaits : "");
    }
  return has_any;
}

/*
 * The threads of its verdict with the time that each has run: who has moved has run. Of a loop it is told by its tasks
 * that it will not go on, unless its thread takes part in a circle.
 */
static char *
dup_standing (FlatlineSnapshot *snapshot)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      if (!is_in_chain (snapshot->verdict, thread->native_id))
        continue;
      if (is_held (snapshot, thread->native_id) || !add_tasks (text, snapshot, thread))
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
      flatline_session_begin_freeze (self);
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

void
flatline_session_refresh_tree (FlatlineSession *self)
{
  flatline_process_tree_refresh_async (self->tree, NULL, ignore_refresh, NULL);
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
      flatline_session_refresh_tree (self);
      flatline_memory_watch_look (self->memory_watch);
    }
  return G_SOURCE_CONTINUE;
}
