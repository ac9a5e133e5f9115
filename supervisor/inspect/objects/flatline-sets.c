/* SPDX-License-Identifier: MIT */
/* A table of slots of (key, hash), its size a power of two; a removed key is the dummy, whose hash is -1. */
#include "flatline-sets.h"

#define BATCH_SLOTS 64 /* that are read at one go; a power of two */
#define MAX_SLOTS   (G_GUINT64_CONSTANT (1) << 32)

gint64
flatline_set_read_size (FlatlineTarget *target, guint64 address)
{
  guint64 used;

  return flatline_memory_read_u64 (target->memory, address + target->layout.set_used, &used) ? (gint64)used : -1;
}

gboolean
flatline_set_foreach_from (
    FlatlineTarget *target, guint64 address, FlatlineTablePlace *place, FlatlineSequenceFunc func, gpointer user_data)
{
  const FlatlineLayout *layout = &target->layout;
  const gint64 used = flatline_set_read_size (target, address);
  guint64 mask, table, slots[BATCH_SLOTS][2];
  gint64 n = 0;

  if (used < 0 || !flatline_memory_read_u64 (target->memory, address + layout->set_mask, &mask) || mask >= MAX_SLOTS
      || !flatline_memory_read_u64 (target->memory, address + layout->set_table, &table))
    return FALSE;
  if (place->table && place->table != table)
    {
      *place = (FlatlineTablePlace){ 0 };
      return FALSE;
    }
  place->table = table;
  for (guint64 i = (guint64)place->slot, first = i; i <= mask && n < used; i++)
    {
      const guint64 *slot = slots[(i - first) % BATCH_SLOTS];

      if ((i - first) % BATCH_SLOTS == 0
          && !flatline_memory_read (target->memory, table + i * sizeof slots[0], slots,
                                    MIN (mask + 1 - i, BATCH_SLOTS) * sizeof slots[0]))
        return FALSE;
      place->slot = (gint64)i;
      if (slot[0] != 0 && slot[1] != G_MAXUINT64 && !func (n++, slot[0], user_data))
        return TRUE;
    }
  place->slot = (gint64)mask + 1;
  return TRUE;
}

gboolean
flatline_set_foreach (FlatlineTarget *target, guint64 address, FlatlineSequenceFunc func, gpointer user_data)
{
  FlatlineTablePlace place = { 0 };

  return flatline_set_foreach_from (target, address, &place, func, user_data);
}
