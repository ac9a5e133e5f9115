/* SPDX-License-Identifier: MIT */
/*
 * A scalar is its head and its value (numpy/arrayscalars.h). An array, PyArrayObject_fields (numpy/ndarraytypes.h), is
 * data, number of dimensions, dimensions, strides, base, descr. What an array is written as is not its repr(),
 * which fills lines, but its first items with dtype and shape.
 */
#include "flatline-numpy.h"

#include "flatline-dicts.h"
#include "flatline-numpy-types.h"
#include "flatline-simple-text.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DIMENSIONS 64
#define MAX_DEPTH      8 /* of structures in structures */
#define NOT_A_TIME     G_MININT64

/* The scalar type itself or the base that is one of numpy's. */
static int
find_number_of (FlatlineTextWriter *self, const FlatlineTypeInfo *type)
{
  for (guint i = 0; type && i < 16; i++)
    {
      int number = g_str_has_prefix (type->full_name, "numpy.") ? flatline_numpy_find_number (type->full_name + 6) : -1;

      if (number >= 0)
        return number;
      type = type->base ? flatline_type_cache_find (self->types, type->base) : NULL;
    }
  return -1;
}

/* Scalars */

static void
append_scalar (FlatlineTextWriter *self,
               GString *text,
               guint64 address,
               const FlatlineTypeInfo *type,
               FlatlineNumpyRelease release)
{
  const gboolean named = release >= FLATLINE_NUMPY_2;
  const int number = find_number_of (self, type);
  const FlatlineNumpyNumber *kind = flatline_numpy_get_number (number);
  const guint width = kind ? kind->width : 0;
  guint8 bytes[2 * sizeof (long double)] = { 0 };
  g_autoptr (GString) value = g_string_new (NULL);

  if (width == 0 || width > sizeof bytes
      || !flatline_memory_read (self->target->memory, flatline_text_fields_of (self, address), bytes, width))
    {
      g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
      return;
    }
  flatline_numpy_number_append (value, kind->kind, width, bytes, release >= FLATLINE_NUMPY_2_3);
  if (named && value->str[0] == '(')
    {
      g_string_truncate (value, value->len - 1);
      g_string_erase (value, 0, 1);
    }
  if (!named)
    g_string_append (text, value->str);
  else if (kind->kind == FLATLINE_NUMPY_BOOL)
    g_string_append_printf (text, "np.%s_", value->str);
  else
    g_string_append_printf (text, g_str_has_suffix (kind->name, "longdouble") ? "np.%s('%s')" : "np.%s(%s)",
                            flatline_numpy_get_width_name (number), value->str);
}

/* @n: how many of @unit one tick is. */
static void
append_ticks (GString *text, gint64 value, gboolean is_date, const char *unit, gint32 n)
{
  gint64 ticks;

  if (value == NOT_A_TIME)
    g_string_append (text, "'NaT'");
  else if (is_date)
    {
      g_string_append_c (text, '\'');
      if (__builtin_mul_overflow (value, MAX (n, 1), &ticks) || !flatline_numpy_date_append (text, ticks, unit))
        g_string_append_printf (text, "%" G_GINT64_FORMAT, value);
      g_string_append_c (text, '\'');
    }
  else
    g_string_append_printf (text, "%" G_GINT64_FORMAT, value);
}

/* PyDatetimeScalarObject: the value, then PyArray_DatetimeMetaData {unit, how many of it are one}. */
static void
append_moment (FlatlineTextWriter *self,
               GString *text,
               guint64 address,
               const FlatlineTypeInfo *type,
               FlatlineNumpyRelease release)
{
  const gboolean is_date = find_number_of (self, type) == FLATLINE_NUMPY_DATETIME;
  struct
  {
    gint64 value;
    gint32 unit, n;
  } moment = { 0 };
  g_autoptr (GString) value = g_string_new (NULL);
  const char *unit;

  flatline_memory_read (self->target->memory, flatline_text_fields_of (self, address), &moment, sizeof moment);
  unit = flatline_numpy_get_unit (moment.unit);
  append_ticks (value, moment.value, is_date, unit, moment.n);
  g_string_append_printf (text, "%s.%s(%s", release >= FLATLINE_NUMPY_2 ? "np" : "numpy",
                          is_date ? "datetime64" : "timedelta64", value->str);
  if (is_date && moment.value == NOT_A_TIME && release >= FLATLINE_NUMPY_2_4 && !*unit)
    g_string_append (text, ",'generic'");
  /* An hour alone could be read as something else. */
  else if (*unit
           && (!is_date || (moment.value == NOT_A_TIME ? release >= FLATLINE_NUMPY_2_4 : moment.n > 1 || *unit == 'h')))
    g_string_append_printf (text, moment.n > 1 ? ",'%2$d%1$s'" : ",'%1$s'", unit, moment.n);
  g_string_append_c (text, ')');
}

