/* SPDX-License-Identifier: MIT */
/*
 * The way of one run: make what listens, start the program, and at its end read everything there is to read before
 * anybody is told. How it is closed is in flatline-session-closing.c.
 */
#include "config.h"

#include "flatline-interpreter.h"
#include "flatline-mounts.h"
#include "flatline-orphan-reaper.h"
#include "flatline-paths.h"
#include "flatline-process.h"
#include "flatline-session-private.h"

#include <glib/gi18n.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS         100
#define END_FLUSH_MS    500 /* at most, when a grandchild keeps the terminal open */
#define REMAINS_POLL_MS 20
#define TAIL_BYTES      (16 * 1024)

static void
end_program_side (FlatlineSession *self);

static void
make_run (FlatlineSession *self, gint64 pid)
{
  FlatlineRun *run = g_object_new (FLATLINE_TYPE_RUN, NULL);

  run->uid = flatline_new_uid ();
  run->host = g_strdup (g_get_host_name ());
  run->title = g_strdup (self->title);
  run->argv = g_strdupv (self->argv);
  run->cwd = self->cwd ? g_strdup (self->cwd) : g_get_current_dir ();
  run->pid = pid;
  run->started_us = g_get_real_time ();
  run->exit_status = -1;
  g_clear_object (&self->run);
  self->run = run;
  flatline_session_notify (self, FLATLINE_PROPERTY_RUN);
}

static void
forget_last_run (FlatlineSession *self)
{
  g_clear_object (&self->exception);
  g_clear_object (&self->program);
  flatline_session_set_freeze (self, NULL);
  flatline_session_set_snapshot (self, NULL);
  g_list_store_remove_all (self->beats);
  flatline_connection_roster_clear (self->connections);
  flatline_live_forget (self->live);
  g_hash_table_remove_all (self->hearts);
  g_string_truncate (self->output_tail, 0);
  g_string_truncate (self->error_tail, 0);
  g_clear_pointer (&self->last_reason, g_free);
  g_clear_pointer (&self->last_caller, g_free);
  self->last_beat_us = self->stale_ms = 0;
  self->last_program_beat_us = 0;
  self->asking_database = self->database_missing = FALSE;
  self->exit_status = -1;
  self->exit_signal = 0;
  self->home.control_port = self->dropped_beats = 0;
  self->closing = FLATLINE_CLOSING_NOT;
  self->end_reason = NULL;
  g_clear_pointer (&self->exit_place, g_free);
  self->remains_until_us = 0;
  self->interrupt_typed = FALSE;
  self->program_ended = self->capturing_freeze = self->recovered_meanwhile = FALSE;
  self->core_looked_for = self->exception_is_kept = self->agent_seen = self->home.exiting = FALSE;
  g_clear_object (&self->death);
  g_clear_object (&self->uncaught);
  flatline_session_forget_thread_words (self);
  self->traceback_seen_us = 0;
  self->last_report_hash = 0;
  self->last_report_us = 0;
  self->connections_known = FALSE;
  flatline_session_notify (self, FLATLINE_PROPERTY_CONNECTIONS_KNOWN);
  for (int property = FLATLINE_PROPERTY_EXIT_STATUS; property <= FLATLINE_PROPERTY_STALE_MS; property++)
    flatline_session_notify (self, property);
}

static void
take_output (gpointer user_data, gboolean is_error, GBytes *data)
{
  flatline_session_take_output (user_data, is_error ? "stderr" : "stdout", data);
}

static void
on_output (FlatlineOutput *output, GBytes *data, FlatlineSession *self)
{
  if (self->error_marks)
    flatline_error_marks_part (self->error_marks, data, take_output, self);
  else
    take_output (self, output == self->error_output, data);
}

void
flatline_session_finish_if_over (FlatlineSession *self)
{
  /* Without a timer it waited for nothing else. */
  if (self->program_ended && self->launcher && self->n_readings == 0 && self->end_source == 0)
    end_program_side (self);
}

static void
finish_if_all_read (FlatlineSession *self)
{
  if (self->program_ended && flatline_output_is_closed (self->output) && flatline_output_is_closed (self->error_output))
    end_program_side (self);
}

static void
on_output_closed (FlatlineOutput *output, FlatlineSession *self)
{
  if (self->error_marks)
    flatline_error_marks_end (self->error_marks, take_output, self);
  finish_if_all_read (self);
}

static gboolean
on_end_timeout (gpointer user_data)
{
  FlatlineSession *self = user_data;

  self->end_source = 0;
  end_program_side (self);
  return G_SOURCE_REMOVE;
}

gboolean
flatline_session_drain_listeners (FlatlineSession *self, gint64 until_us)
{
  return flatline_relay_drain (self->relay, until_us)
         && (!self->channel || flatline_agent_channel_drain (self->channel, until_us));
}

