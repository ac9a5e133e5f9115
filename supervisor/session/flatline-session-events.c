/* SPDX-License-Identifier: MIT */
/* What the program tells and prints, taken into the session: beats, reports, output. */
#include "config.h"

#include "flatline-agent-code.h"
#include "flatline-session-private.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_BEATS      20000
#define BEATS_AT_ONCE  500 /* to let more go takes as long as a frame; of very many an eighth */
#define BEATS_KEPT_US  (10 * 60 * G_USEC_PER_SEC)
#define TAIL_BYTES     (16 * 1024)
#define SAME_REPORT_US (10 * G_USEC_PER_SEC)

void
flatline_session_show_sign_of_life (FlatlineSession *self, const char *cause)
{
  if (self->state == FLATLINE_SESSION_STARTING)
    flatline_session_set_state (self, FLATLINE_SESSION_RUNNING, cause);
}

void
flatline_session_take_output (FlatlineSession *self, const char *stream, GBytes *data)
{
  gsize length;
  const char *bytes = g_bytes_get_data (data, &length);
  gsize kept = MIN (length, TAIL_BYTES);

  flatline_session_show_sign_of_life (self, _ ("first output"));
  if (self->home.watchdog)
    flatline_watchdog_spoke (self->home.watchdog, g_get_monotonic_time ());
  g_string_append_len (self->output_tail, bytes + length - kept, kept);
  if (self->output_tail->len > 2 * TAIL_BYTES)
    g_string_erase (self->output_tail, 0, self->output_tail->len - TAIL_BYTES);
  if (self->log_files)
    flatline_log_files_add_output (self->log_files, stream, bytes, length);
  /* What is joined has errors without a mark, too. */
  if (g_str_equal (stream, "stderr") || flatline_streams_are_joined (flatline_config_get_piped (self->config)))
    flatline_session_hear_error_output (self, bytes, length);
  flatline_session_emit_output (self, stream, data);
}

void
flatline_session_trim_beats (FlatlineSession *self)
{
  GListModel *beats = G_LIST_MODEL (self->beats);
  const gint64 oldest_us = g_get_real_time () - BEATS_KEPT_US;
  guint length = g_list_model_get_n_items (beats);
  guint n_old = length > MAX_BEATS ? length - MAX_BEATS : 0;

  while (n_old < length)
    {
      FlatlineBeat *beat = flatline_list_peek (self->beats, n_old);

      if (beat->time_us >= oldest_us)
        break;
      n_old++;
    }
  if (n_old > 0)
    g_list_store_splice (self->beats, 0, MIN (n_old, MAX (BEATS_AT_ONCE, n_old / 8)), NULL, 0);
}

/* A wrapper (a shell script, a launcher) has no beats of its own: then the first Python below it is the heart. */
static void
choose_heart (FlatlineSession *self, gint64 pid)
{
  const gint64 before = self->home.pid;

  if (self->heart_is_fixed || pid == self->home.pid || self->away)
    return;
  if (pid != self->pid && self->home.pid != self->pid && self->channel
      && flatline_agent_channel_has_agent (self->channel, self->home.pid))
    return;
  flatline_session_lose_other (self, pid);
  self->home.pid = pid;
  g_clear_object (&self->home.examiner);
  self->home.examiner = flatline_examiner_new (pid);
  if (self->channel && flatline_agent_channel_has_agent (self->channel, before))
    flatline_session_meet_other (self, before);
  flatline_session_notify (self, FLATLINE_PROPERTY_EXAMINER);
}

static void
note_newest_beat (FlatlineSession *self, const FlatlineBeat *beat)
{
  gboolean is_program = strcmp (beat->lane, "program") == 0;

  if (!is_program && self->last_reason)
    return;
  self->last_beat_us = beat->time_us;
  flatline_session_notify (self, FLATLINE_PROPERTY_LAST_BEAT_US);
  if (!is_program)
    return;
  self->last_program_beat_us = beat->time_us;
  if (g_strcmp0 (self->last_reason, beat->reason ? beat->reason : "") != 0)
    {
      g_free (self->last_reason);
      self->last_reason = g_strdup (beat->reason ? beat->reason : "");
      flatline_session_notify (self, FLATLINE_PROPERTY_LAST_REASON);
    }
  if (g_strcmp0 (self->last_caller, beat->caller) != 0)
    {
      g_free (self->last_caller);
      self->last_caller = g_strdup (beat->caller);
      flatline_session_notify (self, FLATLINE_PROPERTY_LAST_CALLER);
    }
}

