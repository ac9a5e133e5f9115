/* SPDX-License-Identifier: MIT */
/* One line that anybody may have sent, as a JSON object: what would harm the parser, or lose text in it, never gets
 * there. */
#include "flatline-line-object.h"

#include <string.h>

#define MAX_NESTING 64

/* The parser recurses: a line of brackets alone would use up the stack. */
static gboolean
is_nested_too_deep (const char *text, gsize length)
{
  guint depth = 0;
  gboolean in_string = FALSE;

  for (gsize i = 0; i < length; i++)
    {
      if (in_string && text[i] == '\\')
        i++;
      else if (text[i] == '"')
        in_string = !in_string;
      else if (!in_string && (text[i] == '[' || text[i] == '{') && ++depth > MAX_NESTING)
        return TRUE;
      else if (!in_string && (text[i] == ']' || text[i] == '}') && depth > 0)
        depth--;
    }
  return FALSE;
}

/* The four digits of \uXXXX at @at; 0xFFFF when there is no such thing. */
static guint
read_escape (const char *at, gsize length)
{
  guint number = 0;

  if (length < 6 || at[0] != '\\' || at[1] != 'u')
    return 0xFFFF;
  for (guint i = 2; i < 6; i++)
    {
      if (!g_ascii_isxdigit (at[i]))
        return 0xFFFF;
      number = number << 4 | (guint)g_ascii_xdigit_value (at[i]);
    }
  return number;
}

/*
 * A NUL within a text would end it there, and half of a surrogate pair takes along what comes after it, without a word:
 * both become U+FFFD.
 */
static void
replace_bad_escapes (char *text, gsize length)
{
  const char *end = text + length;

  for (char *c = text; (c = memchr (c, '\\', end - c)) && end - c >= 2;)
    {
      const guint code = read_escape (c, end - c);
      const guint next = (code & 0xFC00) == 0xD800 ? read_escape (c + 6, end - c - 6) : 0;
      const gboolean is_pair = (next & 0xFC00) == 0xDC00;

      if (code == 0 || ((code & 0xF800) == 0xD800 && !is_pair))
        memcpy (c, "\\ufffd", 6);
      c += is_pair ? 12 : 2;
    }
}

JsonNode *
flatline_line_object_read (char *text, gsize length)
{
  g_autoptr (JsonParser) parser = NULL;
  JsonNode *root;

  replace_bad_escapes (text, length);
  if (text[0] != '{' || is_nested_too_deep (text, length) || !g_utf8_validate (text, length, NULL))
    return NULL;
  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, text, length, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  return root && JSON_NODE_HOLDS_OBJECT (root) ? json_node_ref (root) : NULL;
}
