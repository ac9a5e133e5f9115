/* SPDX-License-Identifier: MIT */
/*
 * The items of columns and indexes. They are in an array of numpy, a range, or an extension array, which has them in
 * one of numpy, as they are, or as numbers that stand for them: of categories, periods, moments of UTC to be shown in a
 * time zone. Intervals have two arrays, and an index of several levels has for each the levels and which of them are
 * meant.
 */
#include "flatline-pandas-private.h"

#include "flatline-arrow.h"
#include "flatline-attributes.h"
#include "flatline-numpy.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#define MAX_LEVELS  16
#define MAX_NESTING 5 /* levels of categories of intervals */

typedef enum
{
  KIND_NUMBERS, /* or objects, as numpy has them */
  KIND_RANGE,
  KIND_ARROW,
  KIND_CATEGORIES,
  KIND_PERIODS,
  KIND_MOMENTS,
  KIND_INTERVALS,
  KIND_LEVELS,
  KIND_UNKNOWN,
} Kind;

typedef struct
{
  Kind kind;
  guint64 values;
  guint64 array; /* of numpy: the items or what stands for them */
  guint64 dtype; /* of categories, periods, moments */
  guint64 chunks;
} Column;

const FlatlineTypeInfo *
flatline_pandas_find_type (FlatlineTextWriter *self, guint64 object, const char *suffix)
{
  const FlatlineTypeInfo *type = object != 0 && object % 8 == 0 ? flatline_text_type_of (self, object) : NULL;

  return type && g_str_has_suffix (type->full_name, suffix) ? type : NULL;
}

gboolean
flatline_pandas_has_family (FlatlineTextWriter *self, guint64 object, FlatlineFamily family)
{
  const FlatlineTypeInfo *type = object != 0 && object % 8 == 0 ? flatline_text_type_of (self, object) : NULL;

  return type && type->family == family;
}

gint64
flatline_pandas_read_number (FlatlineTextWriter *self, guint64 number)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (flatline_pandas_has_family (self, number, FLATLINE_FAMILY_INT))
    flatline_text_append_object (self, text, number);
  return g_ascii_strtoll (text->str, NULL, 10);
}

/* In its body (NDArrayBacked) or as an attribute. */
static guint64
find_array (FlatlineTextWriter *self, guint64 values)
{
  static const char *const attributes[] = { "_ndarray", "_data" };
  const guint64 body = flatline_text_fields_of (self, values);

  for (guint i = 0; i < G_N_ELEMENTS (attributes); i++)
    {
      const guint64 array = flatline_text_get (self, values, attributes[i]);

      if (array && flatline_numpy_read_length (self, array) >= 0)
        return array;
    }
  for (guint i = 0; i < FLATLINE_PANDAS_BODY_WORDS; i++)
    {
      const guint64 object = flatline_text_read_pointer (self, body + i * 8);

      if (flatline_pandas_find_type (self, object, "numpy.ndarray"))
        return object;
    }
  return 0;
}

static guint64
find_dtype (FlatlineTextWriter *self, guint64 values)
{
  const guint64 body = flatline_text_fields_of (self, values);
  const guint64 attribute = flatline_text_get (self, values, "_dtype");

  if (flatline_pandas_find_type (self, attribute, "Dtype"))
    return attribute;
  for (guint i = 0; i < FLATLINE_PANDAS_BODY_WORDS; i++)
    {
      const guint64 object = flatline_text_read_pointer (self, body + i * 8);

      if (flatline_pandas_find_type (self, object, "Dtype"))
        return object;
    }
  return 0;
}

