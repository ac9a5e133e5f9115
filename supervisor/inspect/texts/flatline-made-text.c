/* SPDX-License-Identifier: MIT */
/* What dataclass, namedtuple, Enum and the struct sequences of C make: Lib/dataclasses.py, Lib/enum.py,
 * Lib/collections. */
#include "flatline-library-text-private.h"

#include "flatline-attributes.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MAX_FIELDS    1000 /* of a class of attrs or msgspec */
#define MAX_ROW_WORDS 6

typedef struct
{
  FlatlineTextWriter *writer;
  GString *text;
  guint64 object;
  guint n;
} Items;

static gboolean
append_field (guint64 key, guint64 value, gpointer user_data)
{
  Items *items = user_data;
  FlatlineTextWriter *self = items->writer;
  g_autofree char *name = flatline_string_dup (self->target, key, 256);
  guint64 attribute = name ? flatline_text_get (self, items->object, name) : 0;

  /* Class variables and what only __init__ takes are no attributes of the object. */
  if (attribute == 0 || flatline_text_get_number (self, value, "repr") == 0)
    return TRUE;
  if (!flatline_text_begin_item (self, items->text, items->n++))
    return FALSE;
  g_string_append_printf (items->text, "%s=", name);
  flatline_text_append_object (self, items->text, attribute);
  return TRUE;
}

void
flatline_library_append_dataclass (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  Items items = { self, text, address, 0 };

  g_string_append_printf (text, "%s(", type->name);
  flatline_dict_foreach (self->target, flatline_text_get_from_classes (self, type, "__dataclass_fields__"),
                         append_field, &items);
  g_string_append_c (text, ')');
}

/* Of the package attrs: a tuple of what it made attributes of. */
void
flatline_library_append_attrs (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 items = (guint64)self->target->layout.tuple_items;
  const guint64 fields = flatline_text_get_from_classes (self, type, "__attrs_attrs__");
  const gint64 n = MIN (flatline_object_read_size (self->target, fields), MAX_FIELDS);
  const char *local = g_strrstr (type->name, ">.");
  guint n_shown = 0;

  g_string_append_printf (text, "%s(", local ? local + 2 : type->name);
  for (gint64 i = 0; i < n; i++)
    {
      const guint64 field = flatline_text_read_pointer (self, fields + items + (guint64)i * 8);
      g_autofree char *name = flatline_text_get_string (self, field, "name");

      if (!name || flatline_text_is_false (self, flatline_text_get (self, field, "repr")))
        continue;
      if (!flatline_text_begin_item (self, text, n_shown++))
        break;
      g_string_append_printf (text, "%s=", name);
      flatline_text_append_attribute (self, text, address, name);
    }
  g_string_append_c (text, ')');
}

/* What the class says of a field may say that it is not shown. */
static gboolean
append_model_field (guint64 key, guint64 value, gpointer user_data)
{
  Items *items = user_data;
  FlatlineTextWriter *self = items->writer;
  g_autofree char *name = flatline_string_dup (self->target, key, 256);
  const guint64 field = name && items->object ? flatline_dict_find (self->target, items->object, name) : 0;

  if (field && flatline_text_is_false (self, flatline_text_get (self, field, "repr")))
    return TRUE;
  if (!flatline_text_begin_item (self, items->text, items->n++))
    return FALSE;
  g_string_append_printf (items->text, "%s=", name ? name : "?");
  flatline_text_append_object (self, items->text, value);
  return TRUE;
}

/* Of the package pydantic: its fields are the instance's dict, and there may be others that came along. */
void
flatline_library_append_model (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 extra = flatline_text_get (self, address, "__pydantic_extra__");
  Items items = { self, text, flatline_text_get_from_classes (self, type, "__pydantic_fields__"), 0 };

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  flatline_attributes_foreach (self->target, address, type, append_model_field, &items);
  if (!flatline_text_is_none (self, extra))
    flatline_dict_foreach (self->target, extra, append_model_field, &items);
  g_string_append_c (text, ')');
}

/* Of the package msgspec: its metaclass of C keeps a tuple of the names. */
void
flatline_library_append_struct (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 items = (guint64)self->target->layout.tuple_items;
  const guint64 fields = flatline_text_get (self, type->address, "__struct_fields__");
  const gint64 n = fields ? MIN (flatline_object_read_size (self->target, fields), MAX_FIELDS) : 0;

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  for (gint64 i = 0; i < n && flatline_text_begin_item (self, text, (guint64)i); i++)
    {
      g_autofree char *name =
          flatline_string_dup (self->target, flatline_text_read_pointer (self, fields + items + (guint64)i * 8), 256);

      g_string_append_printf (text, "%s=", name ? name : "?");
      flatline_text_append_attribute (self, text, address, name ? name : "");
    }
  g_string_append_c (text, ')');
}

/* Of SQLAlchemy: a tuple in the body that C or Cython gave it, or in a slot. */
void
flatline_library_append_row (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);
  guint64 data = flatline_text_get (self, address, "_data");

  for (guint64 at = fields; data == 0 && at < address + (guint64)type->basic_size && at < fields + MAX_ROW_WORDS * 8;
       at += 8)
    {
      const guint64 part = flatline_text_read_pointer (self, at);
      const FlatlineTypeInfo *part_type = part % 8 == 0 ? flatline_text_type_of (self, part) : NULL;

      if (part_type && part_type->family == FLATLINE_FAMILY_TUPLE)
        data = part;
    }
  if (data)
    flatline_text_append_object (self, text, data);
  else
    g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
}

