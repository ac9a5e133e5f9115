/* SPDX-License-Identifier: MIT */
/* `flatline-cli show`: a freeze of the past, or a file somebody sent, as text for people or as JSON. */
#include "config.h"

#include "flatline-cli.h"

#include "flatline-report-text.h"

#include <glib/gi18n.h>
#include <string.h>

int
flatline_cli_show (int argc, char **argv)
{
  gboolean as_json = FALSE, locals = TRUE;
  const char *config_file = NULL;
  const FlatlineCliOption options[] = {
    { "json", 0, FLATLINE_CLI_OPTION_ON, &as_json, NULL, N_ ("the whole snapshot as one JSON object") },
    { "no-locals", 0, FLATLINE_CLI_OPTION_OFF, &locals, NULL, N_ ("stacks only, no variables") },
    { "config", 0, FLATLINE_CLI_OPTION_TEXT, &config_file, N_ ("FILE"), N_ ("settings, for where the store is") },
    { NULL },
  };
  const FlatlineCliUsage usage = {
    "show [OPTION…] ID|FILE",
    N_ ("Shows a freeze by its number (flatline-cli freezes lists them) or from a .flatline or .json file."),
    NULL,
    FALSE,
    NULL,
    options,
  };
  g_autofree char **words = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  g_autofree char *text = NULL;
  FlatlineReportParts parts = FLATLINE_REPORT_ALL;
  int status;

  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  if (!words[0] || words[1])
    {
      flatline_cli_complain (_ ("show needs one freeze: flatline-cli show ID|FILE"));
      return FLATLINE_CLI_USAGE;
    }
  snapshot = flatline_cli_load_snapshot (words[0], config_file);
  if (!snapshot)
    return FLATLINE_CLI_FAILED;
  if (as_json)
    {
      text = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), FALSE);
      return flatline_cli_write_json (text) ? FLATLINE_CLI_FINE : FLATLINE_CLI_FAILED;
    }
  if (!locals)
    parts &= ~FLATLINE_REPORT_VARIABLES;
  if (flatline_cli_wants_color ())
    parts |= FLATLINE_REPORT_COLOR;
  text = flatline_report_text (snapshot, parts);
  return flatline_cli_write (text, strlen (text)) ? FLATLINE_CLI_FINE : FLATLINE_CLI_FAILED;
}
