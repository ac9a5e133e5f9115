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
flatline_set_foreach (FlatlineTarget *target, guint64 address, FlatlineSequenceFunc func, gpointer user_data)
{
  const FlatlineLayout *layout = &target->layout;
  const gint64 used = flatline_set_read_size (target, address);
  guint64 mask, table, slots[BATCH_SLOTS][2];
  gint64 n = 0;

  if (used < 0 || !flatline_memory_read_u64 (target->memory, address + layout->set_mask, &mask) || mask >= MAX_SLOTS
      || !flatline_memory_read_u64 (target->memory, address + layout->set_table, &table))
    return FALSE;
  for (guint64 i = 0; i <= mask && n < used; i++)
    {
      const guint64 *slot = slots[i % BATCH_SLOTS];

      if (i % BATCH_SLOTS == 0
          && !flatline_memory_read (target->memory, table + i * sizeof slots[0], slots,
                                    MIN (mask + 1 - i, BATCH_SLOTS) * sizeof slots[0]))
        return FALSE;
      if (slot[0] != 0 && slot[1] != G_MAXUINT64 && !func (n++, slot[0], user_data))
        break;
    }
  return TRUE;
}
