/* SPDX-License-Identifier: MIT */
/* str and bytes objects: Include/cpython/unicodeobject.h, Include/cpython/bytesobject.h. */
#include "flatline-strings.h"

#define MAX_LENGTH (G_GINT64_CONSTANT (1) << 40)

gint64
flatline_object_read_size (FlatlineTarget *target, guint64 address)
{
  guint64 size;

  if (!flatline_memory_read_u64 (target->memory, address + target->layout.object_var_size, &size))
    return -1;
  return (gint64)size;
}

gboolean
flatline_string_view (FlatlineTarget *target, guint64 address, FlatlineStringView *view)
{
  const FlatlineLayout *layout = &target->layout;
  guint64 length;
  gint32 word;
  guint state;

  if (!flatline_memory_read_u64 (target->memory, address + layout->str_length, &length)
      || !flatline_memory_read_i32 (target->memory, address + layout->str_state, &word) || length > MAX_LENGTH)
    return FALSE;
  state = (guint)word;
  view->length = (gint64)length;
  view->kind = state >> layout->str_kind_shift & 7;
  if (view->kind != 1 && view->kind != 2 && view->kind != 4)
    return FALSE;
  if (!(state >> layout->str_compact_shift & 1))
    return flatline_memory_read_u64 (target->memory, address + layout->str_data, &view->data);
  view->data = address + (state >> layout->str_ascii_shift & 1 ? layout->str_ascii_data : layout->str_compact_data);
  return TRUE;
}

guint32 *
flatline_string_read_characters (FlatlineTarget *target, guint64 address, gint64 max_characters, gint64 *n_read)
{
  FlatlineStringView view;
  g_autofree guint8 *raw = NULL;
  guint32 *characters;
  gint64 n;

  if (!flatline_string_view (target, address, &view))
    return NULL;
  n = MIN (view.length, max_characters);
  raw = g_malloc (n * view.kind + 1);
  if (n > 0 && !flatline_memory_read (target->memory, view.data, raw, n * view.kind))
    return NULL;
  characters = g_new (guint32, n + 1);
  for (gint64 i = 0; i < n; i++)
    {
      if (view.kind == 1)
        characters[i] = raw[i];
      else if (view.kind == 2)
        characters[i] = ((guint16 *)(gpointer)raw)[i];
      else
        characters[i] = ((guint32 *)(gpointer)raw)[i];
    }
  *n_read = n;
  return characters;
}

char *
flatline_string_dup (FlatlineTarget *target, guint64 address, gint64 max_characters)
{
  gint64 n = 0;
  g_autofree guint32 *characters = flatline_string_read_characters (target, address, max_characters, &n);
  g_autoptr (GString) text = NULL;

  if (!characters)
    return NULL;
  text = g_string_sized_new (n);
  for (gint64 i = 0; i < n; i++)
    if (characters[i] - 1 < 0x7f)
      g_string_append_c (text, (char)characters[i]);
    else
      g_string_append_unichar (text, g_unichar_validate (characters[i]) && characters[i] != 0 ? characters[i] : 0xfffd);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

guint8 *
flatline_bytes_read (FlatlineTarget *target, guint64 address, gsize max_length, gsize *length)
{
  gint64 size = flatline_object_read_size (target, address);
  g_autofree guint8 *bytes = NULL;

  if (size < 0 || size > MAX_LENGTH)
    return NULL;
  *length = MIN ((gsize)size, max_length);
  bytes = g_malloc (*length + 1);
  if (*length > 0 && !flatline_memory_read (target->memory, address + target->layout.bytes_data, bytes, *length))
    return NULL;
  return g_steal_pointer (&bytes);
}

gboolean
flatline_int_read (FlatlineTarget *target, guint64 object, guint64 *value)
{
  const FlatlineLayout *layout = &target->layout;
  guint64 word;
  guint32 digits[3] = { 0 };
  gsize n;

  if (!flatline_memory_read_u64 (target->memory,
                                 object + (layout->long_tag >= 0 ? layout->long_tag : layout->object_var_size), &word))
    return FALSE;
  n = layout->long_tag >= 0 ? word >> 3 : word;
  if (n > G_N_ELEMENTS (digits)
      || !flatline_memory_read (target->memory, object + layout->long_digits, digits, n * sizeof *digits))
    return FALSE;
  *value = digits[0] | (guint64)digits[1] << 30 | (guint64)digits[2] << 60;
  return TRUE;
}
