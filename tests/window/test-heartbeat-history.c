/* SPDX-License-Identifier: MIT */
/* Hours of beats that a store has kept: the whole run at once, coarsely, and every beat where somebody looks closely.
 */
#include "flatline-heartbeat-history.h"

#include <glib/gstdio.h>

#define HOURS   3
#define END_US  (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC)
#define FROM_US (END_US - HOURS * 3600 * (gint64)G_USEC_PER_SEC)

static FlatlineStore *
open_store (const char *folder, FlatlineRun *run)
{
  g_autofree char *file = g_build_filename (folder, "beats.sqlite", NULL);
  g_autoptr (GError) error = NULL;
  FlatlineStore *store = flatline_store_open_sqlite (file, &error);

  g_assert_no_error (error);
  flatline_store_add_run (store, run);
  for (gint64 second = 0; second < HOURS * 3600; second++)
    {
      g_autofree char *reason = g_strdup_printf ("BEAT-%" G_GINT64_FORMAT, second);
      g_autoptr (FlatlineBeat) beat =
          g_object_new (FLATLINE_TYPE_BEAT, "time-us", FROM_US + second * (gint64)G_USEC_PER_SEC, "lane", "program",
                        "reason", reason, "caller", "main", "pid", (gint64)7, NULL);

      flatline_store_add_beat (store, run->uid, beat);
    }
  g_assert_true (flatline_store_flush (store, 60000));
  return store;
}

static void
test_hours (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-history-XXXXXX", NULL);
  g_autoptr (FlatlineRun) run = g_object_new (FLATLINE_TYPE_RUN, NULL);
  g_autoptr (FlatlineHeartbeatRecord) record = flatline_heartbeat_record_new ();
  g_autoptr (FlatlineStore) store = NULL;
  FlatlineHeartbeatHistory *history;
  const FlatlineKeptBeat *beat;
  guint n_coarse;
  gint64 middle_us = FROM_US + 5000 * (gint64)G_USEC_PER_SEC;

  run->uid = flatline_new_uid ();
  run->title = g_strdup ("hours.py");
  run->started_us = FROM_US;
  store = open_store (folder, run);
  history = flatline_heartbeat_history_new (record, store, run->uid, END_US);
  while (flatline_heartbeat_record_get_n_beats (record, FLATLINE_LANE_PROGRAM) == 0)
    g_main_context_iteration (NULL, TRUE);
  n_coarse = flatline_heartbeat_record_get_n_beats (record, FLATLINE_LANE_PROGRAM);
  g_assert_cmpint (flatline_heartbeat_record_get_first_us (record), <, FROM_US + 60 * (gint64)G_USEC_PER_SEC);
  g_assert_cmpuint (n_coarse, <, HOURS * 3600 / 2);

  /* The whole run on the screen asks for nothing more; a minute in the middle does. */
  flatline_heartbeat_history_show (history, FROM_US, END_US);
  flatline_heartbeat_history_show (history, middle_us, middle_us + 60 * (gint64)G_USEC_PER_SEC);
  while (flatline_heartbeat_record_get_n_beats (record, FLATLINE_LANE_PROGRAM) == n_coarse)
    g_main_context_iteration (NULL, TRUE);
  for (gint64 second = 5000; second < 5060; second++)
    {
      g_autofree char *reason = g_strdup_printf ("BEAT-%" G_GINT64_FORMAT, second);

      beat = flatline_heartbeat_record_find_from (record, FLATLINE_LANE_PROGRAM,
                                                  FROM_US + second * (gint64)G_USEC_PER_SEC);
      g_assert_cmpint (beat->time_us, ==, FROM_US + second * (gint64)G_USEC_PER_SEC);
      g_assert_cmpstr (beat->reason, ==, reason);
    }

  /* Given up in the middle of an answer. */
  flatline_heartbeat_history_show (history, FROM_US, FROM_US + 60 * (gint64)G_USEC_PER_SEC);
  flatline_heartbeat_history_free (history);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

/* Until as many beats are known, and none more come. */
static void
wait_for_beats (FlatlineHeartbeatRecord *record, guint n)
{
  while (flatline_heartbeat_record_get_n_beats (record, FLATLINE_LANE_PROGRAM) < n)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (flatline_heartbeat_record_get_n_beats (record, FLATLINE_LANE_PROGRAM), ==, n);
}

/* What the store has made a number a minute of is shown as that, from afar and near. */
static void
test_thinned (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-history-XXXXXX", NULL);
  g_autoptr (FlatlineRun) run = g_object_new (FLATLINE_TYPE_RUN, NULL);
  g_autoptr (FlatlineHeartbeatRecord) record = flatline_heartbeat_record_new ();
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (GError) error = NULL;
  const FlatlineRetention retention = { .beat_age_us = 1 };
  FlatlinePruned pruned;
  FlatlineHeartbeatHistory *history;
  const FlatlineKeptBeat *beat;
  const gint64 minute_us = 60 * (gint64)G_USEC_PER_SEC;
  const gint64 first_us = FROM_US + minute_us - FROM_US % minute_us; /* the first whole minute */
  const guint n_minutes = HOURS * 60 + (FROM_US % minute_us != 0);

  run->uid = flatline_new_uid ();
  run->title = g_strdup ("old.py");
  run->started_us = FROM_US;
  store = open_store (folder, run);
  g_assert_true (flatline_store_prune (store, &retention, &pruned, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (pruned.n_beats, ==, HOURS * 3600);
  history = flatline_heartbeat_history_new (record, store, run->uid, END_US);
  wait_for_beats (record, n_minutes);
  flatline_heartbeat_history_show (history, first_us + minute_us, first_us + 2 * minute_us);
  /* A minute to either side, too: three have sixty instead of one. */
  wait_for_beats (record, n_minutes + 3 * 59);
  beat = flatline_heartbeat_record_find_from (record, FLATLINE_LANE_PROGRAM, first_us + minute_us);
  g_assert_cmpint (beat->time_us, ==, first_us + minute_us + G_USEC_PER_SEC / 2);
  g_assert_cmpstr (beat->reason, ==, "60 beats in this minute");
  flatline_heartbeat_history_free (history);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window/heartbeat-history/hours", test_hours);
  g_test_add_func ("/window/heartbeat-history/thinned", test_thinned);
  return g_test_run ();
}