static void
on_program_ended (FlatlineLauncher *launcher, int exit_status, int exit_signal, FlatlineSession *self)
{
  g_object_ref (self);
  self->program_ended = TRUE;
  self->exit_status = exit_status;
  self->exit_signal = exit_signal;
  if (exit_signal == SIGINT && self->interrupt_typed && !self->end_reason)
    self->end_reason = _ ("ended by the user’s signal");
  g_clear_handle_id (&self->close_source, g_source_remove);
  flatline_process_tree_set_exit (self->tree, self->pid, exit_status, exit_signal);
  flatline_session_drain_listeners (self, G_MAXINT64);
  self->end_source = g_timeout_add (END_FLUSH_MS, on_end_timeout, self);
  flatline_output_drain (self->output);
  if (self->error_output)
    flatline_output_drain (self->error_output);
  if (self->end_source)
    finish_if_all_read (self);
  g_object_unref (self);
}

static void
ignore_refresh (GObject *source, GAsyncResult *result, gpointer unused)
{
  flatline_process_tree_refresh_finish (FLATLINE_PROCESS_TREE (source), result, NULL);
}

void
flatline_session_watch_program (FlatlineSession *self, gboolean expects_agent)
{
  const FlatlineConfig *config = self->config;
  const FlatlineWatchdogSettings settings = {
    .freeze_us = config->freeze_threshold * G_USEC_PER_SEC,
    .interpreter_us = config->poll_interval * config->poll_fail_limit * G_USEC_PER_SEC,
    .startup_us = config->startup_threshold * G_USEC_PER_SEC,
    .shutdown_us = config->shutdown_threshold * G_USEC_PER_SEC,
    .database_us = config->database.enabled ? config->poll_interval * G_USEC_PER_SEC : 0,
    .strict_beats = config->strict_beats,
    .expects_agent = expects_agent,
  };

  g_clear_pointer (&self->home.watchdog, flatline_watchdog_free);
  g_clear_object (&self->home.examiner);
  g_clear_pointer (&self->memory_watch, flatline_memory_watch_free);
  self->home.watchdog = flatline_watchdog_new (&settings, g_get_monotonic_time ());
  self->home.examiner = flatline_examiner_new (self->pid);
  flatline_session_notify (self, FLATLINE_PROPERTY_EXAMINER);
  self->memory_watch = flatline_memory_watch_new (self->pid);
  self->home.pid = self->pid;
  flatline_process_tree_set_root (self->tree, self->pid);
  flatline_process_tree_refresh_async (self->tree, NULL, ignore_refresh, NULL);
  flatline_session_notify (self, FLATLINE_PROPERTY_PID);
}

static gboolean
make_listeners (FlatlineSession *self, GError **error)
{
  g_autoptr (GError) channel_error = NULL;
  g_autoptr (GError) relay_error = NULL;

  self->relay = flatline_relay_new (&relay_error);
  if (!self->relay)
    {
      g_set_error_literal (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_LAUNCH, relay_error->message);
      return FALSE;
    }
  if (self->config->use_agent)
    {
      self->channel = flatline_agent_channel_new (NULL, &channel_error);
      if (!self->channel)
        flatline_session_message (self, "warning", _ ("Supervised without the agent: %s"), channel_error->message);
    }
  return TRUE;
}

static void
open_log_files (FlatlineSession *self)
{
  const char *folder = self->config->log_folder ? self->config->log_folder : self->run->cwd;
  g_autofree char *line = NULL;
  g_autofree char *arguments = NULL;

  if (*folder == '\0')
    return;
  arguments = g_strjoinv (" ", self->argv);
  line = g_strdup_printf ("Child launched  pid=%" G_GINT64_FORMAT "  argv=%s", self->pid, arguments);
  self->log_files = flatline_log_files_new (folder, self->run, self->config->log_max_bytes);
  flatline_log_files_add_event (self->log_files, line);
}

static void
connect_output (FlatlineSession *self)
{
  self->output = flatline_output_new (flatline_launcher_take_output (self->launcher));
  self->error_output = flatline_output_new (flatline_launcher_take_error (self->launcher));
  self->input = flatline_input_new (flatline_launcher_take_input (self->launcher));
  g_signal_connect (self->output, "data", G_CALLBACK (on_output), self);
  g_signal_connect (self->output, "closed", G_CALLBACK (on_output_closed), self);
  g_signal_connect (self->error_output, "data", G_CALLBACK (on_output), self);
  g_signal_connect (self->error_output, "closed", G_CALLBACK (on_output_closed), self);
  flatline_session_set_terminal_size (self, self->columns, self->rows);
}

