/* SPDX-License-Identifier: MIT */
/*
 * An item of an array, or a scalar that is a structure by itself: what its bytes are written as. In a masked array an
 * item, or a field of a structure, may be one that there is none of: "--".
 */
#include "flatline-numpy-private.h"

#include "flatline-simple-text.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MAX_DEPTH 8 /* of structures in structures */

static void
swap (guint8 *bytes, gsize n)
{
  for (gsize i = 0; i < n / 2; i++)
    {
      guint8 byte = bytes[i];

      bytes[i] = bytes[n - 1 - i];
      bytes[n - 1 - i] = byte;
    }
}

static void
append_characters (GString *text, const FlatlineNumpyType *type, const guint8 *bytes)
{
  g_autoptr (GString) characters = g_string_new (NULL);

  for (gint64 i = 0; i < type->item_size / 4; i++)
    {
      guint32 character;

      memcpy (&character, bytes + i * 4, sizeof character);
      if (type->byte_order == '>')
        character = GUINT32_SWAP_LE_BE (character);
      if (character == 0)
        break;
      g_string_append_unichar (characters, g_unichar_validate (character) ? character : 0xfffd);
    }
  flatline_text_append_utf8 (text, characters->str);
}

/*
 * A text of StringDType (numpy/_core/src/multiarray/stringdtype/static_string.c): short ones by themselves with their
 * length in the last byte, others as place and length, by address or in the store of the array's dtype. The last byte
 * has flags, too.
 */
static void
append_packed_text (FlatlineTextWriter *self, GString *text, const FlatlineNumpyType *type, const guint8 *packed)
{
  enum
  {
    MISSING = 0x80,
    INITIALIZED = 0x40,
    OUTSIDE = 0x20,
    LONG = 0x10,
    FLAGS = 0xf0,
    LAST = 15
  };
  const guint8 flags = packed[LAST] & FLAGS;
  guint64 place, length, arena[2] = { 0 }; /* its size, where it is */
  g_autofree char *bytes = NULL;
  g_autofree char *valid = NULL;
  gsize n;

  if (flags & MISSING)
    {
      flatline_text_append_object (self, text, type->nothing);
      return;
    }
  memcpy (&place, packed, sizeof place);
  memcpy (&length, packed + sizeof place, sizeof length);
  length &= G_GUINT64_CONSTANT (0x00ffffffffffffff);
  if (flags == (INITIALIZED | OUTSIDE))
    length = packed[LAST] & ~FLAGS;
  n = (gsize)MIN (length, self->max_bytes);
  bytes = g_malloc0 (n + 1);
  if (flags == (INITIALIZED | OUTSIDE))
    memcpy (bytes, packed, MIN (n, (gsize)LAST));
  else if (length > 0)
    {
      flatline_memory_read (self->target->memory, type->allocator + 32, arena, sizeof arena);
      if (!(flags & OUTSIDE) && (place >= arena[0] || length > arena[0] - place))
        length = G_MAXUINT64;
      if (length == G_MAXUINT64
          || !flatline_memory_read (self->target->memory, flags & OUTSIDE ? place : arena[1] + place, bytes, n))
        {
          g_string_append_c (text, '?');
          return;
        }
    }
  self->truncated |= n < length;
  valid = g_utf8_make_valid (bytes, (gssize)n);
  flatline_text_append_utf8 (text, valid);
}

static void
append_raw (GString *text, const guint8 *bytes, gsize n)
{
  g_string_append (text, "b'");
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "\\x%02x", bytes[i]);
  g_string_append_c (text, '\'');
}

static void
append_number (GString *text, const FlatlineNumpyType *type, guint8 *bytes, FlatlineNumpyRelease release)
{
  const gboolean is_moment = type->kind->width == 0;
  const FlatlineNumpyKind kind = is_moment ? FLATLINE_NUMPY_INT : type->kind->kind;
  const guint width = is_moment ? 8 : type->kind->width;
  gint64 ticks;

  if (type->byte_order == '>')
    {
      swap (bytes, kind == FLATLINE_NUMPY_COMPLEX ? width / 2 : width);
      if (kind == FLATLINE_NUMPY_COMPLEX)
        swap (bytes + width / 2, width / 2);
    }
  memcpy (&ticks, bytes, MIN (width, sizeof ticks));
  if (is_moment)
    flatline_numpy_append_ticks (text, ticks, type->number == FLATLINE_NUMPY_DATETIME, type->unit, type->n_units);
  else
    flatline_numpy_number_append (text, kind, width, bytes, release >= FLATLINE_NUMPY_2_3);
}

