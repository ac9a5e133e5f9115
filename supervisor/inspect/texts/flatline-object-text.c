/* SPDX-License-Identifier: MIT */
/*
 * repr() from outside: containers and locks here, the rest by its family or its class elsewhere. Object
 * structs: Include/cpython/ of each version through the layout; _thread.lock and RLock: Modules/_threadmodule.c; deque:
 * Modules/_collectionsmodule.c.
 */
#include "flatline-object-text.h"

#include "flatline-code-text.h"
#include "flatline-dicts.h"
#include "flatline-digits.h"
#include "flatline-exception-text.h"
#include "flatline-library-text.h"
#include "flatline-literals.h"
#include "flatline-sequences.h"
#include "flatline-sets.h"
#include "flatline-simple-text.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MAX_NESTING 24

gboolean
flatline_text_begin_item (FlatlineTextWriter *self, GString *text, guint64 n_before)
{
  if (n_before > 0)
    g_string_append (text, ", ");
  if (n_before < self->max_items && text->len < self->max_bytes)
    return TRUE;
  g_string_append (text, "…");
  self->truncated = TRUE;
  return FALSE;
}

static void
append_default (GString *text, const FlatlineTypeInfo *type, guint64 address)
{
  g_string_append_c (text, '<');
  g_string_append (text, type->full_name);
  g_string_append (text, " object at 0x");
  flatline_append_hexadecimal (text, address);
  g_string_append_c (text, '>');
}

typedef struct
{
  FlatlineTextWriter *writer;
  GString *text;
  gint64 n;         /* that came */
  gboolean is_full; /* there was no room for more */
} Items;

static gboolean
append_item (gint64 i, guint64 item, gpointer user_data)
{
  Items *items = user_data;

  items->n = i + 1;
  items->is_full = !flatline_text_begin_item (items->writer, items->text, (guint64)i);
  if (!items->is_full)
    flatline_text_append_object (items->writer, items->text, item);
  return !items->is_full;
}

void
flatline_text_append_items (FlatlineTextWriter *self, GString *text, guint64 sequence)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (self->types, sequence);
  Items items = { self, text, 0, FALSE };

  if (type)
    flatline_sequence_foreach (self->target, sequence, type, 0, append_item, &items);
  /* A spoiled one, or in a core file that has not all memory, is not empty. */
  if (!items.is_full && items.n < flatline_object_read_size (self->target, sequence)
      && flatline_text_begin_item (self, text, (guint64)items.n))
    g_string_append (text, "<unreadable>");
}

static void
append_tuple (FlatlineTextWriter *self, GString *text, guint64 address)
{
  g_string_append_c (text, '(');
  flatline_text_append_items (self, text, address);
  g_string_append (text, flatline_object_read_size (self->target, address) == 1 ? ",)" : ")");
}

typedef struct
{
  FlatlineTextWriter *writer;
  GString *text;
  guint n;
} DictText;

static gboolean
append_dict_item (guint64 key, guint64 value, gpointer user_data)
{
  DictText *dict = user_data;

  if (!flatline_text_begin_item (dict->writer, dict->text, dict->n++))
    return FALSE;
  flatline_text_append_object (dict->writer, dict->text, key);
  g_string_append (dict->text, ": ");
  flatline_text_append_object (dict->writer, dict->text, value);
  return TRUE;
}

/* Of any dict, whatever its class. */
static void
append_dict (FlatlineTextWriter *self, GString *text, guint64 address)
{
  DictText dict = { self, text, 0 };

  g_string_append_c (text, '{');
  if (!flatline_dict_foreach (self->target, address, append_dict_item, &dict))
    self->truncated = TRUE;
  g_string_append_c (text, '}');
}

static void
append_set (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const gint64 used = flatline_set_read_size (self->target, address);
  const gboolean named = type->family == FLATLINE_FAMILY_FROZENSET || !type->is_exact;
  Items items = { self, text, 0, FALSE };

  if (used <= 0)
    {
      g_string_append_printf (text, "%s()", flatline_text_short_name (type));
      return;
    }
  if (named)
    g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  g_string_append_c (text, '{');
  if (!flatline_set_foreach (self->target, address, append_item, &items))
    self->truncated = TRUE;
  g_string_append (text, named ? "})" : "}");
}

