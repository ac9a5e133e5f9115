/* SPDX-License-Identifier: MIT */
/*
 * FlatlineConfig: settings from config.ini. The reader is our own, line by line, because a person who made a mistake
 * wants the line's number, and because an unknown key is a warning while a wrong value is an error. Every key stands
 * once, in the table below.
 */
#include "config.h"

#include "flatline-config.h"

#include <inttypes.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <errno.h>
#include <math.h>
#include <string.h>

typedef enum
{
  KEY_TEXT,
  KEY_BOOLEAN,
  KEY_SECONDS, /* double, 0.05 to one day */
  KEY_INTEGER,
  KEY_TRACE_EXITS,
} KeyKind;

typedef struct
{
  const char *group;
  const char *name;
  KeyKind kind;
  gsize offset;
  gint64 minimum;
  gint64 maximum;
} Key;

#define MEMBER(name)   G_STRUCT_OFFSET (FlatlineConfig, name)
#define MAX_FILE_BYTES (1024 * 1024)
#define MIN_SECONDS    0.05
#define MAX_SECONDS    86400.0

static const Key keys[] = {
  { "flatline", "app", KEY_TEXT, MEMBER (app) },
  { "flatline", "freeze_threshold", KEY_SECONDS, MEMBER (freeze_threshold) },
  { "flatline", "poll_interval", KEY_SECONDS, MEMBER (poll_interval) },
  { "flatline", "poll_fail_limit", KEY_INTEGER, MEMBER (poll_fail_limit), 1, 1000 },
  { "flatline", "startup_threshold", KEY_SECONDS, MEMBER (startup_threshold) },
  { "flatline", "shutdown_threshold", KEY_SECONDS, MEMBER (shutdown_threshold) },
  { "flatline", "close_grace", KEY_SECONDS, MEMBER (close_grace) },
  { "flatline", "python", KEY_TEXT, MEMBER (python) },
  { "flatline", "strict_beats", KEY_BOOLEAN, MEMBER (strict_beats) },
  { "flatline", "pipes", KEY_BOOLEAN, MEMBER (pipes) },
  { "flatline", "use_agent", KEY_BOOLEAN, MEMBER (use_agent) },
  { "flatline", "trace_exits", KEY_TRACE_EXITS, MEMBER (trace_exits) },
  { "flatline", "follow", KEY_BOOLEAN, MEMBER (follow) },
  { "flatline", "kill_with_supervisor", KEY_BOOLEAN, MEMBER (kill_with_supervisor) },
  { "flatline", "log_folder", KEY_TEXT, MEMBER (log_folder) },
  { "flatline", "log_max_bytes", KEY_INTEGER, MEMBER (log_max_bytes), 4096, G_GINT64_CONSTANT (1) << 40 },
  { "database", "enabled", KEY_BOOLEAN, MEMBER (database.enabled) },
  { "database", "host", KEY_TEXT, MEMBER (database.host) },
  { "database", "port", KEY_INTEGER, MEMBER (database.port), 1, 65535 },
  { "database", "user", KEY_TEXT, MEMBER (database.user) },
  { "database", "password", KEY_TEXT, MEMBER (database.password) },
  { "database", "database", KEY_TEXT, MEMBER (database.database) },
  { "database", "socket", KEY_TEXT, MEMBER (database.socket) },
  { "database", "tls", KEY_BOOLEAN, MEMBER (database.tls) },
  { "database", "tls_verify", KEY_BOOLEAN, MEMBER (database.tls_verify) },
  { "database", "tls_ca", KEY_TEXT, MEMBER (database.tls_ca) },
  { "database", "option_group", KEY_TEXT, MEMBER (database.option_group) },
  { "store", "keep_days", KEY_INTEGER, MEMBER (keep_days), 0, 36500 },
  { "store", "keep_beats_days", KEY_INTEGER, MEMBER (keep_beats_days), 0, 36500 },
  { "store", "keep_megabytes", KEY_INTEGER, MEMBER (keep_megabytes), 0, G_GINT64_CONSTANT (1) << 30 },
  { "repl", "enabled", KEY_BOOLEAN, MEMBER (repl_enabled) },
  { "repl", "port", KEY_INTEGER, MEMBER (repl_port), 0, 65535 },
};

