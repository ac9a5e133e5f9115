/* SPDX-License-Identifier: MIT */
/*
 * 3.11 and later keep the depth of the stack for each range of instructions in the exception table
 * (InternalDocs/exception_handling.md); before, each frame has a stack of blocks (Include/cpython/frameobject.h).
 */
#include "flatline-value-stack.h"

#include "flatline-strings.h"

#define MAX_TABLE  (256 * 1024)
#define MAX_STACK  1000
#define MAX_BLOCKS 20 /* CO_MAXBLOCKS */

/* Six bits a byte, the highest first; 0x40: more follow. 0x80 marks the first byte of an entry. */
static gboolean
read_number (const guint8 *table, gsize length, gsize *at, guint *number)
{
  guint8 byte;

  *number = 0;
  do
    {
      if (*at >= length)
        return FALSE;
      byte = table[(*at)++];
      *number = *number << 6 | (byte & 0x3f);
    }
  while (byte & 0x40);
  return TRUE;
}

static gint
find_depth (const guint8 *table, gsize length, guint instruction)
{
  gsize at = 0;
  guint start, size, target, depth;

  while (read_number (table, length, &at, &start) && read_number (table, length, &at, &size)
         && read_number (table, length, &at, &target) && read_number (table, length, &at, &depth))
    if (instruction >= start && instruction < start + size)
      return (gint)MIN (depth >> 1, MAX_STACK);
  return 0;
}

gint
flatline_value_stack_count_in_blocks (FlatlineTarget *target, const FlatlineFrameState *frame, guint64 code)
{
  const FlatlineLayout *layout = &target->layout;
  g_autofree guint8 *table = NULL;
  gint32 n_blocks = 0, level = 0;
  guint64 object = 0;
  gsize length;

  if (layout->code_exceptiontable >= 0)
    {
      if (frame->offset < 0 || !flatline_memory_read_u64 (target->memory, code + layout->code_exceptiontable, &object))
        return 0;
      table = flatline_bytes_read (target, object, MAX_TABLE, &length);
      return table ? find_depth (table, length, (guint)(frame->offset / 2)) : 0;
    }
  if (!flatline_memory_read_i32 (target->memory, frame->address + layout->frame_n_blocks, &n_blocks) || n_blocks < 1
      || n_blocks > MAX_BLOCKS)
    return 0;
  flatline_memory_read_i32 (target->memory,
                            frame->address + layout->frame_blocks + (guint64)(n_blocks - 1) * layout->block_size
                                + layout->block_level,
                            &level);
  return CLAMP (level, 0, MAX_STACK);
}

gint
flatline_value_stack_count (FlatlineTarget *target, const FlatlineFrameState *frame, const FlatlineCode *code)
{
  gint32 size = 0;

  if (frame->n_stack >= code->n_locals)
    return MIN (frame->n_stack - code->n_locals, MAX_STACK);
  flatline_memory_read_i32 (target->memory, code->address + target->layout.code_stacksize, &size);
  return CLAMP (size, 0, MAX_STACK);
}

guint64
flatline_value_stack_peek (FlatlineTarget *target, const FlatlineFrameState *frame, const FlatlineCode *code, gint i)
{
  guint64 object = 0;

  flatline_memory_read_u64 (target->memory, frame->locals + (guint64)(code->n_locals + i) * 8, &object);
  return flatline_untag (object);
}

gboolean
flatline_frame_read_local (FlatlineTarget *target,
                           FlatlineTypeCache *types,
                           const FlatlineFrameState *frame,
                           const FlatlineCode *code,
                           gint slot,
                           guint64 *object)
{
  const FlatlineTypeInfo *type;

  if (!flatline_memory_read_u64 (target->memory, frame->locals + (guint64)slot * 8, object))
    return FALSE;
  *object = flatline_untag (*object);
  type = *object && (code->kinds[slot] & (FLATLINE_KIND_CELL | FLATLINE_KIND_FREE))
             ? flatline_type_cache_find_of (types, *object)
             : NULL;
  if (type && type->family == FLATLINE_FAMILY_CELL
      && !flatline_memory_read_u64 (target->memory, *object + (guint64)target->layout.cell_value, object))
    *object = 0;
  return TRUE;
}
