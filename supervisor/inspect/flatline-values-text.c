/* SPDX-License-Identifier: MIT */
/* Values and callables of the standard library: paths, patterns, numbers, partials, references, descriptors, code. */
#include "flatline-library-text-private.h"

#include "flatline-attributes.h"
#include "flatline-date-text.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

typedef struct
{
  FlatlineTextWriter *writer;
  GString *text;
  guint64 object;
  guint n;
} Items;

static gboolean
append_name_and_value (guint64 key, guint64 value, gpointer user_data)
{
  Items *items = user_data;
  g_autofree char *name = flatline_string_dup (items->writer->target, key, 256);

  if (!flatline_text_begin_item (items->writer, items->text, items->n++))
    return FALSE;
  g_string_append_printf (items->text, "%s=", name ? name : "?");
  flatline_text_append_object (items->writer, items->text, value);
  return TRUE;
}

void
flatline_library_append_date (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  flatline_date_text_append_date (self, text, address, flatline_text_type_name (type));
}

void
flatline_library_append_time (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  flatline_date_text_append_time (self, text, address, flatline_text_type_name (type));
}

void
flatline_library_append_datetime (FlatlineTextWriter *self,
                                  GString *text,
                                  guint64 address,
                                  const FlatlineTypeInfo *type)
{
  flatline_date_text_append_datetime (self, text, address, flatline_text_type_name (type));
}

void
flatline_library_append_timedelta (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  flatline_date_text_append_timedelta (self, text, address, flatline_text_type_name (type));
}

void
flatline_library_append_timezone (FlatlineTextWriter *self,
                                  GString *text,
                                  guint64 address,
                                  const FlatlineTypeInfo *type)
{
  flatline_date_text_append_timezone (self, text, address, flatline_text_type_name (type));
}

/* Lib/_pydecimal.py, where the module of C was not built: _exp is "F", "n" or "N" for what is no number. */
static void
append_python_decimal (FlatlineTextWriter *self, GString *text, guint64 address, const char *digits)
{
  g_autofree char *special = flatline_text_get_string (self, address, "_exp");
  const char *sign = flatline_text_get_number (self, address, "_sign") ? "-" : "";
  g_autoptr (GString) exponent = g_string_new (NULL);

  g_string_append_printf (text, "Decimal('%s", sign);
  if (special)
    g_string_append_printf (text, "%s%s",
                            *special == 'F'   ? "Infinity"
                            : *special == 'n' ? "NaN"
                                              : "sNaN",
                            *special == 'F' ? "" : digits);
  else
    {
      flatline_text_append_attribute (self, exponent, address, "_exp");
      flatline_date_text_append_scientific (text, digits, g_ascii_strtoll (exponent->str, NULL, 10));
    }
  g_string_append (text, "')");
}

void
flatline_library_append_decimal (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_autofree char *digits = flatline_text_get_string (self, address, "_int");

  if (digits)
    append_python_decimal (self, text, address, digits);
  else
    flatline_date_text_append_decimal (self, text, address, flatline_text_short_name (type));
}

void
flatline_library_append_fraction (FlatlineTextWriter *self,
                                  GString *text,
                                  guint64 address,
                                  const FlatlineTypeInfo *type)
{
  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  flatline_text_append_attribute (self, text, address, "_numerator");
  g_string_append (text, ", ");
  flatline_text_append_attribute (self, text, address, "_denominator");
  g_string_append_c (text, ')');
}

void
flatline_library_append_uuid (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const FlatlineLayout *layout = &self->target->layout;
  guint64 number = flatline_text_get (self, address, "int");
  guint64 tag =
      flatline_text_read_pointer (self, number + (layout->long_tag >= 0 ? layout->long_tag : layout->object_var_size));
  guint64 n = layout->long_tag >= 0 ? tag >> 3 : tag;
  guint32 digits[5] = { 0 };
  guint64 high = 0, low = 0;

  if (n <= G_N_ELEMENTS (digits))
    flatline_memory_read (self->target->memory, number + layout->long_digits, digits, n * sizeof *digits);
  for (guint i = G_N_ELEMENTS (digits); i-- > 0;)
    {
      high = high << 30 | low >> 34;
      low = low << 30 | digits[i];
    }
  g_string_append_printf (text, "%s('%08x-%04x-%04x-%04x-%012" G_GINT64_MODIFIER "x')", flatline_text_short_name (type),
                          (guint32)(high >> 32), (guint)(high >> 16) & 0xffff, (guint)high & 0xffff, (guint)(low >> 48),
                          low & G_GUINT64_CONSTANT (0xffffffffffff));
}