/* Whether the items are what the array has is told by the dtype. */
static Column
look_at_column (FlatlineTextWriter *self, guint64 values)
{
  static const struct
  {
    const char *suffix;
    Kind kind;
  } dtypes[] = {
    { "CategoricalDtype", KIND_CATEGORIES },
    { "PeriodDtype", KIND_PERIODS },
    { "DatetimeTZDtype", KIND_MOMENTS },
  };
  Column column = { .kind = KIND_UNKNOWN, .values = values };

  column.chunks = flatline_arrow_find_chunks (self, flatline_text_get (self, values, "_pa_array"));
  if (flatline_pandas_has_family (self, values, FLATLINE_FAMILY_RANGE))
    column.kind = KIND_RANGE;
  else if (column.chunks)
    column.kind = KIND_ARROW;
  else if (flatline_numpy_read_length (self, values) >= 0)
    {
      column.kind = KIND_NUMBERS;
      column.array = values;
    }
  else if (flatline_pandas_find_type (self, values, "MultiIndex"))
    column.kind = KIND_LEVELS;
  else if (flatline_pandas_find_type (self, values, "IntervalArray"))
    column.kind = KIND_INTERVALS;
  else if (flatline_pandas_find_type (self, values, "Array") || flatline_pandas_find_type (self, values, "Categorical"))
    {
      column.array = find_array (self, values);
      column.dtype = find_dtype (self, values);
      column.kind = column.array ? KIND_NUMBERS : KIND_UNKNOWN;
      for (guint i = 0; column.array && i < G_N_ELEMENTS (dtypes); i++)
        if (flatline_pandas_find_type (self, column.dtype, dtypes[i].suffix))
          column.kind = dtypes[i].kind;
    }
  return column;
}

guint64
flatline_pandas_find_items (FlatlineTextWriter *self, guint64 index)
{
  const guint64 range = flatline_text_get (self, index, "_range");

  if (flatline_pandas_find_type (self, index, "MultiIndex"))
    return index;
  return range ? range : flatline_text_get (self, index, "_data");
}

/* Of a list, whatever its class; 0: it has no such item. */
static guint64
get_item (FlatlineTextWriter *self, guint64 list, gint64 i)
{
  if (!flatline_pandas_has_family (self, list, FLATLINE_FAMILY_LIST)
      || i >= flatline_object_read_size (self->target, list))
    return 0;
  return flatline_text_read_pointer (
      self, flatline_text_read_pointer (self, list + (guint64)self->target->layout.list_items) + (guint64)i * 8);
}

static gint64
read_length (FlatlineTextWriter *self, guint64 values, guint depth)
{
  const Column column = look_at_column (self, values);

  if (depth >= MAX_NESTING)
    return -1;
  switch (column.kind)
    {
    case KIND_RANGE:
      return flatline_pandas_read_number (
          self, flatline_text_read_pointer (self, values + (guint64)self->target->layout.range_start + 24));
    case KIND_ARROW:
      return flatline_arrow_read_length (self, column.chunks);
    case KIND_INTERVALS:
      return read_length (self, flatline_text_get (self, values, "_left"), depth + 1);
    case KIND_LEVELS:
      return flatline_numpy_read_length (self, get_item (self, flatline_text_get (self, values, "_codes"), 0));
    default:
      return flatline_numpy_read_length (self, column.array);
    }
}

gint64
flatline_pandas_read_length (FlatlineTextWriter *self, guint64 values)
{
  return read_length (self, values, 0);
}

static void
append_at (FlatlineTextWriter *self, GString *text, guint64 values, gint64 row, gint64 i, guint depth);

/* Which of the items of @index is meant; below 0: none. */
static void
append_chosen (FlatlineTextWriter *self, GString *text, guint64 index, gint64 code, guint depth)
{
  const guint64 items = flatline_pandas_find_items (self, index);

  if (code < 0)
    g_string_append (text, "nan");
  else if (depth < MAX_NESTING && code < read_length (self, items, depth + 1))
    append_at (self, text, items, 0, code, depth + 1);
  else
    g_string_append (text, "…");
}

