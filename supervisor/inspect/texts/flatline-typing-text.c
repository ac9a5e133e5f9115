/* SPDX-License-Identifier: MIT */
/* Types with parameters: list[int], int | None (Objects/genericaliasobject.c, unionobject.c), and those of
 * Lib/typing.py. */
#include "flatline-attributes.h"
#include "flatline-library-text-private.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

/* A class is written as its name alone, "..." and None as in source. */
static void
append_type (FlatlineTextWriter *self, GString *text, guint64 object)
{
  const FlatlineTypeInfo *type = flatline_text_type_of (self, object);
  const FlatlineTypeInfo *itself;

  if (type && type->family == FLATLINE_FAMILY_ELLIPSIS)
    g_string_append (text, "...");
  else if (type && type->family == FLATLINE_FAMILY_TYPE)
    {
      itself = flatline_type_cache_find (self->types, object);
      g_string_append (text, itself ? itself->full_name : "?");
    }
  else
    flatline_text_append_object (self, text, object);
}

static void
append_types (FlatlineTextWriter *self, GString *text, guint64 tuple, gint64 first, gint64 end, const char *between)
{
  for (gint64 i = first; i < end && text->len < self->max_bytes; i++)
    {
      if (i > first)
        g_string_append (text, between);
      append_type (
          self, text,
          flatline_text_read_pointer (self, tuple + (guint64)self->target->layout.tuple_items + (guint64)i * 8));
    }
}

/* gaobject: origin, arguments. */
void
flatline_library_append_generic_alias (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);
  const guint64 arguments = flatline_text_read_pointer (self, fields + 8);
  const gint64 n = flatline_object_read_size (self->target, arguments);

  append_type (self, text, flatline_text_read_pointer (self, fields));
  g_string_append_c (text, '[');
  append_types (self, text, arguments, 0, n, ", ");
  g_string_append (text, n == 0 ? "()]" : "]");
}

/* "[int], str" of a callable that takes an int; "..." takes anything. */
static void
append_signature (FlatlineTextWriter *self, GString *text, guint64 arguments, gint64 n)
{
  const guint64 first = flatline_text_read_pointer (self, arguments + (guint64)self->target->layout.tuple_items);
  const FlatlineTypeInfo *first_type = flatline_text_type_of (self, first);
  const gboolean takes_any = first_type && first_type->family == FLATLINE_FAMILY_ELLIPSIS;

  g_string_append (text, takes_any ? "" : "[");
  append_types (self, text, arguments, 0, n - 1, ", ");
  g_string_append (text, takes_any ? ", " : "], ");
  append_types (self, text, arguments, n - 1, n, ", ");
}

/* The same as a class of Lib/_collections_abc.py. */
void
flatline_library_append_callable_alias (FlatlineTextWriter *self,
                                        GString *text,
                                        guint64 address,
                                        const FlatlineTypeInfo *type)
{
  const guint64 arguments = flatline_text_read_pointer (self, flatline_text_fields_of (self, address) + 8);
  const gint64 n = flatline_object_read_size (self->target, arguments);

  g_string_append (text, "collections.abc.Callable[");
  if (n > 0)
    append_signature (self, text, arguments, n);
  g_string_append_c (text, ']');
}

static gboolean
is_class_of_none (FlatlineTextWriter *self, guint64 object)
{
  const FlatlineTypeInfo *itself = flatline_type_cache_find (self->types, object);

  return itself && itself->family == FLATLINE_FAMILY_NONE;
}

/* unionobject: arguments. None stands for its class. */
void
flatline_library_append_union (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 arguments = flatline_text_read_pointer (self, flatline_text_fields_of (self, address));
  const gint64 n = flatline_object_read_size (self->target, arguments);

  for (gint64 i = 0; i < n && text->len < self->max_bytes; i++)
    {
      guint64 object =
          flatline_text_read_pointer (self, arguments + (guint64)self->target->layout.tuple_items + (guint64)i * 8);

      g_string_append (text, i > 0 ? " | " : "");
      if (is_class_of_none (self, object))
        g_string_append (text, "None");
      else
        append_type (self, text, object);
    }
}

/* Optional[X] is a union of X and None, Callable's last argument is what is returned, Annotated has metadata. */
void
flatline_library_append_typing_alias (FlatlineTextWriter *self,
                                      GString *text,
                                      guint64 address,
                                      const FlatlineTypeInfo *type)
{
  const guint64 arguments = flatline_text_get (self, address, "__args__");
  const guint64 items = arguments + (guint64)self->target->layout.tuple_items;
  const gint64 n = arguments ? flatline_object_read_size (self->target, arguments) : 0;
  g_autofree char *name = flatline_text_get_string (self, address, "_name");
  const guint64 origin = flatline_text_get (self, address, "__origin__");
  const gboolean is_union = g_str_has_suffix (type->name, "UnionGenericAlias");
  const guint64 metadata = flatline_text_get (self, address, "__metadata__");

  if (metadata)
    {
      g_string_append (text, "typing.Annotated[");
      append_type (self, text, origin);
      g_string_append (text, ", ");
      flatline_text_append_items (self, text, metadata);
      g_string_append_c (text, ']');
      return;
    }
  if (is_union && n == 2)
    for (guint64 i = 0; i < 2; i++)
      if (is_class_of_none (self, flatline_text_read_pointer (self, items + i * 8)))
        {
          g_string_append (text, "typing.Optional[");
          append_type (self, text, flatline_text_read_pointer (self, items + (1 - i) * 8));
          g_string_append_c (text, ']');
          return;
        }
  if (name || is_union)
    g_string_append_printf (text, "typing.%s", is_union ? "Union" : name);
  else
    append_type (self, text, origin);
  g_string_append_c (text, '[');
  if (g_str_has_prefix (type->name, "_Callable") && n > 0)
    append_signature (self, text, arguments, n);
  else
    append_types (self, text, arguments, 0, n, ", ");
  g_string_append (text, n == 0 ? "()]" : "]");
}

