/* SPDX-License-Identifier: MIT */
/* What the program leaves running when it ends: a daemon that it became, or helpers that it forgot. */
#include "config.h"

#include "flatline-session-private.h"

#include "flatline-orphan-reaper.h"
#include "flatline-program-name.h"

#include <glib/gi18n.h>
#include <inttypes.h>

/* Helpers that end with the program (resource trackers, pagers) have that long. */
#define PATIENCE_US (G_USEC_PER_SEC / 2)
#define MAX_TOLD    3

static char *
dup_name (gint64 pid)
{
  g_autoptr (FlatlineProgram) program = flatline_process_read_command (pid);

  return flatline_program_name_dup_of_arguments ((const char *const *)program->argv);
}

static void
tell_of (FlatlineSession *self, gint64 pid)
{
  g_autofree char *name = dup_name (pid);

  if (name)
    flatline_session_message (self, "warning", /* Translators: a process id, its name, the process id */
                              _ ("The program has ended, but process %" PRId64
                                 " (%s) that it started goes on, unwatched: “flatline-cli dump %" PRId64
                                 "” shows what it does; with --follow it is watched"),
                              pid, name, pid);
}

/* A daemon is the first that has an agent; helpers of other programs mean less. */
static gint64
choose (FlatlineSession *self, GArray *orphans)
{
  for (guint i = 0; self->channel && i < orphans->len; i++)
    if (flatline_agent_channel_has_agent (self->channel, g_array_index (orphans, gint64, i)))
      return g_array_index (orphans, gint64, i);
  return g_array_index (orphans, gint64, 0);
}

/* @pid, which the launcher follows, takes the program's place. */
static void
go_on_with (FlatlineSession *self, gint64 pid)
{
  const gboolean has_agent = self->channel && flatline_agent_channel_has_agent (self->channel, pid);
  const FlatlineSessionState state = self->state == FLATLINE_SESSION_STARTING ? self->state : FLATLINE_SESSION_RUNNING;

  flatline_session_finish_capture (self);
  flatline_session_recover (self, _ ("the program has ended"));
  flatline_session_lose_other (self, pid);
  flatline_session_unwatch_exit (self);
  flatline_live_forget (self->live);
  g_clear_object (&self->program);
  g_clear_pointer (&self->exit_place, g_free);
  self->pid = pid;
  self->program_ended = self->home.exiting = FALSE;
  self->home.control_port = 0;
  self->exit_status = -1;
  self->remains_until_us = 0;
  self->heart_is_fixed |= has_agent;
  flatline_session_watch_program (self, FALSE);
  flatline_session_exit_is_told (self, has_agent);
  if (has_agent)
    flatline_watchdog_agent_connected (self->home.watchdog, g_get_monotonic_time ());
  flatline_session_set_state (self, state, _ ("goes on with what the program left running"));
}

static gboolean
follow (FlatlineSession *self, gint64 pid)
{
  g_autofree char *name = dup_name (pid);

  if (!name || !flatline_launcher_follow (self->launcher, pid))
    return FALSE;
  flatline_session_message (
      self, "warning", /* Translators: a process id, its name */
      _ ("The program has ended; process %" PRId64 " (%s) that it left running is watched in its place"), pid, name);
  go_on_with (self, pid);
  return TRUE;
}

static GArray *
list_orphans (FlatlineSession *self)
{
  return flatline_orphan_reaper_list (flatline_launcher_get_terminal_session (self->launcher),
                                      flatline_relay_get_token (self->relay));
}

gboolean
flatline_session_remains_may_end (FlatlineSession *self)
{
  g_autoptr (GArray) orphans = NULL;

  if (self->closing != FLATLINE_CLOSING_NOT)
    return FALSE;
  orphans = list_orphans (self);
  if (orphans->len == 0 && !flatline_orphan_reaper_sees_ending ())
    {
      /* A daemon forks twice: who ended in the midst of the first look has left its own to us by now. */
      g_array_unref (orphans);
      orphans = list_orphans (self);
      if (orphans->len == 0)
        return FALSE;
    }
  if (self->remains_until_us == 0)
    self->remains_until_us = g_get_monotonic_time () + PATIENCE_US;
  return g_get_monotonic_time () < self->remains_until_us;
}

gboolean
flatline_session_remains_are_followed (FlatlineSession *self)
{
  g_autoptr (GArray) orphans = self->closing == FLATLINE_CLOSING_NOT ? list_orphans (self) : NULL;

  if (!orphans || orphans->len == 0)
    return FALSE;
  /* A program that failed has become no daemon. */
  if (self->config->follow && self->exit_status == 0 && follow (self, choose (self, orphans)))
    return TRUE;
  for (guint i = 0; i < MIN (orphans->len, MAX_TOLD); i++)
    tell_of (self, g_array_index (orphans, gint64, i));
  return FALSE;
}
