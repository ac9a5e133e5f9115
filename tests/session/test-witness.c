/* SPDX-License-Identifier: MIT */
/* DB mode: when the database has the word on the program's newest beat, and when memory has. Stories without a clock.
 */
#include "watchdog-story.h"

static const FlatlineWatchdogSettings with_database = {
  .freeze_us = 2500 * MS,
  .interpreter_us = 3000 * MS,
  .startup_us = 30000 * MS,
  .shutdown_us = 10000 * MS,
  .database_us = 1000 * MS,
  .strict_beats = TRUE,
};

/* Asks the database whenever it should be asked for @ms; it answers at once that the newest beat was at @beat_us. */
static FlatlineWatchdogAction
run_with_database (Story *story, int ms, gint64 beat_us)
{
  FlatlineWatchdogAction action = FLATLINE_WATCHDOG_NOTHING;

  for (int passed = 0; passed < ms && action == FLATLINE_WATCHDOG_NOTHING; passed += 100)
    {
      if (flatline_watchdog_wants_database (story->watchdog, story->now_us))
        {
          flatline_watchdog_database_asked (story->watchdog, story->now_us);
          flatline_watchdog_database_answered (story->watchdog, story->now_us, story->now_us - beat_us);
        }
      action = story_run (story, 100);
    }
  return action;
}

/* The database's word counts against memory's, in both directions. */
static void
test_database_decides (void)
{
  Story story;
  gint64 beat_us;

  story_begin (&story, &with_database);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  beat_us = story.now_us;
  g_assert_cmpint (run_with_database (&story, 2000, beat_us), ==, FLATLINE_WATCHDOG_NOTHING);
  /* Somebody else wrote beats that we never saw. */
  for (int i = 0; i < 10; i++)
    g_assert_cmpint (run_with_database (&story, 1000, story.now_us), ==, FLATLINE_WATCHDOG_NOTHING);
  beat_us = story.now_us - 1000 * MS;
  g_assert_cmpint (run_with_database (&story, 1400, beat_us), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (run_with_database (&story, 1000, beat_us), ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (flatline_watchdog_get_stale_us (story.watchdog, story.now_us), >=, 2500 * MS);
  g_assert_cmpint (flatline_watchdog_get_stale_us (story.watchdog, story.now_us), <=, 2700 * MS);
  g_assert_false (flatline_watchdog_database_is_missing (story.watchdog, story.now_us));
  story_end (&story);
}

/* A database that does not answer has no word after one poll interval. */
static void
test_database_away (void)
{
  Story story;

  story_begin (&story, &with_database);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  g_assert_cmpint (run_with_database (&story, 1000, story.now_us), ==, FLATLINE_WATCHDOG_NOTHING);
  flatline_watchdog_database_asked (story.watchdog, story.now_us);
  g_assert_cmpint (story_run (&story, 1000), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_false (flatline_watchdog_database_is_missing (story.watchdog, story.now_us));
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_true (flatline_watchdog_database_is_missing (story.watchdog, story.now_us));
  g_assert_cmpint (story_run (&story, 400), ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_NOTHING);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_RECOVERED);
  /* The late answer at last: it counts again. */
  flatline_watchdog_database_answered (story.watchdog, story.now_us, 100 * MS);
  g_assert_false (flatline_watchdog_database_is_missing (story.watchdog, story.now_us));
  flatline_watchdog_database_failed (story.watchdog);
  g_assert_true (flatline_watchdog_database_is_missing (story.watchdog, story.now_us));
  story_end (&story);
}

/* A database that is seconds behind with writing makes no freeze of it. */
static void
test_database_behind (void)
{
  Story story;
  gint64 written_us;

  story_begin (&story, &with_database);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  written_us = story.now_us;
  for (int i = 0; i < 6; i++)
    {
      story_beat (&story, FLATLINE_LANE_PROGRAM);
      g_assert_cmpint (run_with_database (&story, 1000, written_us), ==, FLATLINE_WATCHDOG_NOTHING);
    }
  g_assert_true (flatline_watchdog_database_is_missing (story.watchdog, story.now_us));
  for (int i = 0; i < 3; i++)
    {
      story_beat (&story, FLATLINE_LANE_PROGRAM);
      g_assert_cmpint (run_with_database (&story, 1000, story.now_us), ==, FLATLINE_WATCHDOG_NOTHING);
    }
  g_assert_false (flatline_watchdog_database_is_missing (story.watchdog, story.now_us));
  story_end (&story);
}

/* The machine slept for an hour: the database's clock did not, and that is no freeze. */
static void
test_database_and_jump (void)
{
  Story story;

  story_begin (&story, &with_database);
  story_run_with_beats (&story, FLATLINE_LANE_PROGRAM, 1000);
  g_assert_cmpint (run_with_database (&story, 1000, story.now_us), ==, FLATLINE_WATCHDOG_NOTHING);
  story.now_us += 3600 * G_GINT64_CONSTANT (1000) * MS;
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (run_with_database (&story, 1000, story.now_us - 3600 * G_GINT64_CONSTANT (1000) * MS), ==,
                   FLATLINE_WATCHDOG_NOTHING);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  g_assert_cmpint (run_with_database (&story, 1000, story.now_us), ==, FLATLINE_WATCHDOG_NOTHING);
  story_end (&story);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/witness/decides", test_database_decides);
  g_test_add_func ("/session/witness/away", test_database_away);
  g_test_add_func ("/session/witness/behind", test_database_behind);
  g_test_add_func ("/session/witness/and-jump", test_database_and_jump);
  return g_test_run ();
}
