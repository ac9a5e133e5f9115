/* SPDX-License-Identifier: MIT */
/*
 * Programs that cannot tell that they die (no agent in them) are watched by the kernel's help: see FlatlineExitWatch.
 * Only the program itself is, not what it starts. The setting trace_exits decides; by itself it is those from which no
 * agent is expected, or none was heard of in time.
 */
#include "config.h"

#include "flatline-session-private.h"

#define HELLO_US (3 * G_USEC_PER_SEC) /* an interpreter says hello within a tenth of a second */

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
begin (FlatlineSession *self)
{
  Watcher *watcher = g_new0 (Watcher, 1);

  g_weak_ref_init (&watcher->session, self);
  watcher->pid = self->pid;
  self->exit_watch = flatline_exit_watch_new (self->pid, on_last_moment, watcher, watcher_free);
}

void
flatline_session_watch_exit (FlatlineSession *self, gboolean expects_agent)
{
  const FlatlineTraceExits when = self->config->trace_exits;

  self->silent_since_us = g_get_monotonic_time ();
  if (when == FLATLINE_TRACE_EXITS_ALWAYS || (when == FLATLINE_TRACE_EXITS_AUTO && !expects_agent))
    begin (self);
}

void
flatline_session_unwatch_exit (FlatlineSession *self)
{
  if (self->exit_watch)
    flatline_exit_watch_end (self->exit_watch);
  g_clear_pointer (&self->exit_watch, flatline_exit_watch_unref);
}

void
flatline_session_exit_is_told (FlatlineSession *self, gboolean has_agent)
{
  self->silent_since_us = has_agent ? 0 : g_get_monotonic_time ();
  if (has_agent && self->config->trace_exits == FLATLINE_TRACE_EXITS_AUTO)
    flatline_session_unwatch_exit (self);
}

void
flatline_session_watch_silent_exit (FlatlineSession *self, gint64 now_us)
{
  if (self->exit_watch || self->silent_since_us == 0 || now_us - self->silent_since_us < HELLO_US
      || self->config->trace_exits != FLATLINE_TRACE_EXITS_AUTO)
    return;
  self->silent_since_us = 0;
  begin (self);
}
