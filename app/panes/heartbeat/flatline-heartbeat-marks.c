/* SPDX-License-Identifier: MIT */
/* Marks are few: starts, ends, freezes, exceptions. */
#include "config.h"

#include "flatline-heartbeat-marks.h"

const FlatlineMark *
flatline_heartbeat_marks_find (GArray *marks, gint64 time_us, gint64 reach_us, gint64 now_us)
{
  for (guint i = marks->len; i > 0; i--)
    {
      const FlatlineMark *mark = &g_array_index (marks, FlatlineMark, i - 1);

      if (ABS (mark->time_us - time_us) <= reach_us)
        return mark;
      if (now_us && mark->kind == FLATLINE_MARK_FREEZE && time_us >= mark->silent_us
          && time_us <= (mark->ended_us ? mark->ended_us : now_us))
        return mark;
    }
  return NULL;
}

const FlatlineMark *
flatline_heartbeat_marks_find_next (GArray *marks, gint64 from_us, int direction, gint64 than_us)
{
  const FlatlineMark *nearest = NULL;

  for (guint i = 0; i < marks->len; i++)
    {
      const FlatlineMark *mark = &g_array_index (marks, FlatlineMark, i);

      if ((mark->time_us - from_us) * direction > 0 && (!than_us || (than_us - mark->time_us) * direction > 0)
          && (!nearest || (nearest->time_us - mark->time_us) * direction > 0))
        nearest = mark;
    }
  return nearest;
}
