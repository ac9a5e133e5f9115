/* SPDX-License-Identifier: MIT */
/* Harmless text: one pass over characters, by their Unicode category. */
#include "flatline-clean-text.h"

void
flatline_clean_text_append (GString *text, const char *raw)
{
  g_autofree char *made_valid = g_utf8_validate (raw, -1, NULL) ? NULL : g_utf8_make_valid (raw, -1);

  for (const char *c = made_valid ? made_valid : raw; *c; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

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
          g_string_append_len (text, c, g_utf8_next_char (c) - c);
        }
    }
}
