/* SPDX-License-Identifier: MIT */
/*
 * How fast the store is: beats a second into each database, the processor time of ten thousand a second, the first page
 * of a long history, the graph of an hour. The scale is FLATLINE_BENCHMARK_SCALE: 1 is ten thousand freezes and a
 * million beats, 100 is a million and a hundred million. Prints numbers; fails only when something is wrong.
 */
#include "store-fixture.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define BEATS_A_FLUSH 400000

static double
get_seconds (gint64 since_us)
{
  return (g_get_monotonic_time () - since_us) / (double)G_USEC_PER_SEC;
}

static double
get_processor_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static guint
get_scale (void)
{
  const char *text = g_getenv ("FLATLINE_BENCHMARK_SCALE");

  return text ? MAX (1, atoi (text)) : 1;
}

/* What a store can take: from records to commits. */
static void
measure_ingest (StoreFixture *fixture)
{
  const guint n_beats = 1000000;
  g_autoptr (FlatlineRun) run = store_fixture_make_run ("ingest");
  gint64 start_us;
  double seconds, processor = get_processor_seconds ();

  flatline_store_add_run (fixture->store, run);
  store_fixture_flush (fixture->store);
  start_us = g_get_monotonic_time ();
  for (guint i = 0; i < n_beats; i++)
    {
      g_autoptr (FlatlineBeat) beat = store_fixture_make_beat (run->started_us + i, "ORDER DELIVERED", "main.py:142");

      flatline_store_add_beat (fixture->store, run->uid, beat);
      if (i % BEATS_A_FLUSH == BEATS_A_FLUSH - 1)
        store_fixture_flush (fixture->store);
    }
  store_fixture_flush (fixture->store);
  seconds = get_seconds (start_us);
  processor = get_processor_seconds () - processor;
  g_test_message ("%s: %.0f beats a second (%u in %.2f s); our processor time for 10,000 beats: %.1f ms",
                  fixture->backend, n_beats / seconds, n_beats, seconds, processor / n_beats * 1e4 * 1e3);
}

/* Ten thousand a second, as they would come. */
static void
measure_load (StoreFixture *fixture)
{
  const guint seconds = 5;
  g_autoptr (FlatlineRun) run = store_fixture_make_run ("load");
  gint64 start_us = g_get_monotonic_time ();
  double processor = get_processor_seconds ();

  flatline_store_add_run (fixture->store, run);
  for (guint i = 0; i < seconds * 100; i++)
    {
      gint64 next_us = start_us + (i + 1) * 10000;

      for (guint k = 0; k < 100; k++)
        {
          g_autoptr (FlatlineBeat) beat =
              store_fixture_make_beat (run->started_us + i * 10000 + k, "ORDER DELIVERED", "main.py:142");

          flatline_store_add_beat (fixture->store, run->uid, beat);
        }
      g_usleep (MAX (0, next_us - g_get_monotonic_time ()));
    }
  store_fixture_flush (fixture->store);
  processor = get_processor_seconds () - processor;
  g_test_message ("%s: 10,000 beats a second take %.1f %% of a core of ours", fixture->backend,
                  100 * processor / get_seconds (start_us));
}

/* The median of nine, after one for the caches. */
static double
measure_ms (void (*func) (StoreFixture *fixture, gpointer data), StoreFixture *fixture, gpointer data)
{
  double times[9];

  func (fixture, data);
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      gint64 start_us = g_get_monotonic_time ();
      guint k = i;

      func (fixture, data);
      for (double time = get_seconds (start_us) * 1e3; k <= i; k--)
        {
          if (k == 0 || times[k - 1] <= time)
            {
              times[k] = time;
              break;
            }
          times[k] = times[k - 1];
        }
    }
  return times[4];
}

static void
list_page (StoreFixture *fixture, gpointer filter)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) page = flatline_store_list_freezes (fixture->store, filter, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (page->len, ==, 50);
}

/* What nobody finds: all texts are looked at. */
static void
list_nothing (StoreFixture *fixture, gpointer filter)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) page = flatline_store_list_freezes (fixture->store, filter, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (page->len, ==, 0);
}

static void
list_groups (StoreFixture *fixture, gpointer filter)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) page = flatline_store_list_groups (fixture->store, filter, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (page->len, >, 0);
}

typedef struct
{
  char *run_uid;
  gint64 from_us, to_us;
  guint n_beats;
} Hour;