/* Adds one part of a path to its components; one that begins with a slash begins the path anew. */
static void
add_part (GPtrArray *components, GString *root, const char *part)
{
  g_auto (GStrv) names = g_strsplit (part, "/", -1);

  if (part[0] == '/')
    {
      g_ptr_array_set_size (components, 0);
      g_string_assign (root, g_str_has_prefix (part, "//") && part[2] != '/' ? "//" : "/");
    }
  for (char **name = names; *name; name++)
    if (**name && strcmp (*name, ".") != 0)
      g_ptr_array_add (components, g_strdup (*name));
}

/* A path is joined only when it is first asked for: _raw_paths from 3.12 on, _parts before (its first one the root). */
static char *
join_path (FlatlineTextWriter *self, guint64 address)
{
  g_autoptr (GPtrArray) components = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) root = g_string_new (NULL);
  guint64 parts = flatline_text_get (self, address, "_raw_paths");
  const FlatlineTypeInfo *type;
  guint64 items;
  gint64 n;
  g_autofree char *joined = NULL;

  if (!parts)
    parts = flatline_text_get (self, address, "_parts");
  type = flatline_text_type_of (self, parts);
  if (!type || type->family != FLATLINE_FAMILY_LIST)
    return NULL;
  n = CLAMP (flatline_object_read_size (self->target, parts), 0, self->max_items * 4);
  items = flatline_text_read_pointer (self, parts + self->target->layout.list_items);
  for (gint64 i = 0; i < n; i++)
    {
      g_autofree char *part =
          flatline_string_dup (self->target, flatline_text_read_pointer (self, items + (guint64)i * 8), 4096);

      if (part)
        add_part (components, root, part);
    }
  if (components->len == 0)
    return g_strdup (root->len ? root->str : ".");
  g_ptr_array_add (components, NULL);
  joined = g_strjoinv ("/", (char **)components->pdata);
  return g_strconcat (root->str, joined, NULL);
}

void
flatline_library_append_path (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  guint64 known = flatline_text_get (self, address, "_str");
  g_autofree char *joined = known ? NULL : join_path (self, address);

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  if (known)
    flatline_text_append_object (self, text, known);
  else if (joined)
    flatline_text_append_utf8 (text, joined);
  g_string_append_c (text, ')');
}

/* PatternObject (Modules/_sre): PyObject_VAR_HEAD, groups, groupindex, indexgroup, pattern, flags. */
void
flatline_library_append_pattern (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  static const struct
  {
    guint bit;
    const char *name;
  } flags[] = { { 2, "IGNORECASE" }, { 4, "LOCALE" },  { 8, "MULTILINE" }, { 16, "DOTALL" },
                { 64, "VERBOSE" },   { 128, "DEBUG" }, { 256, "ASCII" },   { 32, "UNICODE" } };
  const guint64 fields = address + self->target->layout.object_var_size + 8;
  const guint64 pattern = flatline_text_read_pointer (self, fields + 24);
  const FlatlineTypeInfo *pattern_type = flatline_text_type_of (self, pattern);
  gint32 set = 0;
  const char *between = ", ";

  flatline_memory_read_i32 (self->target->memory, fields + 32, &set);
  /* What a str has anyway is not said. */
  if (pattern_type && pattern_type->family == FLATLINE_FAMILY_STR && (set & 256) == 0)
    set &= ~32;
  g_string_append (text, "re.compile(");
  flatline_text_append_object (self, text, pattern);
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    if (set & (gint32)flags[i].bit)
      {
        g_string_append_printf (text, "%sre.%s", between, flags[i].name);
        between = "|";
      }
  g_string_append_c (text, ')');
}

