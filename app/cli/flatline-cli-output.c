/* SPDX-License-Identifier: MIT */
/* What goes to stdout: all of it or a complaint, with colours where a person looks at it. */
#include "config.h"

#include "flatline-clean-text.h"
#include "flatline-cli.h"

#include "flatline-given.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static gboolean is_lost;

/* Once: what follows is lost with it. */
static gboolean
fail (int failure)
{
  if (!is_lost)
    flatline_cli_complain (_ ("cannot write to stdout: %s"), g_strerror (failure));
  is_lost = TRUE;
  return FALSE;
}

int
flatline_cli_finish (int status)
{
  return is_lost && status == FLATLINE_CLI_FINE ? FLATLINE_CLI_FAILED : status;
}

gboolean
flatline_cli_write (const char *data, gsize length)
{
  if (length > 0 && !flatline_given_has_stdout ())
    return fail (EBADF);
  while (length > 0)
    {
      gssize written = write (STDOUT_FILENO, data, length);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return fail (errno);
      data += written;
      length -= written;
    }
  return TRUE;
}

gboolean
flatline_cli_print (const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *clean = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  clean = flatline_clean_text_dup_lines (text, "");
  return flatline_cli_write (clean, strlen (clean)) && flatline_cli_write ("\n", 1);
}

/* U+0080 to U+009F, which JSON may have as they are; NULL when there is none. */
static const char *
find_control (const char *json)
{
  const char *at = strchr (json, 0xc2);

  while (at && ((guchar)at[1] < 0x80 || (guchar)at[1] > 0x9f))
    at = strchr (at + 1, 0xc2);
  return at;
}

char *
flatline_cli_dup_json_line (const char *json)
{
  GString *line = g_string_sized_new (strlen (json) + 1);

  for (const char *control = find_control (json); control; control = find_control (json))
    {
      g_string_append_len (line, json, control - json);
      g_string_append_printf (line, "\\u%04x", g_utf8_get_char (control));
      json = g_utf8_next_char (control);
    }
  g_string_append (line, json);
  g_string_append_c (line, '\n');
  return g_string_free (line, FALSE);
}

gboolean
flatline_cli_write_json (const char *json)
{
  g_autofree char *line = flatline_cli_dup_json_line (json);

  return flatline_cli_write (line, strlen (line));
}

gboolean
flatline_cli_wants_color (void)
{
  const char *no_color = g_getenv ("NO_COLOR");

  return isatty (STDOUT_FILENO) && (!no_color || !*no_color) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}
