/* SPDX-License-Identifier: MIT */
/* The containers of collections and types, and array.array. */
#include "flatline-library-text-private.h"

#include "flatline-attributes.h"
#include "flatline-literals.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MAX_COUNTED 10000 /* items of a Counter that are put in order */
#define MAX_LOOKED  10000 /* items of an OrderedDict among which one is looked for */

typedef struct
{
  FlatlineTextWriter *writer;
  GString *text;
  guint64 object;
  guint n;
} Items;

void
flatline_library_append_default_dict (FlatlineTextWriter *self,
                                      GString *text,
                                      guint64 address,
                                      const FlatlineTypeInfo *type)
{
  /* defdictobject: Modules/_collectionsmodule.c; the factory follows the dict. */
  guint64 factory = flatline_text_read_pointer (self, address + self->target->layout.dict_values + 8);

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  if (factory)
    flatline_text_append_object (self, text, factory);
  else
    g_string_append (text, "None");
  g_string_append (text, ", ");
  flatline_text_append_dict_once (self, text, address);
  g_string_append_c (text, ')');
}

typedef struct
{
  guint64 key, value;
  guint n;
} Lookup;

static gboolean
match_key (guint64 key, guint64 value, gpointer user_data)
{
  Lookup *lookup = user_data;

  if (key != lookup->key)
    return lookup->n++ < MAX_LOOKED;
  lookup->value = value;
  return FALSE;
}

/* A value that was not among the first ones that were looked through. */
static void
append_found (FlatlineTextWriter *self, GString *text, guint64 value)
{
  if (value)
    flatline_text_append_object (self, text, value);
  else
    g_string_append (text, "…");
}

/* PyODictObject (Objects/odictobject.c): the dict, the first node; a node: key, hash, next. */
static void
foreach_in_order (FlatlineTextWriter *self, guint64 dict, FlatlineItemFunc func, gpointer user_data)
{
  guint64 node = flatline_text_read_pointer (self, dict + (guint64)self->target->layout.dict_values + 8);
  const gint64 size = flatline_dict_read_size (self->target, dict);

  for (gint64 i = 0; i < size && node != 0; i++)
    {
      Lookup lookup = { .key = flatline_text_read_pointer (self, node) };

      flatline_dict_foreach (self->target, dict, match_key, &lookup);
      if (!func (lookup.key, lookup.value, user_data))
        break;
      node = flatline_text_read_pointer (self, node + 16);
    }
}

static gboolean
append_ordered_item (guint64 key, guint64 value, gpointer user_data)
{
  Items *items = user_data;
  const gboolean as_dict = items->writer->target->layout.version >= 0x030c;

  if (!flatline_text_begin_item (items->writer, items->text, items->n++))
    return FALSE;
  if (!as_dict)
    g_string_append_c (items->text, '(');
  flatline_text_append_object (items->writer, items->text, key);
  g_string_append (items->text, as_dict ? ": " : ", ");
  append_found (items->writer, items->text, value);
  if (!as_dict)
    g_string_append_c (items->text, ')');
  return TRUE;
}

void
flatline_library_append_ordered_dict (FlatlineTextWriter *self,
                                      GString *text,
                                      guint64 address,
                                      const FlatlineTypeInfo *type)
{
  const gboolean as_dict = self->target->layout.version >= 0x030c;
  const gint64 size = flatline_dict_read_size (self->target, address);
  Items items = { self, text, address, 0 };

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  if (size > 0)
    g_string_append (text, as_dict ? "{" : "[");
  foreach_in_order (self, address, append_ordered_item, &items);
  if (size > 0)
    g_string_append (text, as_dict ? "}" : "]");
  g_string_append_c (text, ')');
}

typedef struct
{
  guint64 key, value, count;
  guint position;
} Counted;

typedef struct
{
  FlatlineTarget *target;
  GArray *items;
} Counting;

