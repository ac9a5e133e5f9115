/* SPDX-License-Identifier: MIT */
/*
 * repr() from outside, a small function a family of types. Object structs: Include/cpython/ of each version through
 * the layout; _thread.lock and RLock: Modules/_threadmodule.c; deque: Modules/_collectionsmodule.c.
 */
#include "flatline-object-text.h"

#include "flatline-dicts.h"
#include "flatline-library-text.h"
#include "flatline-literals.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MAX_NESTING   24
#define MAX_SET_SLOTS (G_GINT64_CONSTANT (1) << 32)
#define DEQUE_BLOCK   64 /* BLOCKLEN */

static guint64
read_pointer (FlatlineTextWriter *self, guint64 address)
{
  guint64 value;

  flatline_memory_read_u64 (self->target->memory, address, &value);
  return value;
}

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
  g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
}

static void
append_int (FlatlineTextWriter *self, GString *text, guint64 address)
{
  const FlatlineLayout *layout = &self->target->layout;
  g_autofree guint32 *digits = NULL;
  gboolean negative;
  gsize n, kept;
  guint64 word = read_pointer (self, address + (layout->long_tag >= 0 ? layout->long_tag : layout->object_var_size));

  if (layout->long_tag >= 0)
    {
      /* 3.12: sign in the two lowest bits (2 is negative), number of digits above the third. */
      negative = (word & 3) == 2;
      n = word >> 3;
    }
  else
    {
      negative = (gint64)word < 0;
      n = (gsize)ABS ((gint64)word);
    }
  if (n > (1u << 26))
    {
      g_string_append (text, "<int of impossible size>");
      return;
    }
  /* The highest digits tell the size; beyond the limit of the text the lowest need not be read. */
  kept = n;
  digits = g_new0 (guint32, kept + 1);
  if (kept && !flatline_memory_read (self->target->memory, address + layout->long_digits, digits, kept * 4))
    {
      g_string_append (text, "<unreadable int>");
      return;
    }
  if (flatline_literal_append_int (text, digits, kept, 30, negative, MAX (self->max_bytes, 64)))
    self->truncated = TRUE;
}

static void
append_str (FlatlineTextWriter *self, GString *text, guint64 address)
{
  gint64 max = (gint64)MAX (self->max_bytes > text->len ? self->max_bytes - text->len : 0, 16);
  gint64 n = 0;
  g_autofree guint32 *characters = flatline_string_read_characters (self->target, address, max, &n);
  FlatlineStringView view = { 0 };

  if (!characters)
    {
      g_string_append (text, "<unreadable str>");
      return;
    }
  flatline_string_view (self->target, address, &view);
  flatline_literal_append_str (text, characters, n, n == view.length);
  self->truncated = self->truncated || n != view.length;
}

static void
append_bytes_at (FlatlineTextWriter *self, GString *text, guint64 data, gint64 size, gboolean escape_apostrophes)
{
  gint64 max = (gint64)MAX (self->max_bytes > text->len ? self->max_bytes - text->len : 0, 16);
  gint64 n = CLAMP (size, 0, max);
  g_autofree guint8 *bytes = g_malloc (n + 1);

  if (size < 0 || (n > 0 && !flatline_memory_read (self->target->memory, data, bytes, n)))
    {
      g_string_append (text, "<unreadable bytes>");
      return;
    }
  flatline_literal_append_bytes (text, bytes, n, n == size, escape_apostrophes);
  self->truncated = self->truncated || n != size;
}

static void
append_bytearray (FlatlineTextWriter *self, GString *text, guint64 address)
{
  g_string_append (text, "bytearray(");
  append_bytes_at (self, text, read_pointer (self, address + self->target->layout.bytearray_start),
                   flatline_object_read_size (self->target, address), self->target->layout.version < 0x030f);
  g_string_append_c (text, ')');
}

static void
append_items_at (FlatlineTextWriter *self, GString *text, guint64 items, gint64 size)
{
  for (gint64 i = 0; i < size && flatline_text_begin_item (self, text, i); i++)
    flatline_text_append_object (self, text, read_pointer (self, items + i * 8));
}

