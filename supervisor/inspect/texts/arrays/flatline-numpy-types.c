/* SPDX-License-Identifier: MIT */
/*
 * A dtype (PyArray_Descr, numpy/ndarraytypes.h) is its scalar type, kind, type, byte order, a byte of flags and the
 * type number; then numpy 1 has size, alignment, subarray, fields, names, while numpy 2 has flags, size and more before
 * them. A structure's fields are a dict of (dtype, offset) and their names, in order, a tuple. What a moment's unit is,
 * stands in data of its own (PyArray_DatetimeDTypeMetaData).
 */
#include "flatline-numpy-types.h"

#include "flatline-dicts.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MAX_ITEM   (64 * 1024)
#define MAX_FIELDS 1000
#define MAX_DEPTH  8 /* of structures in structures */

/* Offsets from the scalar type on. */
typedef struct
{
  guint subarray, fields, names, metadata;
} Places;

static const Places places_1 = { 24, 32, 40, 64 };
static const Places places_2 = { 72, 80, 88, 96 };

/* By type number: enum NPY_TYPES. */
static const FlatlineNumpyNumber numbers[] = {
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

/* Names that numpy 1 has for the same. */
static const char *const other_names[][2] = { { "bool_", "bool" },
                                              { "float128", "longdouble" },
                                              { "float96", "longdouble" },
                                              { "complex256", "clongdouble" },
                                              { "complex192", "clongdouble" },
                                              { "intc", "int32" },
                                              { "uintc", "uint32" } };

int
flatline_numpy_find_number (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (other_names); i++)
    if (strcmp (other_names[i][0], name) == 0)
      name = other_names[i][1];
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (strcmp (numbers[i].name, name) == 0)
      return (int)i;
  return -1;
}

const FlatlineNumpyNumber *
flatline_numpy_get_number (int number)
{
  return number >= 0 && number < (int)G_N_ELEMENTS (numbers) ? &numbers[number] : NULL;
}

const char *
flatline_numpy_get_width_name (int number)
{
  const char *name = numbers[number].name;

  if (!g_str_has_suffix (name, "longlong"))
    return name;
  return *name == 'u' ? "uint64" : "int64";
}

const char *
flatline_numpy_get_unit (gint32 number)
{
  static const char *const units[] = { "Y", "M", "W", "", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "" };

  return number >= 0 && number < (gint32)G_N_ELEMENTS (units) ? units[number] : "";
}

static void
read_unit (FlatlineTextWriter *self, guint64 metadata, FlatlineNumpyType *type)
{
  gint32 unit[2] = { -1, 1 }; /* behind the head of NpyAuxData */

  flatline_memory_read (self->target->memory, metadata + 32, unit, sizeof unit);
  type->unit = flatline_numpy_get_unit (unit[0]);
  type->n_units = unit[1];
}

/* PyArray_StringDTypeObject: behind what numpy 2 has of any dtype na_object, flags, two texts, allocator. */
static void
read_text_type (FlatlineTextWriter *self, guint64 at, FlatlineNumpyType *type)
{
  static const FlatlineNumpyNumber text = { "StringDType", 0, 0 };
  guint8 coerces = 1;

  type->kind = &text;
  type->nothing = flatline_text_read_pointer (self, at + 72);
  flatline_memory_read (self->target->memory, at + 80, &coerces, 1);
  type->is_strict = !coerces;
  type->allocator = flatline_text_read_pointer (self, at + 120);
}

