/* SPDX-License-Identifier: MIT */
/* `flatline-cli export`: a freeze as a file to send: .flatline (whole, opens anywhere), HTML, text or JSON. */
#include "config.h"

#include "flatline-cli.h"

#include "flatline-file.h"
#include "flatline-snapshot-pack.h"
#include "flatline-report-html.h"
#include "flatline-report-text.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

static GBytes *
make_document (FlatlineSnapshot *snapshot, const char *format, GError **error)
{
  char *text;

  if (strcmp (format, "flatline") == 0)
    return flatline_snapshot_pack (snapshot, error);
  if (strcmp (format, "html") == 0)
    text = flatline_report_html (snapshot);
  else if (strcmp (format, "json") == 0)
    {
      g_autofree char *json = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), TRUE);

      text = g_strconcat (json, "\n", NULL);
    }
  else
    text = flatline_report_text (snapshot, FLATLINE_REPORT_ALL);
  return g_bytes_new_take (text, strlen (text));
}

static gboolean
is_format (const char *format)
{
  static const char *const formats[] = { "flatline", "html", "text", "json", NULL };

  return g_strv_contains (formats, format);
}

/* The format that a file's name asks for, or NULL. */
static const char *
guess_format (const char *path)
{
  static const struct
  {
    const char *suffix, *format;
  } suffixes[] = { { ".flatline", "flatline" }, { ".html", "html" }, { ".htm", "html" },
                   { ".txt", "text" },          { ".log", "text" },  { ".json", "json" } };

  for (gsize i = 0; path && i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (path, suffixes[i].suffix))
      return suffixes[i].format;
  return NULL;
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
    options,
  };
  g_autofree char **words = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  g_autoptr (GBytes) document = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  format = format ? format : guess_format (output);
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

  snapshot = flatline_cli_load_snapshot (words[0], config_file);
  if (!snapshot)
    return FLATLINE_CLI_FAILED;
  document = make_document (snapshot, format, &error);
  if (document && !output)
    return flatline_cli_write (g_bytes_get_data (document, NULL), g_bytes_get_size (document)) ? FLATLINE_CLI_FINE
                                                                                               : FLATLINE_CLI_FAILED;
  if (!document
      || !g_file_set_contents_full (output, g_bytes_get_data (document, NULL), g_bytes_get_size (document),
                                    G_FILE_SET_CONTENTS_CONSISTENT, 0666, &error))
    {
      flatline_cli_complain ("%s", error->message);
      return FLATLINE_CLI_FAILED;
    }
  return FLATLINE_CLI_FINE;
}
