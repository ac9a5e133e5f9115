/* SPDX-License-Identifier: MIT */
/* Which mark of a heartbeat record a person means: the one below the pointer, or the next one for the keyboard. */
#pragma once

#include "flatline-heartbeat-record.h"

G_BEGIN_DECLS

/* Of @marks (FlatlineMark, oldest first) one as near to @time_us as @reach_us, or the freeze whose band lies there:
 * @now_us is where that of one ends which goes on, 0: bands do not count. NULL: none. */
const FlatlineMark *
flatline_heartbeat_marks_find (GArray *marks, gint64 time_us, gint64 reach_us, gint64 now_us);

/* The nearest one after @from_us, or before it where @direction is -1, that is nearer than @than_us (0: any). */
const FlatlineMark *
flatline_heartbeat_marks_find_next (GArray *marks, gint64 from_us, int direction, gint64 than_us);

G_END_DECLS
