/* SPDX-License-Identifier: MIT */
/* `flatline-cli export`: a kept freeze, or a .flatline file, as a file to send or on stdout. */
#include "config.h"

#include "flatline-cli.h"

#include "flatline-recording-html.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

/* What a browser steps through without effort. */
#define MAX_EVENTS_OF_A_PAGE 50000

static gboolean
is_format (const char *format)
{
  static const char *const formats[] = { "flatline", "html", "text", "json", NULL };

  return g_strv_contains (formats, format);
}

static int
export_recording (const char *path, const char *format, const char *output)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineRecording) recording = NULL;
  g_autoptr (GBytes) document = NULL;
  char *html;

  if (strcmp (format, "html") != 0)
    {
      flatline_cli_complain (_ ("a recording can be written as html; flatline-cli replay --json %s has it as JSON"),
                             path);
      return FLATLINE_CLI_USAGE;
    }
  recording = flatline_recording_load (path, &error);
  if (!recording)
    {
      flatline_cli_complain ("%s", error->message);
      return FLATLINE_CLI_FAILED;
    }
  html = flatline_recording_html (recording, MAX_EVENTS_OF_A_PAGE);
  document = g_bytes_new_take (html, strlen (html));
  return flatline_cli_write_document (document, output) ? FLATLINE_CLI_FINE : FLATLINE_CLI_FAILED;
}

int
flatline_cli_export (int argc, char **argv)
{
  const char *format = NULL, *output = NULL, *config_file = NULL;
  const FlatlineCliOption options[] = {
    { "format", 'f', FLATLINE_CLI_OPTION_TEXT, &format, N_ ("FORMAT"),
      N_ ("flatline, html, text or json; without it, by the name of the output file") },
    { "output", 'o', FLATLINE_CLI_OPTION_TEXT, &output, N_ ("FILE"), N_ ("write there instead of to stdout") },
    { "config", 0, FLATLINE_CLI_OPTION_TEXT, &config_file, N_ ("FILE"), N_ ("settings, for where the store is") },
    { NULL },
  };
  const FlatlineCliUsage usage = {
    "export [OPTION…] ID|FILE",
    N_ ("Writes a freeze as a file to send. A .flatline file holds the whole snapshot and opens anywhere."),
    NULL,
    FALSE,
    NULL,
    options,
  };
  g_autofree char **words = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  g_autoptr (GBytes) document = NULL;
  int status;

  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  if (!format)
    format = output ? flatline_cli_guess_format (output) : NULL;
  status = FLATLINE_CLI_USAGE;
  if (!words[0] || words[1])
    flatline_cli_complain (_ ("export needs one freeze: flatline-cli export ID|FILE --format FORMAT"));
  else if (!format)
    flatline_cli_complain (_ ("say which format: --format flatline, html, text or json"));
  else if (!is_format (format))
    flatline_cli_complain (_ ("unknown format “%s”; there are flatline, html, text and json"), format);
  else if (!output && strcmp (format, "flatline") == 0 && isatty (STDOUT_FILENO))
    flatline_cli_complain (_ ("a .flatline file is not for the terminal: add -o FILE"));
  else
    status = FLATLINE_CLI_FINE;
  if (status != FLATLINE_CLI_FINE)
    return status;

  if (flatline_recording_is_one (words[0]))
    return export_recording (words[0], format, output);
  snapshot = flatline_cli_load_snapshot (words[0], config_file);
  if (!snapshot)
    return FLATLINE_CLI_FAILED;
  document = flatline_cli_make_document (snapshot, format);
  return flatline_cli_write_document (document, output) ? FLATLINE_CLI_FINE : FLATLINE_CLI_FAILED;
}