gboolean
flatline_numpy_type_read (FlatlineTextWriter *self,
                          guint64 address,
                          FlatlineNumpyRelease release,
                          FlatlineNumpyType *type)
{
  const Places *places = release == FLATLINE_NUMPY_1 ? &places_1 : &places_2;
  const guint64 at = flatline_text_fields_of (self, address);
  guint8 fields[32]; /* from the scalar type on */
  guint64 subarray;
  gint32 number, size_1;
  gint64 size_2;

  if (!flatline_memory_read (self->target->memory, at, fields, sizeof fields))
    return FALSE;
  memcpy (&number, fields + 12, sizeof number);
  memcpy (&size_1, fields + 16, sizeof size_1);
  memcpy (&size_2, fields + 24, sizeof size_2);
  *type = (FlatlineNumpyType){ .number = number,
                               .kind = flatline_numpy_get_number (number),
                               .letter = g_ascii_isalpha ((char)fields[8]) ? (char)fields[8] : '?',
                               .byte_order = (char)fields[10],
                               .item_size = release == FLATLINE_NUMPY_1 ? size_1 : size_2,
                               .unit = "" };
  if (number == FLATLINE_NUMPY_TEXT && release != FLATLINE_NUMPY_1)
    read_text_type (self, at, type);
  if (!type->kind)
    return FALSE;
  subarray = number == FLATLINE_NUMPY_VOID ? flatline_text_read_pointer (self, at + places->subarray) : 0;
  if (subarray)
    {
      type->base = flatline_text_read_pointer (self, subarray);
      type->shape = flatline_text_read_pointer (self, subarray + 8);
    }
  else if (number == FLATLINE_NUMPY_VOID)
    {
      type->fields = flatline_text_read_pointer (self, at + places->fields);
      type->names = flatline_text_read_pointer (self, at + places->names);
      if (flatline_text_is_none (self, type->names))
        type->fields = type->names = 0;
    }
  if (number == FLATLINE_NUMPY_DATETIME || number == FLATLINE_NUMPY_TIMEDELTA)
    read_unit (self, flatline_text_read_pointer (self, at + places->metadata), type);
  return type->item_size >= 0 && type->item_size <= MAX_ITEM;
}

char *
flatline_numpy_type_dup_field (
    FlatlineTextWriter *self, const FlatlineNumpyType *type, guint index, guint64 *field_type, gint64 *offset)
{
  const guint64 items = (guint64)self->target->layout.tuple_items;
  g_autofree char *name = NULL;
  guint64 field, at, high, low;

  if (type->names == 0 || index >= MAX_FIELDS || index >= flatline_object_read_size (self->target, type->names))
    return NULL;
  name = flatline_string_dup (self->target, flatline_text_read_pointer (self, type->names + items + index * 8), 256);
  field = name ? flatline_dict_find (self->target, type->fields, name) : 0;
  if (field == 0)
    return NULL;
  *field_type = flatline_text_read_pointer (self, field + items);
  at = flatline_text_read_pointer (self, field + items + 8);
  flatline_text_read_wide (self, at, &high, &low);
  *offset = (gint64)MIN (low, MAX_ITEM);
  return g_steal_pointer (&name);
}

/* "<f8": byte order, kind and size in bytes, of a str in characters. */
static void
append_code (GString *text, const FlatlineNumpyType *type)
{
  const gboolean is_order_told = type->item_size > 1 && type->number != FLATLINE_NUMPY_BYTES
                                 && type->number != FLATLINE_NUMPY_VOID && type->number != FLATLINE_NUMPY_OBJECT;

  if (is_order_told)
    g_string_append_c (text, type->byte_order == '>' ? '>' : '<');
  if (type->number == 0)
    g_string_append_c (text, '?');
  else if (type->number == FLATLINE_NUMPY_OBJECT)
    g_string_append_c (text, 'O');
  else
    g_string_append_printf (text, "%c%" G_GINT64_FORMAT, type->letter,
                            type->number == FLATLINE_NUMPY_STR ? type->item_size / 4 : type->item_size);
  if (*type->unit)
    g_string_append_printf (text, type->n_units > 1 ? "[%2$d%1$s]" : "[%1$s]", type->unit, type->n_units);
}

int
flatline_numpy_type_read_shape (FlatlineTextWriter *self, const FlatlineNumpyType *type, guint64 *lengths)
{
  const guint64 items = type->shape + (guint64)self->target->layout.tuple_items;
  const gint64 n = type->shape ? flatline_object_read_size (self->target, type->shape) : -1;
  guint64 high;

  if (n < 0 || n > FLATLINE_NUMPY_MAX_DIMENSIONS)
    return -1;
  for (gint64 i = 0; i < n; i++)
    flatline_text_read_wide (self, flatline_text_read_pointer (self, items + (guint64)i * 8), &high, &lengths[i]);
  return (int)n;
}

static void
append_structure (
    FlatlineTextWriter *self, GString *text, const FlatlineNumpyType *type, FlatlineNumpyRelease release, guint depth);

