/* SPDX-License-Identifier: MIT */
/*
 * The fields of objects that C code has made, a data frame's blocks of columns or a reader's file, have no names that
 * memory tells. A type that takes part in garbage collection has some that point to objects, and what does is found by
 * looking at each: a field is one when what it points to begins with a type.
 */
#include "flatline-body.h"

#define TYPE_HAS_GC    (G_GUINT64_CONSTANT (1) << 14) /* Include/object.h: Py_TPFLAGS_HAVE_GC */
#define TYPE_SUBCLASS  (G_GUINT64_CONSTANT (1) << 31) /* Py_TPFLAGS_TYPE_SUBCLASS */
#define MAX_BODY       512                            /* bytes */
#define MAX_BASES      32
#define LOWEST_ADDRESS 4096

/* Whether what is at @address begins as an object does: its type's type is one whose objects are types. */
static gboolean
has_type (FlatlineTarget *target, guint64 address)
{
  const gsize offset = target->layout.object_type;
  guint64 type, metatype, flags;

  return flatline_memory_read_u64 (target->memory, address + offset, &type) && type >= LOWEST_ADDRESS && type % 8 == 0
         && flatline_memory_read_u64 (target->memory, type + offset, &metatype) && metatype >= LOWEST_ADDRESS
         && metatype % 8 == 0 && flatline_memory_read_u64 (target->memory, metatype + target->layout.type_flags, &flags)
         && (flags & TYPE_SUBCLASS);
}

/*
 * Whether a count of references comes first: none is 0, and the upper half of one is 0, but for flags from 3.14 on.
 * Free-threaded builds have several counts, and a thread. A structure of C that has pointers to types begins with one.
 */
static gboolean
is_counted (FlatlineTarget *target, guint64 address)
{
  const gsize n = target->layout.object_type / sizeof (guint64);
  guint64 word, count = 0;

  for (gsize i = 0; i < n; i++)
    {
      if (!flatline_memory_read_u64 (target->memory, address + i * sizeof word, &word)
          || (word >= LOWEST_ADDRESS && word % 8 == 0 && has_type (target, word)))
        return FALSE;
      count = word;
    }
  return n > 1 || ((guint32)count != 0 && (count >> 32 & 0xffff) == 0);
}

/* The nearest class of @type that C code has made; NULL when it has no fields of its own. */
static const FlatlineTypeInfo *
find_class_of_c (FlatlineTypeCache *types, const FlatlineTypeInfo *type)
{
  for (guint depth = 0; type && depth < MAX_BASES; depth++)
    {
      if (type->is_of_c)
        return type->family == FLATLINE_FAMILY_INSTANCE && type->base && (type->flags & TYPE_HAS_GC) ? type : NULL;
      type = flatline_type_cache_find (types, type->base);
    }
  return NULL;
}

void
flatline_body_foreach (FlatlineTypeCache *types, guint64 object, FlatlineSlotFunc func, gpointer user_data)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (types, object);
  const FlatlineTypeInfo *made_by_c = type ? find_class_of_c (types, type) : NULL;
  FlatlineTarget *target = flatline_type_cache_get_target (types);
  const gsize begin = target->layout.object_type + sizeof (guint64);
  guint64 words[MAX_BODY / sizeof (guint64)];
  gsize size;

  if (!made_by_c || made_by_c->basic_size <= (gint64)begin || made_by_c->basic_size > MAX_BODY
      || made_by_c->item_size > 0)
    return;
  size = (gsize)made_by_c->basic_size;
  if (!flatline_memory_read (target->memory, object, words, size))
    return;
  for (gsize offset = begin; offset + sizeof (guint64) <= size; offset += sizeof (guint64))
    {
      const guint64 value = words[offset / sizeof (guint64)];
      g_autofree char *name = NULL;

      if (value < LOWEST_ADDRESS || value % sizeof (guint64) != 0 || value == object
          || (gint64)offset == made_by_c->dict_offset || !is_counted (target, value) || !has_type (target, value))
        continue;
      name = g_strdup_printf ("+%zu", offset);
      if (!func (name, value, user_data))
        return;
    }
}