/* Items */

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
append_characters (GString *text, const FlatlineNumpyType *type, const guint8 *bytes)
{
  g_autoptr (GString) characters = g_string_new (NULL);

  for (gint64 i = 0; i < type->item_size / 4; i++)
    {
      guint32 character;

      memcpy (&character, bytes + i * 4, sizeof character);
      if (type->byte_order == '>')
        character = GUINT32_SWAP_LE_BE (character);
      if (character == 0)
        break;
      g_string_append_unichar (characters, g_unichar_validate (character) ? character : 0xfffd);
    }
  flatline_text_append_utf8 (text, characters->str);
}

static void
append_raw (GString *text, const guint8 *bytes, gsize n)
{
  g_string_append (text, "b'");
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "\\x%02x", bytes[i]);
  g_string_append_c (text, '\'');
}

static void
append_number (GString *text, const FlatlineNumpyType *type, guint8 *bytes, FlatlineNumpyRelease release)
{
  const gboolean is_moment = type->kind->width == 0;
  const FlatlineNumpyKind kind = is_moment ? FLATLINE_NUMPY_INT : type->kind->kind;
  const guint width = is_moment ? 8 : type->kind->width;
  gint64 ticks;

  if (type->byte_order == '>')
    {
      swap (bytes, kind == FLATLINE_NUMPY_COMPLEX ? width / 2 : width);
      if (kind == FLATLINE_NUMPY_COMPLEX)
        swap (bytes + width / 2, width / 2);
    }
  memcpy (&ticks, bytes, MIN (width, sizeof ticks));
  if (is_moment)
    append_ticks (text, ticks, type->number == FLATLINE_NUMPY_DATETIME, type->unit, type->n_units);
  else
    flatline_numpy_number_append (text, kind, width, bytes, release >= FLATLINE_NUMPY_2_3);
}

static void
append_item (FlatlineTextWriter *self,
             GString *text,
             guint64 address,
             const FlatlineNumpyType *type,
             FlatlineNumpyRelease release,
             guint depth);

/* As a tuple of its fields. */
static void
append_structure (FlatlineTextWriter *self,
                  GString *text,
                  guint64 address,
                  const FlatlineNumpyType *type,
                  FlatlineNumpyRelease release,
                  guint depth)
{
  guint64 of;
  gint64 offset;
  char *name;
  guint n = 0;

  g_string_append_c (text, '(');
  for (; (name = flatline_numpy_type_dup_field (self, type, n, &of, &offset)) != NULL; n++)
    {
      FlatlineNumpyType field;

      g_free (name);
      if (!flatline_text_begin_item (self, text, n))
        break;
      if (depth < MAX_DEPTH && flatline_numpy_type_read (self, of, release, &field))
        append_item (self, text, address + (guint64)offset, &field, release, depth + 1);
      else
        g_string_append (text, "…");
    }
  g_string_append (text, n == 1 ? ",)" : ")");
}

static void
append_item (FlatlineTextWriter *self,
             GString *text,
             guint64 address,
             const FlatlineNumpyType *type,
             FlatlineNumpyRelease release,
             guint depth)
{
  /* Long enough for any number. */
  g_autofree guint8 *bytes = g_malloc0 ((gsize)type->item_size + 2 * sizeof (long double));

  if (type->names)
    append_structure (self, text, address, type, release, depth);
  else if (!flatline_memory_read (self->target->memory, address, bytes, (gsize)type->item_size))
    g_string_append_c (text, '?');
  else if (type->number == FLATLINE_NUMPY_OBJECT)
    flatline_text_append_object (self, text, flatline_text_read_pointer (self, address));
  else if (type->number == FLATLINE_NUMPY_STR)
    append_characters (text, type, bytes);
  else if (type->number == FLATLINE_NUMPY_BYTES)
    flatline_text_append_bytes (text, bytes, strnlen ((char *)bytes, (gsize)type->item_size));
  else if (type->number == FLATLINE_NUMPY_VOID)
    append_raw (text, bytes, (gsize)type->item_size);
  else
    append_number (text, type, bytes, release);
}

