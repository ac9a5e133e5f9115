/* SPDX-License-Identifier: MIT */
/*
 * A turn of the main loop, for long work that is done in steps between other work. A turn does what is of one priority:
 * all steps of one turn share its time, so that several lists that come at once do not add up.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In the order in which a list is read, filtered, ordered and shown: the sources first, one of these in a turn. */
enum
{
  FLATLINE_TURN_FIND = G_PRIORITY_DEFAULT_IDLE + 1,
  FLATLINE_TURN_ORDER,
  FLATLINE_TURN_SHOW,
  FLATLINE_TURN_LET_GO,
};

/* In a step, the callback of a source: whether the next piece of work is better done in another turn. Asked after a
 * piece, so that each step does one at least. */
gboolean
flatline_turn_is_over (void);

G_END_DECLS
