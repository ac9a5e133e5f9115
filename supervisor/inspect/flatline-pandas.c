/* SPDX-License-Identifier: MIT */
/*
 * A frame's repr() is a table; what is written instead makes one: its columns by name with their first items. It keeps
 * columns of one type together in blocks (pandas/_libs/internals.pyx): a tuple of them and a list of two indexes, and
 * each block has an array, of numpy or an extension, and which columns its rows are. A column of text may be Arrow's
 * (arrow/array/array_binary.h): chunks with the offsets of the texts and their bytes.
 */
#include "flatline-pandas.h"

#include "flatline-attributes.h"
#include "flatline-numpy.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MAX_BLOCKS     200
#define MAX_CHUNKS     1000
#define MAX_TEXT_BYTES 4096
#define FRAME_ITEMS    5 /* of a column of a frame: there are others */
#define BODY_WORDS     6 /* of a block or a manager, in which its objects are */

static const FlatlineTypeInfo *
find_type_with_suffix (FlatlineTextWriter *self, guint64 object, const char *suffix)
{
  const FlatlineTypeInfo *type = object != 0 && object % 8 == 0 ? flatline_text_type_of (self, object) : NULL;

  return type && g_str_has_suffix (type->full_name, suffix) ? type : NULL;
}

static gboolean
has_family (FlatlineTextWriter *self, guint64 object, FlatlineFamily family)
{
  const FlatlineTypeInfo *type = object != 0 && object % 8 == 0 ? flatline_text_type_of (self, object) : NULL;

  return type && type->family == family;
}

static gint64
read_number (FlatlineTextWriter *self, guint64 number)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (has_family (self, number, FLATLINE_FAMILY_INT))
    flatline_text_append_object (self, text, number);
  return g_ascii_strtoll (text->str, NULL, 10);
}

/* Arrow */

/* arrow::ChunkedArray of a column of large_string: its chunks come first; 0: it is none. */
static guint64
find_chunks (FlatlineTextWriter *self, guint64 values)
{
  const guint64 array = flatline_text_get (self, values, "_pa_array");
  const guint64 fields = array ? flatline_text_fields_of (self, array) : 0;
  const guint64 chunks = fields ? flatline_text_read_pointer (self, fields + 16) : 0;

  /* The Python object has it twice, as a shared pointer and as a plain one. */
  return find_type_with_suffix (self, values, "ArrowStringArray")
                 && chunks == flatline_text_read_pointer (self, fields + 32)
             ? chunks
             : 0;
}

static void
append_arrow_text (FlatlineTextWriter *self, GString *text, guint64 chunks, gint64 i)
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
          g_string_append (text, "nan");
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

/* Columns and indexes */

/*
 * The array of numpy in an extension array whose items are what they are written as; 0 none: it has the numbers of
 * categories or periods, or moments of UTC that are shown in another zone. Some keep it in their body (NDArrayBacked).
 */
static guint64
find_numbers (FlatlineTextWriter *self, guint64 values)
{
  static const char *const attributes[] = { "_ndarray", "_data" };
  static const char *const others[] = { "Categorical", "PeriodArray", "DatetimeTZDtype" };
  const guint64 body = flatline_text_fields_of (self, values);
  guint64 array = 0;

  if (flatline_numpy_read_length (self, values) >= 0)
    return values;
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (find_type_with_suffix (self, values, others[i]))
      return 0;
  if (!find_type_with_suffix (self, values, "Array"))
    return 0;
  for (guint i = 0; i < G_N_ELEMENTS (attributes) && array == 0; i++)
    {
      array = flatline_text_get (self, values, attributes[i]);
      array = array && flatline_numpy_read_length (self, array) >= 0 ? array : 0;
    }
  for (guint i = 0; i < BODY_WORDS; i++)
    {
      const guint64 object = flatline_text_read_pointer (self, body + i * 8);

      if (find_type_with_suffix (self, object, "DatetimeTZDtype"))
        return 0;
      if (array == 0 && find_type_with_suffix (self, object, "numpy.ndarray"))
        array = object;
    }
  return array;
}

/* An index has its items in an array, or is a range. */
static guint64
find_items (FlatlineTextWriter *self, guint64 object)
{
  const guint64 range = flatline_text_get (self, object, "_range");

  return range ? range : flatline_text_get (self, object, "_data");
}

/* How many items it has, -1 unknown. */
static gint64
read_length (FlatlineTextWriter *self, guint64 values)
{
  const guint64 chunks = find_chunks (self, values);

  if (has_family (self, values, FLATLINE_FAMILY_RANGE))
    return read_number (self, flatline_text_read_pointer (self, values + self->target->layout.range_start + 24));
  if (chunks)
    return (gint64)flatline_text_read_pointer (self, chunks + 40);
  return flatline_numpy_read_length (self, find_numbers (self, values));
}

