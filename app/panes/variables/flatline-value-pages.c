/* SPDX-License-Identifier: MIT */
/*
 * Pages begin at multiples of their size. Of a str, at the line before that, or where no line ends nearby, at the
 * character.
 */
#include "flatline-value-pages.h"

#include <string.h>

#define TEXT_PAGE_BYTES 32768
#define DUMP_PAGE_BYTES 16384
#define MAX_LINE_BACK   4096 /* a line longer than this may be parted */

/* A line of the dump: "00000000  00 01 … 07  08 … 0f  ................" and its end */
#define BYTES_A_LINE      16
#define CHARACTERS_A_LINE 77
#define PLACE_CHARACTERS  8

#define PLACE_CHARACTERS_OF_LARGE 12 /* where 32 bits do not hold the place of each byte */

static gboolean
is_inside_character (char byte)
{
  return ((guint8)byte & 0xc0) == 0x80;
}

/* Bytes of what is shown as one character; *@character is 0 for what is none. */
static gsize
read_character (const char *at, const char *end, gunichar *character)
{
  if ((guint8)*at < 0x80)
    {
      *character = (gunichar)*at;
      return 1;
    }
  *character = g_utf8_get_char_validated (at, end - at);
  if (*character < (gunichar)-2)
    return (gsize)g_unichar_to_utf8 (*character, NULL);
  *character = 0;
  return 1;
}

static guint
get_place_characters (GBytes *bytes)
{
  return g_bytes_get_size (bytes) > G_MAXUINT32 ? PLACE_CHARACTERS_OF_LARGE : PLACE_CHARACTERS;
}

gsize
flatline_value_pages_begin (GBytes *bytes, gboolean is_text, guint page)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);
  gsize begin = (gsize)page * (is_text ? TEXT_PAGE_BYTES : DUMP_PAGE_BYTES);
  const char *line_end;

  if (begin >= size)
    return size;
  if (!is_text || begin == 0)
    return begin;
  line_end = memrchr (data + begin - MAX_LINE_BACK, '\n', MAX_LINE_BACK);
  if (line_end)
    return (gsize)(line_end + 1 - data);
  for (guint i = 0; i < 3 && is_inside_character (data[begin - i]); i++)
    if (!is_inside_character (data[begin - i - 1]))
      return begin - i - 1;
  return begin;
}

guint
flatline_value_pages_count (GBytes *bytes, gboolean is_text)
{
  const gsize page_bytes = is_text ? TEXT_PAGE_BYTES : DUMP_PAGE_BYTES;

  return (guint)MAX ((g_bytes_get_size (bytes) + page_bytes - 1) / page_bytes, 1);
}

guint
flatline_value_pages_find (GBytes *bytes, gboolean is_text, gsize offset)
{
  const guint page = (guint)(offset / (is_text ? TEXT_PAGE_BYTES : DUMP_PAGE_BYTES));

  /* The next one may begin a little before its multiple. */
  return page + 1 < flatline_value_pages_count (bytes, is_text)
                 && flatline_value_pages_begin (bytes, is_text, page + 1) <= offset
             ? page + 1
             : page;
}

static char *
dup_lines (const char *data, gsize begin, gsize end)
{
  GString *text = g_string_sized_new (end - begin);
  gunichar character;

  for (gsize i = begin; i < end;)
    {
      const gsize n = read_character (data + i, data + end, &character);

      if (character >= 0x80 || character == '\n' || character == '\t')
        g_string_append_len (text, data + i, (gssize)n);
      else if ((guint8)data[i] >= 0x80)
        g_string_append_unichar (text, 0xfffd);
      else if (character < 0x20)
        g_string_append_unichar (text, 0x2400 + character);
      else
        g_string_append_c (text, data[i]);
      i += n;
    }
  return g_string_free (text, FALSE);
}

static char *
dump (const guint8 *data, gsize begin, gsize end, guint place_characters)
{
  GString *text = g_string_sized_new ((end - begin) * (CHARACTERS_A_LINE + 5) / BYTES_A_LINE);

  for (gsize line = begin; line < end; line += BYTES_A_LINE)
    {
      g_string_append_printf (text, "%0*" G_GSIZE_MODIFIER "x", (int)place_characters, line);
      for (gsize i = line; i < line + BYTES_A_LINE; i++)
        {
          g_string_append (text, i % 8 == 0 ? " " : "");
          if (i < end)
            g_string_append_printf (text, " %02x", data[i]);
          else
            g_string_append (text, "   ");
        }
      g_string_append (text, "  ");
      for (gsize i = line; i < MIN (line + BYTES_A_LINE, end); i++)
        g_string_append_c (text, g_ascii_isprint (data[i]) ? (char)data[i] : '.');
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

char *
flatline_value_pages_dup_text (GBytes *bytes, gboolean is_text, guint page)
{
  const gsize begin = flatline_value_pages_begin (bytes, is_text, page),
              end = flatline_value_pages_begin (bytes, is_text, page + 1);
  const char *data = g_bytes_get_data (bytes, NULL);

  return is_text ? dup_lines (data, begin, end) : dump ((const guint8 *)data, begin, end, get_place_characters (bytes));
}

/* Of the byte @i of a page in the text of its dump. */
static guint
place_in_dump (gsize i, guint place_characters)
{
  const guint line = (guint)(i / BYTES_A_LINE), column = i % BYTES_A_LINE;

  /* All lines but the last have each byte. */
  return line * (CHARACTERS_A_LINE - PLACE_CHARACTERS + place_characters) + place_characters + 3 * column + column / 8
         + 2;
}

void
flatline_value_pages_locate (
    GBytes *bytes, gboolean is_text, guint page, gsize offset, gsize length, guint *begin, guint *end)
{
  const gsize page_begin = flatline_value_pages_begin (bytes, is_text, page);
  const gsize last = MIN (offset + length, flatline_value_pages_begin (bytes, is_text, page + 1));
  const char *data = g_bytes_get_data (bytes, NULL);
  gunichar character;

  if (!is_text)
    {
      *begin = place_in_dump (offset - page_begin, get_place_characters (bytes));
      *end = place_in_dump (last - 1 - page_begin, get_place_characters (bytes)) + 2;
      return;
    }
  *begin = *end = 0;
  for (gsize i = page_begin; i < last;)
    {
      const gsize n = read_character (data + i, data + flatline_value_pages_begin (bytes, TRUE, page + 1), &character);

      *begin += i + n <= offset;
      *end += 1;
      i += n;
    }
}
