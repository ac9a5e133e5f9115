/* SPDX-License-Identifier: MIT */
/* Decoders of CPython's line tables. Each reads to the instruction asked for and never past the table. */
#include "flatline-lines.h"

#include <string.h>

/* Garbage may lead anywhere; it must not lead to what C does not define. */
static gint
add (gint line, gint delta)
{
  return (gint)((guint)line + (guint)delta);
}

static gboolean
find_in_lnotab (const guint8 *table, gsize length, gint first_line, gint64 offset, FlatlinePlace *place)
{
  gint64 address = 0;
  gint line = first_line;

  for (gsize i = 0; i + 1 < length; i += 2)
    {
      address += table[i];
      if (address > offset)
        break;
      line = add (line, (gint8)table[i + 1]);
    }
  place->line = place->end_line = line;
  return TRUE;
}

static gboolean
find_in_linetable (const guint8 *table, gsize length, gint first_line, gint64 offset, FlatlinePlace *place)
{
  gint64 end = 0;
  gint line = first_line;

  for (gsize i = 0; i + 1 < length; i += 2)
    {
      gint delta = (gint8)table[i + 1];

      end += table[i];
      if (delta != -128)
        line = add (line, delta);
      if (offset < end)
        {
          place->line = place->end_line = delta == -128 ? 0 : line;
          return TRUE;
        }
    }
  return FALSE;
}

/* A number in groups of six bits, the least first; bit 6 says that more follow. */
static guint
read_varint (const guint8 **at, const guint8 *end)
{
  guint value = 0;

  for (guint shift = 0; *at < end && shift < 32; shift += 6)
    {
      guint8 byte = *(*at)++;

      value |= (guint)(byte & 63) << shift;
      if (!(byte & 64))
        break;
    }
  return value;
}

static gint
read_signed_varint (const guint8 **at, const guint8 *end)
{
  guint value = read_varint (at, end);

  return value & 1 ? -(gint)(value >> 1) : (gint)(value >> 1);
}

enum
{
  CODE_ONE_LINE_0 = 10,
  CODE_ONE_LINE_2 = 12,
  CODE_NO_COLUMNS = 13,
  CODE_LONG = 14,
  CODE_NONE = 15,
};

/* One entry: moves *line on, and gives the place of what the entry covers. */
static void
read_location (guint code, const guint8 **at, const guint8 *end, gint *line, FlatlinePlace *place)
{
  *place = (FlatlinePlace){ 0 };
  if (code == CODE_NONE)
    return;
  if (code == CODE_LONG)
    {
      *line = add (*line, read_signed_varint (at, end));
      place->line = *line;
      place->end_line = add (*line, (gint)read_varint (at, end));
      place->column = (gint)read_varint (at, end);
      place->end_column = (gint)read_varint (at, end);
      return;
    }
  if (code == CODE_NO_COLUMNS)
    *line = add (*line, read_signed_varint (at, end));
  else if (code >= CODE_ONE_LINE_0)
    *line = add (*line, (gint)code - CODE_ONE_LINE_0);
  place->line = place->end_line = *line;
  if (code == CODE_NO_COLUMNS)
    return;
  if (code >= CODE_ONE_LINE_0 && code <= CODE_ONE_LINE_2)
    {
      place->column = *at < end ? *(*at)++ + 1 : 0;
      place->end_column = *at < end ? *(*at)++ + 1 : 0;
    }
  else
    {
      guint8 byte = *at < end ? *(*at)++ : 0;

      place->column = (gint)(code << 3 | byte >> 4) + 1;
      place->end_column = place->column + (byte & 15);
    }
}

static gboolean
find_in_locations (const guint8 *table, gsize length, gint first_line, gint64 offset, FlatlinePlace *place)
{
  const guint8 *at = table;
  const guint8 *end = table + length;
  gint64 address = 0;
  gint line = first_line;

  while (at < end)
    {
      guint8 head = *at++;

      if (!(head & 128))
        return FALSE;
      address += ((head & 7) + 1) * 2;
      read_location (head >> 3 & 15, &at, end, &line, place);
      if (offset < address)
        return TRUE;
    }
  return FALSE;
}

gboolean
flatline_lines_find (
    FlatlineLineFormat format, const guint8 *table, gsize length, gint first_line, gint64 offset, FlatlinePlace *place)
{
  gboolean found = FALSE;

  *place = (FlatlinePlace){ 0 };
  if (offset < 0)
    {
      /* Before the first instruction: the frame has just been made. */
      place->line = place->end_line = first_line;
      return TRUE;
    }
  switch (format)
    {
    case FLATLINE_LINES_LNOTAB:
      found = find_in_lnotab (table, length, first_line, offset, place);
      break;
    case FLATLINE_LINES_LINETABLE:
      found = find_in_linetable (table, length, first_line, offset, place);
      break;
    case FLATLINE_LINES_LOCATIONS:
      found = find_in_locations (table, length, first_line, offset, place);
      break;
    }
  if (!found)
    *place = (FlatlinePlace){ 0 };
  return found;
}