/* PyVoidScalarObject, a structure by itself: data, dtype. */
static void
append_void (FlatlineTextWriter *self,
             GString *text,
             guint64 address,
             const FlatlineTypeInfo *type,
             FlatlineNumpyRelease release)
{
  const guint64 fields = address + (guint64)self->target->layout.object_var_size + 8;
  FlatlineNumpyType of;

  if (!flatline_numpy_type_read (self, flatline_text_read_pointer (self, fields + 8), release, &of))
    {
      g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
      return;
    }
  g_string_append (text, release >= FLATLINE_NUMPY_2 ? "np.void(" : of.names ? "" : "void(");
  append_item (self, text, flatline_text_read_pointer (self, fields), &of, release, 0);
  if (release >= FLATLINE_NUMPY_2 && of.names)
    {
      g_string_append (text, ", dtype=");
      flatline_numpy_type_append (self, text, &of, release);
    }
  if (release >= FLATLINE_NUMPY_2 || !of.names)
    g_string_append_c (text, ')');
}

static void
append_dtype (FlatlineTextWriter *self,
              GString *text,
              guint64 address,
              const FlatlineTypeInfo *type,
              FlatlineNumpyRelease release)
{
  FlatlineNumpyType of;

  if (flatline_numpy_type_read (self, address, release, &of))
    flatline_numpy_type_append_repr (self, text, &of, release);
  else
    g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
}

/* Arrays */

typedef struct
{
  guint64 data;
  int n_dimensions;
  gint64 dimensions[MAX_DIMENSIONS], strides[MAX_DIMENSIONS];
  FlatlineNumpyType type;
} Array;

typedef struct
{
  FlatlineTextWriter *writer;
  GString *text;
  const Array *array, *mask; /* @mask: where there is nothing, NULL: everywhere something */
  guint n_items;             /* written so far */
  FlatlineNumpyRelease release;
} Items;

static gboolean
read_array (FlatlineTextWriter *self, guint64 address, FlatlineNumpyRelease release, Array *array)
{
  FlatlineMemory *memory = self->target->memory;
  guint64 fields[6] = { 0 }; /* data, nd, dimensions, strides, base, descr */

  flatline_memory_read (memory, flatline_text_fields_of (self, address), fields, sizeof fields);
  array->data = fields[0];
  array->n_dimensions = (int)(guint32)fields[1];
  return array->n_dimensions >= 0 && array->n_dimensions <= MAX_DIMENSIONS
         && (array->n_dimensions == 0
             || (flatline_memory_read (memory, fields[2], array->dimensions, (gsize)array->n_dimensions * 8)
                 && flatline_memory_read (memory, fields[3], array->strides, (gsize)array->n_dimensions * 8)))
         && flatline_numpy_type_read (self, fields[5], release, &array->type);
}

static gboolean
is_masked (const Items *items, guint64 mask_at)
{
  guint8 masked = 0;

  return items->mask && flatline_memory_read (items->writer->target->memory, mask_at, &masked, 1) && masked;
}

/* One dimension and those inside of it; FALSE once enough items are written. */
static gboolean
append_dimension (Items *items, int dimension, guint64 address, guint64 mask_at)
{
  const Array *array = items->array;
  gboolean more = TRUE;

  if (dimension == array->n_dimensions)
    {
      if (is_masked (items, mask_at))
        g_string_append (items->text, "--");
      else
        append_item (items->writer, items->text, address, &array->type, items->release, 0);
      items->n_items++;
      return TRUE;
    }
  g_string_append_c (items->text, '[');
  for (gint64 i = 0; more && i < array->dimensions[dimension]; i++)
    {
      if (i > 0)
        g_string_append (items->text, ", ");
      more = items->n_items < items->writer->max_items && items->text->len < items->writer->max_bytes;
      if (more)
        more = append_dimension (items, dimension + 1, address + (guint64)i * (guint64)array->strides[dimension],
                                 items->mask ? mask_at + (guint64)i * (guint64)items->mask->strides[dimension] : 0);
      else
        {
          g_string_append (items->text, "…");
          items->writer->truncated = TRUE;
        }
    }
  g_string_append_c (items->text, ']');
  return more;
}