static void
list_hour (StoreFixture *fixture, gpointer data)
{
  Hour *hour = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) beats =
      flatline_store_list_beats (fixture->store, 0, hour->run_uid, hour->from_us, hour->to_us, 0, &error);

  g_assert_no_error (error);
  hour->n_beats = beats->len;
}

/* The same as a graph asks for it: no more points than it has. */
static void
list_marks (StoreFixture *fixture, gpointer data)
{
  Hour *hour = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) marks =
      flatline_store_list_beat_marks (fixture->store, hour->run_uid, hour->from_us, hour->to_us, 1000, &error);

  g_assert_no_error (error);
  hour->n_beats = marks->len;
}

static void
add_history (StoreFixture *fixture, guint n_freezes)
{
  static const char *const kinds[] = { "deadlock", "busy-loop", "socket-wait", "sleep", "child-wait" };

  for (guint i = 0; i < n_freezes; i++)
    {
      g_autofree char *summary = g_strdup_printf ("thread ‘worker-%u’ waits for lock ‘table_%u’", i % 16, i);
      g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze (kinds[i % 5], summary, n_freezes - i);
      g_autofree char *host = g_strdup_printf ("host-%u", i % 20);
      g_autofree char *signature = g_strdup_printf ("%s|/srv/app.py|load|%u", kinds[i % 5], i % 500);

      g_object_set (freeze, "host", host, "signature", signature, NULL);
      flatline_store_add_freeze (fixture->store, NULL, freeze, NULL);
      if (i % 20000 == 19999)
        store_fixture_flush (fixture->store);
    }
  store_fixture_flush (fixture->store);
}

/* Old freezes go, some a second, while beats come: how long these take until they are safe. */
static void
measure_pruning (StoreFixture *fixture, guint n_freezes)
{
  const FlatlineRetention retention = { .freeze_age_us = (gint64)n_freezes / 2 * G_USEC_PER_SEC };
  g_autoptr (FlatlineRun) run = store_fixture_add_run (fixture->store);
  const gint64 end_us = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  double longest = 0, sum = 0;
  guint n = 0;

  flatline_store_set_retention (fixture->store, &retention);
  for (; g_get_monotonic_time () < end_us; n++)
    {
      gint64 start_us = g_get_monotonic_time ();
      double seconds;

      store_fixture_add_beats (fixture->store, run, n * 100, n * 100 + 100);
      store_fixture_flush (fixture->store);
      seconds = get_seconds (start_us);
      longest = MAX (longest, seconds);
      sum += seconds;
      g_usleep (10000);
    }
  flatline_store_set_retention (fixture->store, &(FlatlineRetention){ 0 });
  g_test_message ("%s: while old freezes go, a hundred beats are safe after %.2f ms, %.1f ms at most", fixture->backend,
                  sum / n * 1e3, longest * 1e3);
}

static void
measure_history (StoreFixture *fixture)
{
  const guint n_freezes = 10000 * get_scale ();
  gint64 start_us = g_get_monotonic_time ();
  FlatlineStoreFilter first = { .limit = 50 }, deep = { .limit = 50 }, kind = { .limit = 50, .kind = "sleep" };
  FlatlineStoreFilter text = { .limit = 50, .text = "worker-3" }, host = { .limit = 50, .host = "host-7" };
  FlatlineStoreFilter rare = { .limit = 50, .text = "no such words" }, recent = { .limit = 50 };
  FlatlineStoreFilter recent_kind = { .limit = 50, .kind = "sleep" };

  add_history (fixture, n_freezes);
  g_test_message ("%s: %u freezes in %.1f s", fixture->backend, n_freezes, get_seconds (start_us));
  deep.before_id = n_freezes / 2;
  recent.from_us = recent_kind.from_us = g_get_real_time () - (gint64)n_freezes / 3 * G_USEC_PER_SEC;
  g_test_message (
      "%s: first page %.2f ms, in the middle %.2f ms, by kind %.2f ms, by host %.2f ms, by text %.2f ms, by a"
      " text that is nowhere %.0f ms",
      fixture->backend, measure_ms (list_page, fixture, &first), measure_ms (list_page, fixture, &deep),
      measure_ms (list_page, fixture, &kind), measure_ms (list_page, fixture, &host),
      measure_ms (list_page, fixture, &text), measure_ms (list_nothing, fixture, &rare));
  g_test_message ("%s: groups %.2f ms, of a kind %.2f ms, of a host %.2f ms, of the last third %.2f ms, of a kind there"
                  " %.0f ms, by text %.0f ms",
                  fixture->backend, measure_ms (list_groups, fixture, &first), measure_ms (list_groups, fixture, &kind),
                  measure_ms (list_groups, fixture, &host), measure_ms (list_groups, fixture, &recent),
                  measure_ms (list_groups, fixture, &recent_kind), measure_ms (list_groups, fixture, &text));
  measure_pruning (fixture, n_freezes);
}

