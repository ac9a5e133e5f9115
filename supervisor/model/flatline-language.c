/* SPDX-License-Identifier: MIT */
/* Where the messages of the user's language come from, for both programs. */
#include "config.h"

#include "flatline-language.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "flatline-paths.h"

void
flatline_language_start (void)
{
  g_autofree char *folder = flatline_paths_dup_locale_dir ();

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, folder);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}
