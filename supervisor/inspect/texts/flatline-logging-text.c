/* SPDX-License-Identifier: MIT */
/* Lib/logging: loggers, their handlers, records. */
#include "flatline-library-text-private.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MAX_PARENTS 64

static void
append_level (GString *text, guint64 level)
{
  static const char *const names[] = { "NOTSET", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL" };

  if (level % 10 == 0 && level / 10 < G_N_ELEMENTS (names))
    g_string_append_printf (text, "(%s)>", names[level / 10]);
  else
    g_string_append_printf (text, "(Level %" G_GUINT64_FORMAT ")>", level);
}

/* A logger without a level of its own has its parent's. */
static guint64
find_level (FlatlineTextWriter *self, guint64 logger)
{
  guint64 level = 0;

  for (guint i = 0; logger && level == 0 && i < MAX_PARENTS; i++)
    {
      level = flatline_text_get_number (self, logger, "level");
      logger = flatline_text_get (self, logger, "parent");
    }
  return level;
}

void
flatline_library_append_logger (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 adapted = flatline_text_get (self, address, "logger");
  const guint64 logger = adapted ? adapted : address;
  g_autofree char *name = flatline_text_get_string (self, logger, "name");

  g_string_append_printf (text, "<%s %s ", flatline_text_short_name (type), name ? name : "?");
  append_level (text, find_level (self, logger));
}

/* One that writes to a file says which, one that writes to a stream its name. */
void
flatline_library_append_handler (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_autofree char *file = flatline_text_get_string (self, address, "baseFilename");
  const guint64 stream = file ? 0 : flatline_text_get (self, address, "stream");
  const guint64 name = stream ? flatline_text_find_file_name (self, stream) : 0;

  g_string_append_printf (text, "<%s ", flatline_text_short_name (type));
  if (file)
    g_string_append_printf (text, "%s ", file);
  else if (name)
    {
      flatline_text_append_plain (self, text, name);
      g_string_append_c (text, ' ');
    }
  append_level (text, flatline_text_get_number (self, address, "level"));
}

void
flatline_library_append_log_record (FlatlineTextWriter *self,
                                    GString *text,
                                    guint64 address,
                                    const FlatlineTypeInfo *type)
{
  static const char *const names[] = { "name", "levelno", "pathname", "lineno" };

  g_string_append (text, "<LogRecord: ");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      flatline_text_append_plain (self, text, flatline_text_get (self, address, names[i]));
      g_string_append (text, ", ");
    }
  g_string_append_c (text, '"');
  flatline_text_append_plain (self, text, flatline_text_get (self, address, "msg"));
  g_string_append (text, "\">");
}
