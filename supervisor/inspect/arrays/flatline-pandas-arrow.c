/* SPDX-License-Identifier: MIT */
/*
 * A column of text may be Arrow's (arrow/array/array_binary.h): chunks with the offsets of the texts and their bytes.
 */
#include "flatline-pandas-private.h"

#include "flatline-text-fields.h"

#define MAX_CHUNKS     1000
#define MAX_TEXT_BYTES 4096

/* arrow::ChunkedArray of a column of large_string: its chunks come first; 0: it is none. */
guint64
flatline_pandas_find_chunks (FlatlineTextWriter *self, guint64 values)
{
  const guint64 array = flatline_text_get (self, values, "_pa_array");
  const guint64 fields = array ? flatline_text_fields_of (self, array) : 0;
  const guint64 chunks = fields ? flatline_text_read_pointer (self, fields + 16) : 0;

  /* The Python object has it twice, as a shared pointer and as a plain one. */
  return flatline_pandas_find_type (self, values, "ArrowStringArray")
                 && chunks == flatline_text_read_pointer (self, fields + 32)
             ? chunks
             : 0;
}

void
flatline_pandas_append_arrow_text (
    FlatlineTextWriter *self, GString *text, guint64 chunks, gint64 i, const char *missing)
{
  const guint64 begin = flatline_text_read_pointer (self, chunks);
  const guint64 end = flatline_text_read_pointer (self, chunks + 8);

  for (guint64 at = begin; at < end && at < begin + MAX_CHUNKS * 16; at += 16)
    {
      const guint64 chunk = flatline_text_read_pointer (self, at);
      const guint64 data = flatline_text_read_pointer (self, chunk + 8);
      const gint64 length = (gint64)flatline_text_read_pointer (self, data + 16);
      const guint64 bitmap = flatline_text_read_pointer (self, chunk + 24);
      guint64 position, starts, ends, n;
      guint8 present = 0xff;
      char bytes[MAX_TEXT_BYTES + 1];
      g_autofree char *valid = NULL;

      if (i >= length)
        {
          i -= MAX (length, 0);
          continue;
        }
      position = (guint64)i + flatline_text_read_pointer (self, data + 32);
      if (bitmap)
        flatline_memory_read (self->target->memory, bitmap + position / 8, &present, 1);
      if (!(present & (1 << position % 8)))
        {
          g_string_append (text, missing);
          return;
        }
      starts = flatline_text_read_pointer (self, flatline_text_read_pointer (self, chunk + 32) + position * 8);
      ends = flatline_text_read_pointer (self, flatline_text_read_pointer (self, chunk + 32) + position * 8 + 8);
      n = ends - starts;
      if (ends < starts || n > G_MAXINT32)
        break;
      n = MIN (n, MAX_TEXT_BYTES);
      if (!flatline_memory_read (self->target->memory, flatline_text_read_pointer (self, chunk + 40) + starts, bytes,
                                 n))
        break;
      bytes[n] = 0;
      valid = g_utf8_make_valid (bytes, (gssize)n);
      flatline_text_append_utf8 (text, valid);
      return;
    }
  g_string_append_c (text, '?');
}