static void
begin_run (FlatlineSession *self, const FlatlineCommand *command)
{
  g_autofree char *doubt = NULL;

  self->pid = flatline_launcher_get_pid (self->launcher);
  self->cancellable = g_cancellable_new ();
  make_run (self, self->pid);
  g_signal_connect (self->launcher, "ended", G_CALLBACK (on_program_ended), self);
  connect_output (self);
  open_log_files (self);
  if (self->store)
    flatline_store_add_run (self->store, self->run);
  flatline_session_watch_program (self, self->channel && command->is_python && !command->isolated);
  self->heart_is_fixed = command->is_python;
  self->tick_source = g_timeout_add (TICK_MS, flatline_session_tick, self);
  flatline_session_connect_events (self);
  flatline_session_set_state (self, FLATLINE_SESSION_STARTING, "started");
  doubt = flatline_command_dup_doubt (command);
  if (doubt)
    flatline_session_message (self, "warning", "%s", doubt);
}

typedef struct
{
  FlatlineSession *session;
  const FlatlineCommand *command;
} Birth;

static void
on_born (FlatlineLauncher *launcher, gint64 pid, const Birth *birth)
{
  flatline_session_watch_birth (birth->session, pid, birth->command);
}

gboolean
flatline_session_start (FlatlineSession *self, GError **error)
{
  const FlatlineStreamSet piped = flatline_config_get_piped (self->config);
  g_auto (GStrv) environment = NULL;
  g_autoptr (FlatlineCommand) command = NULL;
  Birth birth;

  if (self->launcher)
    {
      g_set_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_STATE, _ ("The program is already running"));
      return FALSE;
    }
  environment = flatline_session_dup_given_environment (self);
  command =
      flatline_command_resolve ((const char *const *)self->argv, self->cwd, self->config->python, environment, error);
  if (!command)
    return FALSE;
  forget_last_run (self);
  if (!make_listeners (self, error))
    return FALSE;
  g_strfreev (g_steal_pointer (&environment));
  environment = flatline_session_make_environment (self);
  flatline_orphan_reaper_watch ();
  self->watching_orphans = TRUE;
  self->launcher = flatline_launcher_new ();
  if (self->channel && flatline_streams_are_joined (piped))
    self->error_marks = flatline_error_marks_new ();
  birth = (Birth){ self, command };
  g_signal_connect (self->launcher, "born", G_CALLBACK (on_born), &birth);
  if (!flatline_launcher_start (self->launcher, command, self->cwd, environment, piped, self->error_marks,
                                self->config->kill_with_supervisor, error))
    {
      flatline_session_end_run_now (self);
      return FALSE;
    }
  begin_run (self, command);
  return TRUE;
}

static char *
dup_end_reason (FlatlineSession *self)
{
  g_autofree char *name = NULL;

  if (self->end_reason)
    return g_strdup (self->end_reason);
  if (self->exit_signal == 0 && self->exit_place)
    return g_strdup_printf (/* Translators: a place: "app.py:12 in main" */ _ ("ended by os._exit() at %s"),
                            self->exit_place);
  if (self->exit_signal == 0)
    return g_strdup (_ ("exited"));
  name = flatline_signal_dup_name (self->exit_signal);
  return g_strdup_printf (_ ("killed by %s"), name);
}

/* Everything that is only there while a program is; safe at any time. */
void
flatline_session_end_run_now (FlatlineSession *self)
{
  g_clear_handle_id (&self->tick_source, g_source_remove);
  g_clear_handle_id (&self->end_source, g_source_remove);
  g_clear_handle_id (&self->close_source, g_source_remove);
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->relay)
    g_signal_handlers_disconnect_by_data (self->relay, self);
  if (self->channel)
    g_signal_handlers_disconnect_by_data (self->channel, self);
  if (self->output)
    g_signal_handlers_disconnect_by_data (self->output, self);
  if (self->error_output)
    g_signal_handlers_disconnect_by_data (self->error_output, self);
  if (self->launcher)
    {
      g_signal_handlers_disconnect_by_data (self->launcher, self);
      flatline_launcher_release_terminal (self->launcher, self->output && flatline_output_is_closed (self->output)
                                                              && flatline_output_is_closed (self->error_output));
    }
  g_clear_object (&self->input);
  g_clear_object (&self->output);
  g_clear_object (&self->error_output);
  g_clear_pointer (&self->error_marks, flatline_error_marks_free);
  g_clear_object (&self->launcher);
  g_clear_object (&self->relay);
  g_clear_object (&self->channel);
  flatline_session_forget_others (self);
  g_clear_object (&self->home.examiner);
  flatline_session_notify (self, FLATLINE_PROPERTY_EXAMINER);
  flatline_session_unwatch_exit (self);
  g_clear_pointer (&self->memory_watch, flatline_memory_watch_free);
  g_clear_object (&self->log_files);
  g_clear_pointer (&self->home.watchdog, flatline_watchdog_free);
  if (self->watching_orphans)
    flatline_orphan_reaper_unwatch ();
  self->watching_orphans = FALSE;
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineSession *self = user_data;
  g_autoptr (GError) error = NULL;

  /* The session may have gone. */
  if (!g_task_propagate_boolean (G_TASK (result), NULL))
    return;
  g_clear_object (&self->restarting);
  if (!flatline_session_start (self, &error))
    flatline_session_message (self, "error", "%s", error->message);
}

