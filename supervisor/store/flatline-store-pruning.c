/* SPDX-License-Identifier: MIT */
/*
 * Pruning. A step is one transaction of some hundred rows, or of some ten thousand beats: milliseconds. The order is:
 * old freezes, old beats of run after run, runs that have neither left, the file's size, sources nobody shows any more;
 * and groups that somebody too old to count them left wrong.
 */
#include "flatline-store-pruning.h"

#include "flatline-store-groups.h"
#include "flatline-store-statements.h"

#define FREEZES_A_STEP G_GINT64_CONSTANT (50)
#define SOURCES_A_STEP G_GINT64_CONSTANT (50)
#define BEATS_A_STEP   G_GINT64_CONSTANT (20000)
#define MINUTE_US      (60 * G_USEC_PER_SEC)

/* The first number of the first row; *@found is FALSE when there is none. */
static gboolean
ask_number (FlatlineStatement *statement, gint64 *number, gboolean *found, GError **error)
{
  int result = statement ? flatline_statement_step (statement, error) : -1;

  *found = result > 0;
  if (result > 0)
    {
      *number = flatline_statement_get_integer (statement, 0, 0);
      flatline_statement_reset (statement);
    }
  return result >= 0;
}

static gboolean
list_old_freezes (FlatlineDatabase *database, gint64 before_us, GArray *old, GError **error)
{
  FlatlineStatement *row =
      flatline_database_query (database, error, SQL_NEXT_OLD_FREEZES, "ii", before_us, FREEZES_A_STEP);
  int result = row ? 1 : -1;

  while (result > 0 && (result = flatline_statement_step (row, error)) > 0)
    {
      gint64 id = flatline_statement_get_integer (row, 0, 0);

      g_array_append_val (old, id);
    }
  return result == 0;
}

static gboolean
delete_freezes (FlatlineDatabase *database, GArray *old, guint64 *n_deleted, GError **error)
{
  for (guint i = 0; i < old->len; i++)
    {
      gboolean deleted;

      if (!flatline_store_groups_delete_freeze (database, g_array_index (old, gint64, i), &deleted, error))
        return FALSE;
      *n_deleted += deleted;
    }
  return TRUE;
}

static int
prune_freezes (FlatlineStorePruning *self, FlatlineDatabase *database, gint64 before_us, GError **error)
{
  g_autoptr (GArray) old = g_array_new (FALSE, FALSE, sizeof (gint64));
  guint64 n_deleted = 0;

  if (!list_old_freezes (database, before_us, old, error))
    return -1;
  if (old->len == 0)
    return 0;
  if (!flatline_database_execute (database, "{begin}", error))
    return -1;
  if (!delete_freezes (database, old, &n_deleted, error) || !flatline_database_execute (database, "COMMIT", error))
    {
      flatline_database_execute (database, "ROLLBACK", NULL);
      return -1;
    }
  self->pruned.n_freezes += n_deleted;
  return 1;
}

/* Beats of a lane of @run before @end_us become rates. */
static gboolean
thin_out (FlatlineDatabase *database, gint64 run, const char *lane, gint64 end_us, guint64 *n_beats, GError **error)
{
  if (!flatline_database_execute (database, "{begin}", error))
    return FALSE;
  if (flatline_database_run (database, error, SQL_ADD_RATES, "iti", run, lane, end_us)
      && flatline_database_run (database, error, SQL_DELETE_BEATS_BEFORE, "iti", run, lane, end_us))
    {
      *n_beats += flatline_database_count_changes (database);
      if (flatline_database_execute (database, "COMMIT", error))
        return TRUE;
    }
  flatline_database_execute (database, "ROLLBACK", NULL);
  return FALSE;
}

static void
cursor_clear (FlatlineBeatCursor *cursor)
{
  g_free (cursor->lane);
  *cursor = (FlatlineBeatCursor){ 0 };
}

void
flatline_store_pruning_clear (FlatlineStorePruning *self)
{
  cursor_clear (&self->by_age);
  cursor_clear (&self->by_size);
  g_clear_pointer (&self->mended_first, g_free);
}

/* The next lane after the one that was looked at last. 0: there is none. */
static int
find_next_lane (FlatlineBeatCursor *cursor, FlatlineDatabase *database, gint64 *oldest_us, GError **error)
{
  FlatlineStatement *row = flatline_database_query (database, error, SQL_FIRST_OF_NEXT_LANE, "it", cursor->run,
                                                    cursor->lane ? cursor->lane : "");
  int result = row ? flatline_statement_step (row, error) : -1;
  g_autofree char *lane = NULL;
  gint64 run;

  if (result == 0)
    {
      row = flatline_database_query (database, error, SQL_FIRST_OF_NEXT_RUN, "i", cursor->run);
      result = row ? flatline_statement_step (row, error) : -1;
    }
  if (result <= 0)
    return result;
  run = flatline_statement_get_integer (row, 0, 0);
  lane = flatline_statement_dup_text (row, 1);
  *oldest_us = flatline_statement_get_integer (row, 2, 0);
  flatline_statement_reset (row);
  /* What a damaged file has in the place of a name comes again and again. */
  if (run == cursor->run && g_strcmp0 (lane, cursor->lane) <= 0)
    return 0;
  cursor->run = run;
  g_free (cursor->lane);
  cursor->lane = g_steal_pointer (&lane);
  return 1;
}