G_DEFINE_QUARK (flatline - config - error - quark, flatline_config_error)
G_DEFINE_FINAL_TYPE (FlatlineConfig, flatline_config, G_TYPE_OBJECT)

static void
flatline_config_finalize (GObject *object)
{
  FlatlineConfig *self = FLATLINE_CONFIG (object);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].kind == KEY_TEXT)
      g_free (G_STRUCT_MEMBER (char *, self, keys[i].offset));
  g_free (self->file);
  g_free (self->record);
  g_free (self->record_only);
  G_OBJECT_CLASS (flatline_config_parent_class)->finalize (object);
}

static void
flatline_config_class_init (FlatlineConfigClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_config_finalize;
}

static void
flatline_config_init (FlatlineConfig *self)
{
  self->freeze_threshold = 2.5;
  self->poll_interval = 1.0;
  self->poll_fail_limit = 3;
  self->startup_threshold = 30.0;
  self->shutdown_threshold = 10.0;
  self->close_grace = 3.0;
  self->use_agent = TRUE;
  self->log_max_bytes = 10 * 1024 * 1024;
  self->keep_beats_days = 30;
  self->repl_port = 5050;
  self->database.host = g_strdup ("127.0.0.1");
  self->database.port = 3306;
  self->database.user = g_strdup ("root");
  self->database.password = g_strdup ("");
  self->database.database = g_strdup ("flatline");
  self->database.tls_verify = TRUE;
}

FlatlineConfig *
flatline_config_new (void)
{
  return g_object_new (FLATLINE_TYPE_CONFIG, NULL);
}

static const Key *
find_key (const char *group, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (keys[i].group, group) == 0 && strcmp (keys[i].name, name) == 0)
      return &keys[i];
  return NULL;
}

static gboolean
is_group (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (keys[i].group, name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
parse_boolean (const char *text, gboolean *value)
{
  static const char *const yes[] = { "true", "yes", "on", "1", NULL };
  static const char *const no[] = { "false", "no", "off", "0", NULL };
  g_autofree char *lower = g_ascii_strdown (text, -1);

  *value = g_strv_contains (yes, lower);
  return *value || g_strv_contains (no, lower);
}

gboolean
flatline_trace_exits_parse (const char *text, FlatlineTraceExits *when)
{
  static const char *const names[] = { "auto", "always", "never" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i], text) == 0)
      {
        *when = (FlatlineTraceExits)i;
        return TRUE;
      }
  return FALSE;
}

/* Returns NULL when the value was taken, else what was expected. Transfer full. */
static char *
set_value (FlatlineConfig *self, const Key *key, const char *text)
{
  char *end = NULL;

  switch (key->kind)
    {
    case KEY_TEXT:
      g_free (G_STRUCT_MEMBER (char *, self, key->offset));
      G_STRUCT_MEMBER (char *, self, key->offset) = g_strdup (text);
      return NULL;
    case KEY_BOOLEAN:
      if (!parse_boolean (text, &G_STRUCT_MEMBER (gboolean, self, key->offset)))
        return g_strdup (_ ("true or false"));
      return NULL;
    case KEY_SECONDS:
      {
        double seconds = g_ascii_strtod (text, &end);

        if (end == text || *end || !isfinite (seconds) || seconds < MIN_SECONDS || seconds > MAX_SECONDS)
          return g_strdup (_ ("seconds, from 0.05 to 86400"));
        G_STRUCT_MEMBER (double, self, key->offset) = seconds;
        return NULL;
      }
    case KEY_INTEGER:
      if (!g_ascii_string_to_signed (text, 10, key->minimum, key->maximum, &G_STRUCT_MEMBER (gint64, self, key->offset),
                                     NULL))
        return g_strdup_printf (_ ("a whole number, from %" PRId64 " to %" PRId64), key->minimum, key->maximum);
      return NULL;
    case KEY_TRACE_EXITS:
      if (!flatline_trace_exits_parse (text, &G_STRUCT_MEMBER (FlatlineTraceExits, self, key->offset)))
        return g_strdup (_ ("auto, always or never"));
      return NULL;
    }
  g_assert_not_reached ();
}

/* A value in double quotes keeps its blanks and may be followed by nothing; without quotes it is taken as it stands. */
static char *
dup_value (const char *text)
{
  gsize length = strlen (text);

  if (length >= 2 && text[0] == '"' && text[length - 1] == '"')
    return g_strndup (text + 1, length - 2);
  return g_strdup (text);
}

