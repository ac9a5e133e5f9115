/* SPDX-License-Identifier: MIT */
/* Columns on a terminal. printf counts bytes; what a person sees are cells, of which a Chinese character takes two. */
#include "config.h"

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

/* What would move the cursor, colour the terminal or do worse: a message may come from anywhere, as with a file that
 * was imported. */
static char *
dup_printable (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);
  g_autoptr (GString) printable = g_string_new (NULL);

  for (const char *at = valid; *at; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (g_unichar_iscntrl (character))
        g_string_append_printf (printable, "\\x%02x", character);
      else
        g_string_append_unichar (printable, character);
    }
  return g_string_free (g_steal_pointer (&printable), FALSE);
}

char *
flatline_cli_dup_cell (const char *text, int width)
{
  g_autofree char *valid = dup_printable (text);
  const int n_blanks = MAX (0, ABS (width) - count_cells (valid));

  return width < 0 ? g_strdup_printf ("%*s%s", n_blanks, "", valid) : g_strdup_printf ("%s%*s", valid, n_blanks, "");
}