static void
append_at (FlatlineTextWriter *self, GString *text, guint64 values, gint64 row, gint64 i)
{
  const guint64 chunks = find_chunks (self, values);
  const guint64 numbers = chunks ? 0 : find_numbers (self, values);
  const guint64 range = values + (guint64)self->target->layout.range_start;

  if (chunks)
    append_arrow_text (self, text, chunks, i);
  else if (numbers)
    flatline_numpy_append_at (self, text, numbers, flatline_text_get (self, values, "_mask"), row, i);
  else if (has_family (self, values, FLATLINE_FAMILY_RANGE))
    /* Without a sign, as a spoiled one may be too large. */
    g_string_append_printf (
        text, "%" G_GINT64_FORMAT,
        (gint64)((guint64)read_number (self, flatline_text_read_pointer (self, range))
                 + (guint64)i * (guint64)read_number (self, flatline_text_read_pointer (self, range + 16))));
  else
    g_string_append (text, "…");
}

/* "[1, 2, 3]" */
static void
append_items (FlatlineTextWriter *self, GString *text, guint64 values, gint64 row, gint64 max)
{
  const gint64 length = read_length (self, values);

  g_string_append_c (text, '[');
  if (length < 0)
    g_string_append (text, "…");
  for (gint64 i = 0; i < length && flatline_text_begin_item (self, text, i); i++)
    {
      if (i == max)
        {
          g_string_append (text, "…");
          break;
        }
      append_at (self, text, values, row, i);
    }
  g_string_append_c (text, ']');
}

static void
append_name (FlatlineTextWriter *self, GString *text, guint64 object)
{
  const guint64 name = flatline_text_get (self, object, "_name");

  if (name == 0 || flatline_text_is_none (self, name))
    return;
  g_string_append (text, ", name=");
  flatline_text_append_object (self, text, name);
}

static void
append_index (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 items = find_items (self, address);
  const guint64 range = items + (guint64)self->target->layout.range_start;

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  if (has_family (self, items, FLATLINE_FAMILY_RANGE))
    {
      static const char *const parts[] = { "start=", ", stop=", ", step=" };

      for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
        {
          g_string_append (text, parts[i]);
          flatline_text_append_object (self, text, flatline_text_read_pointer (self, range + i * 8));
        }
    }
  else
    append_items (self, text, items, 0, G_MAXINT64);
  append_name (self, text, address);
  g_string_append_c (text, ')');
}

/* Blocks */

/* What a manager of C has in its body (BlockManager), or one of Python as an attribute (SingleBlockManager). */
static guint64
find_part (FlatlineTextWriter *self, guint64 manager, const char *name, FlatlineFamily family)
{
  const guint64 body = flatline_text_fields_of (self, manager);
  const guint64 attribute = flatline_text_get (self, manager, name);

  if (has_family (self, attribute, family))
    return attribute;
  for (guint i = 0; i < BODY_WORDS; i++)
    {
      const guint64 object = flatline_text_read_pointer (self, body + i * 8);

      if (has_family (self, object, family))
        return object;
    }
  return 0;
}

/* The array of a block, and with @placement which columns its rows are. */
static guint64
find_values (FlatlineTextWriter *self, guint64 block, guint64 *placement)
{
  const guint64 body = flatline_text_fields_of (self, block);
  guint64 values = 0;

  for (guint i = 1; i < BODY_WORDS; i++)
    {
      const guint64 object = flatline_text_read_pointer (self, body + i * 8);

      if (find_type_with_suffix (self, object, "BlockPlacement"))
        *placement = object;
      else if (values == 0
               && (find_type_with_suffix (self, object, "ndarray") || find_type_with_suffix (self, object, "Array")
                   || find_type_with_suffix (self, object, "Categorical")))
        values = object;
    }
  return values;
}

/* The row that is column @column, -1: the block does not have it. BlockPlacement: a slice, or else an array. */
static gint64
find_row (FlatlineTextWriter *self, guint64 placement, gint64 column)
{
  const guint64 body = flatline_text_fields_of (self, placement);
  const guint64 slice = flatline_text_read_pointer (self, body + 8);
  const guint64 parts = slice + (guint64)self->target->layout.slice_start;
  gint64 start, stop, step;

  if (!has_family (self, slice, FLATLINE_FAMILY_SLICE))
    return flatline_numpy_find_value (self, flatline_text_read_pointer (self, body + 16), column);
  start = read_number (self, flatline_text_read_pointer (self, parts));
  stop = read_number (self, flatline_text_read_pointer (self, parts + 8));
  step = MAX (read_number (self, flatline_text_read_pointer (self, parts + 16)), 1);
  return start >= 0 && column >= start && column < stop && (column - start) % step == 0 ? (column - start) / step : -1;
}

