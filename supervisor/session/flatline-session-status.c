/* SPDX-License-Identifier: MIT */
/* What is known of a supervision, in words: for the Status dialog of the window and the console's key S. */
#include "config.h"

#include "flatline-process.h"
#include "flatline-record-words.h"
#include "flatline-session-private.h"

#include <inttypes.h>
#include <glib/gi18n.h>
#include <unistd.h>

static void
add_counts (FlatlineSession *self, GString *text)
{
  FlatlineRelayCounts counts;

  if (!self->relay)
    return;
  counts = flatline_relay_get_counts (self->relay);
  /* Translators: of the socket that beats come in by; four numbers, without plural forms */
  g_string_append_printf (text,
                          _ ("Relay: 127.0.0.1:%u, messages: %" PRId64 ", with a wrong token: %" PRId64
                             ", not understood: %" PRId64 ", refused: %" PRId64 "\n"),
                          flatline_relay_get_port (self->relay), counts.messages, counts.wrong_tokens, counts.garbage,
                          counts.refused);
  g_string_append_printf (text, _ ("Agents connected: %u\n"),
                          self->channel ? flatline_agent_channel_get_n_agents (self->channel) : 0);
  if (self->dropped_beats > 0)
    g_string_append_printf (text, _ ("Beats dropped by the program’s full queue: %" PRId64 "\n"), self->dropped_beats);
}

static void
add_last_beat (FlatlineSession *self, GString *text)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (self->last_beat_us / G_USEC_PER_SEC);
  g_autofree char *clock = g_date_time_format (time, "%H:%M:%S");
  const int us = (int)(self->last_beat_us % G_USEC_PER_SEC);
  const char *reason = self->last_reason ? self->last_reason : "";

  if (self->last_caller && *self->last_caller)
    /* Translators: time, microseconds, the reason of the beat, the place in the program that sent it */
    g_string_append_printf (text, _ ("Last beat: %s.%06d %s in %s\n"), clock, us, reason, self->last_caller);
  else
    g_string_append_printf (text, _ ("Last beat: %s.%06d %s\n"), clock, us, reason);
}

char *
flatline_session_dup_status_text (FlatlineSession *self)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, _ ("Program: %s\n"), self->title ? self->title : _ ("none"));
  g_string_append_printf (text, _ ("State: %s\n"),
                          flatline_record_word_text (flatline_session_state_to_string (self->state)));
  g_string_append_printf (text, _ ("Supervisor PID: %d\n"), (int)getpid ());
  if (self->pid > 0)
    g_string_append_printf (text, _ ("Program PID: %d\n"), (int)self->pid);
  if (self->run && self->run->python)
    g_string_append_printf (text, _ ("Python: %s\n"), self->run->python);
  if (self->exit_signal > 0)
    {
      g_autofree char *name = flatline_signal_dup_name (self->exit_signal);

      g_string_append_printf (text, _ ("Ended by: %s\n"), name);
    }
  else if (self->exit_status >= 0)
    g_string_append_printf (text, _ ("Exit status: %d\n"), self->exit_status);
  if (self->last_beat_us > 0)
    add_last_beat (self, text);
  if (flatline_session_is_alive (self))
    g_string_append_printf (text, _ ("Silent for: %.1f s (threshold %.1f s)\n"), self->stale_ms / 1000.0,
                            self->config->freeze_threshold);
  if (self->freeze && self->freeze->summary)
    g_string_append_printf (text, _ ("Freeze: %s\n"), self->freeze->summary);
  add_counts (self, text);
  if (self->log_files)
    g_string_append_printf (text, _ ("Log: %s\n"), flatline_log_files_get_error_log (self->log_files));
  return g_string_free (text, FALSE);
}
