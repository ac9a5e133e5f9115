/* SPDX-License-Identifier: MIT */
/* The collector's lists: Include/internal/pycore_gc.h. Each object is preceded by its links; the lists are circular. */
#include "flatline-gc.h"

#define N_GENERATIONS 3
#define LINK_FLAGS    G_GUINT64_CONSTANT (3) /* the lowest bits of a link are the collector's own */
#define TIME_CHECK    4096

/* Whether there is the head of a circular list at @head: its next one leads back. */
static gboolean
is_list (FlatlineTarget *target, guint64 head)
{
  guint64 next, previous;

  return flatline_memory_read_u64 (target->memory, head, &next) && (next &= ~LINK_FLAGS) != 0
         && flatline_memory_read_u64 (target->memory, next + 8, &previous) && (previous & ~LINK_FLAGS) == head;
}

/* The lists have moved by a few bytes within 3.13; 0 when they are nowhere near. */
static guint64
find_generations (FlatlineTarget *target, guint64 interp)
{
  static const gint steps[] = { 0, -4, 4, -8, 8 };
  const FlatlineLayout *layout = &target->layout;

  for (guint i = 0; layout->gc_generations >= 0 && i < G_N_ELEMENTS (steps); i++)
    {
      guint64 first = interp + layout->interp_gc + layout->gc_generations + steps[i];
      gboolean fine = TRUE;

      for (guint j = 0; fine && j < N_GENERATIONS; j++)
        fine = is_list (target, first + (guint64)j * layout->gc_generation_size);
      if (fine)
        return first;
    }
  return 0;
}

gboolean
flatline_gc_foreach (
    FlatlineTarget *target, guint64 interp, guint max, gint64 deadline_us, FlatlineGcFunc func, gpointer user_data)
{
  const FlatlineLayout *layout = &target->layout;
  guint64 generations = find_generations (target, interp);
  guint n = 0;

  if (generations == 0)
    return FALSE;
  for (guint i = 0; i < N_GENERATIONS; i++)
    {
      guint64 head = generations + (guint64)i * layout->gc_generation_size;
      guint64 link;

      if (!flatline_memory_read_u64 (target->memory, head, &link))
        return FALSE;
      while ((link &= ~LINK_FLAGS) != head)
        {
          if (link == 0 || n++ >= max || (n % TIME_CHECK == 0 && g_get_monotonic_time () > deadline_us))
            return FALSE;
          if (!func (link + layout->gc_head_size, user_data))
            return TRUE;
          if (!flatline_memory_read_u64 (target->memory, link, &link))
            return FALSE;
        }
    }
  return TRUE;
}
