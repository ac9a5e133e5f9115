/* SPDX-License-Identifier: MIT */
/*
 * arrow::Array has a pointer to its ArrayData, then to what it needs most: bits that say which items there are, the
 * items themselves, or where texts begin and their bytes. arrow::ChunkedArray has several of them. pyarrow's objects
 * have either twice, as a shared pointer and as a plain one.
 */
#include "flatline-arrow.h"

#include "flatline-numpy-numbers.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MAX_CHUNKS     1000
#define MAX_TEXT_BYTES 4096

typedef enum
{
  LAYOUT_UNKNOWN,
  LAYOUT_BITS,
  LAYOUT_NUMBERS,
  LAYOUT_DAYS,
  LAYOUT_TEXTS,
} Layout;

/* enum arrow::Type::type */
static const struct
{
  Layout layout;
  FlatlineNumpyKind kind;
  guint width; /* of an item, of texts of where they begin */
} types[] = {
  [1] = { LAYOUT_BITS, FLATLINE_NUMPY_BOOL, 0 },
  [2] = { LAYOUT_NUMBERS, FLATLINE_NUMPY_UINT, 1 },
  [3] = { LAYOUT_NUMBERS, FLATLINE_NUMPY_INT, 1 },
  [4] = { LAYOUT_NUMBERS, FLATLINE_NUMPY_UINT, 2 },
  [5] = { LAYOUT_NUMBERS, FLATLINE_NUMPY_INT, 2 },
  [6] = { LAYOUT_NUMBERS, FLATLINE_NUMPY_UINT, 4 },
  [7] = { LAYOUT_NUMBERS, FLATLINE_NUMPY_INT, 4 },
  [8] = { LAYOUT_NUMBERS, FLATLINE_NUMPY_UINT, 8 },
  [9] = { LAYOUT_NUMBERS, FLATLINE_NUMPY_INT, 8 },
  [10] = { LAYOUT_NUMBERS, FLATLINE_NUMPY_FLOAT, 2 },
  [11] = { LAYOUT_NUMBERS, FLATLINE_NUMPY_FLOAT, 4 },
  [12] = { LAYOUT_NUMBERS, FLATLINE_NUMPY_FLOAT, 8 },
  [13] = { LAYOUT_TEXTS, 0, 4 },
  [16] = { LAYOUT_DAYS, FLATLINE_NUMPY_INT, 4 },
  [34] = { LAYOUT_TEXTS, 0, 8 },
};

typedef struct
{
  guint type; /* index into types */
  gint64 length;
  guint64 offset; /* of its first item among those of the buffers */
  guint64 present, items, bytes;
} Array;

/* What a DataType has first is a weak pointer to itself, then its number. 0: none that is known. */
static guint
read_type (FlatlineTextWriter *self, guint64 address)
{
  gint32 number = 0;

  if (address == 0 || address % 8 != 0 || flatline_text_read_pointer (self, address + 24) != address
      || !flatline_memory_read_i32 (self->target->memory, address + 40, &number) || number < 0
      || number >= (gint32)G_N_ELEMENTS (types))
    return 0;
  return types[number].layout == LAYOUT_UNKNOWN ? 0 : (guint)number;
}

static guint64
read_buffer (FlatlineTextWriter *self, guint64 data, guint i)
{
  const guint64 buffers = flatline_text_read_pointer (self, data + 40);
  const guint64 buffer = flatline_text_read_pointer (self, buffers + i * 16);

  return buffer ? flatline_text_read_pointer (self, buffer + 16) : 0;
}

/* The array has the address of its items, too: with its offset in them or, for texts of some releases, without. */
static gboolean
read_array (FlatlineTextWriter *self, guint64 address, Array *array)
{
  const guint64 data = flatline_text_read_pointer (self, address + 8);
  const guint64 items = flatline_text_read_pointer (self, address + 32);

  *array = (Array){
    .type = read_type (self, flatline_text_read_pointer (self, data)),
    .length = (gint64)flatline_text_read_pointer (self, data + 16),
    .offset = flatline_text_read_pointer (self, data + 32),
    .present = flatline_text_read_pointer (self, address + 24),
    .items = read_buffer (self, data, 1),
  };
  if (types[array->type].layout == LAYOUT_TEXTS)
    array->bytes = read_buffer (self, data, 2);
  return array->type != 0 && array->length >= 0
         && (array->length == 0 || items == array->items
             || items == array->items + array->offset * types[array->type].width);
}

static guint64
find_inner (FlatlineTextWriter *self, guint64 object)
{
  const guint64 fields = flatline_text_fields_of (self, object);
  const guint64 inner = flatline_text_read_pointer (self, fields + 16);

  return inner == flatline_text_read_pointer (self, fields + 32) ? inner : 0;
}

