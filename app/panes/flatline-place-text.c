/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "flatline-place-text.h"

#include "flatline-shown-text.h"

#include <hb.h>
#include <string.h>

#define LEFT_TO_RIGHT_MARK   "\u200e"
#define FIRST_STRONG_ISOLATE "\u2068"
#define END_OF_ISOLATE       "\u2069"

static gboolean
goes_right_to_left (const char *text)
{
  for (const char *at = text; *at; at = g_utf8_next_char (at))
    {
      const guint32 script = g_unicode_script_to_iso15924 (g_unichar_get_script (g_utf8_get_char (at)));

      if (hb_script_get_horizontal_direction (hb_script_from_iso15924_tag (script)) == HB_DIRECTION_RTL)
        return TRUE;
    }
  return FALSE;
}

/* Each name in the direction of its own letters, and all of them one after the other. */
char *
flatline_place_text_dup (const char *name)
{
  g_autofree char *shown = flatline_shown_text_dup (name);
  const char *place = shown;
  g_autoptr (GString) text = NULL;

  if (!place || !g_utf8_validate (place, -1, NULL) || !goes_right_to_left (place))
    return g_steal_pointer (&shown);
  text = g_string_new (LEFT_TO_RIGHT_MARK);
  while (*place)
    {
      const size_t length = strcspn (place, "/:");

      if (length > 0)
        {
          g_string_append (text, FIRST_STRONG_ISOLATE);
          g_string_append_len (text, place, (gssize)length);
          g_string_append (text, END_OF_ISOLATE);
        }
      place += length;
      if (*place)
        g_string_append_c (text, *place++);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