static void
append_list (FlatlineTextWriter *self, GString *text, guint64 address)
{
  g_string_append_c (text, '[');
  append_items_at (self, text, read_pointer (self, address + self->target->layout.list_items),
                   flatline_object_read_size (self->target, address));
  g_string_append_c (text, ']');
}

static void
append_tuple (FlatlineTextWriter *self, GString *text, guint64 address)
{
  gint64 size = flatline_object_read_size (self->target, address);

  g_string_append_c (text, '(');
  append_items_at (self, text, address + self->target->layout.tuple_items, size);
  g_string_append (text, size == 1 ? ",)" : ")");
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

void
flatline_text_append_dict (FlatlineTextWriter *self, GString *text, guint64 address)
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
  const FlatlineLayout *layout = &self->target->layout;
  gint64 used = (gint64)read_pointer (self, address + layout->set_used);
  gint64 mask = (gint64)read_pointer (self, address + layout->set_mask);
  guint64 table = read_pointer (self, address + layout->set_table);
  gboolean named = type->family == FLATLINE_FAMILY_FROZENSET || !type->is_exact;
  gint64 n = 0;

  if (used <= 0 || mask < 0 || mask > MAX_SET_SLOTS)
    {
      g_string_append_printf (text, "%s()", type->name);
      return;
    }
  if (named)
    g_string_append_printf (text, "%s(", type->name);
  g_string_append_c (text, '{');
  /* Slots are (key, hash); a removed key is the dummy, whose hash is -1. */
  for (gint64 i = 0; i <= mask && n < used; i++)
    {
      guint64 slot[2];

      if (!flatline_memory_read (self->target->memory, table + i * 16, slot, sizeof slot))
        break;
      if (slot[0] == 0 || slot[1] == G_MAXUINT64)
        continue;
      if (!flatline_text_begin_item (self, text, n++))
        break;
      flatline_text_append_object (self, text, slot[0]);
    }
  g_string_append (text, named ? "})" : "}");
}

static void
append_deque (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  /* PyObject_VAR_HEAD, leftblock, rightblock, leftindex, rightindex, state, maxlen; a block: leftlink, data[64],
   * rightlink */
  guint64 head = address + self->target->layout.object_var_size + 8;
  guint64 block = read_pointer (self, head);
  gint64 index = (gint64)read_pointer (self, head + 16);
  gint64 size = flatline_object_read_size (self->target, address);

  gint64 max_length = (gint64)read_pointer (self, head + 40);

  g_string_append_printf (text, "%s([", type->name);
  for (gint64 i = 0;
       i < size && index >= 0 && index <= DEQUE_BLOCK && block && flatline_text_begin_item (self, text, i); i++)
    {
      if (index == DEQUE_BLOCK)
        {
          block = read_pointer (self, block + 8 + DEQUE_BLOCK * 8);
          index = 0;
        }
      flatline_text_append_object (self, text, read_pointer (self, block + 8 + index * 8));
      index++;
    }
  g_string_append_c (text, ']');
  if (max_length >= 0)
    g_string_append_printf (text, ", maxlen=%" G_GINT64_FORMAT, max_length);
  g_string_append_c (text, ')');
}

/* range and slice: two or three objects in a row. */
static void
append_range (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  gboolean is_range = type->family == FLATLINE_FAMILY_RANGE;
  guint64 at = address + (is_range ? self->target->layout.range_start : self->target->layout.slice_start);
  g_autoptr (GString) step = g_string_new (NULL);

  g_string_append_printf (text, "%s(", type->name);
  flatline_text_append_object (self, text, read_pointer (self, at));
  g_string_append (text, ", ");
  flatline_text_append_object (self, text, read_pointer (self, at + 8));
  flatline_text_append_object (self, step, read_pointer (self, at + 16));
  if (!is_range || strcmp (step->str, "1") != 0)
    g_string_append_printf (text, ", %s", step->str);
  g_string_append_c (text, ')');
}

