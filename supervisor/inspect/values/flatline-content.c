/* SPDX-License-Identifier: MIT */
/* Where a value keeps what it holds is looked up anew for each piece: a bytearray may move, a mapped file be closed. */
#include "flatline-content.h"

#include "flatline-strings.h"

#define PIECE_BYTES (2 * 1024 * 1024)

/* From the first field behind the object's head on: PyMemoryViewObject in Include/cpython/memoryobject.h (in 3.9
 * Include/memoryobject.h), with the Py_buffer at its end; mmap_object in Modules/mmapmodule.c. */
#define VIEW_FLAGS       24
#define VIEW_BUFFER      40
#define BUFFER_LENGTH    16
#define VIEW_IS_RELEASED 0x001
#define VIEW_IS_IN_ORDER 0x002 /* C-contiguous: what it shows lies in one piece */
#define MAPPED_FILE_SIZE 8

typedef struct
{
  guint64 data;
  gint64 size;
  guint unit; /* bytes a character */
  gboolean is_text;
} Place;

static gboolean
find_view (FlatlineTarget *target, guint64 fields, Place *place)
{
  gint32 flags;

  return flatline_memory_read_i32 (target->memory, fields + VIEW_FLAGS, &flags)
         && (flags & (VIEW_IS_RELEASED | VIEW_IS_IN_ORDER)) == VIEW_IS_IN_ORDER
         && flatline_memory_read_u64 (target->memory, fields + VIEW_BUFFER, &place->data)
         && flatline_memory_read_u64 (target->memory, fields + VIEW_BUFFER + BUFFER_LENGTH, (guint64 *)&place->size);
}

/* Closed, it has no address. */
static gboolean
find_mapped_file (FlatlineTarget *target, guint64 fields, Place *place)
{
  return flatline_memory_read_u64 (target->memory, fields, &place->data) && place->data != 0
         && flatline_memory_read_u64 (target->memory, fields + MAPPED_FILE_SIZE, (guint64 *)&place->size);
}

static gboolean
find_place (FlatlineTarget *target, FlatlineTypeCache *types, guint64 address, Place *place)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (types, address);
  FlatlineStringView view;

  *place = (Place){ .unit = 1 };
  if (!type)
    return FALSE;
  switch (type->family)
    {
    case FLATLINE_FAMILY_STR:
      if (!flatline_string_view (target, address, &view))
        return FALSE;
      *place = (Place){ .data = view.data, .size = view.length, .unit = view.kind, .is_text = TRUE };
      return TRUE;
    case FLATLINE_FAMILY_BYTES:
      place->data = address + (guint64)target->layout.bytes_data;
      break;
    case FLATLINE_FAMILY_BYTEARRAY:
      if (!flatline_memory_read_u64 (target->memory, address + (guint64)target->layout.bytearray_start, &place->data))
        return FALSE;
      break;
    default:
      {
        const guint64 fields = address + target->layout.object_type + 8;

        if (g_str_equal (type->full_name, "memoryview"))
          return find_view (target, fields, place) && place->size >= 0;
        return g_str_equal (type->full_name, "mmap.mmap") && find_mapped_file (target, fields, place)
               && place->size >= 0;
      }
    }
  place->size = flatline_object_read_size (target, address);
  return place->size >= 0;
}

static void
append_character (GByteArray *piece, guint32 character)
{
  char text[8];
  int n;

  if (character < 0x80)
    {
      text[0] = (char)character;
      n = 1;
    }
  else if (g_unichar_validate (character))
    n = g_unichar_to_utf8 (character, text);
  else
    n = character <= 0xffff ? g_snprintf (text, sizeof text, "\\u%04x", character) : g_unichar_to_utf8 (0xfffd, text);
  g_byte_array_append (piece, (const guint8 *)text, (guint)n);
}

static guint32
get_character (const guint8 *raw, gsize i, guint unit)
{
  if (unit == 1)
    return raw[i];
  if (unit == 2)
    return ((const guint16 *)(gconstpointer)raw)[i];
  return ((const guint32 *)(gconstpointer)raw)[i];
}

static gboolean
is_ascii (const guint8 *raw, gsize n)
{
  guint8 all = 0;

  for (gsize i = 0; i < n; i++)
    all |= raw[i];
  return all < 0x80;
}

gboolean
flatline_content_can_read (const char *type)
{
  static const char *const types[] = { "str", "bytes", "bytearray", "memoryview", "mmap.mmap", NULL };

  return type && g_strv_contains (types, type);
}

gboolean
flatline_content_read_piece (FlatlineTarget *target,
                             FlatlineTypeCache *types,
                             guint64 address,
                             FlatlineContentReading *reading,
                             GByteArray *piece)
{
  g_autofree guint8 *raw = NULL;
  Place place;
  gsize n;
  gboolean is_read;

  if (!find_place (target, types, address, &place))
    return FALSE;
  if (reading->size < 0)
    *reading = (FlatlineContentReading){ .is_text = place.is_text, .size = place.size };
  if (place.size != reading->size || place.is_text != reading->is_text)
    return FALSE;
  n = MIN ((gsize)(place.size - reading->position), PIECE_BYTES / place.unit);
  raw = g_malloc (n * place.unit + 1);
  /* Up to what cannot be read: it may be the last page of all. */
  for (is_read = n == 0; !is_read && n > 0; n = is_read ? n : n / 2)
    is_read = flatline_memory_read_direct (target->memory, place.data + (guint64)reading->position * place.unit, raw,
                                           n * place.unit);
  if (!is_read)
    return FALSE;
  if (!place.is_text || (place.unit == 1 && is_ascii (raw, n)))
    g_byte_array_append (piece, raw, (guint)n);
  else
    for (gsize i = 0; i < n; i++)
      append_character (piece, get_character (raw, i, place.unit));
  reading->position += (gint64)n;
  return TRUE;
}
