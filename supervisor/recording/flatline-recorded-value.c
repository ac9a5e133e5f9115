/* SPDX-License-Identifier: MIT */
/*
 * Values in the lines of a recording: ["type","text",size] or ["type","text",-1,[["attribute","type","text"],…]]. They
 * are read when somebody looks at them; the reader knows this form alone, so that no text can nest deeper.
 */
#include "config.h"

#include "flatline-recording-private.h"

#include <string.h>

static gboolean
skip (const char **at, char wanted)
{
  if (**at != wanted)
    return FALSE;
  (*at)++;
  return TRUE;
}

/* Four hexadecimal digits, or -1. */
static int
read_unit (const char *at)
{
  int unit = 0;

  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (at[i]);

      if (digit < 0)
        return -1;
      unit = unit * 16 + digit;
    }
  return unit;
}

/* What stands after a backslash at *@at. */
static gboolean
append_escape (const char **at, GString *text)
{
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  const char *known = **at ? strchr (from, **at) : NULL;
  int unit, second;

  if (known)
    {
      g_string_append_c (text, to[known - from]);
      (*at)++;
      return TRUE;
    }
  if (**at != 'u' || (unit = read_unit (*at + 1)) < 0)
    return FALSE;
  *at += 5;
  if (unit >= 0xd800 && unit < 0xdc00 && (*at)[0] == '\\' && (*at)[1] == 'u' && (second = read_unit (*at + 2)) >= 0xdc00
      && second < 0xe000)
    {
      g_string_append_unichar (text, 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00));
      *at += 6;
    }
  else if (unit == 0 || (unit >= 0xd800 && unit < 0xe000))
    g_string_append_printf (text, "\\u%04x", unit); /* as Python writes what is no character */
  else
    g_string_append_unichar (text, unit);
  return TRUE;
}

char *
flatline_recorded_string_parse (const char **at)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (!skip (at, '"'))
    return NULL;
  while (**at && **at != '"' && **at != '\n')
    {
      if (**at == '\\')
        {
          (*at)++;
          if (!append_escape (at, text))
            return NULL;
        }
      else
        g_string_append_c (text, *(*at)++);
    }
  if (!skip (at, '"'))
    return NULL;
  if (!g_utf8_validate (text->str, text->len, NULL))
    return g_utf8_make_valid (text->str, text->len);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
parse_attributes (const char **at, FlatlineValue *value)
{
  if (!skip (at, '['))
    return FALSE;
  do
    {
      FlatlineValue *child = g_object_new (FLATLINE_TYPE_VALUE, NULL);
      gboolean fine = skip (at, '[') && (child->name = flatline_recorded_string_parse (at)) && skip (at, ',')
                      && (child->type = flatline_recorded_string_parse (at)) && skip (at, ',')
                      && (child->text = flatline_recorded_string_parse (at)) && skip (at, ']');

      child->kind = g_strdup ("attribute");
      child->size = -1;
      flatline_list_append (&value->children, child);
      if (!fine)
        return FALSE;
    }
  while (skip (at, ','));
  return skip (at, ']');
}

FlatlineValue *
flatline_recorded_value_parse (const char *json, const char *name)
{
  g_autoptr (FlatlineValue) value = g_object_new (FLATLINE_TYPE_VALUE, NULL);
  const char *at = json, *place;

  value->name = g_strdup (name);
  value->size = -1;
  if (!skip (&at, '[') || !(value->type = flatline_recorded_string_parse (&at)) || !skip (&at, ',')
      || !(value->text = flatline_recorded_string_parse (&at)))
    return NULL;
  if (skip (&at, ','))
    value->size = g_ascii_strtoll (at, (char **)&at, 10);
  if (skip (&at, ',') && !parse_attributes (&at, value))
    return NULL;
  value->expandable = value->children != NULL;
  /* The address that repr() gives. */
  place = strstr (value->text, " at 0x");
  if (place && value->text[0] == '<')
    value->address = g_ascii_strtoull (place + 4, NULL, 16);
  value->truncated = strstr (value->text, "…") != NULL;
  return g_steal_pointer (&value);
}
