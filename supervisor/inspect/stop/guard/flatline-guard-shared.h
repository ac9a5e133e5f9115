/* SPDX-License-Identifier: MIT */
/* What a reader and its flatline-guard share. */
#pragma once

#include <stdatomic.h>

/* Found open by the guard. */
#define FLATLINE_GUARD_TIMER_FD                                                                                        \
  3 /* a timerfd of CLOCK_MONOTONIC that does not block: it ticks while a pause is overdue */
#define FLATLINE_GUARD_READER_FD 4 /* a pidfd */
#define FLATLINE_GUARD_MEMORY_FD 5 /* a FlatlineGuardShared */

typedef struct
{
  atomic_uint pause; /* counts the reader's pauses; those that overlap are one */
  atomic_uint woken; /* the pause in the middle of which the guard found the reader stopped */
} FlatlineGuardShared;