static void
append_masked (FlatlineTextWriter *self,
               GString *text,
               guint64 address,
               const FlatlineTypeInfo *type,
               FlatlineNumpyRelease release,
               const char *name,
               const Array *mask)
{
  Array array;
  Items items = { .writer = self, .text = text, .array = &array, .release = release };

  if (!read_array (self, address, release, &array))
    {
      g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
      return;
    }
  /* One of a structure is one itself. */
  if (mask && mask->type.number == 0 && mask->n_dimensions == array.n_dimensions
      && memcmp (mask->dimensions, array.dimensions, (gsize)array.n_dimensions * sizeof *array.dimensions) == 0)
    items.mask = mask;
  g_string_append_printf (text, "%s(", name);
  append_dimension (&items, 0, array.data, mask ? mask->data : 0);
  g_string_append (text, ", shape=(");
  for (int i = 0; i < array.n_dimensions; i++)
    g_string_append_printf (text, i > 0 ? ", %" G_GINT64_FORMAT : "%" G_GINT64_FORMAT, array.dimensions[i]);
  g_string_append (text, array.n_dimensions == 1 ? ",), dtype=" : "), dtype=");
  flatline_numpy_type_append (self, text, &array.type, release);
  g_string_append_c (text, ')');
}

static void
append_array (FlatlineTextWriter *self,
              GString *text,
              guint64 address,
              const FlatlineTypeInfo *type,
              FlatlineNumpyRelease release)
{
  append_masked (self, text, address, type, release, "array", NULL);
}

static void
append_records (FlatlineTextWriter *self,
                GString *text,
                guint64 address,
                const FlatlineTypeInfo *type,
                FlatlineNumpyRelease release)
{
  append_masked (self, text, address, type, release, "rec.array", NULL);
}

static void
append_masked_array (FlatlineTextWriter *self,
                     GString *text,
                     guint64 address,
                     const FlatlineTypeInfo *type,
                     FlatlineNumpyRelease release)
{
  const guint64 mask_at = flatline_text_get (self, address, "_mask");
  const FlatlineTypeInfo *mask_type = flatline_text_type_of (self, mask_at);
  Array mask;
  const gboolean has_mask =
      mask_type && strcmp (mask_type->full_name, "numpy.ndarray") == 0 && read_array (self, mask_at, release, &mask);

  append_masked (self, text, address, type, release, "masked_array", has_mask ? &mask : NULL);
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
static FlatlineNumpyRelease
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
    return second >= 4 ? FLATLINE_NUMPY_2_4 : second == 3 ? FLATLINE_NUMPY_2_3 : FLATLINE_NUMPY_2;
  return first < 2 ? FLATLINE_NUMPY_1 : FLATLINE_NUMPY_2_4;
}

/* A writer for each release: which one it is, is looked for once a type. */
#define WRITERS(name)                                                                                                  \
  static void name##_1 (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)        \
  {                                                                                                                    \
    name (self, text, address, type, FLATLINE_NUMPY_1);                                                                \
  }                                                                                                                    \
  static void name##_2 (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)        \
  {                                                                                                                    \
    name (self, text, address, type, FLATLINE_NUMPY_2);                                                                \
  }                                                                                                                    \
  static void name##_2_3 (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)      \
  {                                                                                                                    \
    name (self, text, address, type, FLATLINE_NUMPY_2_3);                                                              \
  }                                                                                                                    \
  static void name##_2_4 (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)      \
  {                                                                                                                    \
    name (self, text, address, type, FLATLINE_NUMPY_2_4);                                                              \
  }                                                                                                                    \
  static const FlatlineLibraryTextFunc name##_writers[] = { name##_1, name##_2, name##_2_3, name##_2_4 };

WRITERS (append_scalar)
WRITERS (append_moment)
WRITERS (append_void)
WRITERS (append_dtype)
WRITERS (append_array)
WRITERS (append_records)
WRITERS (append_masked_array)

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
    return find_release (types) >= FLATLINE_NUMPY_2 ? append_string : NULL;
  if (strcmp (name, "recarray") == 0 || strcmp (name, "rec.recarray") == 0)
    return append_records_writers[find_release (types)];
  if (strcmp (name, "ma.MaskedArray") == 0 || strcmp (name, "ma.core.MaskedArray") == 0)
    return append_masked_array_writers[find_release (types)];
  if (g_str_has_prefix (name, "dtype"))
    return append_dtype_writers[find_release (types)];
  number = flatline_numpy_find_number (name);
  if (number < 0)
    return NULL;
  if (number == FLATLINE_NUMPY_VOID)
    return append_void_writers[find_release (types)];
  if (number == FLATLINE_NUMPY_DATETIME || number == FLATLINE_NUMPY_TIMEDELTA)
    return append_moment_writers[find_release (types)];
  return flatline_numpy_get_number (number)->width == 0 ? NULL : append_scalar_writers[find_release (types)];
}
