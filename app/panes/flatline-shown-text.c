/* SPDX-License-Identifier: MIT */
/* All that acts has three bytes, of which the first two are one of two pairs; hardly a text has them. */
#include "config.h"

#include "flatline-shown-text.h"

#include <string.h>

#define LENGTH 3 /* in UTF-8 */
#define BLOT   "\357\277\275"

/* U+202A to U+202E, U+2066 to U+2069. */
static gboolean
turns_direction (const char *at)
{
  return (strncmp (at, "\342\200", 2) == 0 && at[2] >= '\252' && at[2] <= '\256')
         || (strncmp (at, "\342\201", 2) == 0 && at[2] >= '\246' && at[2] <= '\251');
}

static char *
find (const char *text)
{
  for (const char *at = strchr (text, '\342'); at; at = strchr (at + 1, '\342'))
    if (turns_direction (at))
      return (char *)at;
  return NULL;
}

char *
flatline_shown_text_dup (const char *text)
{
  const char *at = text ? find (text) : NULL;
  GString *shown;

  if (!at)
    return g_strdup (text);
  shown = g_string_new (NULL);
  for (; at; at = find (text))
    {
      g_string_append_len (shown, text, at - text);
      g_string_append_printf (shown, "\\u%04x", g_utf8_get_char (at));
      text = at + LENGTH;
    }
  g_string_append (shown, text);
  return g_string_free (shown, FALSE);
}

char *
flatline_shown_text_blot (char *text)
{
  G_STATIC_ASSERT (sizeof BLOT - 1 == LENGTH);
  for (char *at = find (text); at; at = find (at + LENGTH))
    memcpy (at, BLOT, LENGTH);
  return text;
}

void
flatline_shown_text_set (GtkLabel *label, const char *text)
{
  g_autofree char *shown = flatline_shown_text_dup (text);

  gtk_label_set_label (label, shown ? shown : "");
}
