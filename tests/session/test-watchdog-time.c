/* SPDX-License-Identifier: MIT */
/* The watchdog and time that is no silence: clocks that jump or are wrong, backlogs, a machine without time. */
#include "watchdog-story.h"

#define HOUR (3600 * G_GINT64_CONSTANT (1000) * MS)

static void
test_clock_jump (void)
{
  Story story;

  story_begin (&story, NULL);
  story_run_with_beats (&story, FLATLINE_LANE_PROGRAM, 2000);
  story.now_us += HOUR;
  g_assert_cmpint (story_run (&story, 2000), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 1000), ==, FLATLINE_WATCHDOG_LOOK);
  story_end (&story);
}

/* A start that printed something: the time since then is not longer for a suspended machine, either. */
static void
test_clock_jump_after_words (void)
{
  static const FlatlineWatchdogSettings settings = {
    .freeze_us = 2500 * MS, .interpreter_us = 3000 * MS, .startup_us = 6000 * MS, .shutdown_us = 4000 * MS
  };
  Story story;

  story_begin (&story, &settings);
  flatline_watchdog_agent_connected (story.watchdog, story.now_us);
  story_run_with_beats (&story, FLATLINE_LANE_INTERPRETER, 3000);
  flatline_watchdog_spoke (story.watchdog, story.now_us);
  story_run_with_beats (&story, FLATLINE_LANE_INTERPRETER, 2000);
  story.now_us += HOUR;
  story_run_with_beats (&story, FLATLINE_LANE_INTERPRETER, 3000);
  story_beat (&story, FLATLINE_LANE_INTERPRETER);
  g_assert_cmpint (story_run (&story, 1500), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_true (flatline_watchdog_doubts_start (story.watchdog));
  story_end (&story);
}

/* On an overloaded machine: of each tenth of a second it waits four fifths for a processor. */
static void
test_starved (void)
{
  Story story;

  story_begin (&story, NULL);
  story_run_with_beats (&story, FLATLINE_LANE_PROGRAM, 2000);
  for (int i = 0; i < 100; i++)
    {
      story.now_us += 100 * MS;
      flatline_watchdog_starved (story.watchdog, 80 * MS, story.now_us);
      g_assert_cmpint (flatline_watchdog_tick (story.watchdog, story.now_us), !=, FLATLINE_WATCHDOG_LOOK);
    }
  /* It is silent for as long as it ran, whatever there was before; and what was too much is not kept for later. */
  flatline_watchdog_starved (story.watchdog, HOUR, story.now_us);
  g_assert_cmpint (story_run (&story, 2000), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 1000), ==, FLATLINE_WATCHDOG_LOOK);
  story_end (&story);
}

static void
test_backlog (void)
{
  Story story;

  /* A client with a backlog: one beat in 50 ms, each older than the one before; the program is well. */
  story_begin (&story, NULL);
  for (int i = 0; i < 400; i++)
    {
      flatline_watchdog_beat (story.watchdog, FLATLINE_LANE_PROGRAM, story.now_us, i * 45 * MS);
      story.now_us += 50 * MS;
      if (i % 2)
        g_assert_cmpint (flatline_watchdog_tick (story.watchdog, story.now_us), !=, FLATLINE_WATCHDOG_LOOK);
    }
  /* When the backlog is through, silence is judged by the newest stamp: the program hung long ago. */
  g_assert_cmpint (story_run (&story, 600), ==, FLATLINE_WATCHDOG_LOOK);
  story_end (&story);
}

static void
test_foreign_clock (void)
{
  Story story;

  story_begin (&story, NULL);
  for (int i = 0; i < 20; i++)
    {
      flatline_watchdog_beat (story.watchdog, FLATLINE_LANE_PROGRAM, story.now_us, 2 * HOUR);
      g_assert_cmpint (story_run (&story, 2000), ==, FLATLINE_WATCHDOG_NOTHING);
    }
  story_end (&story);
}

/* The program's clock is set back: no beat has been on its way for an hour. */
static void
test_clock_set_back (void)
{
  Story story;

  story_begin (&story, NULL);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  for (int i = 0; i < 20; i++)
    {
      g_assert_cmpint (story_run (&story, 2000), ==, FLATLINE_WATCHDOG_NOTHING);
      flatline_watchdog_beat (story.watchdog, FLATLINE_LANE_PROGRAM, story.now_us, HOUR);
    }
  story_end (&story);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/watchdog-time/clock-jump", test_clock_jump);
  g_test_add_func ("/session/watchdog-time/clock-jump-after-words", test_clock_jump_after_words);
  g_test_add_func ("/session/watchdog-time/starved", test_starved);
  g_test_add_func ("/session/watchdog-time/backlog", test_backlog);
  g_test_add_func ("/session/watchdog-time/foreign-clock", test_foreign_clock);
  g_test_add_func ("/session/watchdog-time/clock-set-back", test_clock_set_back);
  return g_test_run ();
}
