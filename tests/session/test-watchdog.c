/* SPDX-License-Identifier: MIT */
/* The watchdog, without a process and without a clock: each test tells a story in milliseconds. */
#include "watchdog-story.h"

static void
test_silence_is_looked_at (void)
{
  Story story;

  story_begin (&story, NULL);
  story_run_with_beats (&story, FLATLINE_LANE_PROGRAM, 4000);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  g_assert_cmpint (story_run (&story, 2400), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "busy-loop"), ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_true (flatline_watchdog_is_frozen (story.watchdog));
  g_assert_cmpint (flatline_watchdog_get_cause (story.watchdog), ==, FLATLINE_CAUSE_PROGRAM);
  g_assert_cmpint (flatline_watchdog_get_stale_us (story.watchdog, story.now_us), ==, 2500 * MS);
  {
    g_autofree char *text = flatline_watchdog_dup_cause_text (story.watchdog, story.now_us);

    g_assert_cmpstr (text, ==, "program beats silent for 2.5 s");
  }
  story_end (&story);
}

static void
test_kinds_that_are_frozen (void)
{
  static const char *const kinds[] = { "busy-loop", "lock-wait",   "socket-wait", "child-wait", "sleep", "deadlock",
                                       "gil-held",  "native-busy", "unknown",     "stopped",    NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      Story story;

      story_begin (&story, NULL);
      story_beat (&story, FLATLINE_LANE_PROGRAM);
      g_assert_cmpint (story_run (&story, 3000), ==, FLATLINE_WATCHDOG_LOOK);
      g_assert_cmpint (story_see (&story, kinds[i]), ==, FLATLINE_WATCHDOG_FREEZE);
      story_end (&story);
    }
}

static void
test_kinds_that_are_quiet (void)
{
  static const char *const kinds[] = { "idle", "async-wait", "stdin-wait" };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      Story story;

      story_begin (&story, NULL);
      story_beat (&story, FLATLINE_LANE_PROGRAM);
      g_assert_cmpint (story_run (&story, 3000), ==, FLATLINE_WATCHDOG_LOOK);
      g_assert_cmpint (story_see (&story, kinds[i]), ==, FLATLINE_WATCHDOG_NOTHING);
      g_assert_false (flatline_watchdog_is_frozen (story.watchdog));
      /* It is looked at again, but not at every tick. */
      g_assert_cmpint (story_run (&story, 2400), ==, FLATLINE_WATCHDOG_NOTHING);
      g_assert_cmpint (story_run (&story, 200), ==, FLATLINE_WATCHDOG_LOOK);
      g_assert_cmpint (story_see (&story, "lock-wait"), ==, FLATLINE_WATCHDOG_FREEZE);
      story_end (&story);
    }
}

static void
test_beats_of_the_loop_mean_idle (void)
{
  Story story;

  story_begin (&story, NULL);
  flatline_watchdog_loop (story.watchdog, "asyncio", 12, TRUE, story.now_us);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  story_run_with_beats (&story, FLATLINE_LANE_LOOP, 20000);
  g_assert_cmpint (story_run (&story, 3000), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "busy-loop"), ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (flatline_watchdog_get_cause (story.watchdog), ==, FLATLINE_CAUSE_LOOP);
  story_beat (&story, FLATLINE_LANE_LOOP);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_NOTHING);
  story.now_us += MS;
  story_beat (&story, FLATLINE_LANE_LOOP);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_RECOVERED);
  story_end (&story);
}

static void
test_loop_that_never_beats (void)
{
  Story story;

  story_begin (&story, NULL);
  flatline_watchdog_loop (story.watchdog, "glib", 12, TRUE, story.now_us);
  g_assert_cmpint (story_run (&story, 2400), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 200), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "socket-wait"), ==, FLATLINE_WATCHDOG_FREEZE);
  story_end (&story);
}

