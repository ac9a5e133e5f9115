/* SPDX-License-Identifier: MIT */
/*
 * A snapshot as a file to send, for `export` and `dump`: .flatline (whole, opens anywhere), HTML, text or JSON, as a
 * person says or as the file's name tells. It is there whole or not at all.
 */
#include "config.h"

#include "flatline-cli.h"

#include "flatline-report-html.h"
#include "flatline-report-text.h"
#include "flatline-snapshot-pack.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

GBytes *
flatline_cli_make_document (FlatlineSnapshot *snapshot, const char *format)
{
  char *text;

  if (strcmp (format, "flatline") == 0)
    return flatline_snapshot_pack (snapshot);
  if (strcmp (format, "html") == 0)
    text = flatline_report_html (snapshot);
  else if (strcmp (format, "json") == 0)
    {
      g_autofree char *json = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), TRUE);

      text = flatline_cli_dup_json_line (json);
    }
  else
    text = flatline_report_text (snapshot, FLATLINE_REPORT_ALL);
  return g_bytes_new_take (text, strlen (text));
}

const char *
flatline_cli_guess_format (const char *path)
{
  static const struct
  {
    const char *suffix, *format;
  } suffixes[] = { { ".flatline", "flatline" }, { ".html", "html" }, { ".htm", "html" },
                   { ".txt", "text" },          { ".log", "text" },  { ".json", "json" } };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
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

/* A new file takes the place of what is there, at the end of a link; a device or a pipe is written into. */
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

gboolean
flatline_cli_write_document (GBytes *document, const char *path)
{
  g_autoptr (GError) error = NULL;

  if (!path)
    return flatline_cli_write (g_bytes_get_data (document, NULL), g_bytes_get_size (document));
  if (write_file (path, document, &error))
    return TRUE;
  flatline_cli_complain ("%s", error->message);
  return FALSE;
}