guint64
flatline_arrow_find_chunks (FlatlineTextWriter *self, guint64 array)
{
  const guint64 chunks = array ? find_inner (self, array) : 0;

  return chunks && read_type (self, flatline_text_read_pointer (self, chunks + 24)) != 0 ? chunks : 0;
}

gint64
flatline_arrow_read_length (FlatlineTextWriter *self, guint64 chunks)
{
  return (gint64)flatline_text_read_pointer (self, chunks + 40);
}

static gboolean
read_bit (FlatlineTextWriter *self, guint64 bits, guint64 position)
{
  guint8 byte = 0;

  flatline_memory_read (self->target->memory, bits + position / 8, &byte, 1);
  return (byte >> position % 8) & 1;
}

static guint64
read_unsigned (FlatlineTextWriter *self, guint64 address, guint width)
{
  guint64 number = 0; /* of the low bytes first, as Arrow's are */

  flatline_memory_read (self->target->memory, address, &number, width);
  return number;
}

static gboolean
append_text (FlatlineTextWriter *self, GString *text, const Array *array, guint64 position)
{
  const guint width = types[array->type].width;
  const guint64 start = read_unsigned (self, array->items + position * width, width);
  const guint64 end = read_unsigned (self, array->items + (position + 1) * width, width);
  const guint64 n = MIN (end - start, MAX_TEXT_BYTES);
  char bytes[MAX_TEXT_BYTES + 1];
  g_autofree char *valid = NULL;

  if (end < start || end - start > G_MAXINT32
      || !flatline_memory_read (self->target->memory, array->bytes + start, bytes, n))
    return FALSE;
  bytes[n] = '\0';
  valid = g_utf8_make_valid (bytes, (gssize)n);
  flatline_text_append_utf8 (text, valid);
  return TRUE;
}

static gboolean
append_item (FlatlineTextWriter *self, GString *text, const Array *array, gint64 i, const char *missing)
{
  const guint64 position = (guint64)i + array->offset;
  const guint width = types[array->type].width;
  guint8 bytes[8] = { 0 };

  if (array->present && !read_bit (self, array->present, position))
    {
      g_string_append (text, missing);
      return TRUE;
    }
  if (types[array->type].layout == LAYOUT_TEXTS)
    return append_text (self, text, array, position);
  if (types[array->type].layout == LAYOUT_BITS)
    {
      g_string_append (text, read_bit (self, array->items, position) ? "True" : "False");
      return TRUE;
    }
  if (!flatline_memory_read (self->target->memory, array->items + position * width, bytes, width))
    return FALSE;
  if (types[array->type].layout == LAYOUT_DAYS)
    return flatline_numpy_date_append (text, (gint32)read_unsigned (self, array->items + position * width, width), "D");
  flatline_numpy_number_append (text, types[array->type].kind, width, bytes, FALSE);
  return TRUE;
}

void
flatline_arrow_append_at (FlatlineTextWriter *self, GString *text, guint64 chunks, gint64 i, const char *missing)
{
  const guint64 begin = flatline_text_read_pointer (self, chunks);
  const guint64 end = flatline_text_read_pointer (self, chunks + 8);

  for (guint64 at = begin; at < end && at < begin + MAX_CHUNKS * 16; at += 16)
    {
      Array array;

      if (!read_array (self, flatline_text_read_pointer (self, at), &array))
        break;
      if (i >= array.length)
        i -= array.length;
      else if (append_item (self, text, &array, i, missing))
        return;
      else
        break;
    }
  g_string_append_c (text, '?');
}

static void
append_array (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const gboolean is_chunked = strcmp (type->name, "ChunkedArray") == 0;
  const guint64 inner = is_chunked ? flatline_arrow_find_chunks (self, address) : find_inner (self, address);
  Array array;
  gint64 length;

  if (inner == 0 || (!is_chunked && !read_array (self, inner, &array)))
    {
      g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
      return;
    }
  length = is_chunked ? flatline_arrow_read_length (self, inner) : array.length;
  g_string_append_printf (text, "%s([", flatline_text_short_name (type));
  for (gint64 i = 0; i < length && flatline_text_begin_item (self, text, i); i++)
    if (is_chunked)
      flatline_arrow_append_at (self, text, inner, i, "null");
    else if (!append_item (self, text, &array, i, "null"))
      g_string_append_c (text, '?');
  g_string_append (text, "])");
}

FlatlineLibraryTextFunc
flatline_arrow_find_writer (FlatlineTypeCache *cache, const char *name)
{
  return g_str_has_prefix (name, "pyarrow.lib.") && g_str_has_suffix (name, "Array") ? append_array : NULL;
}
