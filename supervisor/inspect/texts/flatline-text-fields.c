/* SPDX-License-Identifier: MIT */
/* What the writers of texts ask of objects and types. */
#include "flatline-text-fields.h"

#include "flatline-attributes.h"
#include "flatline-strings.h"

#include <string.h>

#define MAX_BASES  64
#define MAX_STRING 512

guint64
flatline_text_read_pointer (FlatlineTextWriter *self, guint64 address)
{
  guint64 value;

  flatline_memory_read_u64 (self->target->memory, address, &value);
  return value;
}

guint64
flatline_text_fields_of (FlatlineTextWriter *self, guint64 address)
{
  return address + self->target->layout.object_type + 8;
}

const char *
flatline_text_short_name (const FlatlineTypeInfo *type)
{
  const char *dot = strrchr (type->name, '.');

  return dot ? dot + 1 : type->name;
}

const char *
flatline_text_type_name (const FlatlineTypeInfo *type)
{
  return type->is_of_c ? type->full_name : flatline_text_short_name (type);
}

const FlatlineTypeInfo *
flatline_text_type_of (FlatlineTextWriter *self, guint64 object)
{
  return object ? flatline_type_cache_find_of (self->types, object) : NULL;
}

gboolean
flatline_text_is_none (FlatlineTextWriter *self, guint64 object)
{
  const FlatlineTypeInfo *type = flatline_text_type_of (self, object);

  return !type || type->family == FLATLINE_FAMILY_NONE;
}

gboolean
flatline_text_is_false (FlatlineTextWriter *self, guint64 object)
{
  const FlatlineTypeInfo *type = flatline_text_type_of (self, object);
  guint64 number = 0;

  return type && type->family == FLATLINE_FAMILY_BOOL && flatline_int_read (self->target, object, &number)
         && number == 0;
}

guint64
flatline_text_get (FlatlineTextWriter *self, guint64 object, const char *name)
{
  return flatline_object_get (self->types, object, name);
}

guint64
flatline_text_get_number (FlatlineTextWriter *self, guint64 object, const char *name)
{
  guint64 attribute = flatline_text_get (self, object, name), number = 0;

  return attribute && flatline_int_read (self->target, attribute, &number) ? number : 0;
}

char *
flatline_text_get_string (FlatlineTextWriter *self, guint64 object, const char *name)
{
  guint64 attribute = flatline_text_get (self, object, name);
  const FlatlineTypeInfo *type = flatline_text_type_of (self, attribute);

  return type && type->family == FLATLINE_FAMILY_STR ? flatline_string_dup (self->target, attribute, MAX_STRING) : NULL;
}

void
flatline_text_append_attribute (FlatlineTextWriter *self, GString *text, guint64 object, const char *name)
{
  flatline_text_append_object (self, text, flatline_text_get (self, object, name));
}

guint64
flatline_text_get_from_classes (FlatlineTextWriter *self, const FlatlineTypeInfo *type, const char *name)
{
  for (guint i = 0; type && i < MAX_BASES; i++)
    {
      guint64 found = flatline_class_get (self->types, type->address, name);

      if (found)
        return found;
      type = type->base ? flatline_type_cache_find (self->types, type->base) : NULL;
    }
  return 0;
}

void
flatline_text_read_wide (FlatlineTextWriter *self, guint64 number, guint64 *high, guint64 *low)
{
  const FlatlineLayout *layout = &self->target->layout;
  guint64 tag =
      flatline_text_read_pointer (self, number + (layout->long_tag >= 0 ? layout->long_tag : layout->object_var_size));
  guint64 n = layout->long_tag >= 0 ? tag >> 3 : tag;
  guint32 digits[5] = { 0 };

  *high = *low = 0;
  if (number != 0 && n <= G_N_ELEMENTS (digits))
    flatline_memory_read (self->target->memory, number + (guint64)layout->long_digits, digits, n * sizeof *digits);
  for (guint i = G_N_ELEMENTS (digits); i-- > 0;)
    {
      *high = *high << 30 | *low >> 34;
      *low = *low << 30 | digits[i];
    }
}

void
flatline_text_append_plain (FlatlineTextWriter *self, GString *text, guint64 object)
{
  const FlatlineTypeInfo *type = flatline_text_type_of (self, object);
  g_autofree char *string =
      type && type->family == FLATLINE_FAMILY_STR ? flatline_string_dup (self->target, object, MAX_STRING) : NULL;

  if (string)
    g_string_append (text, string);
  else
    flatline_text_append_object (self, text, object);
}

guint64
flatline_text_find_global (FlatlineTextWriter *self, const FlatlineTypeInfo *type, const char *method, const char *name)
{
  const guint64 function = flatline_text_get_from_classes (self, type, method);
  const FlatlineTypeInfo *function_type = flatline_text_type_of (self, function);
  guint64 fields, globals;

  if (!function_type || function_type->family != FLATLINE_FAMILY_FUNCTION)
    return 0;
  /* PyFunctionObject begins with func_globals from 3.10 on, before with func_code. */
  fields = flatline_text_fields_of (self, function);
  globals = flatline_text_read_pointer (self, self->target->layout.version < 0x030a ? fields + 8 : fields);
  return globals ? flatline_dict_find (self->target, globals, name) : 0;
}

gboolean
flatline_text_append_named (FlatlineTextWriter *self, GString *text, guint n, guint64 name, guint64 value)
{
  g_autofree char *word = flatline_string_dup (self->target, name, 256);

  if (!flatline_text_begin_item (self, text, n))
    return FALSE;
  g_string_append_printf (text, "%s=", word ? word : "?");
  flatline_text_append_object (self, text, value);
  return TRUE;
}
