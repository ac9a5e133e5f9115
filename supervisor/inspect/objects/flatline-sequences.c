/* SPDX-License-Identifier: MIT */
/*
 * list and tuple through the layout. deque (Modules/_collectionsmodule.c): PyObject_VAR_HEAD, leftblock, rightblock,
 * leftindex, rightindex, state, maxlen; a block: leftlink, data[64], rightlink. SimpleQueue (Modules/_queuemodule.c):
 * up to 3.12 lock, locked, a list, how many of it are taken; later whether threads wait, a ring: put, get, items,
 * capacity, number.
 */
#include "flatline-sequences.h"

#include "flatline-strings.h"

#include <string.h>

#define DEQUE_BLOCK 64 /* BLOCKLEN */
#define MAX_RING    (G_GINT64_CONSTANT (1) << 40)

static guint64
read_word (FlatlineTarget *target, guint64 address)
{
  guint64 word = 0;

  flatline_memory_read_u64 (target->memory, address, &word);
  return word;
}

static gboolean
is_simple_queue (const FlatlineTypeInfo *type)
{
  return type->family == FLATLINE_FAMILY_INSTANCE && strcmp (type->full_name, "_queue.SimpleQueue") == 0;
}

gboolean
flatline_type_is_sequence (const FlatlineTypeInfo *type)
{
  return type->family == FLATLINE_FAMILY_LIST || type->family == FLATLINE_FAMILY_TUPLE
         || type->family == FLATLINE_FAMILY_DEQUE || is_simple_queue (type);
}

typedef struct
{
  guint64 items;
  gint64 first, size, capacity; /* the items go round at the capacity */
} Row;

static gboolean
find_row (FlatlineTarget *target, guint64 address, const FlatlineTypeInfo *type, Row *row)
{
  const FlatlineLayout *layout = &target->layout;
  const guint64 fields = address + (guint64)layout->object_type + 8;
  guint64 list;

  *row = (Row){ .capacity = MAX_RING };
  if (!is_simple_queue (type))
    {
      row->items = type->family == FLATLINE_FAMILY_TUPLE ? address + (guint64)layout->tuple_items
                                                         : read_word (target, address + (guint64)layout->list_items);
      row->size = flatline_object_read_size (target, address);
      return TRUE;
    }
  if (layout->version >= 0x030d)
    {
      row->first = (gint64)read_word (target, fields + 16);
      row->items = read_word (target, fields + 24);
      row->capacity = (gint64)read_word (target, fields + 32);
      row->size = (gint64)read_word (target, fields + 40);
      return row->capacity > 0 && row->first >= 0 && row->size <= row->capacity;
    }
  list = read_word (target, fields + 16);
  row->items = read_word (target, list + (guint64)layout->list_items);
  row->first = (gint64)read_word (target, fields + 24);
  row->size = flatline_object_read_size (target, list) - row->first;
  return row->first >= 0 && row->size >= 0;
}

gint64
flatline_sequence_read_size (FlatlineTarget *target, guint64 address, const FlatlineTypeInfo *type)
{
  Row row;

  if (!flatline_type_is_sequence (type))
    return -1;
  if (!is_simple_queue (type))
    return flatline_object_read_size (target, address);
  return find_row (target, address, type, &row) ? row.size : -1;
}

/* Ten million items are more pages than one keeps: those that only lead on are let go on the way. */
static void
walk_deque (FlatlineTarget *target, guint64 address, gint64 first, FlatlineSequenceFunc func, gpointer user_data)
{
  const guint64 head = address + (guint64)target->layout.object_var_size + 8;
  const gint64 size = flatline_object_read_size (target, address);
  guint64 block = read_word (target, head);
  gint64 index = (gint64)read_word (target, head + 16);

  for (gint64 i = 0; i < size && index >= 0 && index <= DEQUE_BLOCK && block; i++, index++)
    {
      if (index == DEQUE_BLOCK)
        {
          block = read_word (target, block + 8 + DEQUE_BLOCK * 8);
          index = 0;
          if (i + DEQUE_BLOCK <= first)
            {
              if (flatline_memory_keeps_many_pages (target->memory))
                flatline_memory_drop_pages (target->memory);
              i += DEQUE_BLOCK - 1;
              index = DEQUE_BLOCK - 1;
              continue;
            }
        }
      if (i >= first && !func (i, read_word (target, block + 8 + (guint64)index * 8), user_data))
        return;
    }
}

void
flatline_sequence_foreach (FlatlineTarget *target,
                           guint64 address,
                           const FlatlineTypeInfo *type,
                           gint64 first,
                           FlatlineSequenceFunc func,
                           gpointer user_data)
{
  Row row;

  if (type->family == FLATLINE_FAMILY_DEQUE)
    {
      walk_deque (target, address, first, func, user_data);
      return;
    }
  if (!flatline_type_is_sequence (type) || !find_row (target, address, type, &row))
    return;
  for (gint64 i = first; i < row.size; i++)
    {
      guint64 item;

      if (!flatline_memory_read_u64 (target->memory, row.items + (guint64)((row.first + i) % row.capacity) * 8, &item)
          || !func (i, item, user_data))
        return;
    }
}
