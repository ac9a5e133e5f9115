/* SPDX-License-Identifier: MIT */
#include "watchdog-story.h"

void
story_begin (Story *story, const FlatlineWatchdogSettings *settings)
{
  static const FlatlineWatchdogSettings defaults = {
    .freeze_us = 2500 * MS,
    .interpreter_us = 3000 * MS,
    .startup_us = 30000 * MS,
    .shutdown_us = 10000 * MS,
  };

  *story = (Story){ .now_us = START };
  story->watchdog = flatline_watchdog_new (settings ? settings : &defaults, START);
  flatline_watchdog_process_state (story->watchdog, 'S', START);
}

void
story_end (Story *story)
{
  flatline_watchdog_free (story->watchdog);
}

FlatlineWatchdogAction
story_run (Story *story, int ms)
{
  gint64 end_us = story->now_us + ms * MS;

  while (story->now_us < end_us)
    {
      FlatlineWatchdogAction action;

      story->now_us += 100 * MS;
      action = flatline_watchdog_tick (story->watchdog, story->now_us);
      if (action == FLATLINE_WATCHDOG_SAMPLE)
        {
          story->n_samples++;
          flatline_watchdog_sampled (story->watchdog, 0, 0, story->now_us);
        }
      else if (action != FLATLINE_WATCHDOG_NOTHING)
        return action;
    }
  return FLATLINE_WATCHDOG_NOTHING;
}

void
story_beat (Story *story, FlatlineLane lane)
{
  flatline_watchdog_beat (story->watchdog, lane, story->now_us, 0);
}

FlatlineWatchdogAction
story_see (Story *story, const char *kind)
{
  return flatline_watchdog_look_done (story->watchdog, kind, "certain", kind, kind, story->now_us);
}

void
story_run_with_beats (Story *story, FlatlineLane lane, int ms)
{
  for (int passed = 0; passed < ms; passed += 200)
    {
      story_beat (story, lane);
      g_assert_cmpint (story_run (story, 200), ==, FLATLINE_WATCHDOG_NOTHING);
    }
}