static void
test_loop_that_ended_counts_no_more (void)
{
  Story story;

  story_begin (&story, NULL);
  flatline_watchdog_loop (story.watchdog, "asyncio", 12, TRUE, story.now_us);
  flatline_watchdog_loop (story.watchdog, "tk", 13, TRUE, story.now_us);
  flatline_watchdog_loop (story.watchdog, "asyncio", 12, FALSE, story.now_us);
  story_run_with_beats (&story, FLATLINE_LANE_LOOP, 1000);
  flatline_watchdog_loop (story.watchdog, "tk", 13, FALSE, story.now_us);
  g_assert_cmpint (story_run (&story, 20000), ==, FLATLINE_WATCHDOG_NOTHING);
  story_end (&story);
}

static void
test_interpreter (void)
{
  Story story;

  story_begin (&story, NULL);
  flatline_watchdog_agent_connected (story.watchdog, story.now_us);
  story_run_with_beats (&story, FLATLINE_LANE_INTERPRETER, 2000);
  g_assert_cmpint (story_run (&story, 2700), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 200), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "gil-held"), ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (flatline_watchdog_get_cause (story.watchdog), ==, FLATLINE_CAUSE_INTERPRETER);
  story.now_us += MS;
  story_beat (&story, FLATLINE_LANE_INTERPRETER);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_RECOVERED);
  flatline_watchdog_agent_lost (story.watchdog);
  g_assert_cmpint (story_run (&story, 20000), ==, FLATLINE_WATCHDOG_NOTHING);
  story_end (&story);
}

static void
test_never_beating_program_may_sleep (void)
{
  Story story;

  story_begin (&story, NULL);
  g_assert_cmpint (story_run (&story, 60000), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpuint (story.n_samples, >=, 50);
  g_assert_cmpuint (story.n_samples, <=, 60);
  story_end (&story);
}

static void
test_deadlock_is_found (void)
{
  Story story;
  FlatlineWatchdogAction action = FLATLINE_WATCHDOG_NOTHING;

  story_begin (&story, NULL);
  for (int i = 0; i < 40 && action == FLATLINE_WATCHDOG_NOTHING; i++)
    {
      story.now_us += 100 * MS;
      if (flatline_watchdog_tick (story.watchdog, story.now_us) == FLATLINE_WATCHDOG_SAMPLE)
        action = flatline_watchdog_sampled (story.watchdog, 77, 0, story.now_us);
    }
  g_assert_cmpint (action, ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story.now_us - START, <=, 2500 * MS);
  g_assert_cmpint (story_see (&story, "deadlock"), ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (flatline_watchdog_sampled (story.watchdog, 77, 0, story.now_us), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (flatline_watchdog_sampled (story.watchdog, 78, 0, story.now_us), ==, FLATLINE_WATCHDOG_NOTHING);
  /* That something moves says nothing about who does not. */
  g_assert_cmpint (story_run (&story, 2100), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "deadlock"), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 2100), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "idle"), ==, FLATLINE_WATCHDOG_RECOVERED);
  story_end (&story);
}

/* Ticks for a second; @still goes to the sample, and no two samples have the same stacks. */
static FlatlineWatchdogAction
sample_once (Story *story, guint64 still)
{
  static guint64 stacks = 1000;
  FlatlineWatchdogAction action = FLATLINE_WATCHDOG_NOTHING;

  for (int i = 0; i < 10 && action == FLATLINE_WATCHDOG_NOTHING; i++)
    {
      story->now_us += 100 * MS;
      action = flatline_watchdog_tick (story->watchdog, story->now_us);
      if (action == FLATLINE_WATCHDOG_SAMPLE)
        action = flatline_watchdog_sampled (story->watchdog, stacks++, still, story->now_us);
    }
  return action;
}

static void
test_deadlock_is_found_beside_threads_that_go_on (void)
{
  Story story;

  story_begin (&story, NULL);
  for (int i = 0; i < 30; i++)
    g_assert_cmpint (sample_once (&story, 0), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (sample_once (&story, 5), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "deadlock"), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (sample_once (&story, 5), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "deadlock"), ==, FLATLINE_WATCHDOG_FREEZE);
  story_end (&story);
}