/* partialobject (Modules/_functoolsmodule.c): the function, its arguments, its keywords. */
void
flatline_library_append_partial (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);
  const guint64 arguments = flatline_text_read_pointer (self, fields + 8);
  gint64 n = flatline_object_read_size (self->target, arguments);
  Items items = { self, text, address, 1 };

  g_string_append_printf (
      text, "%s(", type->is_exact || type->family == FLATLINE_FAMILY_INSTANCE ? "functools.partial" : type->name);
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, fields));
  for (gint64 i = 0; i < n && flatline_text_begin_item (self, text, items.n); i++, items.n++)
    flatline_text_append_object (
        self, text, flatline_text_read_pointer (self, arguments + self->target->layout.tuple_items + (guint64)i * 8));
  flatline_dict_foreach (self->target, flatline_text_read_pointer (self, fields + 16), append_name_and_value, &items);
  g_string_append_c (text, ')');
}

void
flatline_library_append_weak_reference (FlatlineTextWriter *self,
                                        GString *text,
                                        guint64 address,
                                        const FlatlineTypeInfo *type)
{
  const guint64 object = flatline_text_read_pointer (self, flatline_text_fields_of (self, address));
  const FlatlineTypeInfo *referred = flatline_text_type_of (self, object);

  g_string_append_printf (text, "<weakref at 0x%" G_GINT64_MODIFIER "x; ", address);
  if (!referred || referred->family == FLATLINE_FAMILY_NONE)
    g_string_append (text, "dead>");
  else
    g_string_append_printf (text, "to '%s' at 0x%" G_GINT64_MODIFIER "x>", flatline_text_type_name (referred), object);
}

void
flatline_library_append_memory (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_string_append_printf (text, "<memory at 0x%" G_GINT64_MODIFIER "x>", address);
}

/* PyDescrObject: the type, the name. */
void
flatline_library_append_descriptor (FlatlineTextWriter *self,
                                    GString *text,
                                    guint64 address,
                                    const FlatlineTypeInfo *type)
{
  static const char *const kinds[][2] = { { "method_descriptor", "method" },
                                          { "classmethod_descriptor", "method" },
                                          { "wrapper_descriptor", "slot wrapper" },
                                          { "getset_descriptor", "attribute" },
                                          { "member_descriptor", "member" } };
  const guint64 fields = flatline_text_fields_of (self, address);
  const FlatlineTypeInfo *owner = flatline_type_cache_find (self->types, flatline_text_read_pointer (self, fields));
  g_autofree char *name = flatline_string_dup (self->target, flatline_text_read_pointer (self, fields + 8), 256);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i][0], type->name) == 0)
      g_string_append_printf (text, "<%s '%s' of '%s' objects>", kinds[i][1], name ? name : "?",
                              owner ? flatline_text_type_name (owner) : "?");
}

void
flatline_library_append_code (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const FlatlineLayout *layout = &self->target->layout;
  g_autofree char *name =
      flatline_string_dup (self->target, flatline_text_read_pointer (self, address + layout->code_name), 256);
  g_autofree char *file =
      flatline_string_dup (self->target, flatline_text_read_pointer (self, address + layout->code_filename), 1024);
  gint32 line = 0;

  flatline_memory_read_i32 (self->target->memory, address + layout->code_firstlineno, &line);
  g_string_append_printf (text, "<code object %s at 0x%" G_GINT64_MODIFIER "x, file \"%s\", line %d>",
                          name ? name : "?", address, file ? file : "?", line);
}

void
flatline_library_append_cell (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 content = flatline_text_read_pointer (self, address + self->target->layout.cell_value);
  const FlatlineTypeInfo *content_type = flatline_text_type_of (self, content);

  g_string_append_printf (text, "<cell at 0x%" G_GINT64_MODIFIER "x: ", address);
  if (content_type)
    g_string_append_printf (text, "%s object at 0x%" G_GINT64_MODIFIER "x>", flatline_text_type_name (content_type),
                            content);
  else
    g_string_append (text, "empty>");
}
