/* SPDX-License-Identifier: MIT */
/*
 * An array, PyArrayObject_fields (numpy/ndarraytypes.h), is data, number of dimensions, dimensions, strides, base,
 * dtype. What it is written as is not its repr(), which fills lines, but its first items with dtype and shape. As
 * children it has its items, by their places in all dimensions, the last one running fastest.
 */
#include "flatline-numpy-private.h"

#include "flatline-text-fields.h"

#include <string.h>

#define MAX_SEARCHED 2000

/* Arrays */

typedef struct
{
  guint64 data;
  int n_dimensions;
  gint64 dimensions[FLATLINE_NUMPY_MAX_DIMENSIONS], strides[FLATLINE_NUMPY_MAX_DIMENSIONS];
  FlatlineNumpyType type;
} Array;

typedef struct
{
  FlatlineTextWriter *writer;
  GString *text;
  const Array *array, *mask; /* @mask: where there is nothing, NULL: everywhere something */
  guint n_items;             /* written so far */
  FlatlineNumpyRelease release;
} Items;

static gboolean
read_array (FlatlineTextWriter *self, guint64 address, FlatlineNumpyRelease release, Array *array)
{
  FlatlineMemory *memory = self->target->memory;
  guint64 fields[6] = { 0 }; /* data, nd, dimensions, strides, base, descr */

  flatline_memory_read (memory, flatline_text_fields_of (self, address), fields, sizeof fields);
  array->data = fields[0];
  array->n_dimensions = (int)(guint32)fields[1];
  return array->n_dimensions >= 0 && array->n_dimensions <= FLATLINE_NUMPY_MAX_DIMENSIONS
         && (array->n_dimensions == 0
             || (flatline_memory_read (memory, fields[2], array->dimensions, (gsize)array->n_dimensions * 8)
                 && flatline_memory_read (memory, fields[3], array->strides, (gsize)array->n_dimensions * 8)))
         && flatline_numpy_type_read (self, fields[5], release, &array->type);
}

/*
 * The mask of a masked array; FALSE: it is none, or has none. That of structures is one of structures; that of a
 * structure alone, taken out of an array, is a scalar.
 */
static gboolean
read_mask (FlatlineTextWriter *self, guint64 address, FlatlineNumpyRelease release, Array *mask)
{
  const FlatlineTypeInfo *type = flatline_text_type_of (self, address);
  const guint64 mask_at = type && flatline_numpy_is_for_masked (flatline_library_text_find (self->types, type))
                              ? flatline_text_get (self, address, "_mask")
                              : 0;
  const FlatlineTypeInfo *mask_type = mask_at ? flatline_text_type_of (self, mask_at) : NULL;

  if (!mask_type)
    return FALSE;
  mask->n_dimensions = 0;
  return strcmp (mask_type->full_name, "numpy.void") == 0
             ? flatline_numpy_read_void (self, mask_at, release, &mask->data, &mask->type)
             : strcmp (mask_type->full_name, "numpy.ndarray") == 0 && read_array (self, mask_at, release, mask);
}

static gboolean
fits (const Array *mask, const Array *array)
{
  return mask->n_dimensions == array->n_dimensions
         && memcmp (mask->dimensions, array->dimensions, (gsize)array->n_dimensions * sizeof *array->dimensions) == 0;
}

static FlatlineNumpyItem
item_of (const Items *items, guint64 address, guint64 mask_at)
{
  return (FlatlineNumpyItem){
    .address = address, .type = &items->array->type, .mask = items->mask ? &items->mask->type : NULL, .mask_at = mask_at
  };
}

/* One dimension and those inside of it; FALSE once enough items are written. */
static gboolean
append_dimension (Items *items, int dimension, guint64 address, guint64 mask_at)
{
  const Array *array = items->array;
  gboolean more = TRUE;

  if (dimension == array->n_dimensions)
    {
      const FlatlineNumpyItem item = item_of (items, address, mask_at);

      flatline_numpy_item_append (items->writer, items->text, &item, items->release);
      items->n_items++;
      return TRUE;
    }
  g_string_append_c (items->text, '[');
  for (gint64 i = 0; more && i < array->dimensions[dimension]; i++)
    {
      if (i > 0)
        g_string_append (items->text, ", ");
      more = items->n_items < items->writer->max_items && items->text->len < items->writer->max_bytes;
      if (more)
        more = append_dimension (items, dimension + 1, address + (guint64)i * (guint64)array->strides[dimension],
                                 items->mask ? mask_at + (guint64)i * (guint64)items->mask->strides[dimension] : 0);
      else
        {
          g_string_append (items->text, "…");
          items->writer->truncated = TRUE;
        }
    }
  g_string_append_c (items->text, ']');
  return more;
}