static void
append_structure (
    FlatlineTextWriter *self, GString *text, const FlatlineNumpyItem *item, FlatlineNumpyRelease release, guint depth);

static void
append_rows (
    FlatlineTextWriter *self, GString *text, const FlatlineNumpyItem *item, FlatlineNumpyRelease release, guint depth);

static void
append_item (
    FlatlineTextWriter *self, GString *text, const FlatlineNumpyItem *item, FlatlineNumpyRelease release, guint depth)
{
  const FlatlineNumpyType *type = item->type;
  const guint64 address = item->address;
  /* Long enough for any number. */
  g_autofree guint8 *bytes = g_malloc0 ((gsize)type->item_size + 2 * sizeof (long double));

  if (flatline_numpy_item_is_masked (self, item))
    g_string_append (text, "--");
  else if (type->names)
    append_structure (self, text, item, release, depth);
  else if (type->base)
    append_rows (self, text, item, release, depth);
  else if (!flatline_memory_read (self->target->memory, address, bytes, (gsize)type->item_size))
    g_string_append_c (text, '?');
  else if (type->number == FLATLINE_NUMPY_OBJECT)
    flatline_text_append_object (self, text, flatline_text_read_pointer (self, address));
  else if (type->number == FLATLINE_NUMPY_STR)
    append_characters (text, type, bytes);
  else if (type->number == FLATLINE_NUMPY_TEXT)
    append_packed_text (self, text, type, bytes);
  else if (type->number == FLATLINE_NUMPY_BYTES)
    flatline_text_append_bytes (text, bytes, strnlen ((char *)bytes, (gsize)type->item_size));
  else if (type->number == FLATLINE_NUMPY_VOID)
    append_raw (text, bytes, (gsize)type->item_size);
  else
    append_number (text, type, bytes, release);
}

/* As a tuple of its fields. */
static void
append_structure (
    FlatlineTextWriter *self, GString *text, const FlatlineNumpyItem *item, FlatlineNumpyRelease release, guint depth)
{
  guint64 of;
  gint64 offset;
  char *name;
  guint n = 0;

  g_string_append_c (text, '(');
  for (; (name = flatline_numpy_type_dup_field (self, item->type, n, &of, &offset)) != NULL; n++)
    {
      FlatlineNumpyType type, mask;
      FlatlineNumpyItem field = { .address = item->address + (guint64)offset, .type = &type };

      g_free (name);
      if (!flatline_text_begin_item (self, text, n))
        break;
      if (depth >= MAX_DEPTH || !flatline_numpy_type_read (self, of, release, &type))
        {
          g_string_append (text, "…");
          continue;
        }
      /* What says which fields there are not is a structure of the same fields. */
      if (item->mask && (name = flatline_numpy_type_dup_field (self, item->mask, n, &of, &offset)) != NULL)
        {
          g_free (name);
          field.mask = flatline_numpy_type_read (self, of, release, &mask) ? &mask : NULL;
          field.mask_at = item->mask_at + (guint64)offset;
        }
      append_item (self, text, &field, release, depth + 1);
    }
  g_string_append (text, n == 1 ? ",)" : ")");
}

typedef struct
{
  guint64 lengths[FLATLINE_NUMPY_MAX_DIMENSIONS];
  guint64 n_items[FLATLINE_NUMPY_MAX_DIMENSIONS]; /* inside of one row */
  int n_dimensions;
  FlatlineNumpyType type, mask; /* of the items */
  FlatlineNumpyRelease release;
  guint depth;
} Rows;

