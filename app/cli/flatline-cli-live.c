/* SPDX-License-Identifier: MIT */
/*
 * `flatline-cli trace PID NAME` and its like: the console's commands for a program that is supervised elsewhere, by the
 * window or another flatline-cli. Its environment names the socket of its supervisor, which does what it is told and
 * answers in words, a JSON object a line: {"result"|"error"|"told"|"over": TEXT}. Whoever leaves ends the trace.
 */
#include "config.h"

#include "flatline-cli.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

#define SOCKET_VARIABLE "FLATLINE_AGENT_SOCKET="

/* The socket of the supervisor of @pid. NULL after a complaint. */
static char *
find_socket (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/environ", pid);
  g_autofree char *environment = NULL;
  gsize length;
  g_autoptr (GError) error = NULL;

  if (!g_file_get_contents (path, &environment, &length, &error))
    {
      const char *why = g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT)   ? _ ("there is no such process")
                        : g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_ACCES) ? _ ("it belongs to somebody else")
                                                                                    : error->message;

      flatline_cli_complain (_ ("process %d cannot be asked: %s"), (int)pid, why);
      return NULL;
    }
  for (const char *entry = environment; entry < environment + length; entry += strlen (entry) + 1)
    if (g_str_has_prefix (entry, SOCKET_VARIABLE))
      return g_strdup (entry + strlen (SOCKET_VARIABLE));
  flatline_cli_complain (
      _ ("process %d is not supervised by Flatline: start it with flatline-cli run, or in the window"), (int)pid);
  return NULL;
}

/* The words of the command as one line; a file is found by its supervisor in another folder than ours. */
static char *
dup_line (const char *command, char **words)
{
  GString *line = g_string_new (command);

  for (char **word = words; *word; word++)
    {
      const gboolean is_file = word > words && strcmp (word[-1], "--file") == 0;
      g_autofree char *path = is_file ? g_canonicalize_filename (*word, NULL) : NULL;

      g_string_append_printf (line, " %s", path ? path : *word);
    }
  return g_string_free (line, FALSE);
}

static char *
dup_request (gint64 pid, const char *line)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *valid = g_utf8_make_valid (line, -1);
  g_autofree char *text = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "method");
  json_builder_add_string_value (builder, "command");
  json_builder_set_member_name (builder, "params");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "line");
  json_builder_add_string_value (builder, valid);
  json_builder_set_member_name (builder, "pid");
  json_builder_add_int_value (builder, pid);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  return g_strconcat (text, "\n", NULL);
}

/* FALSE: that was the last one, with *@status_out. */
static gboolean
take_line (const char *line, int *status_out)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);
  JsonObject *object = node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *text;

  if (!object || json_object_has_member (object, "over"))
    return FALSE;
  text = json_object_get_string_member_with_default (object, "error", NULL);
  if (text)
    {
      flatline_cli_complain ("%s", text);
      *status_out = FLATLINE_CLI_FAILED;
    }
  /* What was done is for people, what is told is data; to a list that was asked for both are the same. */
  text = json_object_get_string_member_with_default (object, "result", NULL);
  if (!text)
    text = json_object_get_string_member_with_default (object, "told", NULL);
  if (text)
    {
      flatline_cli_print ("%s", text);
    }
  return TRUE;
}

static int
talk (const char *path, gint64 pid, const char *line)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection =
      g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error);
  g_autofree char *request = dup_request (pid, line);
  g_autoptr (GDataInputStream) input = NULL;
  int status = FLATLINE_CLI_FINE;
  gboolean is_answered = FALSE;
  char *answer;

  if (!connection)
    {
      flatline_cli_complain (_ ("the program is not supervised any more (%s)"), error->message);
      return FLATLINE_CLI_FAILED;
    }
  if (!g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request, strlen (request),
                                  NULL, NULL, &error))
    {
      flatline_cli_complain ("%s", error->message);
      return FLATLINE_CLI_FAILED;
    }
  input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  while ((answer = g_data_input_stream_read_line (input, NULL, NULL, NULL)))
    {
      const gboolean goes_on = take_line (answer, &status);

      is_answered = TRUE;
      g_free (answer);
      if (!goes_on)
        break;
    }
  if (is_answered)
    return status;
  flatline_cli_complain ("%s", _ ("The program ended before it answered"));
  return FLATLINE_CLI_FAILED;
}

int
flatline_cli_live (int argc, char **argv)
{
  const FlatlineCliUsage usage = {
    "trace|untrace|traces|break|unbreak|continue|patch|unpatch|patches PID [ARGUMENT…]",
    N_ ("Changes a living program that Flatline supervises, as the command of the same name in its console does."),
    N_ ("trace PID NAME [--count N] [--if EXPRESSION] tells each call until Ctrl+C; break PID NAME|FILE:LINE holds "
        "the\n"
        "threads that come there, continue PID lets go of them; patch PID [--keep] NAME = EXPRESSION, or NAME --file\n"
        "FILE, puts something else there, unpatch PID NAME|--all puts back what was there. NAME is MODULE:FUNCTION,\n"
        "MODULE:CLASS.METHOD, or FILE:LINE for the function around a line."),
    TRUE,
    NULL,
    (const FlatlineCliOption[]){ { NULL } },
  };
  g_autofree char **words = NULL;
  g_autofree char *path = NULL;
  g_autofree char *line = NULL;
  gint64 pid;
  int status;

  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  if (!words[0] || !g_ascii_string_to_signed (words[0], 10, 1, G_MAXINT32, &pid, NULL))
    {
      flatline_cli_complain (_ ("say which process: flatline-cli %s PID …"), argv[0]);
      return FLATLINE_CLI_USAGE;
    }
  path = find_socket (pid);
  if (!path)
    return FLATLINE_CLI_FAILED;
  line = dup_line (argv[0], words + 1);
  return talk (path, pid, line);
}
