/* SPDX-License-Identifier: MIT */
/* What tests put in the place of objects, and the calls that it was told of: Lib/unittest/mock.py. */
#include "flatline-library-text-private.h"

#include "flatline-dicts.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MAX_PARENTS 64

typedef struct
{
  FlatlineTextWriter *writer;
  GString *text;
  guint64 n;
} Items;

/* "mock.database.query()": what it is called from its first parent on; that one's name, or "mock". */
static char *
dup_mock_name (FlatlineTextWriter *self, guint64 mock)
{
  g_autoptr (GString) path = g_string_new (NULL);
  g_autofree char *first = NULL;
  g_autofree char *name = flatline_text_get_string (self, mock, "_mock_new_name");
  guint64 last = mock, parent = flatline_text_get (self, mock, "_mock_new_parent");
  gboolean wants_dot = g_strcmp0 (name, "()") != 0;

  /* The name of the first parent counts for nothing: its own comes in its place. */
  for (guint i = 0; !flatline_text_is_none (self, parent) && i < MAX_PARENTS; i++)
    {
      g_autofree char *above = flatline_text_get_string (self, parent, "_mock_new_name");

      g_string_prepend (path, name ? name : "");
      if (path->len > 0 && wants_dot)
        g_string_prepend_c (path, '.');
      wants_dot = g_strcmp0 (above, "()") != 0;
      last = parent;
      g_free (name);
      name = g_steal_pointer (&above);
      parent = flatline_text_get (self, last, "_mock_new_parent");
    }
  first = flatline_text_get_string (self, last, "_mock_name");
  g_string_prepend (path, first && *first ? first : "mock");
  return g_string_free (g_steal_pointer (&path), FALSE);
}

/* <Mock name='mock.query()' spec='Database' id='139912345678'> */
void
flatline_library_append_mock (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_autofree char *name = dup_mock_name (self, address);
  const guint64 spec = flatline_text_get (self, address, "_spec_class");
  const FlatlineTypeInfo *model =
      flatline_text_is_none (self, spec) ? NULL : flatline_type_cache_find (self->types, spec);

  g_string_append_printf (text, "<%s", flatline_text_short_name (type));
  if (strcmp (name, "mock") != 0)
    {
      g_string_append (text, " name=");
      flatline_text_append_utf8 (text, name);
    }
  if (model)
    g_string_append_printf (text, " %s='%s'",
                            flatline_text_is_none (self, flatline_text_get (self, address, "_spec_set")) ? "spec"
                                                                                                         : "spec_set",
                            flatline_text_short_name (model));
  g_string_append_printf (text, " id='%" G_GUINT64_FORMAT "'>", address);
}

static gboolean
append_name_and_value (guint64 name, guint64 value, gpointer user_data)
{
  Items *items = user_data;

  return flatline_text_append_named (items->writer, items->text, (guint)items->n++, name, value);
}

/* "call.query('x', limit=3)": a tuple of name, arguments and keywords, or of the last two. */
void
flatline_library_append_mock_call (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  const guint64 items = address + (guint64)self->target->layout.tuple_items;
  const gint64 n = flatline_object_read_size (self->target, address);
  const guint64 arguments = n >= 2 ? flatline_text_read_pointer (self, items + (guint64)(n - 2) * 8) : 0;
  const guint64 keywords = n >= 2 ? flatline_text_read_pointer (self, items + (guint64)(n - 1) * 8) : 0;
  const guint64 from_call = flatline_text_get (self, address, "_mock_from_kall");
  g_autofree char *name = NULL;
  Items shown = { self, text, 0 };

  if (flatline_text_is_false (self, from_call) || n < 2)
    {
      name = flatline_text_get_string (self, address, "_mock_name");
      g_string_append_printf (text, "%s%s", name && g_str_has_prefix (name, "()") ? "call" : "", name ? name : "call");
      return;
    }
  if (n > 2)
    name = flatline_string_dup (self->target, flatline_text_read_pointer (self, items), 256);
  g_string_append_printf (text, "call%s%s(", name && *name && !g_str_has_prefix (name, "()") ? "." : "",
                          name ? name : "");
  flatline_text_append_items (self, text, arguments);
  shown.n = (guint64)MAX (flatline_object_read_size (self->target, arguments), 0);
  flatline_dict_foreach (self->target, keywords, append_name_and_value, &shown);
  g_string_append_c (text, ')');
}
