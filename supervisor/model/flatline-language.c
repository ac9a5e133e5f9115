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
  static const int categories[] = { LC_CTYPE, LC_MESSAGES, LC_NUMERIC, LC_TIME, LC_COLLATE };
  g_autofree char *folder = flatline_paths_dup_locale_dir ();

  /* Each takes files to be opened; GTK asks for the others, too. */
  for (gsize i = 0; i < G_N_ELEMENTS (categories); i++)
    setlocale (categories[i], "");
  bindtextdomain (GETTEXT_PACKAGE, folder);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}