static char *
dup_str_at (FlatlineTextWriter *self, guint64 field)
{
  char *name = flatline_string_dup (self->target, read_pointer (self, field), 512);

  return name ? name : g_strdup ("?");
}

static void
append_function (FlatlineTextWriter *self, GString *text, guint64 address)
{
  g_autofree char *name = dup_str_at (self, address + self->target->layout.function_qualname);

  g_string_append_printf (text, "<function %s at 0x%" G_GINT64_MODIFIER "x>", name, address);
}

static void
append_method (FlatlineTextWriter *self, GString *text, guint64 address)
{
  const FlatlineLayout *layout = &self->target->layout;
  guint64 function = read_pointer (self, address + layout->method_function);
  g_autofree char *name = dup_str_at (self, function + layout->function_qualname);

  g_string_append_printf (text, "<bound method %s of ", name);
  flatline_text_append_object (self, text, read_pointer (self, address + layout->method_self));
  g_string_append_c (text, '>');
}

static void
append_builtin (FlatlineTextWriter *self, GString *text, guint64 address)
{
  const FlatlineLayout *layout = &self->target->layout;
  guint64 method = read_pointer (self, address + layout->cfunction_method);
  g_autofree char *name =
      flatline_memory_dup_string (self->target->memory, read_pointer (self, method + layout->methoddef_name), 256);
  guint64 owner = read_pointer (self, address + layout->cfunction_self);
  const FlatlineTypeInfo *type = owner ? flatline_type_cache_find_of (self->types, owner) : NULL;

  if (!type || type->family == FLATLINE_FAMILY_MODULE)
    g_string_append_printf (text, "<built-in function %s>", name ? name : "?");
  else
    g_string_append_printf (text, "<built-in method %s of %s object at 0x%" G_GINT64_MODIFIER "x>", name ? name : "?",
                            type->full_name, owner);
}

static void
append_module (FlatlineTextWriter *self, GString *text, guint64 address)
{
  guint64 dict = read_pointer (self, address + self->target->layout.module_dict);
  guint64 name = dict ? flatline_dict_find (self->target, dict, "__name__") : 0;
  guint64 file = dict ? flatline_dict_find (self->target, dict, "__file__") : 0;

  g_string_append (text, "<module ");
  if (name)
    flatline_text_append_object (self, text, name);
  else
    g_string_append (text, "'?'");
  if (file)
    {
      g_string_append (text, " from ");
      flatline_text_append_object (self, text, file);
      g_string_append_c (text, '>');
    }
  else
    g_string_append (text, name ? " (built-in)>" : ">");
}

static void
append_generator (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const FlatlineLayout *layout = &self->target->layout;
  g_autofree char *name = NULL;
  /* Without a table entry: the qualified name follows the name, both before the frame or after it by version. */
  guint64 frame = address + layout->generator_frame;
  FlatlineTypeInfo const *kind;

  if (layout->generator_qualname > 0)
    name = dup_str_at (self, address + layout->generator_qualname);
  else
    {
      guint64 code = read_pointer (self, frame + layout->frame_code) & ~G_GUINT64_CONSTANT (3);

      kind = flatline_type_cache_find_of (self->types, code);
      if (kind && kind->family == FLATLINE_FAMILY_CODE && layout->code_qualname >= 0)
        name = dup_str_at (self, code + layout->code_qualname);
    }
  g_string_append_printf (text, "<%s object %s at 0x%" G_GINT64_MODIFIER "x>", type->name, name ? name : "?", address);
}

static void
append_exception (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  guint64 args = read_pointer (self, address + self->target->layout.exception_args);
  gint64 size = flatline_object_read_size (self->target, args);

  g_string_append (text, type->name);
  g_string_append_c (text, '(');
  append_items_at (self, text, args + self->target->layout.tuple_items, size);
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
      guint64 owner = read_pointer (self, fields + 8);
      guint64 count = read_pointer (self, fields + 16);

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
  g_string_append_printf (text, "<%s %s object at 0x%" G_GINT64_MODIFIER "x>", locked & 1 ? "locked" : "unlocked",
                          type->full_name, address);
}