/* Each look comes upon threads that wait for each other, and that have moved since the look before. */
static void
test_passing_deadlocks_are_none (void)
{
  Story story;
  int n_looks = 0;

  story_begin (&story, NULL);
  for (int i = 0; i < 60; i++)
    {
      g_autofree char *standing = g_strdup_printf ("7:%d 8:%d", i, i);

      if (sample_once (&story, 50) != FLATLINE_WATCHDOG_LOOK)
        continue;
      n_looks++;
      g_assert_cmpint (
          flatline_watchdog_look_done (story.watchdog, "deadlock", "certain", "same", standing, story.now_us), ==,
          FLATLINE_WATCHDOG_NOTHING);
    }
  g_assert_cmpint (n_looks, >=, 10);
  story_end (&story);
}

static void
test_threads_that_come_to_rest_are_looked_at_less_and_less (void)
{
  Story story;
  int n_looks = 0;

  story_begin (&story, NULL);
  for (int i = 0; i < 600; i++)
    if (sample_once (&story, 100 + i) == FLATLINE_WATCHDOG_LOOK)
      {
        n_looks++;
        g_assert_cmpint (story_see (&story, "idle"), ==, FLATLINE_WATCHDOG_NOTHING);
      }
  g_assert_cmpint (n_looks, >=, 10);
  g_assert_cmpint (n_looks, <=, 25);
  /* After quiet times at once. */
  for (int i = 0; i < 120; i++)
    if (sample_once (&story, 7) == FLATLINE_WATCHDOG_LOOK)
      story_see (&story, "idle");
  g_assert_cmpint (sample_once (&story, 8), ==, FLATLINE_WATCHDOG_LOOK);
  story_see (&story, "idle");
  n_looks = 0;
  for (int i = 0; i < 6; i++)
    if (sample_once (&story, 9 + i) == FLATLINE_WATCHDOG_LOOK)
      {
        n_looks++;
        story_see (&story, "idle");
      }
  g_assert_cmpint (n_looks, >=, 1);
  story_end (&story);
}

/* Of the programs that another one has started only some causes count. */
static void
test_other_causes_are_not_looked_for (void)
{
  Story story;

  story_begin (&story, NULL);
  flatline_watchdog_watch_only (story.watchdog, 1u << FLATLINE_CAUSE_LOOP);
  flatline_watchdog_agent_connected (story.watchdog, story.now_us);
  flatline_watchdog_process_state (story.watchdog, 'T', story.now_us);
  g_assert_cmpint (story_run (&story, 60000), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story.n_samples, ==, 0);
  flatline_watchdog_process_state (story.watchdog, 'S', story.now_us);
  flatline_watchdog_loop (story.watchdog, "asyncio", 1, TRUE, story.now_us);
  g_assert_cmpint (story_run (&story, 3000), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "sleep"), ==, FLATLINE_WATCHDOG_FREEZE);
  story_end (&story);
}

/* An event loop and beats of its own go on as ever, beside threads that wait for each other. */
static void
test_deadlock_beside_what_beats (void)
{
  static const FlatlineLane lanes[] = { FLATLINE_LANE_LOOP, FLATLINE_LANE_PROGRAM };

  for (gsize i = 0; i < G_N_ELEMENTS (lanes); i++)
    {
      Story story;
      FlatlineWatchdogAction action = FLATLINE_WATCHDOG_NOTHING;

      story_begin (&story, NULL);
      flatline_watchdog_agent_connected (story.watchdog, story.now_us);
      if (lanes[i] == FLATLINE_LANE_LOOP)
        flatline_watchdog_loop (story.watchdog, "asyncio", 1, TRUE, story.now_us);
      for (int j = 0; j < 100 && action != FLATLINE_WATCHDOG_FREEZE; j++)
        {
          story.now_us += 100 * MS;
          story_beat (&story, FLATLINE_LANE_INTERPRETER);
          story_beat (&story, lanes[i]);
          action = flatline_watchdog_tick (story.watchdog, story.now_us);
          if (action == FLATLINE_WATCHDOG_SAMPLE)
            action = flatline_watchdog_sampled (story.watchdog, 1000 + j, 7, story.now_us);
          if (action == FLATLINE_WATCHDOG_LOOK)
            action = story_see (&story, "deadlock");
        }
      g_assert_cmpint (action, ==, FLATLINE_WATCHDOG_FREEZE);
      g_assert_cmpint (flatline_watchdog_get_cause (story.watchdog), ==, FLATLINE_CAUSE_DIAGNOSIS);
      story_end (&story);
    }
}