/* As in a structure: "'<f8'", and of an array in it "'<f8', (2,)". */
static void
append_part (
    FlatlineTextWriter *self, GString *text, const FlatlineNumpyType *type, FlatlineNumpyRelease release, guint depth)
{
  guint64 lengths[FLATLINE_NUMPY_MAX_DIMENSIONS];
  FlatlineNumpyType of;
  const int n = type->base ? flatline_numpy_type_read_shape (self, type, lengths) : -1;

  if (type->names)
    append_structure (self, text, type, release, depth + 1);
  else if (n >= 0 && depth < MAX_DEPTH && flatline_numpy_type_read (self, type->base, release, &of))
    {
      append_part (self, text, &of, release, depth + 1);
      g_string_append (text, ", (");
      for (int i = 0; i < n; i++)
        g_string_append_printf (text, i > 0 ? ", %" G_GUINT64_FORMAT : "%" G_GUINT64_FORMAT, lengths[i]);
      g_string_append (text, n == 1 ? ",)" : ")");
    }
  else
    {
      g_string_append_c (text, '\'');
      append_code (text, type);
      g_string_append_c (text, '\'');
    }
}

static void
append_structure (
    FlatlineTextWriter *self, GString *text, const FlatlineNumpyType *type, FlatlineNumpyRelease release, guint depth)
{
  guint64 address;
  gint64 offset;
  char *field;

  g_string_append_c (text, '[');
  for (guint i = 0; (field = flatline_numpy_type_dup_field (self, type, i, &address, &offset)) != NULL; i++)
    {
      g_autofree char *name = field;
      FlatlineNumpyType of;

      if (!flatline_text_begin_item (self, text, i))
        break;
      g_string_append_c (text, '(');
      flatline_text_append_utf8 (text, name);
      g_string_append (text, ", ");
      if (depth >= MAX_DEPTH || !flatline_numpy_type_read (self, address, release, &of))
        g_string_append_c (text, '?');
      else
        append_part (self, text, &of, release, depth);
      g_string_append_c (text, ')');
    }
  g_string_append_c (text, ']');
}

/* "StringDType(na_object=nan, coerce=False)" */
static void
append_text_type (FlatlineTextWriter *self, GString *text, const FlatlineNumpyType *type)
{
  g_string_append (text, "StringDType(");
  if (type->nothing)
    {
      g_string_append (text, "na_object=");
      flatline_text_append_object (self, text, type->nothing);
    }
  if (type->is_strict)
    g_string_append (text, type->nothing ? ", coerce=False" : "coerce=False");
  g_string_append_c (text, ')');
}

void
flatline_numpy_type_append (FlatlineTextWriter *self,
                            GString *text,
                            const FlatlineNumpyType *type,
                            FlatlineNumpyRelease release)
{
  const char *order = type->byte_order == '>' ? ">" : "";

  if (type->names)
    append_structure (self, text, type, release, 0);
  else if (type->base)
    {
      g_string_append_c (text, '(');
      append_part (self, text, type, release, 0);
      g_string_append_c (text, ')');
    }
  else if (type->number == FLATLINE_NUMPY_TEXT)
    append_text_type (self, text, type);
  else if (type->number == FLATLINE_NUMPY_BYTES || type->number == FLATLINE_NUMPY_STR
           || type->number == FLATLINE_NUMPY_VOID)
    {
      g_string_append_c (text, '\'');
      append_code (text, type);
      g_string_append_c (text, '\'');
    }
  else
    {
      g_string_append_printf (text, "%s%s", order, flatline_numpy_get_width_name (type->number));
      if (*type->unit)
        g_string_append_printf (text, type->n_units > 1 ? "[%2$d%1$s]" : "[%1$s]", type->unit, type->n_units);
    }
}

void
flatline_numpy_type_append_repr (FlatlineTextWriter *self,
                                 GString *text,
                                 const FlatlineNumpyType *type,
                                 FlatlineNumpyRelease release)
{
  const gboolean is_moment = type->number == FLATLINE_NUMPY_DATETIME || type->number == FLATLINE_NUMPY_TIMEDELTA;
  const gboolean is_quoted = !type->names && (type->kind->width > 0 || type->number == FLATLINE_NUMPY_OBJECT);

  if (type->number == FLATLINE_NUMPY_TEXT)
    {
      append_text_type (self, text, type);
      return;
    }
  g_string_append (text, is_quoted ? "dtype('" : "dtype(");
  if (type->number == FLATLINE_NUMPY_OBJECT)
    g_string_append_c (text, 'O');
  else if (is_moment || (type->kind->width > 0 && type->byte_order == '>'))
    {
      g_string_append (text, is_moment ? "'" : "");
      append_code (text, type);
      g_string_append (text, is_moment ? "'" : "");
    }
  else
    flatline_numpy_type_append (self, text, type, release);
  g_string_append (text, is_quoted ? "')" : ")");
}
