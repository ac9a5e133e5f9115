/* SPDX-License-Identifier: MIT */
/*
 * A scalar is its head and its value (numpy/arrayscalars.h). An array, PyArrayObject_fields (numpy/ndarraytypes.h), is
 * data, number of dimensions, dimensions, strides, base, descr; a descr is its scalar type, kind, type, byte order, a
 * byte of flags, type number, and the size of an item, which numpy 2 moved. What an array is written as is not its
 * repr(), which fills lines, but its first items with dtype and shape.
 */
#include "flatline-numpy.h"

#include "flatline-dicts.h"
#include "flatline-numpy-numbers.h"
#include "flatline-simple-text.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DIMENSIONS 64
#define MAX_ITEM       4096
#define NOT_A_TIME     G_MININT64

/* numpy 2 says of which type a scalar is, 2.3 when its digits are not sure, 2.4 the unit of no time at all. */
typedef enum
{
  RELEASE_1,
  RELEASE_2,
  RELEASE_2_3,
  RELEASE_2_4,
} Release;

/* By type number: enum NPY_TYPES. */
static const struct
{
  const char *name;
  FlatlineNumpyKind kind;
  guint width; /* 0: not a number */
} numbers[] = {
  { "bool", FLATLINE_NUMPY_BOOL, 1 },
  { "int8", FLATLINE_NUMPY_INT, 1 },
  { "uint8", FLATLINE_NUMPY_UINT, 1 },
  { "int16", FLATLINE_NUMPY_INT, 2 },
  { "uint16", FLATLINE_NUMPY_UINT, 2 },
  { "int32", FLATLINE_NUMPY_INT, 4 },
  { "uint32", FLATLINE_NUMPY_UINT, 4 },
  { "int64", FLATLINE_NUMPY_INT, 8 },
  { "uint64", FLATLINE_NUMPY_UINT, 8 },
  { "longlong", FLATLINE_NUMPY_INT, 8 },
  { "ulonglong", FLATLINE_NUMPY_UINT, 8 },
  { "float32", FLATLINE_NUMPY_FLOAT, 4 },
  { "float64", FLATLINE_NUMPY_FLOAT, 8 },
  { "longdouble", FLATLINE_NUMPY_FLOAT, sizeof (long double) },
  { "complex64", FLATLINE_NUMPY_COMPLEX, 8 },
  { "complex128", FLATLINE_NUMPY_COMPLEX, 16 },
  { "clongdouble", FLATLINE_NUMPY_COMPLEX, 2 * sizeof (long double) },
  { "object", 0, 0 },
  { "bytes", 0, 0 },
  { "str", 0, 0 },
  { "void", 0, 0 },
  { "datetime64", 0, 0 },
  { "timedelta64", 0, 0 },
  { "float16", FLATLINE_NUMPY_FLOAT, 2 },
};

enum
{
  NUMBER_OBJECT = 17,
  NUMBER_BYTES,
  NUMBER_STR,
  NUMBER_VOID,
  NUMBER_DATETIME,
  NUMBER_TIMEDELTA,
};

/* Names that numpy 1 has for the same. */
static const char *const other_names[][2] = { { "bool_", "bool" },
                                              { "float128", "longdouble" },
                                              { "float96", "longdouble" },
                                              { "complex256", "clongdouble" },
                                              { "complex192", "clongdouble" },
                                              { "intc", "int32" },
                                              { "uintc", "uint32" } };

/* Index into numbers, -1 when @name is none of them. */
static int
find_number (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (other_names); i++)
    if (strcmp (other_names[i][0], name) == 0)
      name = other_names[i][1];
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (strcmp (numbers[i].name, name) == 0)
      return (int)i;
  return -1;
}

/* The scalar type itself or the base that is one of numpy's. */
static int
find_number_of (FlatlineTextWriter *self, const FlatlineTypeInfo *type)
{
  for (guint i = 0; type && i < 16; i++)
    {
      int number = g_str_has_prefix (type->full_name, "numpy.") ? find_number (type->full_name + 6) : -1;

      if (number >= 0)
        return number;
      type = type->base ? flatline_type_cache_find (self->types, type->base) : NULL;
    }
  return -1;
}

/* Scalars */

/* "float64", as a dtype is called: by its width. */
static const char *
width_name (int number)
{
  const char *name = numbers[number].name;

  if (!g_str_has_suffix (name, "longlong"))
    return name;
  return *name == 'u' ? "uint64" : "int64";
}