void
flatline_library_append_named_tuple (FlatlineTextWriter *self,
                                     GString *text,
                                     guint64 address,
                                     const FlatlineTypeInfo *type)
{
  const gint32 items = self->target->layout.tuple_items;
  guint64 fields = flatline_text_get_from_classes (self, type, "_fields");
  gint64 n = flatline_object_read_size (self->target, address);

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  for (gint64 i = 0; i < MIN (n, flatline_object_read_size (self->target, fields))
                     && flatline_text_begin_item (self, text, (guint64)i);
       i++)
    {
      g_autofree char *name =
          flatline_string_dup (self->target, flatline_text_read_pointer (self, fields + items + i * 8), 256);

      g_string_append_printf (text, "%s=", name ? name : "?");
      flatline_text_append_object (self, text, flatline_text_read_pointer (self, address + items + i * 8));
    }
  g_string_append_c (text, ')');
}

/*
 * os.stat_result, time.struct_time and the like, types of C whose items have names: Objects/structseq.c. The names are
 * those of the members in their order; what follows the visible items has names, too.
 */
void
flatline_library_append_struct_sequence (FlatlineTextWriter *self,
                                         GString *text,
                                         guint64 address,
                                         const FlatlineTypeInfo *type)
{
  const FlatlineLayout *layout = &self->target->layout;
  const guint64 members = flatline_text_read_pointer (self, type->address + (guint64)layout->type_members);
  gint64 n = flatline_object_read_size (self->target, address);

  g_string_append_printf (text, "%s(", type->full_name);
  for (gint64 i = 0; i < n && flatline_text_begin_item (self, text, (guint64)i); i++)
    {
      guint64 name_at = flatline_text_read_pointer (self, members + (guint64)i * FLATLINE_MEMBER_SIZE);
      g_autofree char *name = name_at ? flatline_memory_dup_string (self->target->memory, name_at, 256) : NULL;

      g_string_append_printf (text, "%s=", name ? name : "?");
      flatline_text_append_object (
          self, text, flatline_text_read_pointer (self, address + (guint64)layout->tuple_items + (guint64)i * 8));
    }
  g_string_append_c (text, ')');
}

typedef struct
{
  FlatlineTextWriter *writer;
  GPtrArray *names;
  guint64 flags;
} Flags;

/* Keys are names, some of them other names of the same flag. */
static gboolean
add_flag (guint64 key, guint64 value, gpointer user_data)
{
  Flags *flags = user_data;
  FlatlineTextWriter *self = flags->writer;
  g_autofree char *key_text = flatline_string_dup (self->target, key, 256);
  g_autofree char *name = flatline_text_get_string (self, value, "_name_");
  const guint64 bit = flatline_text_get_number (self, value, "_value_");

  if (name && g_strcmp0 (name, key_text) == 0 && bit != 0 && (bit & (bit - 1)) == 0 && (flags->flags & bit))
    g_ptr_array_add (flags->names, g_steal_pointer (&name));
  return TRUE;
}

/* The names of the flags that are set, in the order they were defined in. */
static GPtrArray *
list_flags (FlatlineTextWriter *self, guint64 address, const FlatlineTypeInfo *type)
{
  Flags flags = { self, g_ptr_array_new_with_free_func (g_free), flatline_text_get_number (self, address, "_value_") };

  flatline_dict_foreach (self->target, flatline_text_get_from_classes (self, type, "_member_map_"), add_flag, &flags);
  return flags.names;
}

void
flatline_library_append_enum_member (FlatlineTextWriter *self,
                                     GString *text,
                                     guint64 address,
                                     const FlatlineTypeInfo *type)
{
  g_autofree char *name = flatline_text_get_string (self, address, "_name_");

  g_string_append_printf (text, "<%s", flatline_text_short_name (type));
  if (name)
    g_string_append_printf (text, ".%s", name);
  else if (self->target->layout.version < 0x030b)
    {
      /* Up to 3.10 several flags have no name of their own; the highest comes first. */
      g_autoptr (GPtrArray) names = list_flags (self, address, type);

      g_string_append (text, names->len > 0 ? "." : ".0");
      for (guint i = names->len; i-- > 0;)
        g_string_append_printf (text, i > 0 ? "%s|" : "%s", (char *)g_ptr_array_index (names, i));
    }
  g_string_append (text, ": ");
  flatline_text_append_attribute (self, text, address, "_value_");
  g_string_append_c (text, '>');
}

/* Members that stand for constants of a module: socket.AF_INET, re.IGNORECASE. */
void
flatline_library_append_global_member (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  g_autofree char *module = g_strndup (type->full_name, strlen (type->full_name) - strlen (type->name));
  g_autofree char *name = flatline_text_get_string (self, address, "_name_");
  g_autoptr (GPtrArray) names = name ? g_ptr_array_new_with_free_func (g_free) : list_flags (self, address, type);
  g_auto (GStrv) path = g_strsplit (module, ".", -1);
  const guint depth = g_strv_length (path); /* it ends with a dot */

  if (name)
    {
      g_auto (GStrv) parts = g_strsplit (name, "|", -1);

      for (char **part = parts; *part; part++)
        g_ptr_array_add (names, g_strdup (*part));
    }
  if (names->len == 0)
    flatline_library_append_enum_member (self, text, address, type);
  for (guint i = 0; i < names->len; i++)
    g_string_append_printf (text, "%s%s.%s", i > 0 ? "|" : "", depth > 1 ? path[depth - 2] : "?",
                            (char *)g_ptr_array_index (names, i));
}
