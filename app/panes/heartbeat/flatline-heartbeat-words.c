/* SPDX-License-Identifier: MIT */
/* A clock, then what happened. */
#include "config.h"

#include "flatline-heartbeat-words.h"

#include <glib/gi18n.h>

#include "flatline-heartbeat-drawing.h"

static char *
format_clock (gint64 time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);
  g_autofree char *seconds = g_date_time_format (time, "%H:%M:%S");

  return g_strdup_printf ("%s.%03d", seconds, (int)(time_us / 1000 % 1000));
}

char *
flatline_heartbeat_describe_mark (const FlatlineMark *mark)
{
  g_autofree char *clock = format_clock (mark->time_us);

  switch (mark->kind)
    {
    case FLATLINE_MARK_START:
      return g_strdup_printf (_ ("%s  started"), clock);
    case FLATLINE_MARK_END:
      return g_strdup_printf (_ ("%s  ended"), clock);
    case FLATLINE_MARK_EXCEPTION:
      return g_strdup_printf (_ ("%s  exception  %s"), clock, mark->freeze->summary ? mark->freeze->summary : "");
    case FLATLINE_MARK_FREEZE:
    default:
      return g_strdup_printf (_ ("%s  FLATLINED  %s"), clock,
                              mark->freeze && mark->freeze->summary ? mark->freeze->summary : "");
    }
}

char *
flatline_heartbeat_describe_beat (const FlatlineKeptBeat *beat, FlatlineLane lane)
{
  g_autofree char *clock = format_clock (beat->time_us);

  return g_strdup_printf ("%s  %s%s%s", clock, beat->reason ? beat->reason : flatline_heartbeat_lane_get_label (lane),
                          beat->caller ? "  " : "", beat->caller ? beat->caller : "");
}