static void
append_number (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const FlatlineLayout *layout = &self->target->layout;
  double parts[2] = { 0, 0 };

  if (type->family == FLATLINE_FAMILY_FLOAT)
    {
      flatline_memory_read (self->target->memory, address + layout->float_value, parts, sizeof parts[0]);
      flatline_literal_append_float (text, parts[0]);
    }
  else
    {
      flatline_memory_read (self->target->memory, address + layout->complex_value, parts, sizeof parts);
      flatline_literal_append_complex (text, parts[0], parts[1]);
    }
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

static const char *
text_of_cycle (FlatlineFamily family)
{
  switch (family)
    {
    case FLATLINE_FAMILY_LIST:
      return "[...]";
    case FLATLINE_FAMILY_TUPLE:
      return "(...)";
    case FLATLINE_FAMILY_DICT:
      return "{...}";
    default:
      return "...";
    }
}

/* FALSE, and the text of it written, when the object is being written already, or too deep. */
static gboolean
enter (FlatlineTextWriter *self, GString *text, guint64 address, FlatlineFamily family)
{
  for (guint i = 0; i < self->path->len; i++)
    {
      if (g_array_index (self->path, guint64, i) == address)
        {
          g_string_append (text, text_of_cycle (family));
          return FALSE;
        }
    }
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

static void
append_container (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  if (!enter (self, text, address, type->family))
    return;
  switch (type->family)
    {
    case FLATLINE_FAMILY_LIST:
      append_list (self, text, address);
      break;
    case FLATLINE_FAMILY_TUPLE:
      append_tuple (self, text, address);
      break;
    case FLATLINE_FAMILY_DICT:
      flatline_text_append_dict (self, text, address);
      break;
    case FLATLINE_FAMILY_DEQUE:
      append_deque (self, text, address, type);
      break;
    case FLATLINE_FAMILY_METHOD:
      append_method (self, text, address);
      break;
    case FLATLINE_FAMILY_EXCEPTION:
      append_exception (self, text, address, type);
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
      append_int (self, text, address);
      break;
    case FLATLINE_FAMILY_FLOAT:
    case FLATLINE_FAMILY_COMPLEX:
      append_number (self, text, address, type);
      break;
    case FLATLINE_FAMILY_STR:
      append_str (self, text, address);
      break;
    case FLATLINE_FAMILY_BYTES:
      append_bytes_at (self, text, address + layout->bytes_data, flatline_object_read_size (self->target, address),
                       FALSE);
      break;
    case FLATLINE_FAMILY_BYTEARRAY:
      append_bytearray (self, text, address);
      break;
    case FLATLINE_FAMILY_FUNCTION:
      append_function (self, text, address);
      break;
    case FLATLINE_FAMILY_BUILTIN:
      append_builtin (self, text, address);
      break;
    case FLATLINE_FAMILY_MODULE:
      append_module (self, text, address);
      break;
    case FLATLINE_FAMILY_GENERATOR:
      append_generator (self, text, address, type);
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
  const FlatlineTypeInfo *meta = type;

  while (meta && strcmp (meta->full_name, "enum.EnumMeta") != 0 && strcmp (meta->full_name, "enum.EnumType") != 0)
    meta = meta->base ? flatline_type_cache_find (self->types, meta->base) : NULL;
  /* From 3.11 on flags have a mask. */
  if (meta && itself)
    g_string_append_printf (text, "<%s '%s'>",
                            flatline_text_get_from_classes (self, itself, "_flag_mask_") ? "flag" : "enum",
                            flatline_text_short_name (itself));
  else
    g_string_append_printf (text, "<class '%s'>", itself ? itself->full_name : "?");
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
  append = type->is_exact && type->family != FLATLINE_FAMILY_CODE && type->family != FLATLINE_FAMILY_CELL
               ? NULL
               : flatline_library_text_find (self->types, type);
  if (append)
    {
      if (!enter (self, text, address, type->family))
        return;
      append (self, text, address, type);
      leave (self);
    }
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