/* A loop stands at one place whatever its tasks wait for, which may come to be a deadlock at any time. */
static void
test_loop_is_looked_at_again (void)
{
  Story story;
  FlatlineWatchdogAction action = FLATLINE_WATCHDOG_NOTHING;
  int n_looks = 0;

  story_begin (&story, NULL);
  flatline_watchdog_agent_connected (story.watchdog, story.now_us);
  flatline_watchdog_loop (story.watchdog, "asyncio", 1, TRUE, story.now_us);
  for (int i = 0; i < 6000 && action != FLATLINE_WATCHDOG_FREEZE; i++)
    {
      story.now_us += 100 * MS;
      story_beat (&story, FLATLINE_LANE_INTERPRETER);
      story_beat (&story, FLATLINE_LANE_LOOP);
      action = flatline_watchdog_tick (story.watchdog, story.now_us);
      if (action == FLATLINE_WATCHDOG_SAMPLE)
        action = flatline_watchdog_sampled (story.watchdog, 77, 7, story.now_us);
      if (action == FLATLINE_WATCHDOG_LOOK)
        {
          n_looks++;
          action = story_see (&story, i < 5000 ? "idle" : "deadlock");
        }
    }
  g_assert_cmpint (action, ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (n_looks, <=, 30);
  story_end (&story);
}

/* A loop that stands still because its thread waits for itself is told as a loop that is silent. */
static void
test_loop_that_falls_silent_in_a_deadlock (void)
{
  Story story;
  FlatlineWatchdogAction action = FLATLINE_WATCHDOG_NOTHING;

  story_begin (&story, NULL);
  flatline_watchdog_agent_connected (story.watchdog, story.now_us);
  flatline_watchdog_loop (story.watchdog, "asyncio", 1, TRUE, story.now_us);
  for (int i = 0; i < 100 && action != FLATLINE_WATCHDOG_FREEZE; i++)
    {
      story.now_us += 100 * MS;
      story_beat (&story, FLATLINE_LANE_INTERPRETER);
      action = flatline_watchdog_tick (story.watchdog, story.now_us);
      if (action == FLATLINE_WATCHDOG_SAMPLE)
        action = flatline_watchdog_sampled (story.watchdog, 77, 7, story.now_us);
      if (action == FLATLINE_WATCHDOG_LOOK)
        action = story_see (&story, "self-deadlock");
    }
  g_assert_cmpint (action, ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (flatline_watchdog_get_cause (story.watchdog), ==, FLATLINE_CAUSE_LOOP);
  story_end (&story);
}

static void
test_same_stacks_are_diagnosed_once (void)
{
  Story story;
  int n_looks = 0;

  story_begin (&story, NULL);
  for (int i = 0; i < 300; i++)
    {
      story.now_us += 100 * MS;
      if (flatline_watchdog_tick (story.watchdog, story.now_us) == FLATLINE_WATCHDOG_SAMPLE
          && flatline_watchdog_sampled (story.watchdog, 77, 0, story.now_us) == FLATLINE_WATCHDOG_LOOK)
        {
          n_looks++;
          g_assert_cmpint (flatline_watchdog_look_done (story.watchdog, "deadlock", "likely", "s", "s", story.now_us),
                           ==, FLATLINE_WATCHDOG_NOTHING);
        }
    }
  g_assert_cmpint (n_looks, ==, 1);
  story_end (&story);
}

/* A call that keeps the GIL for long is found by its standing still, unless an agent would have fallen silent. */
static void
test_long_call_with_the_gil (void)
{
  for (int with_agent = 0; with_agent < 2; with_agent++)
    {
      Story story;
      FlatlineWatchdogAction action = FLATLINE_WATCHDOG_NOTHING;

      story_begin (&story, NULL);
      if (with_agent)
        flatline_watchdog_agent_connected (story.watchdog, story.now_us);
      for (int i = 0; i < 100 && action != FLATLINE_WATCHDOG_FREEZE; i++)
        {
          story.now_us += 100 * MS;
          if (with_agent)
            story_beat (&story, FLATLINE_LANE_INTERPRETER);
          action = flatline_watchdog_tick (story.watchdog, story.now_us);
          if (action == FLATLINE_WATCHDOG_SAMPLE)
            action = flatline_watchdog_sampled (story.watchdog, 77, 0, story.now_us);
          if (action == FLATLINE_WATCHDOG_LOOK)
            action = story_see (&story, "gil-held");
        }
      g_assert_cmpint (action == FLATLINE_WATCHDOG_FREEZE, ==, !with_agent);
      story_end (&story);
    }
}

static void
test_stopped (void)
{
  Story story;

  story_begin (&story, NULL);
  g_assert_cmpint (story_run (&story, 1000), ==, FLATLINE_WATCHDOG_NOTHING);
  flatline_watchdog_process_state (story.watchdog, 'T', story.now_us);
  g_assert_cmpint (story_run (&story, 2400), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (flatline_watchdog_get_cause (story.watchdog), ==, FLATLINE_CAUSE_STOPPED);
  g_assert_cmpint (story_run (&story, 5000), ==, FLATLINE_WATCHDOG_NOTHING);
  flatline_watchdog_process_state (story.watchdog, 'S', story.now_us);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_RECOVERED);
  story_end (&story);
}

static void
test_debugger_is_left_alone (void)
{
  Story story;

  story_begin (&story, NULL);
  flatline_watchdog_agent_connected (story.watchdog, story.now_us);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  story_beat (&story, FLATLINE_LANE_INTERPRETER);
  flatline_watchdog_process_state (story.watchdog, 't', story.now_us);
  g_assert_cmpint (story_run (&story, 60000), ==, FLATLINE_WATCHDOG_NOTHING);
  flatline_watchdog_process_state (story.watchdog, 'R', story.now_us);
  g_assert_cmpint (story_run (&story, 2400), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_LOOK);
  story_end (&story);
}

static void
test_disk (void)
{
  Story story;

  story_begin (&story, NULL);
  flatline_watchdog_process_state (story.watchdog, 'D', story.now_us);
  g_assert_cmpint (story_run (&story, 2500), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "disk-wait"), ==, FLATLINE_WATCHDOG_FREEZE);
  flatline_watchdog_process_state (story.watchdog, 'R', story.now_us);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_RECOVERED);
  story_end (&story);
}