static void
append_row (FlatlineTextWriter *self, GString *text, const Rows *rows, int dimension, const FlatlineNumpyItem *item)
{
  if (dimension == rows->n_dimensions)
    {
      append_item (self, text, item, rows->release, rows->depth);
      return;
    }
  g_string_append_c (text, '[');
  for (guint64 i = 0; i < rows->lengths[dimension] && flatline_text_begin_item (self, text, i); i++)
    {
      const guint64 n_before = i * rows->n_items[dimension];
      FlatlineNumpyItem row = *item;

      row.address += n_before * (guint64)rows->type.item_size;
      row.mask_at += row.mask ? n_before * (guint64)rows->mask.item_size : 0;
      append_row (self, text, rows, dimension + 1, &row);
    }
  g_string_append_c (text, ']');
}

/* An array in a structure; its items lie side by side. */
static void
append_rows (
    FlatlineTextWriter *self, GString *text, const FlatlineNumpyItem *item, FlatlineNumpyRelease release, guint depth)
{
  Rows rows = { .release = release, .depth = depth + 1 };
  FlatlineNumpyItem first = { .address = item->address, .type = &rows.type, .mask_at = item->mask_at };
  guint64 n_items = 1;

  rows.n_dimensions = flatline_numpy_type_read_shape (self, item->type, rows.lengths);
  if (rows.n_dimensions < 0 || depth >= MAX_DEPTH
      || !flatline_numpy_type_read (self, item->type->base, release, &rows.type))
    {
      g_string_append (text, "…");
      return;
    }
  for (int i = rows.n_dimensions - 1; i >= 0; i--)
    {
      rows.n_items[i] = n_items;
      n_items *= rows.lengths[i];
    }
  if (item->mask && item->mask->base && flatline_numpy_type_read (self, item->mask->base, release, &rows.mask))
    first.mask = &rows.mask;
  append_row (self, text, &rows, 0, &first);
}

gboolean
flatline_numpy_item_is_masked (FlatlineTextWriter *self, const FlatlineNumpyItem *item)
{
  guint8 masked = 0;

  return item->mask && item->mask->number == 0 && flatline_memory_read (self->target->memory, item->mask_at, &masked, 1)
         && masked;
}

void
flatline_numpy_item_append (FlatlineTextWriter *self,
                            GString *text,
                            const FlatlineNumpyItem *item,
                            FlatlineNumpyRelease release)
{
  append_item (self, text, item, release, 0);
}

gboolean
flatline_numpy_read_void (
    FlatlineTextWriter *self, guint64 address, FlatlineNumpyRelease release, guint64 *data, FlatlineNumpyType *type)
{
  const guint64 fields = address + (guint64)self->target->layout.object_var_size + 8;

  *data = flatline_text_read_pointer (self, fields);
  return flatline_numpy_type_read (self, flatline_text_read_pointer (self, fields + 8), release, type);
}

void
flatline_numpy_append_void (FlatlineTextWriter *self,
                            GString *text,
                            guint64 address,
                            const FlatlineTypeInfo *type,
                            FlatlineNumpyRelease release)
{
  FlatlineNumpyType of;
  FlatlineNumpyItem item = { .type = &of };

  if (!flatline_numpy_read_void (self, address, release, &item.address, &of))
    {
      g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
      return;
    }
  if (release >= FLATLINE_NUMPY_2)
    g_string_append_printf (text, "np.%s(", strcmp (type->full_name, "numpy.record") == 0 ? "record" : "void");
  else if (!of.names)
    g_string_append (text, "void(");
  append_item (self, text, &item, release, 0);
  if (release >= FLATLINE_NUMPY_2 && of.names)
    {
      g_string_append (text, ", dtype=");
      flatline_numpy_type_append (self, text, &of, release);
    }
  if (release >= FLATLINE_NUMPY_2 || !of.names)
    g_string_append_c (text, ')');
}

void
flatline_numpy_append_dtype (FlatlineTextWriter *self,
                             GString *text,
                             guint64 address,
                             const FlatlineTypeInfo *type,
                             FlatlineNumpyRelease release)
{
  FlatlineNumpyType of;

  if (flatline_numpy_type_read (self, address, release, &of))
    flatline_numpy_type_append_repr (self, text, &of, release);
  else
    g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
}