static void
append_masked (FlatlineTextWriter *self,
               GString *text,
               guint64 address,
               const FlatlineTypeInfo *type,
               FlatlineNumpyRelease release,
               const char *name,
               const Array *mask)
{
  Array array;
  Items items = { .writer = self, .text = text, .array = &array, .release = release };

  if (!read_array (self, address, release, &array))
    {
      g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
      return;
    }
  if (mask && fits (mask, &array))
    items.mask = mask;
  g_string_append_printf (text, "%s(", name);
  append_dimension (&items, 0, array.data, mask ? mask->data : 0);
  g_string_append (text, ", shape=(");
  for (int i = 0; i < array.n_dimensions; i++)
    g_string_append_printf (text, i > 0 ? ", %" G_GINT64_FORMAT : "%" G_GINT64_FORMAT, array.dimensions[i]);
  g_string_append (text, array.n_dimensions == 1 ? ",), dtype=" : "), dtype=");
  flatline_numpy_type_append (self, text, &array.type, release);
  g_string_append_c (text, ')');
}

void
flatline_numpy_append_array (FlatlineTextWriter *self,
                             GString *text,
                             guint64 address,
                             const FlatlineTypeInfo *type,
                             FlatlineNumpyRelease release)
{
  append_masked (self, text, address, type, release, "array", NULL);
}

void
flatline_numpy_append_records (FlatlineTextWriter *self,
                               GString *text,
                               guint64 address,
                               const FlatlineTypeInfo *type,
                               FlatlineNumpyRelease release)
{
  append_masked (self, text, address, type, release, "rec.array", NULL);
}

void
flatline_numpy_append_masked_array (FlatlineTextWriter *self,
                                    GString *text,
                                    guint64 address,
                                    const FlatlineTypeInfo *type,
                                    FlatlineNumpyRelease release)
{
  Array mask;
  const gboolean has_mask = read_mask (self, address, release, &mask);

  append_masked (self, text, address, type, release, "masked_array", has_mask ? &mask : NULL);
}

/* Its items */

gboolean
flatline_numpy_is_array (FlatlineTypeCache *types, const FlatlineTypeInfo *type)
{
  FlatlineNumpyRelease release;

  return type->family == FLATLINE_FAMILY_INSTANCE
         && flatline_numpy_find_release (flatline_library_text_find (types, type), &release);
}

/* FALSE: the object is no array, or none that can be read. */
static gboolean
find_array (FlatlineTextWriter *self, guint64 address, Array *array, FlatlineNumpyRelease *release)
{
  const FlatlineTypeInfo *type = flatline_text_type_of (self, address);

  return type && flatline_numpy_find_release (flatline_library_text_find (self->types, type), release)
         && read_array (self, address, *release, array);
}

static gint64
count (const Array *array)
{
  gint64 n = 1;

  for (int i = 0; i < array->n_dimensions; i++)
    if (array->dimensions[i] < 0 || __builtin_mul_overflow (n, array->dimensions[i], &n))
      return -1;
  return n;
}

gint64
flatline_numpy_count_items (FlatlineTypeCache *types, guint64 address)
{
  FlatlineTextWriter reader = { .target = flatline_type_cache_get_target (types), .types = types };
  FlatlineNumpyRelease release;
  Array array;

  return find_array (&reader, address, &array, &release) ? count (&array) : -1;
}

static char *
dup_place (const Array *array, const gint64 *place)
{
  GString *name = g_string_new ("[");

  if (array->n_dimensions == 0)
    g_string_append (name, "()");
  for (int i = 0; i < array->n_dimensions; i++)
    g_string_append_printf (name, i > 0 ? ", %" G_GINT64_FORMAT : "%" G_GINT64_FORMAT, place[i]);
  g_string_append_c (name, ']');
  return g_string_free (name, FALSE);
}

/* Sets @place to that of item @number; where it is in @array. */
static guint64
find_item (const Array *array, gint64 number, gint64 *place)
{
  guint64 address = array->data;

  for (int i = array->n_dimensions - 1; i >= 0; i--)
    {
      place[i] = number % array->dimensions[i];
      number /= array->dimensions[i];
      address += (guint64)place[i] * (guint64)array->strides[i];
    }
  return address;
}

