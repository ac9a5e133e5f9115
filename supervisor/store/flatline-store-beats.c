/* SPDX-License-Identifier: MIT */
/*
 * Beats, read. They lie clustered by run, lane and time, so each lane is read by itself and the lanes are merged here.
 * A graph of hours has fewer points than there are beats: it asks for the first beat of each span of time, dozens of
 * spans with one statement, each of them one look into the index.
 */
#include "flatline-store-beats.h"

#include "flatline-store-statements.h"

#define SPANS_A_STATEMENT 50
#define MAX_FUTURE_US     (10 * G_USEC_PER_SEC)

typedef struct
{
  gint64 time_us, seq;
  FlatlineBeat *beat;
} OrderedBeat;

static void
ordered_beat_clear (gpointer data)
{
  g_clear_object (&((OrderedBeat *)data)->beat);
}

static int
compare_beats (gconstpointer a, gconstpointer b)
{
  const OrderedBeat *left = a, *right = b;

  if (left->time_us != right->time_us)
    return left->time_us < right->time_us ? -1 : 1;
  return left->seq < right->seq ? -1 : left->seq > right->seq;
}

/* In order, the first @limit of them (0: all). Takes the beats out of the array. */
static GPtrArray *
merge (GArray *beats, gboolean is_ordered, guint limit)
{
  GPtrArray *list = g_ptr_array_new_full (beats->len, g_object_unref);

  if (!is_ordered)
    g_array_sort (beats, compare_beats);
  for (guint i = 0; i < beats->len && (limit == 0 || i < limit); i++)
    g_ptr_array_add (list, g_steal_pointer (&g_array_index (beats, OrderedBeat, i).beat));
  return list;
}

/* FALSE on error; a run that is not there leaves *@run_id. */
static gboolean
find_run (FlatlineDatabase *database, const char *run_uid, gint64 *run_id, GError **error)
{
  FlatlineStatement *statement;
  int result;

  if (!run_uid)
    return TRUE;
  statement = flatline_database_query (database, error, SQL_FIND_RUN, "t", run_uid);
  result = statement ? flatline_statement_step (statement, error) : -1;
  if (result > 0)
    {
      *run_id = flatline_statement_get_integer (statement, 0, 0);
      flatline_statement_reset (statement);
    }
  return result >= 0;
}

/* The names of a run's lanes. NULL on error. */
static GPtrArray *
list_lanes (FlatlineDatabase *database, gint64 run_id, GError **error)
{
  g_autoptr (GPtrArray) lanes = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *lane = g_strdup ("");
  FlatlineStatement *statement;
  int result;

  while ((statement = flatline_database_query (database, error, SQL_NEXT_LANE, "it", run_id, lane))
         && (result = flatline_statement_step (statement, error)) > 0)
    {
      g_autofree char *next = flatline_statement_dup_text (statement, 0);

      flatline_statement_reset (statement);
      /* What a damaged file has in the place of a name comes again and again. */
      if (g_strcmp0 (next, lane) <= 0)
        break;
      g_ptr_array_add (lanes, g_strdup (next));
      g_free (lane);
      lane = g_steal_pointer (&next);
    }
  return statement && result >= 0 ? g_steal_pointer (&lanes) : NULL;
}

static gboolean
read_lane (FlatlineDatabase *database,
           gint64 run_id,
           const char *lane,
           gint64 from_us,
           gint64 to_us,
           guint limit,
           GArray *beats,
           GError **error)
{
  FlatlineStatement *row =
      flatline_database_query (database, error, SQL_LIST_BEATS, "itiii", run_id, lane, from_us,
                               to_us ? to_us : G_MAXINT64, limit ? (gint64)limit : (gint64)G_MAXINT);
  int result = row ? 1 : -1;

  while (result > 0 && (result = flatline_statement_step (row, error)) > 0)
    {
      FlatlineBeat *beat = g_object_new (FLATLINE_TYPE_BEAT, NULL);
      OrderedBeat ordered = { .beat = beat };

      beat->time_us = ordered.time_us = flatline_statement_get_integer (row, 0, 0);
      beat->lane = g_strdup (lane);
      beat->reason = flatline_statement_dup_text (row, 1);
      beat->caller = flatline_statement_dup_text (row, 2);
      beat->pid = flatline_statement_get_integer (row, 3, 0);
      ordered.seq = flatline_statement_get_integer (row, 4, 0);
      g_array_append_val (beats, ordered);
    }
  return result == 0;
}

static GArray *
new_beats (void)
{
  GArray *beats = g_array_new (FALSE, FALSE, sizeof (OrderedBeat));

  g_array_set_clear_func (beats, ordered_beat_clear);
  return beats;
}

GPtrArray *
flatline_store_beats_list (FlatlineDatabase *database,
                           gint64 run_id,
                           const char *run_uid,
                           gint64 from_us,
                           gint64 to_us,
                           guint limit,
                           GError **error)
{
  g_autoptr (GArray) beats = new_beats ();
  g_autoptr (GPtrArray) lanes = NULL;

  if (!find_run (database, run_uid, &run_id, error) || !(lanes = list_lanes (database, run_id, error)))
    return NULL;
  for (guint i = 0; i < lanes->len; i++)
    if (!read_lane (database, run_id, lanes->pdata[i], from_us, to_us, limit, beats, error))
      return NULL;
  return merge (beats, lanes->len < 2, limit);
}

