/* SPDX-License-Identifier: MIT */
/*
 * What makes functions, names and numbers of others: functools.partial, the getters of operator, itertools' endless
 * ones, the variables of contextvars. Object structs: Modules/ of each version.
 */
#include "flatline-library-text-private.h"

#include "flatline-dicts.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#define MAX_NAME 512

typedef struct
{
  FlatlineTextWriter *writer;
  GString *text;
  guint n;
} Items;

static gboolean
append_name_and_value (guint64 key, guint64 value, gpointer user_data)
{
  Items *items = user_data;

  return flatline_text_append_named (items->writer, items->text, items->n++, key, value);
}

/* The items of a tuple from @first on. */
static void
append_arguments (Items *items, guint64 tuple, gint64 first)
{
  FlatlineTextWriter *self = items->writer;
  const gint64 n = tuple ? flatline_object_read_size (self->target, tuple) : 0;

  for (gint64 i = first; i < n && flatline_text_begin_item (self, items->text, items->n); i++, items->n++)
    flatline_text_append_object (
        self, items->text,
        flatline_text_read_pointer (self, tuple + (guint64)self->target->layout.tuple_items + (guint64)i * 8));
}

/* partialobject (Modules/_functoolsmodule.c): the function, its arguments, its keywords. */
void
flatline_library_append_partial (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);
  Items items = { self, text, 1 };

  g_string_append_printf (
      text, "%s(", type->is_exact || type->family == FLATLINE_FAMILY_INSTANCE ? "functools.partial" : type->name);
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, fields));
  append_arguments (&items, flatline_text_read_pointer (self, fields + 8), 0);
  flatline_dict_foreach (self->target, flatline_text_read_pointer (self, fields + 16), append_name_and_value, &items);
  g_string_append_c (text, ')');
}

/* functools.partialmethod (Lib/functools.py): the same as attributes. */
void
flatline_library_append_partial_method (FlatlineTextWriter *self,
                                        GString *text,
                                        guint64 address,
                                        const FlatlineTypeInfo *type)
{
  const guint64 arguments = flatline_text_get (self, address, "args");
  Items items = { self, text, 1 };

  g_string_append_printf (text, "%s(", type->full_name);
  flatline_text_append_attribute (self, text, address, "func");
  append_arguments (&items, arguments, 0);
  flatline_dict_foreach (self->target, flatline_text_get (self, address, "keywords"), append_name_and_value, &items);
  g_string_append_c (text, ')');
}

/* operator.methodcaller (Modules/_operator.c): the name, arguments, keywords. In 3.13 the name is the first argument.
 */
void
flatline_library_append_method_caller (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);
  const guint64 name = flatline_text_read_pointer (self, fields);
  const guint64 arguments = flatline_text_read_pointer (self, fields + 8);
  const guint64 keywords = flatline_text_read_pointer (self, fields + 16);
  const guint64 first = flatline_text_read_pointer (self, arguments + (guint64)self->target->layout.tuple_items);
  Items items = { self, text, 1 };

  g_string_append_printf (text, "%s(", type->full_name);
  flatline_text_append_object (self, text, name);
  append_arguments (&items, arguments, self->target->layout.version == 0x030d && first == name ? 1 : 0);
  if (keywords)
    flatline_dict_foreach (self->target, keywords, append_name_and_value, &items);
  g_string_append_c (text, ')');
}

/* A dotted name is a tuple of its parts. */
static char *
dup_dotted_name (FlatlineTextWriter *self, guint64 name)
{
  const gint64 n = flatline_object_read_size (self->target, name);
  g_autoptr (GString) dotted = g_string_new (NULL);

  for (gint64 i = 0; i < n && dotted->len < MAX_NAME; i++)
    {
      g_autofree char *part = flatline_string_dup (
          self->target,
          flatline_text_read_pointer (self, name + (guint64)self->target->layout.tuple_items + (guint64)i * 8),
          MAX_NAME);

      g_string_append_printf (dotted, "%s%s", i > 0 ? "." : "", part ? part : "?");
    }
  return g_string_free (g_steal_pointer (&dotted), FALSE);
}

/* The number of names, a tuple of them (Modules/_operator.c). */
void
flatline_library_append_attribute_getter (FlatlineTextWriter *self,
                                          GString *text,
                                          guint64 address,
                                          const FlatlineTypeInfo *type)
{
  const guint64 names = flatline_text_read_pointer (self, flatline_text_fields_of (self, address) + 8);
  const gint64 n = flatline_object_read_size (self->target, names);

  g_string_append_printf (text, "%s(", type->full_name);
  for (gint64 i = 0; i < n && flatline_text_begin_item (self, text, (guint64)i); i++)
    {
      guint64 name =
          flatline_text_read_pointer (self, names + (guint64)self->target->layout.tuple_items + (guint64)i * 8);
      const FlatlineTypeInfo *name_type = flatline_text_type_of (self, name);
      g_autofree char *dotted =
          name_type && name_type->family == FLATLINE_FAMILY_TUPLE ? dup_dotted_name (self, name) : NULL;

      if (dotted)
        flatline_text_append_utf8 (text, dotted);
      else
        flatline_text_append_object (self, text, name);
    }
  g_string_append_c (text, ')');
}