static void
test_strict_beats (void)
{
  static const FlatlineWatchdogSettings strict = { .freeze_us = 1000 * MS,
                                                   .interpreter_us = 3000 * MS,
                                                   .startup_us = 30000 * MS,
                                                   .shutdown_us = 10000 * MS,
                                                   .strict_beats = TRUE };
  Story story;

  story_begin (&story, &strict);
  flatline_watchdog_loop (story.watchdog, "glib", 1, TRUE, story.now_us);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  for (int i = 0; i < 9; i++)
    {
      story_beat (&story, FLATLINE_LANE_LOOP);
      g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_NOTHING);
    }
  story_beat (&story, FLATLINE_LANE_LOOP);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_FREEZE);
  story.now_us += MS;
  story_beat (&story, FLATLINE_LANE_LOOP);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_NOTHING);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_RECOVERED);
  story_end (&story);
}

static void
test_startup_and_shutdown (void)
{
  static const FlatlineWatchdogSettings settings = { .freeze_us = 2500 * MS,
                                                     .interpreter_us = 3000 * MS,
                                                     .startup_us = 5000 * MS,
                                                     .shutdown_us = 4000 * MS,
                                                     .expects_agent = TRUE };
  Story story;

  story_begin (&story, &settings);
  g_assert_cmpint (story_run (&story, 4900), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "socket-wait"), ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (flatline_watchdog_get_cause (story.watchdog), ==, FLATLINE_CAUSE_STARTUP);
  flatline_watchdog_agent_connected (story.watchdog, story.now_us);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_RECOVERED);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  flatline_watchdog_exiting (story.watchdog, story.now_us);
  g_assert_cmpint (story_run (&story, 3900), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "shutdown-hang"), ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (flatline_watchdog_get_cause (story.watchdog), ==, FLATLINE_CAUSE_SHUTDOWN);
  story_end (&story);
}