/* A statement with a column for each of as many spans as one asks for at once. */
static const char *
get_marks_statement (void)
{
  static gsize text;

  if (g_once_init_enter (&text))
    {
      GString *sql = g_string_new ("SELECT ");

      for (guint i = 0; i < SPANS_A_STATEMENT; i++)
        g_string_append (sql, i == 0 ? SQL_FIRST_BEAT : ", " SQL_FIRST_BEAT);
      g_once_init_leave (&text, (gsize)g_string_free (sql, FALSE));
    }
  return (const char *)text;
}

static gboolean
read_marks (FlatlineDatabase *database,
            gint64 run_id,
            const char *lane,
            gint64 from_us,
            gint64 to_us,
            guint n_spans,
            GArray *beats,
            GError **error)
{
  const double span_us = (double)(to_us - from_us) / n_spans;

  for (guint first = 0; first < n_spans; first += SPANS_A_STATEMENT)
    {
      FlatlineStatement *row = flatline_database_prepare (database, get_marks_statement (), error);

      if (!row)
        return FALSE;
      /* What is over at the end of the last statement asks for nothing. */
      for (guint i = first; i < first + SPANS_A_STATEMENT; i++)
        flatline_statement_add (row, "itii", run_id, lane, from_us + (gint64)(MIN (i, n_spans) * span_us),
                                from_us + (gint64)(MIN (i + 1, n_spans) * span_us));
      if (flatline_statement_step (row, error) <= 0)
        return FALSE;
      for (guint i = 0; i < SPANS_A_STATEMENT; i++)
        {
          OrderedBeat ordered = { .time_us = flatline_statement_get_integer (row, i, -1) };

          if (ordered.time_us < 0)
            continue;
          ordered.beat = g_object_new (FLATLINE_TYPE_BEAT, "time-us", ordered.time_us, "lane", lane, NULL);
          g_array_append_val (beats, ordered);
        }
      flatline_statement_reset (row);
    }
  return TRUE;
}

GPtrArray *
flatline_store_beats_list_marks (
    FlatlineDatabase *database, const char *run_uid, gint64 from_us, gint64 to_us, guint n_spans, GError **error)
{
  g_autoptr (GArray) beats = new_beats ();
  g_autoptr (GPtrArray) lanes = NULL;
  gint64 run_id = 0;

  if (!find_run (database, run_uid, &run_id, error) || !(lanes = list_lanes (database, run_id, error)))
    return NULL;
  for (guint i = 0; i < lanes->len && to_us > from_us; i++)
    if (!read_marks (database, run_id, lanes->pdata[i], from_us, to_us, MAX (n_spans, 1), beats, error))
      return NULL;
  return merge (beats, lanes->len < 2, 0);
}

GPtrArray *
flatline_store_beats_list_rates (
    FlatlineDatabase *database, const char *run_uid, gint64 from_us, gint64 to_us, GError **error)
{
  g_autoptr (GPtrArray) rates = g_ptr_array_new_with_free_func (g_object_unref);
  FlatlineStatement *row;
  gint64 run_id = 0;
  int result = -1;

  if (!find_run (database, run_uid, &run_id, error))
    return NULL;
  row = flatline_database_query (database, error, SQL_LIST_BEAT_RATES, "iii", run_id, from_us,
                                 to_us ? to_us : G_MAXINT64);
  while (row && (result = flatline_statement_step (row, error)) > 0)
    {
      FlatlineBeatRate *rate = g_object_new (FLATLINE_TYPE_BEAT_RATE, NULL);

      rate->time_us = flatline_statement_get_integer (row, 0, 0);
      rate->lane = flatline_statement_dup_text (row, 1);
      rate->beats = flatline_statement_get_integer (row, 2, 0);
      g_ptr_array_add (rates, rate);
    }
  return result == 0 ? g_steal_pointer (&rates) : NULL;
}

/* The embedded store does not decide: the watchdog's own clock is as good. */
gint64
flatline_store_beats_read_newest_age_us (
    FlatlineDatabase *database, const char *run_uid, gint64 pid, gint64 since_us, GError **error)
{
  FlatlineStatement *statement;
  gint64 age_us = -1, run_id = 0;

  if (!flatline_database_is_server (database) || !find_run (database, run_uid, &run_id, error))
    return -1;
  statement = flatline_database_query (database, error, SQL_NEWEST_BEAT_AGE, "iiii", run_id, pid, since_us, run_id);
  if (statement && flatline_statement_step (statement, error) > 0)
    {
      age_us = flatline_statement_get_integer (statement, 0, G_MININT64);
      /*
       * Two clocks never agree to the microsecond: a beat of just now may seem to come from the future. From afar it
       * comes when a clock was put back: then the newest beat says nothing, until as much time has passed again.
       */
      age_us = age_us < -MAX_FUTURE_US ? -1 : MAX (age_us, 0);
      flatline_statement_reset (statement);
    }
  return age_us;
}
