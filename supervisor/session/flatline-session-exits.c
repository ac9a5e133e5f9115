/* SPDX-License-Identifier: MIT */
/*
 * Programs that cannot tell that they die (no agent in them) are watched by the kernel's help: see FlatlineExitWatch.
 * Only the program itself is, not what it starts. The setting trace_exits decides; by itself it is all of them, from
 * before their first instruction until an agent in them says hello that tells of fatal signals itself.
 */
#include "config.h"

#include "flatline-session-private.h"

#define SILENT_US (3 * G_USEC_PER_SEC) /* an agent that went comes back within a tenth of a second, or never */

/* What the tracer's thread may know of a session, which may go away meanwhile. */
typedef struct
{
  GWeakRef session;
  gint64 pid;
} Watcher;

typedef struct
{
  FlatlineSession *session;
  FlatlineHeld *held;
} Death;

static void
watcher_free (gpointer data)
{
  Watcher *watcher = data;

  g_weak_ref_clear (&watcher->session);
  g_free (watcher);
}

static gboolean
take_death (gpointer user_data)
{
  Death *death = user_data;
  FlatlineSession *self = death->session;

  /* Told before, in another way: by the agent, or at the signal whose exit this is. */
  if (self->exit_watch != death->held->watch || self->death || self->end_reason
      || self->closing != FLATLINE_CLOSING_NOT)
    flatline_held_free (g_steal_pointer (&death->held));
  else if (death->held->signal == 0)
    flatline_session_take_last_words (self, g_steal_pointer (&death->held));
  else
    flatline_session_take_death (self, g_steal_pointer (&death->held));
  return G_SOURCE_REMOVE;
}

static void
death_free (gpointer data)
{
  Death *death = data;

  g_clear_pointer (&death->held, flatline_held_free);
  g_object_unref (death->session);
  g_free (death);
}

/* In the tracer's thread. */
static gboolean
on_last_moment (FlatlineExitWatch *watch, const FlatlineLastMoment *moment, gpointer user_data)
{
  Watcher *watcher = user_data;
  FlatlineSession *session = g_weak_ref_get (&watcher->session);
  g_autoptr (GSource) source = g_idle_source_new ();
  Death *death;

  if (!session)
    return FALSE;
  death = g_new0 (Death, 1);
  death->session = session;
  death->held = flatline_held_new_of_watch (watch, watcher->pid, moment);
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, take_death, death, death_free);
  g_source_attach (source, NULL);
  return TRUE;
}

static void
begin (FlatlineSession *self, gint64 pid)
{
  Watcher *watcher = g_new0 (Watcher, 1);

  g_weak_ref_init (&watcher->session, self);
  watcher->pid = pid;
  self->exit_watch = flatline_exit_watch_new (pid, on_last_moment, watcher, watcher_free);
}

void
flatline_session_watch_birth (FlatlineSession *self, gint64 pid, const FlatlineCommand *command)
{
  self->silent_since_us = g_get_monotonic_time ();
  if (self->config->trace_exits == FLATLINE_TRACE_EXITS_NEVER || flatline_command_has_privileges (command))
    return;
  begin (self, pid);
  flatline_exit_watch_wait_until_begun (self->exit_watch);
}

void
flatline_session_unwatch_exit (FlatlineSession *self)
{
  if (self->exit_watch)
    flatline_exit_watch_end (self->exit_watch);
  g_clear_pointer (&self->exit_watch, flatline_exit_watch_unref);
}

void
flatline_session_exit_is_told (FlatlineSession *self, gboolean is_told)
{
  self->silent_since_us = is_told ? 0 : g_get_monotonic_time ();
  if (is_told && self->config->trace_exits == FLATLINE_TRACE_EXITS_AUTO)
    flatline_session_unwatch_exit (self);
}

void
flatline_session_watch_silent_exit (FlatlineSession *self, gint64 now_us)
{
  if (self->exit_watch || self->silent_since_us == 0 || now_us - self->silent_since_us < SILENT_US
      || self->config->trace_exits == FLATLINE_TRACE_EXITS_NEVER)
    return;
  self->silent_since_us = 0;
  begin (self, self->pid);
}
