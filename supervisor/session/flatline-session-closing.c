/* SPDX-License-Identifier: MIT */
/*
 * The end of a run that a person wants. Closing asks first, then insists: the agent's close, SIGTERM, SIGKILL. What the
 * program started ends with it.
 */
#include "config.h"

#include "flatline-orphan-reaper.h"
#include "flatline-process.h"
#include "flatline-live-private.h"
#include "flatline-session-private.h"

#include <glib/gi18n.h>
#include <signal.h>

static gboolean
insist (gpointer user_data)
{
  FlatlineSession *self = user_data;

  self->close_source = 0;
  if (!flatline_session_is_alive (self))
    return G_SOURCE_REMOVE;
  if (self->closing == FLATLINE_CLOSING_ASKED)
    {
      self->closing = FLATLINE_CLOSING_TERMINATED;
      flatline_session_message (self, "info", _ ("Close: SIGTERM"));
      flatline_launcher_send_signal_to_group (self->launcher, SIGTERM);
      /* A stopped process takes no other signal before it goes on. */
      flatline_launcher_send_signal_to_group (self->launcher, SIGCONT);
      self->close_source = g_timeout_add (self->config->close_grace * 1000, insist, self);
    }
  else
    {
      flatline_session_message (self, "info", _ ("Close: SIGKILL"));
      flatline_session_kill (self);
    }
  return G_SOURCE_REMOVE;
}

void
flatline_session_close (FlatlineSession *self)
{
  gboolean asked = FALSE;

  if (!flatline_session_is_alive (self) || self->closing != FLATLINE_CLOSING_NOT)
    return;
  self->closing = FLATLINE_CLOSING_ASKED;
  flatline_live_let_go (self->live); /* Who is held cannot end. */
  self->end_reason = self->restart_wanted ? _ ("restarted by the user") : _ ("closed by the user");
  flatline_session_set_state (self, FLATLINE_SESSION_EXITING, self->end_reason);
  if (self->channel)
    asked = flatline_agent_channel_request (self->channel, self->home.pid, "close", NULL) != 0;
  if (self->home.control_port > 0)
    {
      flatline_relay_send_command (self->relay, self->home.control_port, "close");
      asked = TRUE;
    }
  if (asked)
    self->close_source = g_timeout_add (self->config->close_grace * 1000, insist, self);
  else
    insist (self);
}

gboolean
flatline_session_terminate (FlatlineSession *self, int signum)
{
  if (!flatline_session_is_alive (self) || self->closing != FLATLINE_CLOSING_NOT)
    return FALSE;
  self->closing = FLATLINE_CLOSING_TERMINATED;
  self->restart_wanted = FALSE;
  flatline_live_let_go (self->live);
  self->end_reason = _ ("ended with the supervisor");
  flatline_session_set_state (self, FLATLINE_SESSION_EXITING, self->end_reason);
  flatline_launcher_send_signal (self->launcher, signum);
  flatline_launcher_send_signal (self->launcher, SIGCONT);
  self->close_source = g_timeout_add (self->config->shutdown_threshold * 1000, insist, self);
  return TRUE;
}

void
flatline_session_kill (FlatlineSession *self)
{
  g_autoptr (GArray) orphans = NULL;

  if (!self->launcher)
    {
      /* The program is gone, but some of what it started may not be. */
      flatline_process_tree_send_signal (self->tree, SIGKILL);
      return;
    }
  self->closing = FLATLINE_CLOSING_KILLED;
  if (self->exit_watch)
    flatline_exit_watch_lose_interest (self->exit_watch);
  if (!self->end_reason)
    self->end_reason = _ ("killed by the user");
  flatline_session_set_state (self, FLATLINE_SESSION_EXITING, self->end_reason);
  flatline_process_tree_send_signal (self->tree, SIGKILL);
  orphans = flatline_orphan_reaper_list (flatline_launcher_get_terminal_session (self->launcher),
                                         flatline_relay_get_token (self->relay));
  for (guint i = 0; i < orphans->len; i++)
    flatline_process_send_signal_to_tree (g_array_index (orphans, gint64, i), SIGKILL);
}

void
flatline_session_shutdown (FlatlineSession *self, guint timeout_ms)
{
  gint64 deadline_us = g_get_monotonic_time () + timeout_ms * G_GINT64_CONSTANT (1000);
  g_autoptr (FlatlineLogFiles) log_files = self->log_files ? g_object_ref (self->log_files) : NULL;
  gint64 left_ms;

  self->restart_wanted = FALSE;
  flatline_session_cancel_restart (self);
  flatline_session_stop_monitor (self);
  if (self->launcher)
    {
      if (!self->end_reason)
        self->end_reason = _ ("ended with the supervisor");
      flatline_session_kill (self);
    }
  while (self->launcher && g_get_monotonic_time () < deadline_us)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  flatline_orphan_reaper_collect ();
  left_ms = MAX (100, (deadline_us - g_get_monotonic_time ()) / 1000);
  if (log_files)
    flatline_log_files_flush (log_files, left_ms);
  if (self->store)
    flatline_store_flush (self->store, left_ms);
}