static void
append_scalar (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type, Release release)
{
  const gboolean named = release >= RELEASE_2;
  const int number = find_number_of (self, type);
  const guint width = number >= 0 ? numbers[number].width : 0;
  guint8 bytes[2 * sizeof (long double)] = { 0 };
  g_autoptr (GString) value = g_string_new (NULL);

  if (width == 0 || width > sizeof bytes
      || !flatline_memory_read (self->target->memory, flatline_text_fields_of (self, address), bytes, width))
    {
      g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
      return;
    }
  flatline_numpy_number_append (value, numbers[number].kind, width, bytes, release >= RELEASE_2_3);
  if (named && value->str[0] == '(')
    {
      g_string_truncate (value, value->len - 1);
      g_string_erase (value, 0, 1);
    }
  if (!named)
    g_string_append (text, value->str);
  else if (numbers[number].kind == FLATLINE_NUMPY_BOOL)
    g_string_append_printf (text, "np.%s_", value->str);
  else
    g_string_append_printf (text, g_str_has_suffix (numbers[number].name, "longdouble") ? "np.%s('%s')" : "np.%s(%s)",
                            width_name (number), value->str);
}

/* PyDatetimeScalarObject: the value, then PyArray_DatetimeMetaData {unit, how many of it are one}. */
static void
append_moment (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type, Release release)
{
  static const char *const units[] = { "Y", "M", "W", "", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "" };
  const gboolean is_date = find_number_of (self, type) == NUMBER_DATETIME;
  struct
  {
    gint64 value;
    gint32 unit, n;
  } moment = { 0 };
  g_autoptr (GString) value = g_string_new (NULL);
  const char *unit;
  gint64 ticks;

  flatline_memory_read (self->target->memory, flatline_text_fields_of (self, address), &moment, sizeof moment);
  unit = moment.unit >= 0 && moment.unit < (gint32)G_N_ELEMENTS (units) ? units[moment.unit] : "";
  if (moment.value == NOT_A_TIME)
    g_string_append (value, "'NaT'");
  else if (is_date)
    {
      g_string_append_c (value, '\'');
      if (__builtin_mul_overflow (moment.value, MAX (moment.n, 1), &ticks)
          || !flatline_numpy_date_append (value, ticks, unit))
        g_string_append_printf (value, "%" G_GINT64_FORMAT, moment.value);
      g_string_append_c (value, '\'');
    }
  else
    g_string_append_printf (value, "%" G_GINT64_FORMAT, moment.value);
  g_string_append_printf (text, "%s.%s(%s", release >= RELEASE_2 ? "np" : "numpy",
                          is_date ? "datetime64" : "timedelta64", value->str);
  if (is_date && moment.value == NOT_A_TIME && release >= RELEASE_2_4 && !*unit)
    g_string_append (text, ",'generic'");
  /* An hour alone could be read as something else. */
  else if (*unit && (!is_date || (moment.value == NOT_A_TIME ? release >= RELEASE_2_4 : moment.n > 1 || *unit == 'h')))
    g_string_append_printf (text, moment.n > 1 ? ",'%2$d%1$s'" : ",'%1$s'", unit, moment.n);
  g_string_append_c (text, ')');
}

/* dtype */

typedef struct
{
  int number;
  char byte_order; /* '<', '>', '=' or '|' */
  gint64 item_size;
} Description;

static gboolean
read_description (FlatlineTextWriter *self, guint64 address, Description *description)
{
  guint8 fields[32]; /* from the scalar type on */
  gint32 number, size_1;
  gint64 size_2;

  if (!flatline_memory_read (self->target->memory, flatline_text_fields_of (self, address), fields, sizeof fields))
    return FALSE;
  memcpy (&number, fields + 12, sizeof number);
  memcpy (&size_1, fields + 16, sizeof size_1);
  memcpy (&size_2, fields + 24, sizeof size_2);
  description->number = number;
  description->byte_order = (char)fields[10];
  if (number < 0 || number >= (int)G_N_ELEMENTS (numbers))
    return FALSE;
  if (numbers[number].width)
    description->item_size = numbers[number].width;
  else if (number == NUMBER_OBJECT || number == NUMBER_DATETIME || number == NUMBER_TIMEDELTA)
    description->item_size = 8;
  else
    /* numpy 1: size, alignment; numpy 2: flags, size. An alignment is 1 or 4 here, the flags have no such size. */
    description->item_size =
        (size_1 > 0 && size_2 != 0 && (guint64)size_2 > G_MAXINT32) || size_2 == 0 ? size_1 : size_2;
  return description->item_size >= 0 && description->item_size <= MAX_ITEM;
}

static void
append_type_name (GString *text, const Description *description)
{
  const char *order = description->byte_order == '>' ? ">" : "";

  if (description->number == NUMBER_BYTES)
    g_string_append_printf (text, "'S%" G_GINT64_FORMAT "'", description->item_size);
  else if (description->number == NUMBER_STR)
    g_string_append_printf (text, "'%sU%" G_GINT64_FORMAT "'", *order ? order : "<", description->item_size / 4);
  else if (description->number == NUMBER_VOID)
    g_string_append_printf (text, "'V%" G_GINT64_FORMAT "'", description->item_size);
  else
    g_string_append_printf (text, "%s%s", order, width_name (description->number));
}