/* Of _operator: their number, then the one item, or a tuple of several. */
void
flatline_library_append_getter (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);
  const guint64 item = flatline_text_read_pointer (self, fields + 8);

  g_string_append_printf (text, "%s(", type->full_name);
  if (flatline_text_read_pointer (self, fields) == 1)
    flatline_text_append_object (self, text, item);
  else
    flatline_text_append_items (self, text, item);
  g_string_append_c (text, ')');
}

/* itertools.count: the number it is at, as long as it is small, else the object; the step (Modules/itertoolsmodule.c).
 */
void
flatline_library_append_count (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);
  const guint64 large = flatline_text_read_pointer (self, fields + 8);
  const guint64 step = flatline_text_read_pointer (self, fields + 16);
  guint64 number = 0;

  g_string_append_printf (text, "%s(", type->name);
  if (large)
    flatline_text_append_object (self, text, large);
  else
    g_string_append_printf (text, "%" G_GINT64_FORMAT, (gint64)flatline_text_read_pointer (self, fields));
  if (step && !(flatline_int_read (self->target, step, &number) && number == 1))
    {
      g_string_append (text, ", ");
      flatline_text_append_object (self, text, step);
    }
  g_string_append_c (text, ')');
}

/* itertools.repeat: the object, how often still; -1 for ever. */
void
flatline_library_append_repeat (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);
  const gint64 left = (gint64)flatline_text_read_pointer (self, fields + 8);

  g_string_append_printf (text, "%s(", type->name);
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, fields));
  if (left >= 0)
    g_string_append_printf (text, ", %" G_GINT64_FORMAT, left);
  g_string_append_c (text, ')');
}

/* PyContextVar (Include/internal/pycore_context.h): the name, the default. */
void
flatline_library_append_context_variable (FlatlineTextWriter *self,
                                          GString *text,
                                          guint64 address,
                                          const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);
  const guint64 preset = flatline_text_read_pointer (self, fields + 8);

  g_string_append (text, "<ContextVar name=");
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, fields));
  if (preset)
    {
      g_string_append (text, " default=");
      flatline_text_append_object (self, text, preset);
    }
  g_string_append_printf (text, " at 0x%" G_GINT64_MODIFIER "x>", address);
}

/* Its token: the context, the variable, the old value, whether it was used. */
void
flatline_library_append_context_token (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);
  gint32 used = 0;

  flatline_memory_read_i32 (self->target->memory, fields + 24, &used);
  g_string_append (text, used ? "<Token used var=" : "<Token var=");
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, fields + 8));
  g_string_append_printf (text, " at 0x%" G_GINT64_MODIFIER "x>", address);
}

/* _tuplegetterobject (Modules/_collectionsmodule.c), a field of a named tuple's class: its number, what is said of it.
 */
void
flatline_library_append_field_getter (FlatlineTextWriter *self,
                                      GString *text,
                                      guint64 address,
                                      const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);

  g_string_append_printf (text, "%s(%" G_GINT64_FORMAT ", ", type->name,
                          (gint64)flatline_text_read_pointer (self, fields));
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, fields + 8));
  g_string_append_c (text, ')');
}

/* PyThreadHandleObject (Modules/_threadmodule.c): a pointer to what is of a list, with the ident. */
void
flatline_library_append_thread_handle (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  const guint64 handle = flatline_text_read_pointer (self, flatline_text_fields_of (self, address));

  g_string_append_printf (text, "<%s object: ident=%" G_GUINT64_FORMAT ">", type->full_name,
                          handle ? flatline_text_read_pointer (self, handle + 32) : 0);
}

/* warnings.catch_warnings (Lib/warnings.py); the module is one's own choice only in its tests. */
void
flatline_library_append_kept_warnings (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  const guint64 module = flatline_text_get (self, address, "_module");
  const guint64 dict =
      module ? flatline_text_read_pointer (self, module + (guint64)self->target->layout.module_dict) : 0;
  const guint64 name_at = dict ? flatline_dict_find (self->target, dict, "__name__") : 0;
  g_autofree char *name = name_at ? flatline_string_dup (self->target, name_at, MAX_NAME) : NULL;
  const gboolean records = flatline_text_get_number (self, address, "_record") == 1;

  g_string_append_printf (text, "%s(%s", flatline_text_short_name (type), records ? "record=True" : "");
  if (module && g_strcmp0 (name, "warnings") != 0)
    {
      g_string_append (text, records ? ", module=" : "module=");
      flatline_text_append_object (self, text, module);
    }
  g_string_append_c (text, ')');
}