static void
take_beat (FlatlineSession *self, FlatlineHeart *heart, const FlatlineProgramEvent *event, gint64 pid)
{
  g_autoptr (FlatlineBeat) beat = g_object_new (FLATLINE_TYPE_BEAT, NULL);
  const gint64 now_us = g_get_real_time ();
  FlatlineLane lane = FLATLINE_LANE_PROGRAM;

  if (strcmp (event->lane, "interpreter") == 0)
    lane = FLATLINE_LANE_INTERPRETER;
  else if (strcmp (event->lane, "loop") == 0)
    lane = FLATLINE_LANE_LOOP;
  beat->time_us = event->time_us > 0 ? event->time_us : now_us;
  beat->lane = g_strdup (event->lane);
  beat->reason = g_strdup (event->reason);
  beat->caller = g_strdup (event->caller);
  beat->pid = pid;
  flatline_session_hear (self, pid);
  if (heart && (heart == &self->home || lane != FLATLINE_LANE_PROGRAM))
    flatline_watchdog_beat (heart->watchdog, lane, g_get_monotonic_time (), now_us - beat->time_us);
  if (heart == &self->home)
    note_newest_beat (self, beat);
  g_list_store_append (self->beats, beat);
  if (self->store)
    flatline_store_add_beat (self->store, self->run->uid, beat);
  flatline_session_emit_beat (self, beat);
}

static void
take_hello (FlatlineSession *self, const FlatlineProgramEvent *event, gint64 pid)
{
  self->agent_seen = TRUE;
  if (event->compiled)
    flatline_agent_code_compile (pid);
  if (pid == self->pid)
    flatline_session_exit_is_told (self, event->tells_deaths);
  if (pid != self->home.pid)
    {
      flatline_session_meet_other (self, pid);
      return;
    }
  self->home.exiting = FALSE;
  /* What a shell has started is known by its own name from here on, if it lives until it was looked at. */
  flatline_session_refresh_tree (self);
  flatline_watchdog_agent_connected (self->home.watchdog, g_get_monotonic_time ());
  if (event->python && g_strcmp0 (self->run->python, event->python) != 0)
    g_object_set (self->run, "python", event->python, NULL);
  flatline_session_notify (self, FLATLINE_PROPERTY_CAN_CLOSE);
}

static FlatlineExceptionInfo *
make_exception (const FlatlineProgramEvent *event)
{
  FlatlineExceptionInfo *exception = g_object_new (FLATLINE_TYPE_EXCEPTION_INFO, NULL);

  exception->context = g_strdup (event->context);
  exception->type_name = g_strdup (event->type_name ? event->type_name : event->kind);
  exception->message = g_strdup (event->message);
  exception->thread = g_strdup (event->thread_name);
  exception->traceback_text = g_strdup (event->traceback_text);
  exception->similar = g_strdup (event->similar);
  exception->found_in = g_strdup (event->found_in);
  exception->shadow = g_strdup (event->shadow);
  return exception;
}

/* A program that reports the same in a loop would otherwise be captured without end. */
static gboolean
is_repeated (FlatlineSession *self, const FlatlineProgramEvent *event)
{
  g_autofree char *text =
      g_strdup_printf ("%s|%s|%s|%s", event->kind, event->type_name ? event->type_name : "",
                       event->message ? event->message : "", event->thread_name ? event->thread_name : "");
  guint64 hash = g_str_hash (text) + G_GUINT64_CONSTANT (1);
  gint64 now_us = g_get_monotonic_time ();
  gboolean repeated = hash == self->last_report_hash && now_us - self->last_report_us < SAME_REPORT_US;

  if (!repeated)
    {
      self->last_report_hash = hash;
      self->last_report_us = now_us;
    }
  return repeated;
}

static void
take_report (FlatlineSession *self, FlatlineProgramEvent *event, gint64 pid)
{
  g_autofree char *cause = NULL;
  g_autofree char *line = NULL;
  gboolean is_warning = g_strcmp0 (event->kind, "warn") == 0;
  gboolean is_ignored = g_strcmp0 (event->context, "unraisable") == 0;
  gboolean repeated;

  if (!event->kind)
    return;
  cause = g_strdup_printf ("%s: %s", event->type_name ? event->type_name : event->kind,
                           event->message ? event->message
                           : event->text  ? event->text
                                          : "");
  line = g_strdup_printf ("[%s]%s%s %s", event->kind, event->context ? " " : "", event->context ? event->context : "",
                          event->text             ? event->text
                          : event->traceback_text ? event->traceback_text
                                                  : cause);
  if (self->log_files)
    flatline_log_files_add_event (self->log_files, line);
  repeated = !is_warning && is_repeated (self, event);
  /* What is captured is told with its snapshot, all of it. */
  if (is_warning || repeated)
    flatline_session_message (self, is_warning ? "warning" : is_ignored ? "info" : "error", "%s", cause);
  if (is_warning)
    return;
  g_clear_object (&self->exception);
  self->exception = make_exception (event);
  if (!repeated)
    flatline_session_freeze_for_report (self, strcmp (event->kind, "freeze") == 0 ? "freeze" : "exception", cause, pid,
                                        g_steal_pointer (&event->held));
}

