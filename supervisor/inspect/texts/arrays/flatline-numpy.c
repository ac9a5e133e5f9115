/* SPDX-License-Identifier: MIT */
/* Scalars: their head and their value (numpy/arrayscalars.h); and which writer is whose. */
#include "flatline-numpy.h"

#include "flatline-dicts.h"
#include "flatline-numpy-private.h"
#include "flatline-simple-text.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <stdlib.h>
#include <string.h>

#define NOT_A_TIME G_MININT64

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
void
flatline_numpy_append_ticks (GString *text, gint64 value, gboolean is_date, const char *unit, gint32 n)
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
  flatline_numpy_append_ticks (value, moment.value, is_date, unit, moment.n);
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

static void
append_masked_constant (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_string_append (text, "masked");
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
WRITERS (flatline_numpy_append_void)
WRITERS (flatline_numpy_append_dtype)
WRITERS (flatline_numpy_append_array)
WRITERS (flatline_numpy_append_records)
WRITERS (flatline_numpy_append_masked_array)

FlatlineLibraryTextFunc
flatline_numpy_find_writer (FlatlineTypeCache *types, const char *name)
{
  int number;

  name += strlen ("numpy.");
  if (strcmp (name, "ndarray") == 0)
    return flatline_numpy_append_array_writers[find_release (types)];
  if (strcmp (name, "str_") == 0 || strcmp (name, "bytes_") == 0)
    return find_release (types) >= FLATLINE_NUMPY_2 ? append_string : NULL;
  if (strcmp (name, "recarray") == 0 || strcmp (name, "rec.recarray") == 0)
    return flatline_numpy_append_records_writers[find_release (types)];
  if (strcmp (name, "ma.core.MaskedConstant") == 0)
    return append_masked_constant;
  /* mvoid: a structure taken out of one. */
  if (strcmp (name, "ma.MaskedArray") == 0 || strcmp (name, "ma.core.MaskedArray") == 0
      || strcmp (name, "ma.core.mvoid") == 0)
    return flatline_numpy_append_masked_array_writers[find_release (types)];
  if (g_str_has_prefix (name, "dtype"))
    return flatline_numpy_append_dtype_writers[find_release (types)];
  number = flatline_numpy_find_number (strcmp (name, "record") == 0 ? "void" : name);
  if (number < 0)
    return NULL;
  if (number == FLATLINE_NUMPY_VOID)
    return flatline_numpy_append_void_writers[find_release (types)];
  if (number == FLATLINE_NUMPY_DATETIME || number == FLATLINE_NUMPY_TIMEDELTA)
    return append_moment_writers[find_release (types)];
  return flatline_numpy_get_number (number)->width == 0 ? NULL : append_scalar_writers[find_release (types)];
}

gboolean
flatline_numpy_find_release (FlatlineLibraryTextFunc writer, FlatlineNumpyRelease *release)
{
  for (guint i = 0; i < G_N_ELEMENTS (flatline_numpy_append_array_writers); i++)
    if (flatline_numpy_append_array_writers[i] == writer || flatline_numpy_append_records_writers[i] == writer
        || flatline_numpy_append_masked_array_writers[i] == writer)
      {
        *release = i;
        return TRUE;
      }
  return FALSE;
}

gboolean
flatline_numpy_is_for_masked (FlatlineLibraryTextFunc writer)
{
  for (guint i = 0; i < G_N_ELEMENTS (flatline_numpy_append_masked_array_writers); i++)
    if (flatline_numpy_append_masked_array_writers[i] == writer)
      return TRUE;
  return FALSE;
}