static void
append_dtype (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  Description description;

  g_string_append (text, "dtype(");
  if (read_description (self, address, &description))
    {
      const gboolean quoted = description.number >= NUMBER_BYTES && description.number <= NUMBER_VOID;

      g_string_append (text, quoted ? "" : "'");
      append_type_name (text, &description);
      g_string_append (text, quoted ? "" : "'");
    }
  else
    g_string_append_c (text, '?');
  g_string_append_c (text, ')');
}

/* Arrays */

typedef struct
{
  FlatlineTextWriter *writer;
  GString *text;
  Description description;
  int n_dimensions;
  gint64 dimensions[MAX_DIMENSIONS], strides[MAX_DIMENSIONS];
  guint n_items; /* written so far */
  Release release;
} Array;

static void
swap (guint8 *bytes, gsize n)
{
  for (gsize i = 0; i < n / 2; i++)
    {
      guint8 byte = bytes[i];

      bytes[i] = bytes[n - 1 - i];
      bytes[n - 1 - i] = byte;
    }
}

static void
append_characters (Array *array, const guint8 *bytes)
{
  g_autoptr (GString) characters = g_string_new (NULL);

  for (gint64 i = 0; i < array->description.item_size / 4; i++)
    {
      guint32 character;

      memcpy (&character, bytes + i * 4, sizeof character);
      if (array->description.byte_order == '>')
        character = GUINT32_SWAP_LE_BE (character);
      if (character == 0)
        break;
      g_string_append_unichar (characters, g_unichar_validate (character) ? character : 0xfffd);
    }
  flatline_text_append_utf8 (array->text, characters->str);
}

static void
append_item (Array *array, guint64 address)
{
  const Description *description = &array->description;
  FlatlineTextWriter *self = array->writer;
  g_autofree guint8 *bytes = g_malloc0 ((gsize)description->item_size + 1);
  const guint width = numbers[description->number].width;

  if (!flatline_memory_read (self->target->memory, address, bytes, (gsize)description->item_size))
    {
      g_string_append_c (array->text, '?');
      return;
    }
  if (description->number == NUMBER_OBJECT)
    flatline_text_append_object (self, array->text, flatline_text_read_pointer (self, address));
  else if (description->number == NUMBER_STR)
    append_characters (array, bytes);
  else if (width > 0)
    {
      const gboolean is_complex = numbers[description->number].kind == FLATLINE_NUMPY_COMPLEX;

      if (description->byte_order == '>')
        {
          swap (bytes, is_complex ? width / 2 : width);
          if (is_complex)
            swap (bytes + width / 2, width / 2);
        }
      flatline_numpy_number_append (array->text, numbers[description->number].kind, width, bytes,
                                    array->release >= RELEASE_2_3);
    }
  else if (description->number == NUMBER_BYTES)
    flatline_text_append_bytes (array->text, bytes, strnlen ((char *)bytes, (gsize)description->item_size));
  else if (description->number == NUMBER_VOID)
    g_string_append (array->text, "…");
  else
    flatline_numpy_number_append (array->text, FLATLINE_NUMPY_INT, 8, bytes, array->release >= RELEASE_2_3);
}

/* One dimension and those inside of it; FALSE once enough items are written. */
static gboolean
append_dimension (Array *array, int dimension, guint64 address)
{
  gboolean more = TRUE;

  if (dimension == array->n_dimensions)
    {
      append_item (array, address);
      array->n_items++;
      return TRUE;
    }
  g_string_append_c (array->text, '[');
  for (gint64 i = 0; more && i < array->dimensions[dimension]; i++)
    {
      if (i > 0)
        g_string_append (array->text, ", ");
      more = array->n_items < array->writer->max_items && array->text->len < array->writer->max_bytes;
      if (more)
        more = append_dimension (array, dimension + 1, address + (guint64)i * (guint64)array->strides[dimension]);
      else
        {
          g_string_append (array->text, "…");
          array->writer->truncated = TRUE;
        }
    }
  g_string_append_c (array->text, ']');
  return more;
}