/* typing.NoReturn, a bare typing.List, and the like. */
void
flatline_library_append_typing_form (FlatlineTextWriter *self,
                                     GString *text,
                                     guint64 address,
                                     const FlatlineTypeInfo *type)
{
  g_autofree char *name = flatline_text_get_string (self, address, "_name");

  g_string_append_printf (text, "typing.%s", name ? name : "?");
}

/* Classes of Python up to 3.11, then of C (Objects/typevarobject.c): the name first, the flags last. */
static gboolean
read_flag (FlatlineTextWriter *self, guint64 variable, const FlatlineTypeInfo *type, const char *name, guint flag)
{
  guint8 is_set = 0;

  if (self->target->layout.version < 0x030c)
    return flatline_text_get_number (self, variable, name) != 0;
  flatline_memory_read (self->target->memory, variable + (guint64)type->basic_size - 8 + flag, &is_set, 1);
  return is_set != 0;
}

/* "~T", "+T_co", "-T_contra", "Ts" */
void
flatline_library_append_type_variable (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  const gboolean is_of_c = self->target->layout.version >= 0x030c;
  /* Several types have a variance from 3.15 on. */
  const gboolean has_variance =
      self->target->layout.version >= 0x030f || !g_str_has_suffix (type->full_name, "TypeVarTuple");

  if (has_variance && !(is_of_c && read_flag (self, address, type, "", 2)))
    g_string_append_c (text, read_flag (self, address, type, "__covariant__", 0)       ? '+'
                             : read_flag (self, address, type, "__contravariant__", 1) ? '-'
                                                                                       : '~');
  flatline_text_append_plain (self, text,
                              is_of_c ? flatline_text_read_pointer (self, flatline_text_fields_of (self, address))
                                      : flatline_text_get (self, address, "__name__"));
}

/* "P.args", "P.kwargs": an object of C from 3.12 on, which begins with its ParamSpec. */
void
flatline_library_append_parameter_part (FlatlineTextWriter *self,
                                        GString *text,
                                        guint64 address,
                                        const FlatlineTypeInfo *type)
{
  const gboolean is_of_c = self->target->layout.version >= 0x030c;
  const guint64 fields = flatline_text_fields_of (self, address);
  const guint64 origin =
      is_of_c ? flatline_text_read_pointer (self, fields) : flatline_text_get (self, address, "__origin__");

  flatline_text_append_plain (self, text,
                              is_of_c ? flatline_text_read_pointer (self, flatline_text_fields_of (self, origin))
                                      : flatline_text_get (self, origin, "__name__"));
  g_string_append (text, g_str_has_suffix (type->name, "Kwargs") ? ".kwargs" : ".args");
}

/* typing.Unpack[Ts]; up to 3.11 "*Ts". */
void
flatline_library_append_unpacked (FlatlineTextWriter *self,
                                  GString *text,
                                  guint64 address,
                                  const FlatlineTypeInfo *type)
{
  const guint64 arguments = flatline_text_get (self, address, "__args__");
  const gboolean is_named = self->target->layout.version >= 0x030c;

  g_string_append (text, is_named ? "typing.Unpack[" : "*");
  flatline_text_append_object (
      self, text, flatline_text_read_pointer (self, arguments + (guint64)self->target->layout.tuple_items));
  g_string_append (text, is_named ? "]" : "");
}

/* typealiasobject and sentinelobject (Objects/) begin with their names. */
void
flatline_library_append_first_name (FlatlineTextWriter *self,
                                    GString *text,
                                    guint64 address,
                                    const FlatlineTypeInfo *type)
{
  flatline_text_append_plain (self, text, flatline_text_read_pointer (self, flatline_text_fields_of (self, address)));
}

/* dataclasses.InitVar[int] */
void
flatline_library_append_initial (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 inner = flatline_text_get (self, address, "type");
  const FlatlineTypeInfo *inner_type = flatline_text_type_of (self, inner);
  const FlatlineTypeInfo *itself =
      inner_type && inner_type->family == FLATLINE_FAMILY_TYPE ? flatline_type_cache_find (self->types, inner) : NULL;

  g_string_append (text, "dataclasses.InitVar[");
  if (itself)
    g_string_append (text, flatline_text_short_name (itself));
  else
    flatline_text_append_object (self, text, inner);
  g_string_append_c (text, ']');
}

/* ForwardRef('Later', module='m', owner=<class 'C'>): what it has of these, from 3.14 on a class of annotationlib. */
void
flatline_library_append_forward_reference (FlatlineTextWriter *self,
                                           GString *text,
                                           guint64 address,
                                           const FlatlineTypeInfo *type)
{
  static const char *const parts[][2] = { { "module", "__forward_module__" }, { "owner", "__owner__" } };
  const guint64 named = flatline_text_get (self, address, "__arg__");

  g_string_append (text, "ForwardRef(");
  flatline_text_append_object (self, text, named ? named : flatline_text_get (self, address, "__forward_arg__"));
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      const guint64 part = flatline_text_get (self, address, parts[i][1]);

      if (flatline_text_is_none (self, part))
        continue;
      g_string_append_printf (text, ", %s=", parts[i][0]);
      flatline_text_append_object (self, text, part);
    }
  g_string_append_c (text, ')');
}