static void
append_deque (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  gint64 max_length = (gint64)flatline_text_read_pointer (self, address + self->target->layout.object_var_size + 48);

  g_string_append_printf (text, "%s([", flatline_text_short_name (type));
  flatline_text_append_items (self, text, address);
  g_string_append_c (text, ']');
  if (max_length >= 0)
    g_string_append_printf (text, ", maxlen=%" G_GINT64_FORMAT, max_length);
  g_string_append_c (text, ')');
}

void
flatline_text_append_as_list (FlatlineTextWriter *self, GString *text, guint64 address)
{
  g_string_append_c (text, '[');
  flatline_text_append_items (self, text, address);
  g_string_append_c (text, ']');
}

/* range and slice: two or three objects in a row. */
static void
append_range (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  gboolean is_range = type->family == FLATLINE_FAMILY_RANGE;
  guint64 at = address + (is_range ? self->target->layout.range_start : self->target->layout.slice_start);
  g_autoptr (GString) step = g_string_new (NULL);

  g_string_append_printf (text, "%s(", type->name);
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, at));
  g_string_append (text, ", ");
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, at + 8));
  flatline_text_append_object (self, step, flatline_text_read_pointer (self, at + 16));
  if (!is_range || strcmp (step->str, "1") != 0)
    g_string_append_printf (text, ", %s", step->str);
  g_string_append_c (text, ')');
}

static void
append_lock (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const FlatlineLayout *layout = &self->target->layout;
  guint64 fields = address + layout->object_type + 8;
  guint8 locked = 0;

  if (type->family == FLATLINE_FAMILY_RLOCK)
    {
      guint64 owner = flatline_text_read_pointer (self, fields + 8);
      guint64 count = flatline_text_read_pointer (self, fields + 16);

      /* 3.14 counts from 0 and keeps the owner. */
      if (layout->version >= 0x030e)
        count = owner ? count + 1 : 0;
      g_string_append_printf (
          text, "<%s %s object owner=%" G_GUINT64_FORMAT " count=%" G_GUINT64_FORMAT " at 0x%" G_GINT64_MODIFIER "x>",
          count ? "locked" : "unlocked", type->full_name, count ? owner : 0, count, address);
      return;
    }
  flatline_memory_read (self->target->memory, fields + (type->basic_size - layout->object_var_size < 24 ? 0 : 16),
                        &locked, 1);
  g_string_append (text, locked & 1 ? "<locked " : "<unlocked ");
  g_string_append (text, type->full_name);
  g_string_append (text, " object at 0x");
  flatline_append_hexadecimal (text, address);
  g_string_append_c (text, '>');
}

static gboolean
is_container (FlatlineFamily family)
{
  switch (family)
    {
    case FLATLINE_FAMILY_LIST:
    case FLATLINE_FAMILY_TUPLE:
    case FLATLINE_FAMILY_DICT:
    case FLATLINE_FAMILY_SET:
    case FLATLINE_FAMILY_FROZENSET:
    case FLATLINE_FAMILY_DEQUE:
    case FLATLINE_FAMILY_METHOD:
    case FLATLINE_FAMILY_EXCEPTION:
    case FLATLINE_FAMILY_RANGE:
    case FLATLINE_FAMILY_SLICE:
      return TRUE;
    default:
      return FALSE;
    }
}

/* Of the containers that Python itself guards against cycles, what stands for one that is being written already. */
static void
append_cycle (GString *text, const FlatlineTypeInfo *type)
{
  switch (type->family)
    {
    case FLATLINE_FAMILY_LIST:
    case FLATLINE_FAMILY_DEQUE:
      g_string_append (text, "[...]");
      break;
    case FLATLINE_FAMILY_TUPLE:
      g_string_append (text, "(...)");
      break;
    case FLATLINE_FAMILY_DICT:
      g_string_append (text, "{...}");
      break;
    default:
      g_string_append_printf (text, "%s(...)", flatline_text_short_name (type));
    }
}

