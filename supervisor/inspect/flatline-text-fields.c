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
