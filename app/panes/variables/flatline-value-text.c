/* SPDX-License-Identifier: MIT */
/* From what repr() wrote back to what it wrote of: the lines of a str, the bytes of bytes. Pure. */
#include "config.h"

#include "flatline-value-text.h"

#include <string.h>

/* The characters of a str from its repr: quotes off, the escapes Python writes undone. NULL if it is none. */
static char *
dup_characters (FlatlineValue *value)
{
  const char *text = value->text;
  gsize length = text ? strlen (text) : 0;
  g_autoptr (GString) characters = NULL;

  if (g_strcmp0 (value->type, "str") != 0 || length < 2 || (text[0] != '\'' && text[0] != '"'))
    return NULL;
  if (text[length - 1] == text[0])
    length--;
  characters = g_string_sized_new (length);
  for (gsize i = 1; i < length; i++)
    if (text[i] != '\\' || i + 1 == length)
      g_string_append_c (characters, text[i]);
    else
      switch (text[++i])
        {
        case 'n':
          g_string_append_c (characters, '\n');
          break;
        case 't':
          g_string_append_c (characters, '\t');
          break;
        case '\\':
        case '\'':
        case '"':
          g_string_append_c (characters, text[i]);
          break;
        default: /* \r, \x1b and their like stay visible */
          g_string_append_c (characters, '\\');
          g_string_append_c (characters, text[i]);
        }
  return g_string_free (g_steal_pointer (&characters), FALSE);
}

/* The bytes of b'…', bytearray(b'…') and memoryview's like; NULL if it is none. */
static GByteArray *
parse_bytes (FlatlineValue *value)
{
  const char *at = value->text ? strstr (value->text, "b'") : NULL;
  g_autoptr (GByteArray) bytes = NULL;
  char quote;

  if (g_strcmp0 (value->type, "bytes") != 0 && g_strcmp0 (value->type, "bytearray") != 0)
    return NULL;
  if (!at)
    at = value->text ? strstr (value->text, "b\"") : NULL;
  if (!at)
    return NULL;
  bytes = g_byte_array_new ();
  quote = at[1];
  for (at += 2; *at && *at != quote; at++)
    {
      guint8 byte = (guint8)*at;

      if (*at == '\\' && at[1] == 'x' && g_ascii_isxdigit (at[2]) && g_ascii_isxdigit (at[3]))
        {
          byte = (guint8)(g_ascii_xdigit_value (at[2]) * 16 + g_ascii_xdigit_value (at[3]));
          at += 3;
        }
      else if (*at == '\\' && at[1])
        {
          at++;
          byte = *at == 'n' ? '\n' : *at == 't' ? '\t' : *at == 'r' ? '\r' : (guint8)*at;
        }
      g_byte_array_append (bytes, &byte, 1);
    }
  return g_steal_pointer (&bytes);
}

GBytes *
flatline_value_dup_content (FlatlineValue *value, gboolean *is_text)
{
  g_autofree char *characters = dup_characters (value);
  GByteArray *bytes = characters ? NULL : parse_bytes (value);
  gsize length;

  *is_text = bytes == NULL;
  if (bytes)
    return g_byte_array_free_to_bytes (bytes);
  if (!characters)
    characters = g_strdup (value->text ? value->text : "");
  length = strlen (characters);
  return g_bytes_new_take (g_steal_pointer (&characters), length);
}
