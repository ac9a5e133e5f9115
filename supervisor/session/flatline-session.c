/* SPDX-License-Identifier: MIT */
/*
 * FlatlineSession, the object: properties, signals, getters and what a person asks for. The way of a run lies in
 * flatline-session-run.c, what programs tell in -events.c, freezes in -freeze.c, sockets in -connections.c.
 */
#include "config.h"

#include "flatline-process.h"
#include "flatline-program-name.h"
#include "flatline-session-private.h"

#include <glib/gi18n.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum
{
  SIGNAL_STATE_CHANGED,
  SIGNAL_BEAT,
  SIGNAL_OUTPUT,
  SIGNAL_FREEZE_DETECTED,
  SIGNAL_RECOVERED,
  SIGNAL_EXITED,
  SIGNAL_MESSAGE,
  SIGNAL_CONNECTIONS_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];
static GParamSpec *properties[FLATLINE_N_PROPERTIES];

G_DEFINE_FINAL_TYPE (FlatlineSession, flatline_session, G_TYPE_OBJECT)

gboolean
flatline_session_is_alive (FlatlineSession *self)
{
  return self->launcher && flatline_launcher_is_running (self->launcher);
}

static void
flatline_session_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  FlatlineSession *self = FLATLINE_SESSION (object);

  switch ((FlatlineSessionProperty)property_id)
    {
    case FLATLINE_PROPERTY_STATE:
      g_value_set_enum (value, self->state);
      break;
    case FLATLINE_PROPERTY_TITLE:
      g_value_set_string (value, self->title);
      break;
    case FLATLINE_PROPERTY_PID:
      g_value_set_int64 (value, self->pid);
      break;
    case FLATLINE_PROPERTY_EXIT_STATUS:
      g_value_set_int (value, self->exit_status);
      break;
    case FLATLINE_PROPERTY_EXIT_SIGNAL:
      g_value_set_int (value, self->exit_signal);
      break;
    case FLATLINE_PROPERTY_LAST_REASON:
      g_value_set_string (value, self->last_reason);
      break;
    case FLATLINE_PROPERTY_LAST_CALLER:
      g_value_set_string (value, self->last_caller);
      break;
    case FLATLINE_PROPERTY_LAST_BEAT_US:
      g_value_set_int64 (value, self->last_beat_us);
      break;
    case FLATLINE_PROPERTY_STALE_MS:
      g_value_set_int64 (value, self->stale_ms);
      break;
    case FLATLINE_PROPERTY_FREEZE:
      g_value_set_object (value, self->freeze);
      break;
    case FLATLINE_PROPERTY_SNAPSHOT:
      g_value_set_object (value, self->snapshot);
      break;
    case FLATLINE_PROPERTY_RUN:
      g_value_set_object (value, self->run);
      break;
    case FLATLINE_PROPERTY_PROCESS_TREE:
      g_value_set_object (value, self->tree);
      break;
    case FLATLINE_PROPERTY_CONNECTIONS:
      g_value_set_object (value, flatline_connection_roster_get_list (self->connections));
      break;
    case FLATLINE_PROPERTY_CONNECTIONS_KNOWN:
      g_value_set_boolean (value, self->connections_known);
      break;
    case FLATLINE_PROPERTY_BEATS:
      g_value_set_object (value, self->beats);
      break;
    case FLATLINE_PROPERTY_EXAMINER:
      g_value_set_object (value, flatline_session_get_heart (self)->examiner);
      break;
    case FLATLINE_PROPERTY_CAN_RESTART:
      g_value_set_boolean (value, self->argv != NULL);
      break;
    case FLATLINE_PROPERTY_CAN_CLOSE:
      g_value_set_boolean (value, flatline_session_is_alive (self) && self->closing == FLATLINE_CLOSING_NOT);
      break;
    case FLATLINE_PROPERTY_CAN_SIGNAL:
      g_value_set_boolean (value, flatline_session_is_alive (self));
      break;
    case FLATLINE_N_PROPERTIES:
      g_assert_not_reached ();
    }
}

static void
flatline_session_dispose (GObject *object)
{
  FlatlineSession *self = FLATLINE_SESSION (object);

  flatline_session_stop_monitor (self);
  flatline_session_cancel_restart (self);
  flatline_session_end_run_now (self);
  G_OBJECT_CLASS (flatline_session_parent_class)->dispose (object);
}

