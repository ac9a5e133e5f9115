/* SPDX-License-Identifier: MIT */
/* GLib reads the clock once a turn: that is when it began, for all its sources. */
#include "config.h"

#include "flatline-turn.h"

#define TURN_US 4000

gboolean
flatline_turn_is_over (void)
{
  return g_get_monotonic_time () >= g_source_get_time (g_main_current_source ()) + TURN_US;
}