/* Of the table of beats; of the whole file, where there is one for all. */
static gint64
measure_bytes (StoreFixture *fixture)
{
  g_autoptr (FlatlineDatabase) database = NULL;
  FlatlineStatement *row;
  gint64 bytes;
  GStatBuf status;

  if (!fixture->address)
    return g_stat (fixture->file, &status) == 0 ? status.st_size : 0;
  database = flatline_database_open_mariadb (fixture->address, 60, FALSE, NULL);
  row = flatline_database_query (database, NULL,
                                 "SELECT SUM(FILE_SIZE) FROM information_schema.INNODB_SYS_TABLESPACES WHERE NAME LIKE"
                                 " CONCAT('%', REPLACE(DATABASE(), '`', '@0060'), '/beat')",
                                 "");
  bytes = flatline_statement_step (row, NULL) > 0 ? flatline_statement_get_integer (row, 0, 0) : 0;
  flatline_statement_reset (row);
  return bytes;
}

/* Runs of an hour's beats, four a second as the interpreter's lane, until there are enough. */
static void
measure_graph (StoreFixture *fixture)
{
  const guint n_beats = 1000000 * get_scale ();
  const guint n_runs = 10;
  g_autofree Hour *hours = g_new0 (Hour, n_runs);
  gint64 start_us = g_get_monotonic_time ();
  double hour_ms;
  Hour whole;

  for (guint r = 0; r < n_runs; r++)
    {
      g_autoptr (FlatlineRun) run = store_fixture_make_run ("graph");

      flatline_store_add_run (fixture->store, run);
      hours[r].run_uid = g_strdup (run->uid);
      for (guint i = 0; i < n_beats / n_runs; i++)
        {
          g_autoptr (FlatlineBeat) beat =
              store_fixture_make_beat (run->started_us + i * G_GINT64_CONSTANT (250000), "TICK", "main.py:142");

          flatline_store_add_beat (fixture->store, run->uid, beat);
          if (i % BEATS_A_FLUSH == BEATS_A_FLUSH - 1)
            store_fixture_flush (fixture->store);
        }
      store_fixture_flush (fixture->store);
      hours[r].from_us = run->started_us + G_GINT64_CONSTANT (7200) * G_USEC_PER_SEC;
      hours[r].to_us = hours[r].from_us + G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC;
    }
  g_test_message ("%s: %u beats in %.1f s, %.1f bytes of disk each", fixture->backend, n_beats, get_seconds (start_us),
                  measure_bytes (fixture) / (double)n_beats);
  hour_ms = measure_ms (list_hour, fixture, &hours[3]);
  g_test_message ("%s: an hour of %u beats in %.1f ms", fixture->backend, hours[3].n_beats, hour_ms);
  hour_ms = measure_ms (list_marks, fixture, &hours[3]);
  g_test_message ("%s: an hour's graph of %u points in %.1f ms", fixture->backend, hours[3].n_beats, hour_ms);
  whole = hours[3];
  whole.from_us -= G_GINT64_CONSTANT (7200) * G_USEC_PER_SEC;
  whole.to_us = whole.from_us + n_beats / n_runs * G_GINT64_CONSTANT (250000);
  hour_ms = measure_ms (list_marks, fixture, &whole);
  g_test_message ("%s: a graph of all %u beats of a run, %u points, in %.1f ms", fixture->backend, n_beats / n_runs,
                  whole.n_beats, hour_ms);
  for (guint r = 0; r < n_runs; r++)
    g_free (hours[r].run_uid);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  store_fixture_add_test ("ingest", measure_ingest);
  store_fixture_add_test ("load", measure_load);
  store_fixture_add_test ("history", measure_history);
  store_fixture_add_test ("graph", measure_graph);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
