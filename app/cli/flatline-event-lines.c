/* SPDX-License-Identifier: MIT */
/*
 * From a session's signals to lines of JSON. The number a freeze has in the store is known only when it was committed:
 * that is waited for (shortly), because a reader of the line wants to ask for the freeze by it.
 */
#include "config.h"

#include "flatline-event-lines.h"

#include "flatline-cli.h"
#include "flatline-process.h"

#include <string.h>

#define COMMIT_TIMEOUT_MS 500

enum
{
  STREAM_STDOUT,
  STREAM_STDERR,
  N_STREAMS
};
static const char *const STREAM_NAMES[N_STREAMS] = { "stdout", "stderr" };

struct _FlatlineEventLines
{
  GObject parent_instance;
  FlatlineSession *session;
  FlatlineStore *store;
  FlatlineEventLineFunc write;
  gpointer user_data;
  GByteArray *divided[N_STREAMS]; /* the first bytes of a character whose end has not come yet */
  char *started_uid;
};

G_DEFINE_FINAL_TYPE (FlatlineEventLines, flatline_event_lines, G_TYPE_OBJECT)

static JsonObject *
event_new (const char *name)
{
  JsonObject *event = json_object_new ();

  json_object_set_string_member (event, "event", name);
  json_object_set_int_member (event, "time_us", g_get_real_time ());
  return event;
}

static void
set_string (JsonObject *object, const char *name, const char *text)
{
  g_autofree char *valid = text ? g_utf8_make_valid (text, -1) : NULL;

  if (valid)
    json_object_set_string_member (object, name, valid);
  else
    json_object_set_null_member (object, name);
}

static void
set_record (JsonObject *object, const char *name, gpointer record)
{
  if (record)
    json_object_set_member (object, name, flatline_record_to_json (record));
  else
    json_object_set_null_member (object, name);
}

/* Takes @event. */
static void
emit (FlatlineEventLines *self, JsonObject *event)
{
  g_autoptr (JsonNode) node = json_node_alloc ();
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *text = NULL;
  char *line;

  json_node_init_object (node, event);
  json_object_unref (event);
  text = json_to_string (node, FALSE);
  line = flatline_cli_dup_json_line (text);
  bytes = g_bytes_new_take (line, strlen (line));
  self->write (bytes, self->user_data);
}

/* How many bytes at the end of @data begin a character without ending it. */
static gsize
count_divided (const guint8 *data, gsize length)
{
  for (gsize back = 1; back <= MIN (length, 3); back++)
    {
      guint8 byte = data[length - back];

      if ((byte & 0xc0) == 0x80)
        continue;
      return ((byte & 0xe0) == 0xc0 && back < 2) || ((byte & 0xf0) == 0xe0 && back < 3)
                     || ((byte & 0xf8) == 0xf0 && back < 4)
                 ? back
                 : 0;
    }
  return 0;
}

static void
emit_output (FlatlineEventLines *self, int stream, gsize length)
{
  GByteArray *bytes = self->divided[stream];
  g_autofree char *text = NULL;
  JsonObject *event;

  if (length == 0)
    return;
  text = g_utf8_make_valid ((const char *)bytes->data, length);
  event = event_new ("output");
  json_object_set_string_member (event, "stream", STREAM_NAMES[stream]);
  json_object_set_string_member (event, "text", text);
  emit (self, event);
  g_byte_array_remove_range (bytes, 0, length);
}

static void
on_output (FlatlineEventLines *self, const char *name, GBytes *data)
{
  int stream = g_strcmp0 (name, "stderr") == 0 ? STREAM_STDERR : STREAM_STDOUT;
  GByteArray *bytes = self->divided[stream];

  g_byte_array_append (bytes, g_bytes_get_data (data, NULL), g_bytes_get_size (data));
  emit_output (self, stream, bytes->len - count_divided (bytes->data, bytes->len));
}

static void
emit_started (FlatlineEventLines *self)
{
  FlatlineRun *run = flatline_session_get_run (self->session);
  JsonObject *event;
  JsonArray *arguments;

  if (!run || flatline_session_get_pid (self->session) == 0 || g_strcmp0 (run->uid, self->started_uid) == 0)
    return;
  g_free (self->started_uid);
  self->started_uid = g_strdup (run->uid);
  event = event_new ("started");
  arguments = json_array_new ();
  json_object_set_int_member (event, "pid", flatline_session_get_pid (self->session));
  for (char **argument = run->argv; argument && *argument; argument++)
    {
      g_autofree char *valid = g_utf8_make_valid (*argument, -1);

      json_array_add_string_element (arguments, valid);
    }
  json_object_set_array_member (event, "argv", arguments);
  set_string (event, "cwd", run->cwd);
  set_string (event, "python", run->python);
  set_string (event, "run", run->uid);
  emit (self, event);
}

static void
on_state_changed (FlatlineEventLines *self, FlatlineSessionState state, const char *cause)
{
  JsonObject *event = event_new ("state");

  emit_started (self);
  json_object_set_string_member (event, "state", flatline_session_state_to_string (state));
  set_string (event, "cause", cause);
  emit (self, event);
}

static void
on_beat (FlatlineEventLines *self, FlatlineBeat *beat)
{
  JsonObject *event = event_new ("beat");

  set_record (event, "beat", beat);
  emit (self, event);
}

