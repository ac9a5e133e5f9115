/* SPDX-License-Identifier: MIT */
/* repr() of exceptions from outside: Objects/exceptions.c. */
#include "flatline-exception-text.h"

#include "flatline-strings.h"
#include "flatline-text-fields.h"

#define MAX_TITLE 256

/* From 3.15 on an ImportError tells "name" and "path" behind its arguments: fields behind those of any exception. */
static void
append_import_facts (
    FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type, gboolean has_args)
{
  static const char *const names[] = { "msg", "name", "path" };
  const FlatlineTypeInfo *plain = flatline_type_cache_find_base (self->types, type, "Exception");

  if (self->target->layout.version < 0x030f || !plain
      || !flatline_type_cache_find_base (self->types, type, "ImportError"))
    return;
  for (guint i = 1; i < G_N_ELEMENTS (names); i++)
    {
      const guint64 fact = flatline_text_read_pointer (self, address + (guint64)plain->basic_size + i * 8);

      if (fact == 0)
        continue;
      g_string_append_printf (text, "%s%s=", has_args ? ", " : "", names[i]);
      flatline_text_append_object (self, text, fact);
      has_args = TRUE;
    }
}

/*
 * Of pydantic: it has no arguments. Behind what ValueError has is a vector of Rust, of which only how many errors it
 * has is understood, and the title. "ValidationError('2 validation errors for Person')"
 */
static gboolean
append_validation_error (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const FlatlineTypeInfo *plain = flatline_type_cache_find_base (self->types, type, "ValueError");
  const FlatlineTypeInfo *title_type;
  guint64 n_errors, title;
  g_autofree char *name = NULL;

  if (!plain || !flatline_type_cache_find_base (self->types, type, "pydantic_core._pydantic_core.ValidationError"))
    return FALSE;
  n_errors = flatline_text_read_pointer (self, address + (guint64)plain->basic_size + 16);
  title = flatline_text_read_pointer (self, address + (guint64)plain->basic_size + 24);
  title_type = flatline_text_type_of (self, title);
  if (n_errors == 0 || n_errors > G_MAXINT32 || !title_type || title_type->family != FLATLINE_FAMILY_STR
      || !(name = flatline_string_dup (self->target, title, MAX_TITLE)))
    return FALSE;
  g_string_append_printf (text, "%s('%" G_GUINT64_FORMAT " validation error%s for %s')", type->name, n_errors,
                          n_errors == 1 ? "" : "s", name);
  return TRUE;
}

void
flatline_text_append_exception (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 args = flatline_text_read_pointer (self, address + (guint64)self->target->layout.exception_args);
  const gint64 n_args = flatline_object_read_size (self->target, args);

  if (n_args == 0 && append_validation_error (self, text, address, type))
    return;
  g_string_append (text, flatline_text_short_name (type));
  /* More than one are written as the tuple that they are. */
  if (n_args > 1)
    {
      flatline_text_append_object (self, text, args);
      if (text->str[text->len - 1] != ')')
        return;
      g_string_truncate (text, text->len - 1);
    }
  else
    {
      g_string_append_c (text, '(');
      flatline_text_append_items (self, text, args);
    }
  append_import_facts (self, text, address, type, n_args > 0);
  g_string_append_c (text, ')');
}
