/* SPDX-License-Identifier: MIT */
/* Simple values of ctypes: CDataObject (Modules/_ctypes/ctypes.h) begins with a pointer to the value; the class has in
 * _type_ what it is. */
#include "flatline-attributes.h"
#include "flatline-library-text-private.h"
#include "flatline-literals.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

/* The integers: code, size, whether signed. */
static const struct
{
  char code;
  guint8 size;
  gboolean is_signed;
} integers[] = {
  { 'b', 1, TRUE },  { 'B', 1, FALSE }, { 'h', 2, TRUE },  { 'H', 2, FALSE }, { 'i', 4, TRUE },
  { 'I', 4, FALSE }, { 'l', 8, TRUE },  { 'L', 8, FALSE }, { 'q', 8, TRUE },  { 'Q', 8, FALSE },
};

/* In bytes; 8 for what is none. */
static guint
size_of_integer (char code)
{
  for (guint i = 0; i < G_N_ELEMENTS (integers); i++)
    if (integers[i].code == code)
      return integers[i].size;
  return 8;
}

typedef union
{
  guint64 word;
  guint8 byte;
  guint32 character;
  float single;
  double number;
} Content;

/* FALSE: no code that is known here. */
static gboolean
append_content (FlatlineTextWriter *self, GString *text, char code, const Content *content)
{
  for (guint i = 0; i < G_N_ELEMENTS (integers); i++)
    if (integers[i].code == code)
      {
        const guint shift = 64 - 8 * integers[i].size;

        if (integers[i].is_signed)
          g_string_append_printf (text, "%" G_GINT64_FORMAT, (gint64)(content->word << shift) >> shift);
        else
          g_string_append_printf (text, "%" G_GUINT64_FORMAT, content->word << shift >> shift);
        return TRUE;
      }
  switch (code)
    {
    case '?':
      g_string_append (text, content->byte ? "True" : "False");
      return TRUE;
    case 'f':
      flatline_literal_append_float (text, (double)content->single);
      return TRUE;
    case 'd':
      flatline_literal_append_float (text, content->number);
      return TRUE;
    case 'c':
      flatline_text_append_bytes (text, &content->byte, 1);
      return TRUE;
    case 'u':
      flatline_literal_append_str (text, &content->character, 1, TRUE);
      return TRUE;
    case 'P':
    case 'z':
    case 'Z':
      if (content->word)
        g_string_append_printf (text, "%" G_GUINT64_FORMAT, content->word);
      else
        g_string_append (text, "None");
      return TRUE;
    case 'O':
      flatline_text_append_object (self, text, content->word);
      return TRUE;
    default:
      return FALSE;
    }
}

void
flatline_library_append_c_value (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const FlatlineTypeInfo *base = type->base ? flatline_type_cache_find (self->types, type->base) : NULL;
  const guint64 code_at = flatline_class_get (self->types, type->address, "_type_");
  g_autofree char *code = code_at ? flatline_string_dup (self->target, code_at, 2) : NULL;
  const guint64 value_at = flatline_text_read_pointer (self, flatline_text_fields_of (self, address));
  /* Each class knows itself by the name of its order of bytes; one byte has either. */
  const gboolean is_swapped = flatline_class_get (self->types, type->address, "__ctype_be__") == type->address
                              && flatline_class_get (self->types, type->address, "__ctype_le__") != type->address;
  g_autoptr (GString) value = g_string_new (NULL);
  Content content = { 0 };

  /* Near the end of a page there may be no more than the value's own bytes. */
  for (gsize size = sizeof content; size > 0; size /= 2)
    if (flatline_memory_read (self->target->memory, value_at, &content, size))
      break;
  if (is_swapped)
    content.word = GUINT64_SWAP_LE_BE (content.word) >> (64 - 8 * size_of_integer (code ? *code : 0));
  /* What derives from such a class writes itself by its address alone. */
  if (code && base && g_str_has_suffix (base->full_name, "._SimpleCData")
      && append_content (self, value, *code, &content))
    g_string_append_printf (text, "%s%s(%s)", flatline_text_short_name (type), is_swapped ? "_be" : "", value->str);
  else
    g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
}