static void
on_event (GObject *source, FlatlineProgramEvent *event, FlatlineSession *self)
{
  gint64 pid = event->pid > 0 ? event->pid : self->pid;
  FlatlineHeart *heart;

  if (!self->home.watchdog)
    return;
  if (event->type == FLATLINE_PROGRAM_EVENT_HELLO
      || (event->type == FLATLINE_PROGRAM_EVENT_BEAT && strcmp (event->lane, "program") == 0))
    choose_heart (self, pid);
  heart = flatline_session_find_heart (self, pid);
  if (heart == &self->home)
    flatline_session_show_sign_of_life (self, _ ("first sign of life"));
  switch (event->type)
    {
    case FLATLINE_PROGRAM_EVENT_HELLO:
      take_hello (self, event, pid);
      break;
    case FLATLINE_PROGRAM_EVENT_ATTACH:
      if (pid == self->home.pid)
        self->home.control_port = event->control_port;
      break;
    case FLATLINE_PROGRAM_EVENT_BEAT:
      take_beat (self, heart, event, pid);
      break;
    case FLATLINE_PROGRAM_EVENT_PROCESS:
      if (pid == self->home.pid)
        flatline_watchdog_beat (self->home.watchdog, FLATLINE_LANE_PROGRAM, g_get_monotonic_time (),
                                event->time_us > 0 ? g_get_real_time () - event->time_us : 0);
      break;
    case FLATLINE_PROGRAM_EVENT_LOOP:
      if (heart && event->loop)
        flatline_watchdog_loop (heart->watchdog, event->loop, event->thread, event->loop_runs, g_get_monotonic_time ());
      break;
    case FLATLINE_PROGRAM_EVENT_REPORT:
      take_report (self, event, pid);
      break;
    case FLATLINE_PROGRAM_EVENT_DROPPED:
      self->dropped_beats += MAX (0, event->count);
      break;
    case FLATLINE_PROGRAM_EVENT_EXITING:
      if (heart)
        {
          heart->exiting = TRUE;
          /* The main thread may come to its end, too, while another one calls os._exit(). */
          if (pid == self->pid && event->place)
            {
              g_free (self->exit_place);
              self->exit_place = g_strdup (event->place);
            }
          flatline_watchdog_exiting (heart->watchdog, g_get_monotonic_time ());
        }
      break;
    case FLATLINE_PROGRAM_EVENT_DYING:
      flatline_session_take_death (self, g_steal_pointer (&event->held));
      break;
    case FLATLINE_PROGRAM_EVENT_CALL:
    case FLATLINE_PROGRAM_EVENT_CHANGES:
    case FLATLINE_PROGRAM_EVENT_HELD:
      if (pid == self->home.pid)
        flatline_live_take_event (self->live, event);
      break;
    }
}

static void
on_agent_lost (FlatlineAgentChannel *channel, gint64 pid, FlatlineSession *self)
{
  if (pid == self->pid)
    flatline_session_exit_is_told (self, FALSE);
  if (!self->home.watchdog)
    return;
  if (pid != self->home.pid)
    {
      flatline_session_lose_other (self, pid);
      return;
    }
  flatline_watchdog_agent_lost (self->home.watchdog);
  if (!self->heart_is_fixed)
    choose_heart (self, self->pid);
}

static void
on_asked (FlatlineAgentChannel *channel,
          FlatlineLineConnection *connection,
          gint64 pid,
          const char *line,
          FlatlineSession *self)
{
  flatline_live_take_command (self->live, connection, pid, line);
}

static void
on_left (FlatlineAgentChannel *channel, FlatlineLineConnection *connection, FlatlineSession *self)
{
  flatline_live_let_asker_go (self->live, connection);
}

void
flatline_session_connect_events (FlatlineSession *self)
{
  g_signal_connect (self->relay, "event", G_CALLBACK (on_event), self);
  if (!self->channel)
    return;
  g_signal_connect (self->channel, "event", G_CALLBACK (on_event), self);
  g_signal_connect (self->channel, "lost", G_CALLBACK (on_agent_lost), self);
  g_signal_connect (self->channel, "asked", G_CALLBACK (on_asked), self);
  g_signal_connect (self->channel, "left", G_CALLBACK (on_left), self);
}