static void
flatline_session_finalize (GObject *object)
{
  FlatlineSession *self = FLATLINE_SESSION (object);

  g_clear_object (&self->config);
  g_clear_object (&self->store);
  g_clear_object (&self->run);
  g_clear_object (&self->freeze);
  g_clear_object (&self->snapshot);
  g_clear_object (&self->exception);
  g_clear_object (&self->death);
  g_clear_object (&self->uncaught);
  flatline_session_forget_thread_words (self);
  g_hash_table_unref (self->threads_told);
  g_clear_object (&self->program);
  g_clear_object (&self->tree);
  g_hash_table_unref (self->hearts);
  g_hash_table_unref (self->others);
  g_clear_object (&self->connections);
  g_clear_object (&self->live);
  g_clear_object (&self->beats);
  g_string_free (self->output_tail, TRUE);
  g_string_free (self->error_tail, TRUE);
  g_strfreev (self->argv);
  g_free (self->cwd);
  g_strfreev (self->environment);
  g_free (self->recording);
  g_free (self->title);
  g_free (self->last_reason);
  g_free (self->last_caller);
  g_free (self->exit_place);
  G_OBJECT_CLASS (flatline_session_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

#define TEXT(id, name)          properties[id] = g_param_spec_string (name, NULL, NULL, NULL, flags)
#define NUMBER(id, name, least) properties[id] = g_param_spec_int64 (name, NULL, NULL, least, G_MAXINT64, 0, flags)
#define FLAG(id, name)          properties[id] = g_param_spec_boolean (name, NULL, NULL, FALSE, flags)
#define OBJECT(id, name, type)  properties[id] = g_param_spec_object (name, NULL, NULL, type, flags)
  properties[FLATLINE_PROPERTY_STATE] =
      g_param_spec_enum ("state", NULL, NULL, FLATLINE_TYPE_SESSION_STATE, FLATLINE_SESSION_IDLE, flags);
  properties[FLATLINE_PROPERTY_EXIT_STATUS] = g_param_spec_int ("exit-status", NULL, NULL, -1, 255, -1, flags);
  properties[FLATLINE_PROPERTY_EXIT_SIGNAL] = g_param_spec_int ("exit-signal", NULL, NULL, 0, 255, 0, flags);
  TEXT (FLATLINE_PROPERTY_TITLE, "title");
  NUMBER (FLATLINE_PROPERTY_PID, "pid", 0);
  TEXT (FLATLINE_PROPERTY_LAST_REASON, "last-reason");
  TEXT (FLATLINE_PROPERTY_LAST_CALLER, "last-caller");
  NUMBER (FLATLINE_PROPERTY_LAST_BEAT_US, "last-beat-us", 0);
  NUMBER (FLATLINE_PROPERTY_STALE_MS, "stale-ms", 0);
  OBJECT (FLATLINE_PROPERTY_FREEZE, "freeze", FLATLINE_TYPE_FREEZE);
  OBJECT (FLATLINE_PROPERTY_SNAPSHOT, "snapshot", FLATLINE_TYPE_SNAPSHOT);
  OBJECT (FLATLINE_PROPERTY_RUN, "run", FLATLINE_TYPE_RUN);
  OBJECT (FLATLINE_PROPERTY_PROCESS_TREE, "process-tree", FLATLINE_TYPE_PROCESS_TREE);
  OBJECT (FLATLINE_PROPERTY_CONNECTIONS, "connections", G_TYPE_LIST_STORE);
  FLAG (FLATLINE_PROPERTY_CONNECTIONS_KNOWN, "connections-known");
  OBJECT (FLATLINE_PROPERTY_BEATS, "beats", G_TYPE_LIST_STORE);
  OBJECT (FLATLINE_PROPERTY_EXAMINER, "examiner", FLATLINE_TYPE_EXAMINER);
  FLAG (FLATLINE_PROPERTY_CAN_RESTART, "can-restart");
  FLAG (FLATLINE_PROPERTY_CAN_CLOSE, "can-close");
  FLAG (FLATLINE_PROPERTY_CAN_SIGNAL, "can-signal");
#undef TEXT
#undef NUMBER
#undef FLAG
#undef OBJECT
  g_object_class_install_properties (object_class, FLATLINE_N_PROPERTIES, properties);
}

static void
flatline_session_class_init (FlatlineSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GType type = G_TYPE_FROM_CLASS (klass);

  object_class->get_property = flatline_session_get_property;
  object_class->dispose = flatline_session_dispose;
  object_class->finalize = flatline_session_finalize;
  install_properties (object_class);

#define SIGNAL(name, ...) g_signal_new (name, type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, __VA_ARGS__)
  signals[SIGNAL_STATE_CHANGED] = SIGNAL ("state-changed", 2, FLATLINE_TYPE_SESSION_STATE, G_TYPE_STRING);
  signals[SIGNAL_BEAT] = SIGNAL ("beat", 1, FLATLINE_TYPE_BEAT);
  signals[SIGNAL_OUTPUT] = SIGNAL ("output", 2, G_TYPE_STRING, G_TYPE_BYTES);
  signals[SIGNAL_FREEZE_DETECTED] = SIGNAL ("freeze-detected", 2, FLATLINE_TYPE_FREEZE, FLATLINE_TYPE_SNAPSHOT);
  signals[SIGNAL_RECOVERED] = SIGNAL ("recovered", 1, FLATLINE_TYPE_FREEZE);
  signals[SIGNAL_EXITED] = SIGNAL ("exited", 2, G_TYPE_INT, G_TYPE_INT);
  signals[SIGNAL_MESSAGE] = SIGNAL ("message", 2, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_CONNECTIONS_CHANGED] = SIGNAL ("connections-changed", 1, G_TYPE_PTR_ARRAY);
#undef SIGNAL
}

static void
on_connections_settled (FlatlineSession *self, GPtrArray *changes)
{
  if (changes->len > 0)
    g_signal_emit (self, signals[SIGNAL_CONNECTIONS_CHANGED], 0, changes);
}

static void
flatline_session_init (FlatlineSession *self)
{
  self->tree = flatline_process_tree_new ();
  self->connections = flatline_connection_roster_new ();
  g_signal_connect_object (self->connections, "settled", G_CALLBACK (on_connections_settled), self, G_CONNECT_SWAPPED);
  flatline_session_listen_to_hearts (self);
  flatline_session_make_others (self);
  self->live = flatline_live_new (self);
  self->beats = g_list_store_new (FLATLINE_TYPE_BEAT);
  self->output_tail = g_string_new (NULL);
  self->error_tail = g_string_new (NULL);
  self->threads_told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->exit_status = -1;
  self->columns = 80;
  self->rows = 24;
}

FlatlineSession *
flatline_session_new (FlatlineConfig *config, FlatlineStore *store)
{
  FlatlineSession *self = g_object_new (FLATLINE_TYPE_SESSION, NULL);

  self->config = config ? g_object_ref (config) : flatline_config_new ();
  self->store = store ? g_object_ref (store) : NULL;
  return self;
}

void
flatline_session_set_program (FlatlineSession *self, const char *const *argv, const char *cwd)
{
  g_return_if_fail (!flatline_session_is_alive (self));
  g_strfreev (self->argv);
  self->argv = g_strdupv ((char **)argv);
  g_free (self->cwd);
  self->cwd = g_strdup (cwd);
  g_free (self->title);
  self->title = flatline_program_name_dup_of_arguments (argv);
  flatline_session_notify (self, FLATLINE_PROPERTY_TITLE);
  flatline_session_notify (self, FLATLINE_PROPERTY_CAN_RESTART);
}

const char *const *
flatline_session_get_arguments (FlatlineSession *self)
{
  return (const char *const *)self->argv;
}

const char *
flatline_session_get_folder (FlatlineSession *self)
{
  return self->cwd;
}

void
flatline_session_set_environment (FlatlineSession *self, const char *const *environment)
{
  g_strfreev (self->environment);
  self->environment = g_strdupv ((char **)environment);
}

void
flatline_session_notify (FlatlineSession *self, FlatlineSessionProperty property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

void
flatline_session_set_state (FlatlineSession *self, FlatlineSessionState state, const char *cause)
{
  if (self->state == state)
    return;
  self->state = state;
  flatline_session_notify (self, FLATLINE_PROPERTY_STATE);
  flatline_session_notify (self, FLATLINE_PROPERTY_CAN_CLOSE);
  flatline_session_notify (self, FLATLINE_PROPERTY_CAN_SIGNAL);
  g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0, state, cause);
}

void
flatline_session_set_snapshot (FlatlineSession *self, FlatlineSnapshot *snapshot)
{
  FlatlineSnapshot *before = self->snapshot;

  if (before == snapshot)
    return;
  self->snapshot = snapshot ? g_object_ref (snapshot) : NULL;
  flatline_session_notify (self, FLATLINE_PROPERTY_SNAPSHOT);
  flatline_record_let_go (before);
}

void
flatline_session_set_freeze (FlatlineSession *self, FlatlineFreeze *freeze)
{
  if (g_set_object (&self->freeze, freeze))
    flatline_session_notify (self, FLATLINE_PROPERTY_FREEZE);
}

void
flatline_session_emit_freeze (FlatlineSession *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  g_signal_emit (self, signals[SIGNAL_FREEZE_DETECTED], 0, freeze, snapshot);
}

void
flatline_session_emit_recovered (FlatlineSession *self, FlatlineFreeze *freeze)
{
  g_signal_emit (self, signals[SIGNAL_RECOVERED], 0, freeze);
}

void
flatline_session_emit_beat (FlatlineSession *self, FlatlineBeat *beat)
{
  g_signal_emit (self, signals[SIGNAL_BEAT], 0, beat);
}

void
flatline_session_emit_output (FlatlineSession *self, const char *stream, GBytes *data)
{
  g_signal_emit (self, signals[SIGNAL_OUTPUT], 0, stream, data);
}

void
flatline_session_emit_exited (FlatlineSession *self)
{
  g_signal_emit (self, signals[SIGNAL_EXITED], 0, self->exit_status, self->exit_signal);
}

void
flatline_session_message (FlatlineSession *self, const char *level, const char *format, ...)
{
  g_autofree char *line = NULL;
  va_list arguments;

  va_start (arguments, format);
  line = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, level, line);
}

