/* SPDX-License-Identifier: MIT */
/*
 * A frame's repr() is a table; what is written instead makes one: its columns by name with their first items. It keeps
 * columns of one type together in blocks (pandas/_libs/internals.pyx): a tuple of them and a list of two indexes, and
 * each block has an array (flatline-pandas-columns.c), and which columns its rows are.
 */
#include "flatline-pandas-private.h"

#include "flatline-attributes.h"
#include "flatline-numpy.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MAX_BLOCKS  200
#define FRAME_ITEMS 5 /* of a column of a frame: there are others */

/* "[1, 2, 3]" */
static void
append_items (FlatlineTextWriter *self, GString *text, guint64 values, gint64 row, gint64 max)
{
  const gint64 length = flatline_pandas_read_length (self, values);

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
      flatline_pandas_append_at (self, text, values, row, i);
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
  const guint64 items = flatline_pandas_find_items (self, address);
  const guint64 range = items + (guint64)self->target->layout.range_start;

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  if (flatline_pandas_has_family (self, items, FLATLINE_FAMILY_RANGE))
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

  if (flatline_pandas_has_family (self, attribute, family))
    return attribute;
  for (guint i = 0; i < FLATLINE_PANDAS_BODY_WORDS; i++)
    {
      const guint64 object = flatline_text_read_pointer (self, body + i * 8);

      if (flatline_pandas_has_family (self, object, family))
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

  for (guint i = 1; i < FLATLINE_PANDAS_BODY_WORDS; i++)
    {
      const guint64 object = flatline_text_read_pointer (self, body + i * 8);

      if (flatline_pandas_find_type (self, object, "BlockPlacement"))
        *placement = object;
      else if (values == 0
               && (flatline_pandas_find_type (self, object, "ndarray")
                   || flatline_pandas_find_type (self, object, "Array")
                   || flatline_pandas_find_type (self, object, "Categorical")))
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

  if (!flatline_pandas_has_family (self, slice, FLATLINE_FAMILY_SLICE))
    return flatline_numpy_find_value (self, flatline_text_read_pointer (self, body + 16), column);
  start = flatline_pandas_read_number (self, flatline_text_read_pointer (self, parts));
  stop = flatline_pandas_read_number (self, flatline_text_read_pointer (self, parts + 8));
  step = flatline_pandas_read_number (self, flatline_text_read_pointer (self, parts + 16));
  step = step == 0 ? 1 : step;
  if (step < 0 && flatline_text_is_none (self, flatline_text_read_pointer (self, parts + 8)))
    stop = -1;
  if (start < 0 || (step > 0 ? column < start || column >= stop : column > start || column <= stop)
      || (column - start) % step != 0)
    return -1;
  return (column - start) / step;
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
  const guint64 names = blocks ? flatline_pandas_find_items (self, columns) : 0;
  const gint64 n = names ? flatline_pandas_read_length (self, names) : -1;

  if (n < 0)
    {
      append_unknown (text, address, type);
      return;
    }
  g_string_append_printf (text, "%s({", flatline_text_short_name (type));
  for (gint64 i = 0; i < n && flatline_text_begin_item (self, text, i); i++)
    {
      flatline_pandas_append_at (self, text, names, 0, i);
      g_string_append (text, ": ");
      append_column (self, text, blocks, i);
    }
  g_string_append (text, "}, index=");
  flatline_text_append_object (self, text, index);
  g_string_append_printf (text, ", shape=(%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT "))",
                          flatline_pandas_read_length (self, flatline_pandas_find_items (self, index)), n);
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

/* An array by itself, without a series around it. */
static void
append_array (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  if (flatline_pandas_read_length (self, address) < 0)
    {
      append_unknown (text, address, type);
      return;
    }
  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  append_items (self, text, address, 0, G_MAXINT64);
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
  { "Period", flatline_pandas_append_period },
  { "_libs.tslibs.period._Period", flatline_pandas_append_period },
  { "Interval", flatline_pandas_append_interval },
  { "_libs.interval.Interval", flatline_pandas_append_interval },
};

FlatlineLibraryTextFunc
flatline_pandas_find_writer (FlatlineTypeCache *types, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    if (strcmp (writers[i].name, name + strlen ("pandas.")) == 0)
      return writers[i].append;
  if (g_str_has_suffix (name, "Array") || g_str_has_suffix (name, ".Categorical"))
    return append_array;
  return NULL;
}
