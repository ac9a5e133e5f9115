/* SPDX-License-Identifier: MIT */
/*
 * What the program finds in its environment: what it would find alone, the way to the relay and to the agent's channel,
 * and nothing that is meant for us.
 */
#include "config.h"

#include "flatline-agent-code.h"
#include "flatline-config-store.h"
#include "flatline-debug-servers.h"
#include "flatline-paths.h"
#include "flatline-program-name.h"
#include "flatline-recording.h"
#include "flatline-session-private.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_VARIABLE "FLATLINE_RECORD"

/* What the child of a supervised supervisor inherited is not its own. */
static char *
dup_original_python_path (char **environment, const char *agent_dir)
{
  const char *path = g_environ_getenv (environment, "PYTHONPATH");

  if (path && g_environ_getenv (environment, "FLATLINE_ENABLED") && g_str_has_prefix (path, agent_dir))
    path = g_environ_getenv (environment, "FLATLINE_ORIGINAL_PYTHONPATH");
  return g_strdup (path);
}

static char **
set_agent_environment (FlatlineSession *self, char **environment)
{
  g_autofree char *agent_dir = flatline_paths_dup_agent_dir ();
  g_autofree char *original = dup_original_python_path (environment, agent_dir);
  g_autofree char *cache = flatline_agent_code_dup_cache_dir ();
  g_autofree char *supervisor = g_strdup_printf ("%d", getpid ());
  g_autofree char *path = original && *original ? g_strdup_printf ("%s:%s", agent_dir, original) : g_strdup (agent_dir);

  environment = g_environ_unsetenv (environment, "FLATLINE_ORIGINAL_PYTHONPATH");
  environment = g_environ_unsetenv (environment, "FLATLINE_AGENT_SOCKET");
  environment = g_environ_unsetenv (environment, "FLATLINE_AGENT_CACHE");
  environment = g_environ_unsetenv (environment, "FLATLINE_SUPERVISOR");
  environment = g_environ_unsetenv (environment, FLATLINE_ERROR_MARKS_VARIABLE);
  if (!self->channel)
    {
      environment = g_environ_unsetenv (environment, "PYTHONPATH");
      return original ? g_environ_setenv (environment, "PYTHONPATH", original, TRUE) : environment;
    }
  if (original)
    environment = g_environ_setenv (environment, "FLATLINE_ORIGINAL_PYTHONPATH", original, TRUE);
  environment = g_environ_setenv (environment, "PYTHONPATH", path, TRUE);
  environment = g_environ_setenv (environment, "FLATLINE_SUPERVISOR", supervisor, TRUE);
  if (cache)
    environment = g_environ_setenv (environment, "FLATLINE_AGENT_CACHE", cache, TRUE);
  return g_environ_setenv (environment, "FLATLINE_AGENT_SOCKET", flatline_agent_channel_get_path (self->channel), TRUE);
}

char **
flatline_session_dup_given_environment (FlatlineSession *self)
{
  return self->environment ? g_strdupv (self->environment) : flatline_debug_servers_return (g_get_environ ());
}

/* Each run has a recording of its own; in a folder they are told apart by program and time. */
static void
choose_recording (FlatlineSession *self)
{
  const char *place = self->config->record;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%d-%H%M%S");
  g_autofree char *title = flatline_program_name_dup_of_arguments ((const char *const *)self->argv);
  g_autofree char *name = g_strdup_printf ("%s-%s-%06d" FLATLINE_RECORDING_ENDING, title ? title : "python", stamp,
                                           g_date_time_get_microsecond (now));

  g_clear_pointer (&self->recording, g_free);
  if (!place || !self->channel)
    return;
  g_strdelimit (name, "/", '_');
  if (g_file_test (place, G_FILE_TEST_IS_DIR))
    self->recording = g_build_filename (place, name, NULL);
  else
    self->recording = g_canonicalize_filename (place, NULL);
}

const char *
flatline_session_get_recording (FlatlineSession *self)
{
  return self->recording;
}

/* What the agent is told of the recording (agent/flatline/record.py). */
static char *
dup_recording_settings (FlatlineSession *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_auto (GStrv) only = self->config->record_only ? g_strsplit (self->config->record_only, ",", -1) : NULL;

  json_builder_begin_object (builder);
  json_builder_add_string_value (json_builder_set_member_name (builder, "path"), self->recording);
  json_builder_add_boolean_value (json_builder_set_member_name (builder, "everything"),
                                  self->config->record_everything);
  json_builder_add_boolean_value (json_builder_set_member_name (builder, "variables"),
                                  !self->config->record_places_only);
  if (self->config->record_megabytes > 0)
    json_builder_add_int_value (json_builder_set_member_name (builder, "limit"), self->config->record_megabytes << 20);
  json_builder_begin_array (json_builder_set_member_name (builder, "only"));
  for (char **pattern = only; pattern && *pattern; pattern++)
    json_builder_add_string_value (builder, *pattern);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

char **
flatline_session_make_environment (FlatlineSession *self)
{
  static const char *const prefixes[] = { "FLATLINE", "TRIO_DEBUGGER" };
  g_autofree char *port = g_strdup_printf ("%u", flatline_relay_get_port (self->relay));
  char **environment = set_agent_environment (self, flatline_session_dup_given_environment (self));

  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      const char *const values[][2] = { { "ENABLED", "1" },
                                        { "HOST", "127.0.0.1" },
                                        { "PORT", port },
                                        { "TOKEN", flatline_relay_get_token (self->relay) } };

      for (gsize j = 0; j < G_N_ELEMENTS (values); j++)
        {
          g_autofree char *name = g_strdup_printf ("%s_%s", prefixes[i], values[j][0]);

          environment = g_environ_setenv (environment, name, values[j][1], TRUE);
        }
    }
  environment = g_environ_unsetenv (environment, FLATLINE_DB_PASSWORD_VARIABLE);
  environment = g_environ_unsetenv (environment, RECORD_VARIABLE);
  choose_recording (self);
  if (self->recording)
    {
      g_autofree char *settings = dup_recording_settings (self);

      environment = g_environ_setenv (environment, RECORD_VARIABLE, settings, TRUE);
    }
  if ((flatline_config_get_piped (self->config) & FLATLINE_STREAM_ALL) != FLATLINE_STREAM_ALL
      && !g_environ_getenv (environment, "TERM"))
    environment = g_environ_setenv (environment, "TERM", "xterm-256color", TRUE);
  return environment;
}