gboolean
flatline_session_send_signal (FlatlineSession *self, int signum, GError **error)
{
  if (!flatline_session_is_alive (self))
    {
      g_set_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_STATE,
                   _ ("The program does not run: there is nothing to signal"));
      return FALSE;
    }
  if (!flatline_launcher_send_signal (self->launcher, signum))
    {
      g_set_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_LAUNCH, _ ("The signal was not delivered: %s"),
                   g_strerror (errno));
      return FALSE;
    }
  if (!self->end_reason && (signum == SIGTERM || signum == SIGKILL || signum == SIGINT))
    self->end_reason = _ ("ended by the user’s signal");
  return TRUE;
}

void
flatline_session_snooze (FlatlineSession *self)
{
  FlatlineWatchdog *watchdog = flatline_session_get_heart (self)->watchdog;

  if (!watchdog || !self->freeze)
    return;
  flatline_watchdog_snooze (watchdog, self->freeze->signature, g_get_monotonic_time ());
  flatline_session_message (self, "info", _ ("Still waiting: the same freeze is not reported again until it changes"));
}

FlatlineSessionState
flatline_session_get_state (FlatlineSession *self)
{
  return self->state;
}

gint64
flatline_session_get_pid (FlatlineSession *self)
{
  return self->pid;
}

FlatlineRun *
flatline_session_get_run (FlatlineSession *self)
{
  return self->run;
}

FlatlineFreeze *
flatline_session_get_freeze (FlatlineSession *self)
{
  return self->freeze;
}

FlatlineSnapshot *
flatline_session_get_snapshot (FlatlineSession *self)
{
  return self->snapshot;
}

FlatlineProcessTree *
flatline_session_get_process_tree (FlatlineSession *self)
{
  return self->tree;
}

GListStore *
flatline_session_get_connections (FlatlineSession *self)
{
  return flatline_connection_roster_get_list (self->connections);
}

GListStore *
flatline_session_get_beats (FlatlineSession *self)
{
  return self->beats;
}

FlatlineLive *
flatline_session_get_live (FlatlineSession *self)
{
  return self->live;
}

FlatlineConfig *
flatline_session_get_config (FlatlineSession *self)
{
  return self->config;
}

int
flatline_session_get_exit_status (FlatlineSession *self)
{
  return self->exit_status;
}

int
flatline_session_get_exit_signal (FlatlineSession *self)
{
  return self->exit_signal;
}