/* A cycle through these goes on until it meets one that is guarded. */
static gboolean
is_guarded (FlatlineFamily family)
{
  return family != FLATLINE_FAMILY_METHOD && family != FLATLINE_FAMILY_EXCEPTION && family != FLATLINE_FAMILY_RANGE
         && family != FLATLINE_FAMILY_SLICE;
}

static gboolean
is_being_written (FlatlineTextWriter *self, guint64 address)
{
  for (guint i = 0; i < self->path->len; i++)
    if (g_array_index (self->path, guint64, i) == address)
      return TRUE;
  return FALSE;
}

/* One step deeper, at @address; 0: into what is not guarded. FALSE, and an ellipsis written, when it is too deep. */
static gboolean
enter (FlatlineTextWriter *self, GString *text, guint64 address)
{
  if (self->path->len >= MAX_NESTING)
    {
      self->truncated = TRUE;
      g_string_append (text, "…");
      return FALSE;
    }
  g_array_append_val (self->path, address);
  return TRUE;
}

static void
leave (FlatlineTextWriter *self)
{
  g_array_set_size (self->path, self->path->len - 1);
}

void
flatline_text_append_dict_once (FlatlineTextWriter *self, GString *text, guint64 address)
{
  if (is_being_written (self, address))
    g_string_append (text, "{...}");
  else if (enter (self, text, address))
    {
      append_dict (self, text, address);
      leave (self);
    }
}

static void
append_container (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 guarded = is_guarded (type->family) ? address : 0;

  if (guarded && is_being_written (self, guarded))
    {
      append_cycle (text, type);
      return;
    }
  if (!enter (self, text, guarded))
    return;
  switch (type->family)
    {
    case FLATLINE_FAMILY_LIST:
      flatline_text_append_as_list (self, text, address);
      break;
    case FLATLINE_FAMILY_TUPLE:
      append_tuple (self, text, address);
      break;
    case FLATLINE_FAMILY_DICT:
      append_dict (self, text, address);
      break;
    case FLATLINE_FAMILY_DEQUE:
      append_deque (self, text, address, type);
      break;
    case FLATLINE_FAMILY_METHOD:
      flatline_text_append_method (self, text, address);
      break;
    case FLATLINE_FAMILY_EXCEPTION:
      flatline_text_append_exception (self, text, address, type);
      break;
    case FLATLINE_FAMILY_RANGE:
    case FLATLINE_FAMILY_SLICE:
      append_range (self, text, address, type);
      break;
    default:
      append_set (self, text, address, type);
    }
  leave (self);
}

static void
append_by_family (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const FlatlineLayout *layout = &self->target->layout;
  guint8 truth = 0;

  switch (type->family)
    {
    case FLATLINE_FAMILY_NONE:
      g_string_append (text, "None");
      break;
    case FLATLINE_FAMILY_ELLIPSIS:
      g_string_append (text, "Ellipsis");
      break;
    case FLATLINE_FAMILY_NOT_IMPLEMENTED:
      g_string_append (text, "NotImplemented");
      break;
    case FLATLINE_FAMILY_BOOL:
      flatline_memory_read (self->target->memory, address + layout->long_digits, &truth, 1);
      g_string_append (text, truth ? "True" : "False");
      break;
    case FLATLINE_FAMILY_INT:
      flatline_text_append_int (self, text, address);
      break;
    case FLATLINE_FAMILY_FLOAT:
    case FLATLINE_FAMILY_COMPLEX:
      flatline_text_append_float (self, text, address, type);
      break;
    case FLATLINE_FAMILY_STR:
      flatline_text_append_str (self, text, address);
      break;
    case FLATLINE_FAMILY_BYTES:
      flatline_text_append_bytes_at (self, text, address + layout->bytes_data,
                                     flatline_object_read_size (self->target, address), FALSE);
      break;
    case FLATLINE_FAMILY_BYTEARRAY:
      flatline_text_append_bytearray (self, text, address);
      break;
    case FLATLINE_FAMILY_FUNCTION:
      flatline_text_append_function (self, text, address);
      break;
    case FLATLINE_FAMILY_BUILTIN:
      flatline_text_append_builtin (self, text, address);
      break;
    case FLATLINE_FAMILY_MODULE:
      flatline_text_append_module (self, text, address);
      break;
    case FLATLINE_FAMILY_GENERATOR:
      flatline_text_append_generator (self, text, address, type);
      break;
    case FLATLINE_FAMILY_LOCK:
    case FLATLINE_FAMILY_RLOCK:
      append_lock (self, text, address, type);
      break;
    default:
      append_default (text, type, address);
    }
}

