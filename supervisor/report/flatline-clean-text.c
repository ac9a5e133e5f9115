/* SPDX-License-Identifier: MIT */
/* Harmless text: one pass over characters, by their Unicode category; of ASCII, which most is, by whole runs. */
#include "flatline-clean-text.h"

static gsize
count_plain (const char *text)
{
  const char *end = text;

  while (*end >= ' ' && *end <= '~')
    end++;
  return end - text;
}

gboolean
flatline_clean_text_is_plain (const char *raw)
{
  return raw[count_plain (raw)] == '\0';
}

void
flatline_clean_text_append (GString *text, const char *raw)
{
  const gsize n_plain = count_plain (raw);
  g_autofree char *made_valid = NULL;
  gsize n = 0;

  g_string_append_len (text, raw, n_plain);
  raw += n_plain;
  if (!*raw)
    return;
  made_valid = g_utf8_validate (raw, -1, NULL) ? NULL : g_utf8_make_valid (raw, -1);
  for (const char *c = made_valid ? made_valid : raw; *c; c += n)
    {
      gunichar character;

      n = count_plain (c);
      g_string_append_len (text, c, n);
      if (n > 0)
        continue;
      character = g_utf8_get_char (c);
      n = g_utf8_next_char (c) - c;
      switch (g_unichar_type (character))
        {
        case G_UNICODE_CONTROL:
          g_string_append_printf (text, "\\x%02x", character);
          break;
        case G_UNICODE_FORMAT:
        case G_UNICODE_LINE_SEPARATOR:
        case G_UNICODE_PARAGRAPH_SEPARATOR:
          g_string_append_printf (text, character > 0xffff ? "\\U%08x" : "\\u%04x", character);
          break;
        default:
          g_string_append_len (text, c, n);
        }
    }
}

char *
flatline_clean_text_dup_lines (const char *raw, const char *indent)
{
  g_auto (GStrv) lines = g_strsplit (raw ? raw : "", "\n", -1);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; lines[i]; i++)
    {
      if (i > 0)
        g_string_append_printf (text, "\n%s", indent);
      flatline_clean_text_append (text, lines[i]);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