static void
append_column (FlatlineTextWriter *self, GString *text, guint64 blocks, gint64 column)
{
  const gint64 n = MIN (flatline_object_read_size (self->target, blocks), MAX_BLOCKS);

  for (gint64 i = 0; i < n; i++)
    {
      const guint64 block =
          flatline_text_read_pointer (self, blocks + (guint64)self->target->layout.tuple_items + (guint64)i * 8);
      guint64 placement = 0;
      const guint64 values = find_values (self, block, &placement);
      const gint64 row = values && placement ? find_row (self, placement, column) : -1;

      if (row >= 0)
        {
          append_items (self, text, values, row, FRAME_ITEMS);
          return;
        }
    }
  g_string_append (text, "[…]");
}

static void
append_unknown (GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
}

static guint64
find_axis (FlatlineTextWriter *self, guint64 manager, guint i)
{
  const guint64 axes = find_part (self, manager, "axes", FLATLINE_FAMILY_LIST);
  const guint64 items = axes ? flatline_text_read_pointer (self, axes + (guint64)self->target->layout.list_items) : 0;

  return axes && flatline_object_read_size (self->target, axes) > i ? flatline_text_read_pointer (self, items + i * 8)
                                                                    : 0;
}

static void
append_frame (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 manager = flatline_text_get (self, address, "_mgr");
  const guint64 columns = manager ? find_axis (self, manager, 0) : 0;
  const guint64 index = columns ? find_axis (self, manager, 1) : 0;
  const guint64 blocks = index ? find_part (self, manager, "blocks", FLATLINE_FAMILY_TUPLE) : 0;
  const guint64 names = blocks ? find_items (self, columns) : 0;
  const gint64 n = names ? read_length (self, names) : -1;

  if (n < 0)
    {
      append_unknown (text, address, type);
      return;
    }
  g_string_append_printf (text, "%s({", flatline_text_short_name (type));
  for (gint64 i = 0; i < n && flatline_text_begin_item (self, text, i); i++)
    {
      append_at (self, text, names, 0, i);
      g_string_append (text, ": ");
      append_column (self, text, blocks, i);
    }
  g_string_append (text, "}, index=");
  flatline_text_append_object (self, text, index);
  g_string_append_printf (text, ", shape=(%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT "))",
                          read_length (self, find_items (self, index)), n);
}

static void
append_series (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 manager = flatline_text_get (self, address, "_mgr");
  const guint64 index = manager ? find_axis (self, manager, 0) : 0;
  const guint64 blocks = index ? find_part (self, manager, "blocks", FLATLINE_FAMILY_TUPLE) : 0;
  guint64 placement = 0;
  const guint64 values =
      blocks && flatline_object_read_size (self->target, blocks) == 1 ? find_values (
          self, flatline_text_read_pointer (self, blocks + (guint64)self->target->layout.tuple_items), &placement)
                                                                      : 0;

  if (!values)
    {
      append_unknown (text, address, type);
      return;
    }
  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  append_items (self, text, values, 0, G_MAXINT64);
  g_string_append (text, ", index=");
  flatline_text_append_object (self, text, index);
  append_name (self, text, address);
  g_string_append_c (text, ')');
}

static void
append_nothing (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_string_append (text, strstr (type->name, "NaT") ? "NaT" : "<NA>");
}

static const struct
{
  const char *name;
  FlatlineLibraryTextFunc append;
} writers[] = {
  { "DataFrame", append_frame },
  { "core.frame.DataFrame", append_frame },
  { "Series", append_series },
  { "core.series.Series", append_series },
  { "Index", append_index },
  { "core.indexes.base.Index", append_index },
  { "_libs.tslibs.nattype._NaT", append_nothing },
  { "_libs.missing.NAType", append_nothing },
  { "api.typing.NAType", append_nothing },
  { "api.typing.NaTType", append_nothing },
  { "Timestamp", flatline_pandas_append_timestamp },
  { "_libs.tslibs.timestamps._Timestamp", flatline_pandas_append_timestamp },
  { "_libs.tslibs.timestamps.Timestamp", flatline_pandas_append_timestamp },
  { "Timedelta", flatline_pandas_append_timedelta },
  { "_libs.tslibs.timedeltas._Timedelta", flatline_pandas_append_timedelta },
};

FlatlineLibraryTextFunc
flatline_pandas_find_writer (const char *name)
{
  if (!g_str_has_prefix (name, "pandas."))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    if (strcmp (writers[i].name, name + strlen ("pandas.")) == 0)
      return writers[i].append;
  return NULL;
}
