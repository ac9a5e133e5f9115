/* SPDX-License-Identifier: MIT */
/*
 * The Pythons that a program has started: the server of a reloader, the workers of a server or a pool. Each has a
 * heart, of which counts what is beyond doubt: an event loop that stands still, a deadlock. That one keeps its
 * interpreter to itself is what workers are for, unless it is the only one and the program does nothing but wait for
 * its end.
 */
#include "config.h"

#include "flatline-session-private.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#define TICK_US    (500 * G_TIME_SPAN_MILLISECOND)
#define SAMPLE_US  (4 * G_USEC_PER_SEC)
#define MAX_OTHERS 32 /* to look at each takes time and memory */

static void
heart_free (gpointer data)
{
  FlatlineHeart *heart = data;

  flatline_watchdog_free (heart->watchdog);
  g_object_unref (heart->examiner);
  g_free (heart);
}

void
flatline_session_make_others (FlatlineSession *self)
{
  self->others = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, heart_free);
}

void
flatline_session_forget_others (FlatlineSession *self)
{
  self->away = NULL;
  g_hash_table_remove_all (self->others);
}

FlatlineHeart *
flatline_session_find_heart (FlatlineSession *self, gint64 pid)
{
  return pid == self->home.pid ? &self->home : g_hash_table_lookup (self->others, &pid);
}

FlatlineHeart *
flatline_session_find_heart_of (FlatlineSession *self, FlatlineExaminer *examiner)
{
  FlatlineHeart *heart = flatline_session_find_heart (self, flatline_examiner_get_pid (examiner));

  return heart && heart->watchdog && heart->examiner == examiner ? heart : NULL;
}

FlatlineHeart *
flatline_session_get_heart (FlatlineSession *self)
{
  return self->away ? self->away : &self->home;
}

void
flatline_session_go_to (FlatlineSession *self, FlatlineHeart *heart)
{
  FlatlineHeart *away = heart == &self->home ? NULL : heart;

  if (away == self->away)
    return;
  self->away = away;
  flatline_session_notify (self, FLATLINE_PROPERTY_EXAMINER);
}

void
flatline_session_meet_other (FlatlineSession *self, gint64 pid)
{
  const FlatlineWatchdogSettings settings = {
    .freeze_us = self->config->freeze_threshold * G_USEC_PER_SEC,
    .interpreter_us = self->config->poll_interval * self->config->poll_fail_limit * G_USEC_PER_SEC,
    .sample_us = SAMPLE_US,
  };
  FlatlineHeart *heart = flatline_session_find_heart (self, pid);

  if (!heart && g_hash_table_size (self->others) < MAX_OTHERS)
    {
      heart = g_new0 (FlatlineHeart, 1);
      heart->pid = pid;
      heart->watchdog = flatline_watchdog_new (&settings, g_get_monotonic_time ());
      heart->examiner = flatline_examiner_new (pid);
      g_hash_table_insert (self->others, &heart->pid, heart);
    }
  if (!heart)
    return;
  heart->exiting = FALSE;
  flatline_watchdog_agent_connected (heart->watchdog, g_get_monotonic_time ());
}

void
flatline_session_lose_other (FlatlineSession *self, gint64 pid)
{
  gpointer heart = NULL;

  g_hash_table_steal_extended (self->others, &pid, NULL, &heart);
  if (self->away && self->away == heart)
    {
      g_autofree char *cause = g_strdup_printf (_ ("process %" PRId64 " has ended"), pid);

      flatline_session_finish_capture (self);
      flatline_session_recover (self, cause);
      flatline_session_go_to (self, &self->home);
    }
  g_clear_pointer (&heart, heart_free);
}

static gboolean
waits_for_a_child (gint64 pid)
{
  g_autoptr (FlatlineThread) thread = g_object_new (FLATLINE_TYPE_THREAD, "pid", pid, "native-id", pid, NULL);

  flatline_thread_read_kernel_facts (thread);
  return g_strcmp0 (thread->syscall, "wait4") == 0 || g_strcmp0 (thread->syscall, "waitid") == 0;
}

void
flatline_session_tick_others (FlatlineSession *self, gint64 now_us)
{
  guint causes = 1u << FLATLINE_CAUSE_LOOP | 1u << FLATLINE_CAUSE_DIAGNOSIS;
  g_autofree gint64 *pids = NULL;
  guint n_pids = g_hash_table_size (self->others);
  GHashTableIter iter;
  FlatlineHeart *heart;

  if (n_pids == 0 || now_us < self->next_others_us)
    return;
  self->next_others_us = now_us + TICK_US;
  if (n_pids == 1 && waits_for_a_child (self->home.pid))
    causes |= 1u << FLATLINE_CAUSE_INTERPRETER;
  /* What is found may end the run. */
  pids = g_new (gint64, n_pids);
  n_pids = 0;
  g_hash_table_iter_init (&iter, self->others);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&heart))
    pids[n_pids++] = heart->pid;
  for (guint i = 0; i < n_pids; i++)
    {
      heart = g_hash_table_lookup (self->others, &pids[i]);
      if (!heart)
        continue;
      flatline_watchdog_watch_only (heart->watchdog, causes);
      flatline_session_judge_other (self, heart, now_us);
    }
}
