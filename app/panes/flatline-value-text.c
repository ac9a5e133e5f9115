/* SPDX-License-Identifier: MIT */
/* From what repr() wrote back to what it wrote of: the lines of a str, the bytes of bytes. Pure. */
#include "config.h"

#include "flatline-value-text.h"

#include <string.h>

#define BYTES_A_LINE 16

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

/* As hexdump -C: place, bytes, characters. */
static char *
dump_bytes (const GByteArray *bytes)
{
  g_autoptr (GString) text = g_string_sized_new (bytes->len * 5);

  for (guint line = 0; line < bytes->len; line += BYTES_A_LINE)
    {
      g_string_append_printf (text, "%08x ", line);
      for (guint i = line; i < line + BYTES_A_LINE; i++)
        {
          g_string_append (text, i % 8 == 0 ? " " : "");
          if (i < bytes->len)
            g_string_append_printf (text, " %02x", bytes->data[i]);
          else
            g_string_append (text, "   ");
        }
      g_string_append (text, "  ");
      for (guint i = line; i < MIN (line + BYTES_A_LINE, bytes->len); i++)
        g_string_append_c (text, g_ascii_isprint (bytes->data[i]) ? (char)bytes->data[i] : '.');
      g_string_append_c (text, '\n');
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
flatline_value_dup_readable (FlatlineValue *value)
{
  g_autofree char *characters = dup_characters (value);
  g_autoptr (GByteArray) bytes = characters ? NULL : parse_bytes (value);

  if (characters)
    return g_steal_pointer (&characters);
  if (bytes && bytes->len > 0)
    return dump_bytes (bytes);
  return g_strdup (value->text ? value->text : "");
}
