/* SPDX-License-Identifier: MIT */
/* What acts is a byte below a blank, or begins with one of two; hardly a text has them. */
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

/* Lines and columns of a text are what they are. */
static gboolean
is_control (const char *at)
{
  return (g_ascii_iscntrl (*at) && *at != '\n' && *at != '\t')
         || (*at == '\302' && (guchar)at[1] >= 0x80 && (guchar)at[1] <= 0x9f);
}

static char *
find (const char *text, gboolean (*acts) (const char *at))
{
  while (*text && !acts (text))
    text++;
  return *text ? (char *)text : NULL;
}

static gboolean
acts (const char *at)
{
  return is_control (at) || turns_direction (at);
}

char *
flatline_shown_text_dup (const char *text)
{
  const char *at = text ? find (text, acts) : NULL;
  GString *shown;

  if (!at)
    return g_strdup (text);
  shown = g_string_new (NULL);
  for (; at; at = find (text, acts))
    {
      g_string_append_len (shown, text, at - text);
      g_string_append_printf (shown, is_control (at) ? "\\x%02x" : "\\u%04x", g_utf8_get_char (at));
      text = g_utf8_next_char (at);
    }
  g_string_append (shown, text);
  return g_string_free (shown, FALSE);
}

char *
flatline_shown_text_blot (char *text)
{
  G_STATIC_ASSERT (sizeof BLOT - 1 == LENGTH);
  for (char *at = find (text, turns_direction); at; at = find (at + LENGTH, turns_direction))
    memcpy (at, BLOT, LENGTH);
  return text;
}

void
flatline_shown_text_set (GtkLabel *label, const char *text)
{
  g_autofree char *shown = flatline_shown_text_dup (text);

  gtk_label_set_label (label, shown ? shown : "");
}