static void
append_interval (FlatlineTextWriter *self, GString *text, guint64 values, gint64 i, guint depth)
{
  const guint64 dtype = find_dtype (self, values);

  if (depth >= MAX_NESTING)
    {
      g_string_append (text, "…");
      return;
    }
  g_string_append (text, "Interval(");
  append_at (self, text, flatline_text_get (self, values, "_left"), 0, i, depth + 1);
  g_string_append (text, ", ");
  append_at (self, text, flatline_text_get (self, values, "_right"), 0, i, depth + 1);
  g_string_append (text, ", closed=");
  flatline_text_append_attribute (self, text, dtype, "_closed");
  g_string_append_c (text, ')');
}

static void
append_levels (FlatlineTextWriter *self, GString *text, guint64 index, gint64 i, guint depth)
{
  const guint64 levels = flatline_text_get (self, index, "_levels");
  const guint64 codes = flatline_text_get (self, index, "_codes");
  const gint64 n = MIN (flatline_object_read_size (self->target, codes), MAX_LEVELS);

  g_string_append_c (text, '(');
  for (gint64 level = 0; level < n; level++)
    {
      gint64 code = 0;

      if (level > 0)
        g_string_append (text, ", ");
      if (flatline_numpy_read_word (self, get_item (self, codes, level), 0, i, &code))
        append_chosen (self, text, get_item (self, levels, level), code, depth);
      else
        g_string_append (text, "…");
    }
  g_string_append (text, n == 1 ? ",)" : ")");
}

static void
append_counted (FlatlineTextWriter *self, GString *text, const Column *column, gint64 row, gint64 i, guint depth)
{
  g_autofree char *unit = NULL;
  gint64 word;

  if (!flatline_numpy_read_word (self, column->array, row, i, &word))
    g_string_append (text, "…");
  else if (column->kind == KIND_CATEGORIES)
    append_chosen (self, text, flatline_text_get (self, column->dtype, "_categories"), word, depth);
  else if (column->kind == KIND_PERIODS)
    flatline_pandas_append_period_at (self, text, word, column->dtype);
  else
    {
      unit = flatline_text_get_string (self, column->dtype, "_unit");
      flatline_pandas_append_moment (self, text, word, unit, flatline_text_get (self, column->dtype, "_tz"));
    }
}

static void
append_of_range (FlatlineTextWriter *self, GString *text, guint64 values, gint64 i)
{
  const guint64 range = values + (guint64)self->target->layout.range_start;
  const guint64 start = (guint64)flatline_pandas_read_number (self, flatline_text_read_pointer (self, range));
  const guint64 step = (guint64)flatline_pandas_read_number (self, flatline_text_read_pointer (self, range + 16));

  /* Without a sign, as a spoiled one may be too large. */
  g_string_append_printf (text, "%" G_GINT64_FORMAT, (gint64)(start + (guint64)i * step));
}

/* What a column of Arrow's has where there is nothing: dtype "str" differs from all others in that. */
static const char *
get_missing (FlatlineTextWriter *self, guint64 values)
{
  const guint64 missing = flatline_text_get (self, find_dtype (self, values), "_na_value");

  return missing && !flatline_pandas_find_type (self, missing, "NAType") ? "nan" : "<NA>";
}

static void
append_at (FlatlineTextWriter *self, GString *text, guint64 values, gint64 row, gint64 i, guint depth)
{
  const Column column = look_at_column (self, values);

  switch (column.kind)
    {
    case KIND_RANGE:
      append_of_range (self, text, values, i);
      break;
    case KIND_ARROW:
      flatline_arrow_append_at (self, text, column.chunks, i, get_missing (self, values));
      break;
    case KIND_NUMBERS:
      flatline_numpy_append_at (self, text, column.array, flatline_text_get (self, values, "_mask"), row, i);
      break;
    case KIND_INTERVALS:
      append_interval (self, text, values, i, depth);
      break;
    case KIND_LEVELS:
      append_levels (self, text, values, i, depth);
      break;
    case KIND_UNKNOWN:
      g_string_append (text, "…");
      break;
    default:
      append_counted (self, text, &column, row, i, depth);
    }
}

void
flatline_pandas_append_at (FlatlineTextWriter *self, GString *text, guint64 values, gint64 row, gint64 i)
{
  append_at (self, text, values, row, i, 0);
}
