/* SPDX-License-Identifier: MIT */
/* From GSettings to a FlatlineConfig. */
#include "config.h"

#include "flatline-preferences.h"

#include "flatline-mounts.h"
#include "flatline-paths.h"

#include <glib/gstdio.h>
#include <math.h>

static char *
dup_password_file (void)
{
  return g_build_filename (g_get_user_config_dir (), "flatline", "database-password", NULL);
}

char *
flatline_preferences_dup_password (void)
{
  g_autofree char *file = dup_password_file ();
  char *password = NULL;

  if (!g_file_get_contents (file, &password, NULL, NULL))
    return g_strdup ("");
  return g_strchomp (password);
}

gboolean
flatline_preferences_set_password (const char *password, GError **error)
{
  g_autofree char *file = dup_password_file ();
  g_autofree char *folder = g_path_get_dirname (file);

  if (!*password && g_unlink (file) == 0)
    return TRUE;
  g_mkdir_with_parents (folder, 0700);
  return g_file_set_contents_full (file, password, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

static void
take_string (GSettings *settings, const char *key, char **field)
{
  g_autofree char *value = g_settings_get_string (settings, key);

  g_free (*field);
  *field = *value ? g_steal_pointer (&value) : NULL;
}

/* What is kept as NaN is in every range. */
static double
get_seconds (GSettings *settings, const char *key)
{
  g_autoptr (GVariant) by_default = g_settings_get_default_value (settings, key);
  const double seconds = g_settings_get_double (settings, key);

  return isfinite (seconds) ? seconds : g_variant_get_double (by_default);
}

static gboolean
is_default (GSettings *settings, const char *key)
{
  g_autoptr (GVariant) value = g_settings_get_value (settings, key);
  g_autoptr (GVariant) by_default = g_settings_get_default_value (settings, key);

  return g_variant_equal (value, by_default);
}

FlatlineConfig *
flatline_preferences_new_config (GSettings *settings)
{
  FlatlineConfig *config = flatline_config_new ();

  config->freeze_threshold = get_seconds (settings, "freeze-threshold");
  config->poll_interval = get_seconds (settings, "poll-interval");
  config->startup_threshold = get_seconds (settings, "startup-threshold");
  config->shutdown_threshold = get_seconds (settings, "shutdown-threshold");
  config->close_grace = get_seconds (settings, "close-grace");
  config->strict_beats = g_settings_get_boolean (settings, "strict-beats");
  take_string (settings, "python", &config->python);
  if (g_settings_get_boolean (settings, "record-runs"))
    config->record = flatline_paths_dup_recordings_dir ();
  if (!g_settings_get_boolean (settings, "log-files"))
    {
      g_free (config->log_folder);
      config->log_folder = g_strdup ("");
    }
  config->database.enabled = g_settings_get_boolean (settings, "database-enabled");
  take_string (settings, "database-host", &config->database.host);
  config->database.port = g_settings_get_int (settings, "database-port");
  take_string (settings, "database-socket", &config->database.socket);
  take_string (settings, "database-user", &config->database.user);
  take_string (settings, "database-name", &config->database.database);
  config->database.tls = g_settings_get_boolean (settings, "database-tls");
  config->database.tls_verify = g_settings_get_boolean (settings, "database-tls-verify");
  take_string (settings, "database-tls-ca", &config->database.tls_ca);
  take_string (settings, "database-option-group", &config->database.option_group);
  if (config->database.option_group && is_default (settings, "database-user"))
    g_clear_pointer (&config->database.user, g_free);
  g_free (config->database.password);
  config->database.password = flatline_preferences_dup_password ();
  config->keep_days = g_settings_get_int (settings, "keep-days");
  config->keep_beats_days = g_settings_get_int (settings, "keep-beats-days");
  config->keep_megabytes = g_settings_get_int (settings, "keep-megabytes");
  return config;
}

typedef struct
{
  FlatlineConfig *config; /* from GSettings, until what was read goes over it */
  char *given;            /* NULL: the one in @folder */
  char *folder;
  gboolean warn;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  g_clear_object (&reading->config);
  g_free (reading->given);
  g_free (reading->folder);
  g_free (reading);
}

static Reading *
reading_new (GSettings *settings, const char *given, const char *folder, gboolean warn)
{
  Reading *reading = g_new0 (Reading, 1);

  reading->config = flatline_preferences_new_config (settings);
  reading->given = g_strdup (given);
  reading->folder = g_strdup (folder);
  reading->warn = warn;
  return reading;
}

static gboolean
read_config (Reading *reading, GError **error)
{
  g_autofree char *beside = g_build_filename (reading->folder, "config.ini", NULL);
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  const char *file = reading->given;
  gboolean ok;

  if (!flatline_file_answers (0, file ? file : beside, error))
    return FALSE;
  if (!file && flatline_config_is_ours (beside, NULL))
    file = beside;
  if (!file)
    return TRUE;
  ok = flatline_config_read (reading->config, file, warnings, error);
  for (guint i = 0; reading->warn && i < warnings->len; i++)
    g_printerr ("flatline: %s\n", (const char *)warnings->pdata[i]);
  return ok;
}

FlatlineConfig *
flatline_preferences_load_config (GSettings *settings, const char *given, const char *folder)
{
  Reading *reading = reading_new (settings, given, folder, FALSE);
  FlatlineConfig *config = read_config (reading, NULL) ? g_steal_pointer (&reading->config) : NULL;

  reading_free (reading);
  return config ? config : flatline_preferences_new_config (settings);
}

/* Nobody else has the settings meanwhile. */
static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (read_config (data, &error))
    g_task_return_pointer (task, g_steal_pointer (&((Reading *)data)->config), g_object_unref);
  else
    g_task_return_error (task, error);
}

void
flatline_preferences_load_config_async (GSettings *settings,
                                        const char *given,
                                        const char *folder,
                                        gboolean warn,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (settings, NULL, callback, user_data);

  g_task_set_task_data (task, reading_new (settings, given, folder, warn), reading_free);
  g_task_run_in_thread (task, read_in_thread);
}

FlatlineConfig *
flatline_preferences_load_config_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
on_color_scheme (GSettings *settings, const char *key, gpointer user_data)
{
  g_autofree char *name = g_settings_get_string (settings, "color-scheme");
  AdwColorScheme scheme = ADW_COLOR_SCHEME_DEFAULT;

  if (g_str_equal (name, "light"))
    scheme = ADW_COLOR_SCHEME_FORCE_LIGHT;
  else if (g_str_equal (name, "dark"))
    scheme = ADW_COLOR_SCHEME_FORCE_DARK;
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), scheme);
}

void
flatline_preferences_follow_color_scheme (GSettings *settings)
{
  g_signal_connect (settings, "changed::color-scheme", G_CALLBACK (on_color_scheme), NULL);
  on_color_scheme (settings, NULL, NULL);
}