void
flatline_numpy_foreach_item (
    FlatlineTextWriter *self, guint64 address, gint64 first, FlatlineNumpyItemFunc func, gpointer user_data)
{
  FlatlineNumpyRelease release;
  gint64 place[FLATLINE_NUMPY_MAX_DIMENSIONS];
  Array array, mask;
  Items items = { .writer = self, .array = &array };
  gboolean more = TRUE;

  if (!find_array (self, address, &array, &release))
    return;
  if (read_mask (self, address, release, &mask) && fits (&mask, &array))
    items.mask = &mask;
  for (gint64 i = first; more && i < count (&array); i++)
    {
      const guint64 at = find_item (&array, i, place);
      g_autoptr (GString) text = g_string_new (NULL);
      g_autofree char *name = dup_place (&array, place);
      const FlatlineNumpyItem item = item_of (&items, at, items.mask ? find_item (&mask, i, place) : 0);
      guint64 object = 0;

      if (array.type.number == FLATLINE_NUMPY_OBJECT && !flatline_numpy_item_is_masked (self, &item))
        object = flatline_text_read_pointer (self, at);
      else
        flatline_numpy_item_append (self, text, &item, release);
      more = func (name, text->str, object, user_data);
    }
}

/* Columns */

/* FALSE: the object is no array. */
static gboolean
read_column (FlatlineTextWriter *self, guint64 address, Array *array, FlatlineNumpyRelease *release)
{
  const FlatlineTypeInfo *type = flatline_text_type_of (self, address);

  return type && strcmp (type->full_name, "numpy.ndarray") == 0
         && flatline_numpy_find_release (flatline_library_text_find (self->types, type), release)
         && read_array (self, address, *release, array) && array->n_dimensions >= 1 && array->n_dimensions <= 2;
}

static guint64
get_address_at (const Array *array, gint64 row, gint64 i)
{
  guint64 address = array->data + (guint64)i * (guint64)array->strides[array->n_dimensions - 1];

  return array->n_dimensions == 2 ? address + (guint64)row * (guint64)array->strides[0] : address;
}

gint64
flatline_numpy_read_length (FlatlineTextWriter *self, guint64 array)
{
  FlatlineNumpyRelease release;
  Array column;

  return read_column (self, array, &column, &release) ? column.dimensions[column.n_dimensions - 1] : -1;
}

void
flatline_numpy_append_at (FlatlineTextWriter *self, GString *text, guint64 array, guint64 mask, gint64 row, gint64 i)
{
  FlatlineNumpyRelease release;
  Array column, masks;
  FlatlineNumpyItem item = { .type = &column.type };
  guint8 masked = 0;

  if (mask && read_column (self, mask, &masks, &release))
    flatline_memory_read (self->target->memory, get_address_at (&masks, row, i), &masked, 1);
  if (masked)
    g_string_append (text, "<NA>");
  else if (read_column (self, array, &column, &release))
    {
      item.address = get_address_at (&column, row, i);
      flatline_numpy_item_append (self, text, &item, release);
    }
  else
    g_string_append (text, "?");
}

gboolean
flatline_numpy_read_word (FlatlineTextWriter *self, guint64 array, gint64 row, gint64 i, gint64 *word)
{
  FlatlineNumpyRelease release;
  Array column;
  guint64 bits = 0;
  guint shift;

  if (!read_column (self, array, &column, &release) || i < 0 || i >= column.dimensions[column.n_dimensions - 1]
      || column.type.item_size < 1 || column.type.item_size > 8
      || !flatline_memory_read (self->target->memory, get_address_at (&column, row, i), &bits,
                                (gsize)column.type.item_size))
    return FALSE;
  shift = 64 - 8 * (guint)column.type.item_size;
  *word = (gint64)(bits << shift) >> shift;
  return TRUE;
}

gint64
flatline_numpy_find_value (FlatlineTextWriter *self, guint64 array, gint64 value)
{
  FlatlineNumpyRelease release;
  Array column;

  if (!read_column (self, array, &column, &release) || column.type.item_size != 8)
    return -1;
  for (gint64 i = 0; i < MIN (column.dimensions[0], MAX_SEARCHED); i++)
    if ((gint64)flatline_text_read_pointer (self, get_address_at (&column, 0, i)) == value)
      return i;
  return -1;
}