static void
ask_files (GTask *task, gpointer source, gpointer paths, GCancellable *cancellable)
{
  for (char **path = paths; *path && flatline_file_answers (0, *path, NULL);)
    path++;
  g_task_return_boolean (task, TRUE);
}

/* Where what was started before lies may be silent by now. It is known by then when the files are asked for in this
 * thread. */
static void
start_again (FlatlineSession *self)
{
  g_autoptr (GTask) task = NULL;
  g_autofree char *program = NULL;

  if (self->restarting)
    return;
  self->restarting = g_cancellable_new ();
  program = self->argv ? flatline_interpreter_dup_absolute (self->argv[0], self->cwd) : NULL;
  task = g_task_new (NULL, self->restarting, on_asked, self);
  g_task_set_task_data (task, g_strdupv ((char *[]){ program, self->cwd, NULL }), (GDestroyNotify)g_strfreev);
  g_task_run_in_thread (task, ask_files);
}

void
flatline_session_cancel_restart (FlatlineSession *self)
{
  if (self->restarting)
    g_cancellable_cancel (self->restarting);
  g_clear_object (&self->restarting);
}

/* Everything was read: the run is over, and everybody is told. */
static void
end_program_side (FlatlineSession *self)
{
  g_autofree char *reason = NULL;
  g_autofree char *line = NULL;
  gboolean crashed;

  g_object_ref (self);
  g_clear_handle_id (&self->end_source, g_source_remove);
  flatline_session_drain_listeners (self, G_MAXINT64);
  if (self->n_readings > 0 || flatline_session_read_core (self))
    {
      g_object_unref (self);
      return;
    }
  if (flatline_session_remains_may_end (self))
    {
      self->end_source = g_timeout_add (REMAINS_POLL_MS, on_end_timeout, self);
      g_object_unref (self);
      return;
    }
  if (flatline_session_remains_are_followed (self))
    {
      g_object_unref (self);
      return;
    }
  reason = dup_end_reason (self);
  flatline_session_tell_thread_words (self);
  flatline_session_weigh_last_words (self);
  crashed = !self->end_reason && flatline_session_has_crashed (self);
  if (self->exit_place && self->exit_status > 0 && !self->end_reason && !crashed)
    flatline_session_message (self, "warning",
                              /* Translators: an exit status, a place: "app.py:12 in main" */
                              _ ("The program ended with status %d by os._exit() at %s, without its exit handlers"),
                              self->exit_status, self->exit_place);
  self->run->ended_us = g_get_real_time ();
  self->run->exit_status = self->exit_status;
  self->run->exit_signal = self->exit_signal;
  g_free (self->run->end_reason);
  self->run->end_reason = g_strdup (reason);
  flatline_session_finish_capture (self);
  if (crashed)
    flatline_session_record_crash (self);
  line = g_strdup_printf ("Child exited code=%d signal=%d (%s)", self->exit_status, self->exit_signal, reason);
  if (self->log_files)
    flatline_log_files_add_event (self->log_files, line);
  if (self->store)
    flatline_store_end_run (self->store, self->run);
  flatline_process_tree_refresh_async (self->tree, NULL, ignore_refresh, NULL);
  flatline_session_end_run_now (self);
  flatline_live_forget (self->live);
  self->pid = 0;
  flatline_session_notify (self, FLATLINE_PROPERTY_PID);
  flatline_session_notify (self, FLATLINE_PROPERTY_EXIT_STATUS);
  flatline_session_notify (self, FLATLINE_PROPERTY_EXIT_SIGNAL);
  flatline_session_set_state (self, crashed ? FLATLINE_SESSION_CRASHED : FLATLINE_SESSION_EXITED, reason);
  flatline_session_emit_exited (self);
  if (self->restart_wanted)
    start_again (self);
  self->restart_wanted = FALSE;
  g_object_unref (self);
}

void
flatline_session_restart (FlatlineSession *self)
{
  if (self->launcher)
    {
      self->restart_wanted = TRUE;
      flatline_session_close (self);
    }
  else
    start_again (self);
}
