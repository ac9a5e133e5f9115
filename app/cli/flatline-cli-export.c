/* SPDX-License-Identifier: MIT */
/* `flatline-cli export`: a freeze as a file to send: .flatline (whole, opens anywhere), HTML, text or JSON. */
#include "config.h"

#include "flatline-cli.h"

#include "flatline-file.h"
#include "flatline-snapshot-pack.h"
#include "flatline-report-html.h"
#include "flatline-report-text.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static gboolean
write_into (const char *path, GBytes *document, GError **error)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (document, &size);
  FILE *file = g_fopen (path, "we");
  gboolean fine = file && fwrite (data, 1, size, file) == size;

  if (file && fclose (file) != 0)
    fine = FALSE;
  if (!fine)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", path, g_strerror (errno));
  return fine;
}

/*
 * Whole or not at all: a new file takes the place of what is there, at the end of a link. A device or a pipe keeps its
 * place, and is written into.
 */
static gboolean
write_file (const char *path, GBytes *document, GError **error)
{
  g_autofree char *at_end = realpath (path, NULL);
  g_autofree char *link = at_end ? NULL : g_file_read_link (path, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *missing =
      link && !g_path_is_absolute (link) ? g_build_filename (folder, link, NULL) : g_strdup (link);
  sigset_t ends, before;
  struct stat status;
  gboolean fine;

  if (stat (path, &status) == 0 && !S_ISREG (status.st_mode) && !S_ISDIR (status.st_mode))
    return write_into (path, document, error);
  /* Ctrl+C has its way a moment later: what is half written bears another name, and would stay. */
  sigemptyset (&ends);
  sigaddset (&ends, SIGINT);
  sigaddset (&ends, SIGTERM);
  sigaddset (&ends, SIGHUP);
  pthread_sigmask (SIG_BLOCK, &ends, &before);
  fine = g_file_set_contents_full (at_end    ? at_end
                                   : missing ? missing
                                             : path,
                                   g_bytes_get_data (document, NULL), g_bytes_get_size (document),
                                   G_FILE_SET_CONTENTS_CONSISTENT, 0666, error);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return fine;
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
  if (!document || !write_file (output, document, &error))
    {
      flatline_cli_complain ("%s", error->message);
      return FLATLINE_CLI_FAILED;
    }
  return FLATLINE_CLI_FINE;
}