/* The agent said hello, and then the program hangs in an import: it has done nothing yet that anybody could see. */
static void
test_silent_start (void)
{
  static const FlatlineWatchdogSettings settings = {
    .freeze_us = 2500 * MS, .interpreter_us = 3000 * MS, .startup_us = 6000 * MS, .shutdown_us = 4000 * MS
  };
  Story story;

  story_begin (&story, &settings);
  flatline_watchdog_agent_connected (story.watchdog, story.now_us);
  story_run_with_beats (&story, FLATLINE_LANE_INTERPRETER, 5800);
  story_beat (&story, FLATLINE_LANE_INTERPRETER);
  g_assert_cmpint (story_run (&story, 200), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_true (flatline_watchdog_doubts_start (story.watchdog));
  /* Whatever else it waits for in silence is its own business. */
  g_assert_cmpint (story_see (&story, "socket-wait"), ==, FLATLINE_WATCHDOG_NOTHING);
  story_run_with_beats (&story, FLATLINE_LANE_INTERPRETER, 1800);
  story_beat (&story, FLATLINE_LANE_INTERPRETER);
  g_assert_cmpint (story_run (&story, 200), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "startup-hang"), ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (flatline_watchdog_get_cause (story.watchdog), ==, FLATLINE_CAUSE_STARTUP);
  flatline_watchdog_spoke (story.watchdog, story.now_us);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_RECOVERED);
  /* What it prints is a sign of life for as long as a start may take. */
  story_run_with_beats (&story, FLATLINE_LANE_INTERPRETER, 5600);
  story_beat (&story, FLATLINE_LANE_INTERPRETER);
  g_assert_cmpint (story_run (&story, 300), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "startup-hang"), ==, FLATLINE_WATCHDOG_FREEZE);
  /* Beats of its own say that the start is over. */
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_RECOVERED);
  g_assert_false (flatline_watchdog_is_frozen (story.watchdog));
  story_end (&story);
}

static void
test_recovery_and_snooze (void)
{
  Story story;

  story_begin (&story, NULL);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  g_assert_cmpint (story_run (&story, 3000), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "socket-wait"), ==, FLATLINE_WATCHDOG_FREEZE);
  flatline_watchdog_snooze (story.watchdog, "socket-wait", story.now_us);
  for (int i = 0; i < 5; i++)
    {
      g_assert_cmpint (story_run (&story, 2000), ==, FLATLINE_WATCHDOG_LOOK);
      g_assert_cmpint (story_see (&story, "socket-wait"), ==, FLATLINE_WATCHDOG_NOTHING);
    }
  /* It got worse: that is news. */
  g_assert_cmpint (story_run (&story, 2000), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "busy-loop"), ==, FLATLINE_WATCHDOG_FREEZE);
  story.now_us += MS;
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  g_assert_cmpint (story_run (&story, 100), ==, FLATLINE_WATCHDOG_RECOVERED);
  g_assert_false (flatline_watchdog_is_frozen (story.watchdog));
  /* The next silence is a freeze of its own. */
  g_assert_cmpint (story_run (&story, 3000), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "socket-wait"), ==, FLATLINE_WATCHDOG_FREEZE);
  story_end (&story);
}

static void
test_frozen_program_that_came_to_rest (void)
{
  Story story;

  story_begin (&story, NULL);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  g_assert_cmpint (story_run (&story, 3000), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "sleep"), ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (story_run (&story, 2000), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "idle"), ==, FLATLINE_WATCHDOG_RECOVERED);
  story_end (&story);
}

