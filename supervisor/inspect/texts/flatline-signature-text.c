/* SPDX-License-Identifier: MIT */
/* Signatures of functions, their parameters and the arguments bound to them: Lib/inspect.py. */
#include "flatline-library-text-private.h"

#include "flatline-dicts.h"
#include "flatline-text-fields.h"

#include <string.h>

/* inspect.Parameter.kind */
enum
{
  POSITIONAL_ONLY,
  POSITIONAL_OR_KEYWORD,
  VAR_POSITIONAL,
  KEYWORD_ONLY,
  VAR_KEYWORD,
};

typedef struct
{
  FlatlineTextWriter *writer;
  GString *text;
  guint n;
  gboolean before_slash; /* positional-only ones came, their "/" did not */
  gboolean has_star;     /* what follows are keywords without a "*" of their own */
} Parameters;

/* inspect._empty stands for what was not given. */
static gboolean
is_given (FlatlineTextWriter *self, guint64 object)
{
  const FlatlineTypeInfo *itself = object ? flatline_type_cache_find (self->types, object) : NULL;

  return object != 0 && !(itself && strcmp (itself->full_name, "inspect._empty") == 0);
}

/* Classes by their names, those of typing without the module. */
static void
append_annotation (FlatlineTextWriter *self, GString *text, guint64 object)
{
  const FlatlineTypeInfo *type = flatline_text_type_of (self, object);
  const FlatlineTypeInfo *itself;
  g_autoptr (GString) own = g_string_new (NULL);

  if (type && type->family == FLATLINE_FAMILY_TYPE)
    {
      itself = flatline_type_cache_find (self->types, object);
      g_string_append (text, itself ? itself->full_name : "?");
      return;
    }
  flatline_text_append_object (self, own, object);
  if (type && g_str_has_prefix (type->full_name, "typing."))
    g_string_replace (own, "typing.", "", 0);
  g_string_append (text, own->str);
}

static void
append_parameter (FlatlineTextWriter *self, GString *text, guint64 parameter)
{
  const guint64 kind = flatline_text_get_number (self, parameter, "_kind");
  const guint64 annotation = flatline_text_get (self, parameter, "_annotation");
  const guint64 preset = flatline_text_get (self, parameter, "_default");
  const gboolean has_annotation = is_given (self, annotation);

  g_string_append (text, kind == VAR_POSITIONAL ? "*" : kind == VAR_KEYWORD ? "**" : "");
  flatline_text_append_plain (self, text, flatline_text_get (self, parameter, "_name"));
  if (has_annotation)
    {
      g_string_append (text, ": ");
      append_annotation (self, text, annotation);
    }
  if (is_given (self, preset))
    {
      g_string_append (text, has_annotation ? " = " : "=");
      flatline_text_append_object (self, text, preset);
    }
}

/* <Parameter "name: int = 3"> */
void
flatline_library_append_parameter (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  g_string_append_printf (text, "<%s \"", flatline_text_short_name (type));
  append_parameter (self, text, address);
  g_string_append (text, "\">");
}

static gboolean
append_mark (Parameters *all, const char *mark)
{
  if (!flatline_text_begin_item (all->writer, all->text, all->n++))
    return FALSE;
  g_string_append (all->text, mark);
  return TRUE;
}

static gboolean
append_next_parameter (guint64 name, guint64 parameter, gpointer user_data)
{
  Parameters *all = user_data;
  const guint64 kind = flatline_text_get_number (all->writer, parameter, "_kind");

  if (kind != POSITIONAL_ONLY && all->before_slash)
    {
      if (!append_mark (all, "/"))
        return FALSE;
      all->before_slash = FALSE;
    }
  if (kind == KEYWORD_ONLY && !all->has_star && !append_mark (all, "*"))
    return FALSE;
  all->before_slash = kind == POSITIONAL_ONLY;
  all->has_star = all->has_star || kind == VAR_POSITIONAL || kind == KEYWORD_ONLY;
  if (!append_mark (all, ""))
    return FALSE;
  append_parameter (all->writer, all->text, parameter);
  return TRUE;
}

/* <Signature (a, /, b=2, *, c) -> int>: the parameters are a proxy of a dict. */
void
flatline_library_append_signature (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  const guint64 proxy = flatline_text_get (self, address, "_parameters");
  const guint64 returned = flatline_text_get (self, address, "_return_annotation");
  Parameters all = { self, text, 0, FALSE, FALSE };

  g_string_append_printf (text, "<%s (", flatline_text_short_name (type));
  if (proxy)
    flatline_dict_foreach (self->target, flatline_text_read_pointer (self, flatline_text_fields_of (self, proxy)),
                           append_next_parameter, &all);
  if (all.before_slash)
    append_mark (&all, "/");
  g_string_append_c (text, ')');
  if (is_given (self, returned))
    {
      g_string_append (text, " -> ");
      append_annotation (self, text, returned);
    }
  g_string_append_c (text, '>');
}

static gboolean
append_name_and_value (guint64 name, guint64 value, gpointer user_data)
{
  Parameters *all = user_data;

  return flatline_text_append_named (all->writer, all->text, all->n++, name, value);
}

/* <BoundArguments (a=1, b=2)> */
void
flatline_library_append_bound_arguments (FlatlineTextWriter *self,
                                         GString *text,
                                         guint64 address,
                                         const FlatlineTypeInfo *type)
{
  const guint64 arguments = flatline_text_get (self, address, "arguments");
  Parameters all = { self, text, 0, FALSE, FALSE };

  g_string_append_printf (text, "<%s (", flatline_text_short_name (type));
  if (arguments)
    flatline_dict_foreach (self->target, arguments, append_name_and_value, &all);
  g_string_append (text, ")>");
}