static void
append_array (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type, Release release)
{
  Array array = { .writer = self, .text = text, .release = release };
  guint64 fields[6] = { 0 }; /* data, nd, dimensions, strides, base, descr */

  flatline_memory_read (self->target->memory, flatline_text_fields_of (self, address), fields, sizeof fields);
  array.n_dimensions = (int)(guint32)fields[1];
  if (array.n_dimensions < 0 || array.n_dimensions > MAX_DIMENSIONS
      || (array.n_dimensions > 0
          && (!flatline_memory_read (self->target->memory, fields[2], array.dimensions, (gsize)array.n_dimensions * 8)
              || !flatline_memory_read (self->target->memory, fields[3], array.strides, (gsize)array.n_dimensions * 8)))
      || !read_description (self, fields[5], &array.description))
    {
      g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
      return;
    }
  g_string_append (text, "array(");
  append_dimension (&array, 0, fields[0]);
  g_string_append (text, ", shape=(");
  for (int i = 0; i < array.n_dimensions; i++)
    g_string_append_printf (text, i > 0 ? ", %" G_GINT64_FORMAT : "%" G_GINT64_FORMAT, array.dimensions[i]);
  g_string_append (text, array.n_dimensions == 1 ? ",), dtype=" : "), dtype=");
  append_type_name (text, &array.description);
  g_string_append_c (text, ')');
}

/* A str or bytes of numpy's own class; numpy 2 says so. */
static void
append_string (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_string_append_printf (text, "np.%s(", flatline_text_short_name (type));
  if (type->family == FLATLINE_FAMILY_STR)
    flatline_text_append_str (self, text, address);
  else
    flatline_text_append_bytes_at (self, text, address + (guint64)self->target->layout.bytes_data,
                                   flatline_object_read_size (self->target, address), FALSE);
  g_string_append_c (text, ')');
}

/* numpy.__version__ */
static Release
find_release (FlatlineTypeCache *types)
{
  FlatlineTarget *target = flatline_type_cache_get_target (types);
  guint64 interp = 0, modules = 0, module, dict = 0, text;
  g_autofree char *version = NULL;
  g_auto (GStrv) parts = NULL;
  int first, second;

  flatline_memory_read_u64 (target->memory, target->runtime + (guint64)target->layout.runtime_interpreters_head,
                            &interp);
  flatline_memory_read_u64 (target->memory, interp + (guint64)target->layout.interp_modules, &modules);
  module = modules ? flatline_dict_find (target, modules, "numpy") : 0;
  if (module)
    flatline_memory_read_u64 (target->memory, module + (guint64)target->layout.module_dict, &dict);
  text = dict ? flatline_dict_find (target, dict, "__version__") : 0;
  version = text ? flatline_string_dup (target, text, 32) : NULL;
  parts = g_strsplit (version ? version : "1", ".", -1);
  first = parts[0] ? atoi (parts[0]) : 1;
  second = parts[0] && parts[1] ? atoi (parts[1]) : 0;
  if (first == 2)
    return second >= 4 ? RELEASE_2_4 : second == 3 ? RELEASE_2_3 : RELEASE_2;
  return first < 2 ? RELEASE_1 : RELEASE_2_4;
}

/* A writer for each release: which one it is, is looked for once a type. */
#define WRITERS(name)                                                                                                  \
  static void name##_1 (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)        \
  {                                                                                                                    \
    name (self, text, address, type, RELEASE_1);                                                                       \
  }                                                                                                                    \
  static void name##_2 (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)        \
  {                                                                                                                    \
    name (self, text, address, type, RELEASE_2);                                                                       \
  }                                                                                                                    \
  static void name##_2_3 (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)      \
  {                                                                                                                    \
    name (self, text, address, type, RELEASE_2_3);                                                                     \
  }                                                                                                                    \
  static void name##_2_4 (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)      \
  {                                                                                                                    \
    name (self, text, address, type, RELEASE_2_4);                                                                     \
  }                                                                                                                    \
  static const FlatlineLibraryTextFunc name##_writers[] = { name##_1, name##_2, name##_2_3, name##_2_4 };

WRITERS (append_scalar)
WRITERS (append_moment)
WRITERS (append_array)

FlatlineLibraryTextFunc
flatline_numpy_find_writer (FlatlineTypeCache *types, const char *name)
{
  int number;

  if (!g_str_has_prefix (name, "numpy."))
    return NULL;
  name += strlen ("numpy.");
  if (strcmp (name, "ndarray") == 0)
    return append_array_writers[find_release (types)];
  if (strcmp (name, "str_") == 0 || strcmp (name, "bytes_") == 0)
    return find_release (types) >= RELEASE_2 ? append_string : NULL;
  if (g_str_has_prefix (name, "dtype"))
    return append_dtype;
  number = find_number (name);
  if (number < 0)
    return NULL;
  if (number == NUMBER_DATETIME || number == NUMBER_TIMEDELTA)
    return append_moment_writers[find_release (types)];
  return numbers[number].width == 0 ? NULL : append_scalar_writers[find_release (types)];
}