static gboolean
ask_nth_beat (FlatlineBeatCursor *cursor, FlatlineDatabase *database, gint64 n, gint64 *time_us, GError **error)
{
  gboolean found;

  *time_us = G_MAXINT64;
  return ask_number (flatline_database_query (database, error, SQL_NTH_BEAT, "iti", cursor->run, cursor->lane, n),
                     time_us, &found, error);
}

/* Whole minutes, as many as hold about a step's beats; at least one. Then more of the same lane, until it is done. */
static int
prune_beats (FlatlineStorePruning *self,
             FlatlineBeatCursor *cursor,
             FlatlineDatabase *database,
             gint64 before_us,
             GError **error)
{
  gint64 first_us, last_us, end_us;
  int result = 1;

  if (cursor->done)
    return 0;
  if (!cursor->lane_has_more)
    result = find_next_lane (cursor, database, &first_us, error);
  else if (!ask_nth_beat (cursor, database, 0, &first_us, error))
    return -1;
  cursor->done = result == 0;
  cursor->lane_has_more = FALSE;
  if (result <= 0 || first_us >= before_us)
    return result;
  if (!ask_nth_beat (cursor, database, BEATS_A_STEP, &last_us, error))
    return -1;
  end_us = MIN (last_us, before_us);
  end_us -= end_us % MINUTE_US;
  if (end_us <= first_us)
    end_us = first_us - first_us % MINUTE_US + MINUTE_US;
  cursor->lane_has_more = last_us < before_us;
  return thin_out (database, cursor->run, cursor->lane, end_us, &self->pruned.n_beats, error) ? 1 : -1;
}

static int
prune_runs (FlatlineStorePruning *self, FlatlineDatabase *database, gint64 before_us, GError **error)
{
  gboolean found;
  gint64 run;

  if (!ask_number (flatline_database_query (database, error, SQL_NEXT_OLD_RUN, "i", before_us), &run, &found, error))
    return -1;
  if (!found)
    return 0;
  if (!flatline_database_run (database, error, SQL_DELETE_RATES, "i", run)
      || !flatline_database_run (database, error, SQL_DELETE_RUN, "i", run))
    return -1;
  self->pruned.n_runs++;
  return 1;
}

/* The oldest freezes go, then the oldest beats. */
static int
prune_file (FlatlineStorePruning *self, FlatlineDatabase *database, GError **error)
{
  gboolean found;
  gint64 bytes;
  int result;

  if (flatline_database_is_server (database))
    return 0;
  if (!ask_number (flatline_database_query (database, error, SQL_READ_BYTES, ""), &bytes, &found, error))
    return -1;
  if (!found || bytes <= self->retention.file_bytes)
    return 0;
  result = prune_freezes (self, database, G_MAXINT64, error);
  return result != 0 ? result : prune_beats (self, &self->by_size, database, g_get_real_time (), error);
}

static int
prune_sources (FlatlineDatabase *database, GError **error)
{
  if (!flatline_database_run (database, error, SQL_PRUNE_SOURCES, "i", SOURCES_A_STEP))
    return -1;
  return flatline_database_count_changes (database) > 0;
}

static gint64
get_beat_age_us (const FlatlineRetention *retention)
{
  if (retention->beat_age_us == 0 || retention->freeze_age_us == 0)
    return MAX (retention->beat_age_us, retention->freeze_age_us);
  return MIN (retention->beat_age_us, retention->freeze_age_us);
}

int
flatline_store_pruning_step (FlatlineStorePruning *self, FlatlineDatabase *database, GError **error)
{
  const FlatlineRetention *retention = &self->retention;
  const gint64 now_us = g_get_real_time ();
  int result = 0;

  if (retention->freeze_age_us > 0)
    result = prune_freezes (self, database, now_us - retention->freeze_age_us, error);
  /* Who keeps no old freezes keeps no old beats either. */
  if (result == 0 && (retention->beat_age_us > 0 || retention->freeze_age_us > 0))
    result = prune_beats (self, &self->by_age, database, now_us - get_beat_age_us (retention), error);
  if (result == 0 && retention->freeze_age_us > 0)
    result = prune_runs (self, database, now_us - retention->freeze_age_us, error);
  if (result == 0 && retention->file_bytes > 0)
    result = prune_file (self, database, error);
  if (result == 0)
    result = prune_sources (database, error);
  if (result == 0)
    result = flatline_store_groups_mend_some (database, &self->mended_first, error);
  /* The next round looks at everything again. */
  if (result == 0)
    flatline_store_pruning_clear (self);
  return result;
}