static gboolean
read_line (FlatlineConfig *self, char **group, char *line, guint number, GPtrArray *warnings, GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *value = NULL;
  g_autofree char *expected = NULL;
  const Key *key;
  char *equals;

  g_strstrip (line);
  if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
    return TRUE;
  if (line[0] == '[' && line[strlen (line) - 1] == ']')
    {
      g_free (*group);
      *group = g_strstrip (g_strndup (line + 1, strlen (line) - 2));
      if (!is_group (*group) && warnings)
        g_ptr_array_add (warnings,
                         g_strdup_printf (_ ("%s:%u: unknown section [%s], ignored"), self->file, number, *group));
      return TRUE;
    }
  equals = strchr (line, '=');
  if (!equals || equals == line)
    {
      g_set_error (error, FLATLINE_CONFIG_ERROR, 0, _ ("%s:%u: “%s” is neither [section] nor key = value"), self->file,
                   number, line);
      return FALSE;
    }
  if (!*group)
    {
      g_set_error (error, FLATLINE_CONFIG_ERROR, 0,
                   _ ("%s:%u: a key before the first section: put [flatline] above it"), self->file, number);
      return FALSE;
    }
  name = g_strstrip (g_strndup (line, equals - line));
  value = dup_value (g_strstrip (equals + 1));
  key = find_key (*group, name);
  if (!key)
    {
      if (warnings && is_group (*group))
        g_ptr_array_add (warnings, g_strdup_printf (_ ("%s:%u: unknown key “%s” in [%s], ignored"), self->file, number,
                                                    name, *group));
      return TRUE;
    }
  expected = set_value (self, key, value);
  if (expected)
    g_set_error (error, FLATLINE_CONFIG_ERROR, 0, _ ("%s:%u: %s = “%s”: expected %s"), self->file, number, name, value,
                 expected);
  return expected == NULL;
}

/* An empty text means "not given", but for the password and the folder of the log files (where it means "none"). */
static void
clear_empty_texts (FlatlineConfig *self)
{
  char **texts[] = { &self->app, &self->python, &self->database.socket, &self->database.tls_ca,
                     &self->database.option_group };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (*texts[i] && **texts[i] == '\0')
      g_clear_pointer (texts[i], g_free);
}

gboolean
flatline_config_is_ours (const char *file, GError **error)
{
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  GStatBuf facts;

  return g_stat (file, &facts) == 0 && S_ISREG (facts.st_mode) && facts.st_size <= MAX_FILE_BYTES
         && g_key_file_load_from_file (key_file, file, G_KEY_FILE_NONE, error)
         && g_key_file_has_group (key_file, "flatline");
}

gboolean
flatline_config_read (FlatlineConfig *self, const char *file, GPtrArray *warnings, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *group = NULL;
  g_auto (GStrv) lines = NULL;
  const char *start;
  gsize length;

  g_free (self->file);
  self->file = g_strdup (file);
  if (!g_file_get_contents (file, &text, &length, &local_error))
    {
      g_set_error (error, FLATLINE_CONFIG_ERROR, 0, _ ("Cannot read the settings “%s”: %s"), file,
                   local_error->message);
      return FALSE;
    }
  if (length > MAX_FILE_BYTES || strlen (text) != length || !g_utf8_validate (text, length, NULL))
    {
      g_set_error (error, FLATLINE_CONFIG_ERROR, 0, _ ("“%s” is not a settings file: it is not plain UTF-8 text"),
                   file);
      return FALSE;
    }
  start = g_str_has_prefix (text, "\xef\xbb\xbf") ? text + 3 : text;
  lines = g_strsplit (start, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (!read_line (self, &group, lines[i], i + 1, warnings, error))
      return FALSE;
  clear_empty_texts (self);
  return TRUE;
}

FlatlineStreamSet
flatline_config_get_piped (const FlatlineConfig *self)
{
  return flatline_streams_settle (self->pipes ? self->piped | FLATLINE_STREAM_ALL : self->piped);
}

FlatlineConfig *
flatline_config_load (const char *file, GPtrArray *warnings, GError **error)
{
  g_autoptr (FlatlineConfig) self = flatline_config_new ();

  return flatline_config_read (self, file, warnings, error) ? g_steal_pointer (&self) : NULL;
}
