/* SPDX-License-Identifier: MIT */
/* Story: a watchdog without a process and without a clock; time passes as it is told, in milliseconds. */
#pragma once

#include "flatline-watchdog.h"

#define MS    1000
#define START (5000 * MS)

typedef struct
{
  FlatlineWatchdog *watchdog;
  gint64 now_us;
  FlatlineWatchdogAction last; /* newest action other than NOTHING and SAMPLE */
  gint64 acted_us;
  guint n_samples;
} Story;

void
story_begin (Story *story, const FlatlineWatchdogSettings *settings);

void
story_end (Story *story);

/* Ticks for @ms; stops at the first action that is not a sample. */
FlatlineWatchdogAction
story_run (Story *story, int ms);

void
story_beat (Story *story, FlatlineLane lane);

FlatlineWatchdogAction
story_see (Story *story, const char *kind);

void
story_run_with_beats (Story *story, FlatlineLane lane, int ms);
