/* SPDX-License-Identifier: MIT */
/*
 * Who gives Python its memory when no GIL is needed for that. tracemalloc puts itself there for as long as it traces.
 */
#pragma once

/* Notes who it is, the first time. */
void
flatline_allocator_note (void);

/* Whether it is another by now. */
int
flatline_allocator_is_watched (void);