static gboolean
count_item (guint64 key, guint64 value, gpointer user_data)
{
  Counting *counting = user_data;
  Counted counted = { key, value, 0, counting->items->len };

  /* Negative counts, and what is no int, come last. */
  flatline_int_read (counting->target, value, &counted.count);
  g_array_append_val (counting->items, counted);
  return counting->items->len < MAX_COUNTED;
}

static int
compare_counts (gconstpointer a, gconstpointer b)
{
  const Counted *one = a, *other = b;

  if (one->count != other->count)
    return one->count > other->count ? -1 : 1;
  return one->position < other->position ? -1 : 1;
}

void
flatline_library_append_counter (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (Counted));
  Counting counting = { self->target, items };

  flatline_dict_foreach (self->target, address, count_item, &counting);
  g_array_sort (items, compare_counts);
  g_string_append_printf (text, items->len > 0 ? "%s({" : "%s(", flatline_text_short_name (type));
  for (guint i = 0; i < items->len && flatline_text_begin_item (self, text, i); i++)
    {
      flatline_text_append_object (self, text, g_array_index (items, Counted, i).key);
      g_string_append (text, ": ");
      flatline_text_append_object (self, text, g_array_index (items, Counted, i).value);
    }
  g_string_append (text, items->len > 0 ? "})" : ")");
}

void
flatline_library_append_chain_map (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  guint64 maps = flatline_text_get (self, address, "maps");
  guint64 items = maps ? flatline_text_read_pointer (self, maps + self->target->layout.list_items) : 0;
  gint64 size = maps ? flatline_object_read_size (self->target, maps) : 0;

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  for (gint64 i = 0; i < size && flatline_text_begin_item (self, text, (guint64)i); i++)
    flatline_text_append_object (self, text, flatline_text_read_pointer (self, items + (guint64)i * 8));
  g_string_append_c (text, ')');
}

/* Proxies and views of a dict: their first field is it. */
void
flatline_library_append_mapping_proxy (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  g_string_append (text, "mappingproxy(");
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, flatline_text_fields_of (self, address)));
  g_string_append_c (text, ')');
}

/* Objects/dictobject.c of 3.15: by the name that the type has in C. */
void
flatline_library_append_frozen_dict (FlatlineTextWriter *self,
                                     GString *text,
                                     guint64 address,
                                     const FlatlineTypeInfo *type)
{
  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  if (flatline_dict_read_size (self->target, address) > 0)
    flatline_text_append_dict_once (self, text, address);
  g_string_append_c (text, ')');
}

typedef struct
{
  FlatlineTextWriter *writer;
  GString *text;
  gboolean keys, values;
  guint n;
} View;

static gboolean
append_view_item (guint64 key, guint64 value, gpointer user_data)
{
  View *view = user_data;

  if (!flatline_text_begin_item (view->writer, view->text, view->n++))
    return FALSE;
  if (view->keys && view->values)
    g_string_append_c (view->text, '(');
  if (view->keys)
    flatline_text_append_object (view->writer, view->text, key);
  if (view->keys && view->values)
    g_string_append (view->text, ", ");
  if (view->values)
    append_found (view->writer, view->text, value);
  if (view->keys && view->values)
    g_string_append_c (view->text, ')');
  return TRUE;
}

void
flatline_library_append_dict_view (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  const guint64 dict = flatline_text_read_pointer (self, flatline_text_fields_of (self, address));
  View view = { self, text, !g_str_has_suffix (type->name, "values"), !g_str_has_suffix (type->name, "keys"), 0 };

  g_string_append_printf (text, "%s([", type->name);
  if (g_str_has_prefix (type->name, "odict_"))
    foreach_in_order (self, dict, append_view_item, &view);
  else
    flatline_dict_foreach (self->target, dict, append_view_item, &view);
  g_string_append (text, "])");
}

static gboolean
append_name_and_value (guint64 key, guint64 value, gpointer user_data)
{
  Items *items = user_data;

  return flatline_text_append_named (items->writer, items->text, items->n++, key, value);
}

