/* SPDX-License-Identifier: MIT */
/* Objects without parts: numbers, strings, bytes. Structs: Include/cpython/ of each version through the layout. */
#include "flatline-simple-text.h"

#include "flatline-literals.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#define MAX_FEW_DIGITS 8 /* of 30 bits; more take memory of their own */

void
flatline_text_append_int (FlatlineTextWriter *self, GString *text, guint64 address)
{
  const FlatlineLayout *layout = &self->target->layout;
  guint32 few[MAX_FEW_DIGITS];
  g_autofree guint32 *many = NULL;
  guint32 *digits = few;
  gboolean negative;
  gsize n;
  guint64 word =
      flatline_text_read_pointer (self, address + (layout->long_tag >= 0 ? layout->long_tag : layout->object_var_size));

  if (layout->long_tag >= 0)
    {
      /* 3.12: sign in the two lowest bits (2 is negative), number of digits above the third. */
      negative = (word & 3) == 2;
      n = word >> 3;
    }
  else
    {
      negative = (gint64)word < 0;
      n = negative ? 0 - word : word; /* without a sign: there is none for the least of all */
    }
  if (n > (1u << 26))
    {
      g_string_append (text, "<int of impossible size>");
      return;
    }
  if (n > MAX_FEW_DIGITS)
    digits = many = g_new (guint32, n);
  if (n > 0 && !flatline_memory_read (self->target->memory, address + layout->long_digits, digits, n * 4))
    {
      g_string_append (text, "<unreadable int>");
      return;
    }
  if (flatline_literal_append_int (text, digits, n, 30, negative, MAX (self->max_bytes, 64)))
    self->truncated = TRUE;
}

void
flatline_text_append_str (FlatlineTextWriter *self, GString *text, guint64 address)
{
  gint64 max = (gint64)MAX (self->max_bytes > text->len ? self->max_bytes - text->len : 0, 16);
  gint64 n = 0;
  g_autofree guint32 *characters = flatline_string_read_characters (self->target, address, max, &n);
  FlatlineStringView view = { 0 };

  if (!characters)
    {
      g_string_append (text, "<unreadable str>");
      return;
    }
  flatline_string_view (self->target, address, &view);
  flatline_literal_append_str (text, characters, n, n == view.length);
  self->truncated = self->truncated || n != view.length;
}

void
flatline_text_append_bytes_at (
    FlatlineTextWriter *self, GString *text, guint64 data, gint64 size, gboolean escape_apostrophes)
{
  gint64 max = (gint64)MAX (self->max_bytes > text->len ? self->max_bytes - text->len : 0, 16);
  gint64 n = CLAMP (size, 0, max);
  g_autofree guint8 *bytes = g_malloc (n + 1);

  if (size < 0 || (n > 0 && !flatline_memory_read (self->target->memory, data, bytes, n)))
    {
      g_string_append (text, "<unreadable bytes>");
      return;
    }
  flatline_literal_append_bytes (text, bytes, n, n == size, escape_apostrophes);
  self->truncated = self->truncated || n != size;
}

void
flatline_text_append_bytearray (FlatlineTextWriter *self, GString *text, guint64 address)
{
  g_string_append (text, "bytearray(");
  flatline_text_append_bytes_at (
      self, text, flatline_text_read_pointer (self, address + self->target->layout.bytearray_start),
      flatline_object_read_size (self->target, address), self->target->layout.version < 0x030f);
  g_string_append_c (text, ')');
}

void
flatline_text_append_float (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const FlatlineLayout *layout = &self->target->layout;
  double parts[2] = { 0, 0 };

  if (type->family == FLATLINE_FAMILY_FLOAT)
    {
      flatline_memory_read (self->target->memory, address + layout->float_value, parts, sizeof parts[0]);
      flatline_literal_append_float (text, parts[0]);
    }
  else
    {
      flatline_memory_read (self->target->memory, address + layout->complex_value, parts, sizeof parts);
      flatline_literal_append_complex (text, parts[0], parts[1]);
    }
}

void
flatline_text_append_str_part (FlatlineTextWriter *self, GString *text, guint64 address, gint64 first, gint64 n)
{
  FlatlineStringView view = { 0 };
  g_autofree guint32 *characters = NULL;
  g_autofree guint8 *data = NULL;

  if (n < 0 || !flatline_string_view (self->target, address, &view) || first > view.length || n > view.length - first)
    n = 0;
  characters = g_new0 (guint32, (gsize)n + 1);
  data = g_malloc0 ((gsize)n * 4 + 4);
  if (n > 0
      && !flatline_memory_read (self->target->memory, view.data + (guint64)first * view.kind, data,
                                (gsize)n * view.kind))
    n = 0;
  for (gint64 i = 0; i < n; i++)
    characters[i] = view.kind == 1   ? data[i]
                    : view.kind == 2 ? ((const guint16 *)(gconstpointer)data)[i]
                                     : ((const guint32 *)(gconstpointer)data)[i];
  flatline_literal_append_str (text, characters, (gsize)n, TRUE);
}