/* A program of thousands of threads, of which a look takes its time: we rest ten times as long. */
static void
test_long_looks_are_few (void)
{
  Story story;

  story_begin (&story, NULL);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  g_assert_cmpint (story_run (&story, 3000), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_run (&story, 700), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_see (&story, "stdin-wait"), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 6900), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 200), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_see (&story, "busy-loop"), ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (story_run (&story, 2100), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_run (&story, 900), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_see (&story, "busy-loop"), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 8900), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 200), ==, FLATLINE_WATCHDOG_LOOK);
  story_end (&story);
}

static void
test_look_without_result (void)
{
  Story story;

  story_begin (&story, NULL);
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  g_assert_cmpint (story_run (&story, 3000), ==, FLATLINE_WATCHDOG_LOOK);
  /* A beat that came while it looked. */
  story_beat (&story, FLATLINE_LANE_PROGRAM);
  g_assert_cmpint (story_see (&story, "busy-loop"), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_run (&story, 3000), ==, FLATLINE_WATCHDOG_LOOK);
  g_assert_cmpint (story_run (&story, 3000), ==, FLATLINE_WATCHDOG_NOTHING);
  g_assert_cmpint (story_see (&story, NULL), ==, FLATLINE_WATCHDOG_FREEZE);
  g_assert_cmpint (story_see (&story, "idle"), ==, FLATLINE_WATCHDOG_NOTHING);
  story_end (&story);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/watchdog/silence", test_silence_is_looked_at);
  g_test_add_func ("/session/watchdog/frozen-kinds", test_kinds_that_are_frozen);
  g_test_add_func ("/session/watchdog/quiet-kinds", test_kinds_that_are_quiet);
  g_test_add_func ("/session/watchdog/loop-idle", test_beats_of_the_loop_mean_idle);
  g_test_add_func ("/session/watchdog/loop-never-beats", test_loop_that_never_beats);
  g_test_add_func ("/session/watchdog/loop-ended", test_loop_that_ended_counts_no_more);
  g_test_add_func ("/session/watchdog/interpreter", test_interpreter);
  g_test_add_func ("/session/watchdog/never-beats", test_never_beating_program_may_sleep);
  g_test_add_func ("/session/watchdog/deadlock", test_deadlock_is_found);
  g_test_add_func ("/session/watchdog/deadlock-beside-threads-that-go-on",
                   test_deadlock_is_found_beside_threads_that_go_on);
  g_test_add_func ("/session/watchdog/passing-deadlocks", test_passing_deadlocks_are_none);
  g_test_add_func ("/session/watchdog/less-and-less", test_threads_that_come_to_rest_are_looked_at_less_and_less);
  g_test_add_func ("/session/watchdog/only-some-causes", test_other_causes_are_not_looked_for);
  g_test_add_func ("/session/watchdog/beside-beats", test_deadlock_beside_what_beats);
  g_test_add_func ("/session/watchdog/loop-again", test_loop_is_looked_at_again);
  g_test_add_func ("/session/watchdog/silent-in-deadlock", test_loop_that_falls_silent_in_a_deadlock);
  g_test_add_func ("/session/watchdog/diagnosed-once", test_same_stacks_are_diagnosed_once);
  g_test_add_func ("/session/watchdog/long-call", test_long_call_with_the_gil);
  g_test_add_func ("/session/watchdog/stopped", test_stopped);
  g_test_add_func ("/session/watchdog/debugger", test_debugger_is_left_alone);
  g_test_add_func ("/session/watchdog/disk", test_disk);
  g_test_add_func ("/session/watchdog/strict", test_strict_beats);
  g_test_add_func ("/session/watchdog/startup-shutdown", test_startup_and_shutdown);
  g_test_add_func ("/session/watchdog/silent-start", test_silent_start);
  g_test_add_func ("/session/watchdog/snooze", test_recovery_and_snooze);
  g_test_add_func ("/session/watchdog/rest", test_frozen_program_that_came_to_rest);
  g_test_add_func ("/session/watchdog/long-looks", test_long_looks_are_few);
  g_test_add_func ("/session/watchdog/look-without-result", test_look_without_result);
  return g_test_run ();
}