const char *
flatline_library_get_namespace_name (const FlatlineTypeInfo *type)
{
  return strcmp (type->full_name, "types.SimpleNamespace") == 0 ? "namespace" : flatline_text_short_name (type);
}

void
flatline_library_append_namespace (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  Items items = { self, text, address, 0 };

  g_string_append_printf (text, "%s(", flatline_library_get_namespace_name (type));
  flatline_attributes_foreach (self->target, address, type, append_name_and_value, &items);
  g_string_append_c (text, ')');
}

/* Lib/argparse.py: what parsers and actions show of themselves is their own choice. */
void
flatline_library_append_argument_namespace (FlatlineTextWriter *self,
                                            GString *text,
                                            guint64 address,
                                            const FlatlineTypeInfo *type)
{
  if (flatline_type_cache_find_base (self->types, type, "argparse.Namespace"))
    flatline_library_append_namespace (self, text, address, type);
  else if (flatline_type_cache_find_base (self->types, type, "argparse.ArgumentParser"))
    flatline_library_append_template (self, text, address, type);
  else if (flatline_type_cache_find_base (self->types, type, "argparse.Action"))
    flatline_library_append_listed (self, text, address, type);
  else
    g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
}

static void
append_array_item (FlatlineTextWriter *self, GString *text, guint64 items, guint64 i, char code)
{
  static const char codes[] = "bBhHiIlLqQfd";
  static const guint8 sizes[] = { 1, 1, 2, 2, 4, 4, 8, 8, 8, 8, 4, 8 };
  const char *found = code ? strchr (codes, code) : NULL;
  const guint size = found ? sizes[found - codes] : 4;
  union
  {
    guint64 word;
    float single;
    double number;
  } item = { 0 };

  flatline_memory_read (self->target->memory, items + i * size, &item, size);
  if (code == 'f' || code == 'd')
    flatline_literal_append_float (text, code == 'f' ? (double)item.single : item.number);
  else if (found && g_ascii_islower (code))
    g_string_append_printf (text, "%" G_GINT64_FORMAT, (gint64)(item.word << (64 - 8 * size)) >> (64 - 8 * size));
  else
    g_string_append_printf (text, found ? "%" G_GUINT64_FORMAT : "0x%" G_GINT64_MODIFIER "x", item.word);
}

/* Characters of four bytes each: "array('w', 'text')". */
static void
append_characters (FlatlineTextWriter *self, GString *text, guint64 items, gint64 size, char code)
{
  const gsize n = (gsize)MIN (size, (gint64)self->max_bytes);
  g_autofree guint32 *characters = g_new0 (guint32, n);

  flatline_memory_read (self->target->memory, items, characters, n * sizeof *characters);
  g_string_append_printf (text, "array('%c', ", code);
  flatline_literal_append_str (text, characters, n, n == (gsize)size);
  self->truncated = self->truncated || n != (gsize)size;
  g_string_append_c (text, ')');
}

/* array.array: PyObject_VAR_HEAD, ob_item, allocated, ob_descr {typecode, …} (Modules/arraymodule.c). */
void
flatline_library_append_array (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 fields = address + self->target->layout.object_var_size + 8;
  const guint64 items = flatline_text_read_pointer (self, fields);
  gint64 size = flatline_object_read_size (self->target, address);
  char code = 0;

  flatline_memory_read (self->target->memory, flatline_text_read_pointer (self, fields + 16), &code, 1);
  if (size > 0 && (code == 'u' || code == 'w'))
    {
      append_characters (self, text, items, size, code);
      return;
    }
  g_string_append_printf (text, "%s('%c'", flatline_text_short_name (type), g_ascii_isalpha (code) ? code : '?');
  g_string_append (text, size > 0 ? ", [" : "");
  for (gint64 i = 0; i < size && flatline_text_begin_item (self, text, (guint64)i); i++)
    append_array_item (self, text, items, (guint64)i, code);
  g_string_append (text, size > 0 ? "])" : ")");
}