static void
set_freeze (JsonObject *event, FlatlineFreeze *freeze, gint64 id)
{
  if (id > 0)
    json_object_set_int_member (event, "id", id);
  else
    json_object_set_null_member (event, "id");
  set_string (event, "uid", freeze->uid);
  set_record (event, "freeze", freeze);
}

/* The number of the freeze in the store, 0 when it is not there (yet). */
static gint64
find_stored_id (FlatlineStore *store, const char *uid)
{
  const FlatlineStoreFilter filter = { .limit = 50 };
  g_autoptr (GPtrArray) freezes = NULL;

  if (!store || !flatline_store_flush (store, COMMIT_TIMEOUT_MS))
    return 0;
  freezes = flatline_store_list_freezes (store, &filter, NULL);
  for (guint i = 0; freezes && i < freezes->len; i++)
    {
      FlatlineFreeze *freeze = freezes->pdata[i];

      if (g_strcmp0 (freeze->uid, uid) == 0)
        return freeze->id;
    }
  return 0;
}

static void
on_freeze_detected (FlatlineEventLines *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  JsonObject *event = event_new ("freeze");

  set_freeze (event, freeze, freeze->id > 0 ? freeze->id : find_stored_id (self->store, freeze->uid));
  set_string (event, "kind", freeze->kind);
  json_object_set_double_member (event, "stale", freeze->stale_ms / 1000.0);
  json_object_set_double_member (event, "threshold", flatline_session_get_config (self->session)->freeze_threshold);
  set_record (event, "verdict", snapshot ? snapshot->verdict : NULL);
  set_record (event, "snapshot", snapshot);
  emit (self, event);
}

static void
on_recovered (FlatlineEventLines *self, FlatlineFreeze *freeze)
{
  JsonObject *event = event_new ("recovered");

  set_freeze (event, freeze, freeze->id);
  emit (self, event);
}

static void
on_message (FlatlineEventLines *self, const char *level, const char *line)
{
  JsonObject *event = event_new ("message");

  set_string (event, "level", level);
  set_string (event, "text", line);
  emit (self, event);
}

static void
on_told (FlatlineEventLines *self, const char *name, const char *line)
{
  JsonObject *event = event_new ("call");

  set_string (event, "name", name);
  set_string (event, "text", line);
  emit (self, event);
}

static void
on_held (FlatlineEventLines *self, FlatlineSnapshot *snapshot)
{
  JsonObject *event = event_new ("held");

  set_record (event, "verdict", snapshot->verdict);
  set_record (event, "snapshot", snapshot);
  emit (self, event);
}

static void
on_exited (FlatlineEventLines *self, int exit_status, int exit_signal)
{
  g_autofree char *signal_name = exit_signal ? flatline_signal_dup_name (exit_signal) : NULL;
  JsonObject *event;

  for (int stream = 0; stream < N_STREAMS; stream++)
    emit_output (self, stream, self->divided[stream]->len);
  event = event_new ("exited");
  if (exit_signal)
    {
      json_object_set_null_member (event, "status");
      json_object_set_int_member (event, "signal", exit_signal);
    }
  else
    {
      json_object_set_int_member (event, "status", exit_status);
      json_object_set_null_member (event, "signal");
    }
  set_string (event, "signal_name", signal_name);
  emit (self, event);
}

static void
flatline_event_lines_finalize (GObject *object)
{
  FlatlineEventLines *self = FLATLINE_EVENT_LINES (object);

  for (int stream = 0; stream < N_STREAMS; stream++)
    g_byte_array_unref (self->divided[stream]);
  g_clear_object (&self->session);
  g_clear_object (&self->store);
  g_free (self->started_uid);
  G_OBJECT_CLASS (flatline_event_lines_parent_class)->finalize (object);
}

static void
flatline_event_lines_class_init (FlatlineEventLinesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_event_lines_finalize;
}

static void
flatline_event_lines_init (FlatlineEventLines *self)
{
  for (int stream = 0; stream < N_STREAMS; stream++)
    self->divided[stream] = g_byte_array_new ();
}

FlatlineEventLines *
flatline_event_lines_new (FlatlineSession *session,
                          FlatlineStore *store,
                          FlatlineEventLineFunc write,
                          gpointer user_data)
{
  FlatlineEventLines *self = g_object_new (FLATLINE_TYPE_EVENT_LINES, NULL);
  const struct
  {
    const char *signal;
    GCallback callback;
  } handlers[] = {
    { "state-changed", G_CALLBACK (on_state_changed) },
    { "beat", G_CALLBACK (on_beat) },
    { "output", G_CALLBACK (on_output) },
    { "freeze-detected", G_CALLBACK (on_freeze_detected) },
    { "recovered", G_CALLBACK (on_recovered) },
    { "exited", G_CALLBACK (on_exited) },
    { "message", G_CALLBACK (on_message) },
  };

  self->session = g_object_ref (session);
  self->store = store ? g_object_ref (store) : NULL;
  self->write = write;
  self->user_data = user_data;
  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect_object (session, handlers[i].signal, handlers[i].callback, self, G_CONNECT_SWAPPED);
  g_signal_connect_object (flatline_session_get_live (session), "told", G_CALLBACK (on_told), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (flatline_session_get_live (session), "held", G_CALLBACK (on_held), self, G_CONNECT_SWAPPED);
  return self;
}
