/* SPDX-License-Identifier: MIT */
/* Columns on a terminal. printf counts bytes; what a person sees are cells, of which a Chinese character takes two. */
#include "config.h"

#include "flatline-clean-text.h"
#include "flatline-cli.h"

static int
count_cells (const char *text)
{
  int n = 0;

  for (const char *at = text; *at; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      n += g_unichar_iszerowidth (character) ? 0 : g_unichar_iswide (character) ? 2 : 1;
    }
  return n;
}

char *
flatline_cli_dup_cell (const char *text, int width)
{
  g_autoptr (GString) cell = g_string_new (NULL);
  int n_blanks;

  if (text)
    flatline_clean_text_append (cell, text);
  n_blanks = MAX (0, ABS (width) - count_cells (cell->str));
  return width < 0 ? g_strdup_printf ("%*s%s", n_blanks, "", cell->str)
                   : g_strdup_printf ("%s%*s", cell->str, n_blanks, "");
}