/* @type is its metaclass; that of Enum writes its classes in its own way. */
static void
append_class (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const FlatlineTypeInfo *itself = flatline_type_cache_find (self->types, address);
  const gboolean is_enum = flatline_type_cache_find_base (self->types, type, "enum.EnumMeta")
                           || flatline_type_cache_find_base (self->types, type, "enum.EnumType");

  /* From 3.11 on flags have a mask. */
  if (is_enum && itself)
    g_string_append_printf (text, "<%s '%s'>",
                            flatline_text_get_from_classes (self, itself, "_flag_mask_") ? "flag" : "enum",
                            flatline_text_short_name (itself));
  else if (itself && strcmp (itself->full_name, "typing.Any") == 0)
    g_string_append (text, itself->full_name);
  else
    g_string_append_printf (text, "<class '%s'>", itself ? itself->full_name : "?");
}

static void
append_by_library (FlatlineTextWriter *self,
                   GString *text,
                   guint64 address,
                   const FlatlineTypeInfo *type,
                   FlatlineLibraryTextFunc append)
{
  const guint64 guarded = flatline_library_text_is_guarded (append) ? address : 0;

  if (guarded && is_being_written (self, guarded))
    flatline_library_text_append_cycle (text, type, append);
  else if (enter (self, text, guarded))
    {
      append (self, text, address, type);
      leave (self);
    }
}

/* A frozendict is read as dicts are, and written otherwise. */
static gboolean
is_written_as_its_family (const FlatlineTypeInfo *type)
{
  return type->is_exact && type->family != FLATLINE_FAMILY_CODE && type->family != FLATLINE_FAMILY_CELL
         && (type->family != FLATLINE_FAMILY_DICT || strcmp (type->name, "dict") == 0);
}

void
flatline_text_append_object (FlatlineTextWriter *self, GString *text, guint64 address)
{
  const FlatlineTypeInfo *type;
  FlatlineLibraryTextFunc append;

  if (address == 0)
    {
      g_string_append (text, "<NULL>");
      return;
    }
  type = flatline_type_cache_find_of (self->types, address);
  if (!type)
    {
      g_string_append_printf (text, "<unreadable object at 0x%" G_GINT64_MODIFIER "x>", address);
      return;
    }
  if (type->family == FLATLINE_FAMILY_TYPE)
    {
      append_class (self, text, address, type);
      return;
    }
  append = is_written_as_its_family (type) ? NULL : flatline_library_text_find (self->types, type);
  if (append)
    append_by_library (self, text, address, type, append);
  else if (is_container (type->family))
    append_container (self, text, address, type);
  else
    append_by_family (self, text, address, type);
}

void
flatline_text_append_utf8 (GString *text, const char *string)
{
  glong n = 0;
  g_autofree gunichar *characters = g_utf8_to_ucs4_fast (string, -1, &n);

  flatline_literal_append_str (text, characters, n, TRUE);
}

void
flatline_text_append_bytes (GString *text, const guint8 *bytes, gsize n)
{
  flatline_literal_append_bytes (text, bytes, n, TRUE, FALSE);
}
