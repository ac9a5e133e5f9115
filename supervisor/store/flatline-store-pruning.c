/* SPDX-License-Identifier: MIT */
/*
 * Pruning. A step is one transaction of some hundred rows, or of some ten thousand beats: milliseconds. The order is:
 * old freezes, old beats of run after run, runs that have neither left, the file's size, sources nobody shows any more.
 */
#include "flatline-store-pruning.h"

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

static int
prune_freezes (FlatlineStorePruning *self, FlatlineDatabase *database, gint64 before_us, GError **error)
{
  guint64 n;

  if (!flatline_database_run (database, error, SQL_PRUNE_FREEZES, "ii", before_us, FREEZES_A_STEP))
    return -1;
  n = flatline_database_count_changes (database);
  self->pruned.n_freezes += n;
  return n > 0;
}

/* Beats of @run before @end_us become rates. */
static gboolean
thin_out (FlatlineDatabase *database, gint64 run, gint64 end_us, guint64 *n_beats, GError **error)
{
  if (!flatline_database_execute (database, "{begin}", error))
    return FALSE;
  if (flatline_database_run (database, error, SQL_ADD_RATES, "ii", run, end_us)
      && flatline_database_run (database, error, SQL_DELETE_BEATS_BEFORE, "ii", run, end_us))
    {
      *n_beats += flatline_database_count_changes (database);
      if (flatline_database_execute (database, "COMMIT", error))
        return TRUE;
    }
  flatline_database_execute (database, "ROLLBACK", NULL);
  return FALSE;
}

/* Whole minutes, as many as hold about a step's beats; at least one. */
static int
prune_beats (FlatlineStorePruning *self, FlatlineDatabase *database, gint64 before_us, GError **error)
{
  gint64 run, first_us, last_us, end_us;
  gboolean found;

  if (!ask_number (flatline_database_query (database, error, SQL_NEXT_RUN_WITH_OLD_BEATS, "iii", self->next_run,
                                            before_us, before_us),
                   &run, &found, error))
    return -1;
  if (!found)
    {
      self->next_run = 0;
      return 0;
    }
  self->next_run = run;
  if (!ask_number (flatline_database_query (database, error, SQL_NTH_BEAT, "ii", run, G_GINT64_CONSTANT (0)), &first_us,
                   &found, error))
    return -1;
  if (!found)
    return 1;
  if (!ask_number (flatline_database_query (database, error, SQL_NTH_BEAT, "ii", run, BEATS_A_STEP), &last_us, &found,
                   error))
    return -1;
  end_us = found ? MIN (last_us, before_us) : before_us;
  end_us -= end_us % MINUTE_US;
  if (end_us <= first_us)
    end_us = first_us - first_us % MINUTE_US + MINUTE_US;
  return thin_out (database, run, end_us, &self->pruned.n_beats, error) ? 1 : -1;
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
  return result != 0 ? result : prune_beats (self, database, g_get_real_time (), error);
}

static int
prune_sources (FlatlineDatabase *database, GError **error)
{
  if (!flatline_database_run (database, error, SQL_PRUNE_SOURCES, "i", SOURCES_A_STEP))
    return -1;
  return flatline_database_count_changes (database) > 0;
}

int
flatline_store_pruning_step (FlatlineStorePruning *self, FlatlineDatabase *database, GError **error)
{
  const FlatlineRetention *retention = &self->retention;
  const gint64 now_us = g_get_real_time ();
  int result = 0;

  if (retention->freeze_age_us > 0)
    result = prune_freezes (self, database, now_us - retention->freeze_age_us, error);
  if (result == 0 && retention->beat_age_us > 0)
    result = prune_beats (self, database, now_us - retention->beat_age_us, error);
  /* Who keeps no old freezes keeps no old beats either. */
  if (result == 0 && retention->freeze_age_us > 0)
    result = prune_beats (self, database, now_us - retention->freeze_age_us, error);
  if (result == 0 && retention->freeze_age_us > 0)
    result = prune_runs (self, database, now_us - retention->freeze_age_us, error);
  if (result == 0 && retention->file_bytes > 0)
    result = prune_file (self, database, error);
  return result == 0 ? prune_sources (database, error) : result;
}
