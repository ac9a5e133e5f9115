/* SPDX-License-Identifier: MIT */
/*
 * Lists and single documents. A list's statement is put together from the conditions that are asked for and no others,
 * so that an index can serve them; pages go on where the last one ended, by time and then by id.
 */
#include "config.h"

#include "flatline-store-listing.h"

#include "flatline-snapshot-pack.h"
#include "flatline-store-groups.h"
#include "flatline-store-listing-private.h"
#include "flatline-store-question.h"
#include "flatline-store-sink.h"
#include "flatline-store-statements.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

GPtrArray *
flatline_store_listing_collect (FlatlineStatement *statement, FlatlineRowFunc func, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);
  int result;

  if (!statement)
    return NULL;
  while ((result = flatline_statement_step (statement, error)) > 0)
    g_ptr_array_add (rows, func (statement));
  return result == 0 ? g_steal_pointer (&rows) : NULL;
}

static gpointer
make_run (FlatlineStatement *row)
{
  FlatlineRun *run = g_object_new (FLATLINE_TYPE_RUN, NULL);
  g_autofree char *argv = flatline_statement_dup_text (row, 4);

  run->id = flatline_statement_get_integer (row, 0, 0);
  run->uid = flatline_statement_dup_text (row, 1);
  run->host = flatline_statement_dup_text (row, 2);
  run->title = flatline_statement_dup_text (row, 3);
  run->argv = argv ? g_strsplit (argv, "\x1f", -1) : NULL;
  run->cwd = flatline_statement_dup_text (row, 5);
  run->python = flatline_statement_dup_text (row, 6);
  run->pid = flatline_statement_get_integer (row, 7, 0);
  run->started_us = flatline_statement_get_integer (row, 8, 0);
  run->ended_us = flatline_statement_get_integer (row, 9, 0);
  run->exit_status = flatline_statement_get_integer (row, 10, -1);
  run->exit_signal = flatline_statement_get_integer (row, 11, 0);
  run->end_reason = flatline_statement_dup_text (row, 12);
  return run;
}

/* Only servers are told every few seconds that a supervisor is alive. */
static gpointer
make_run_with_heart (FlatlineStatement *row)
{
  FlatlineRun *run = make_run (row);

  if (run->ended_us == 0 && !run->end_reason)
    run->heart =
        g_strdup (flatline_statement_get_integer (row, 13, 0) < FLATLINE_SILENT_RUN_US ? "beating" : "flatlined");
  return run;
}

GPtrArray *
flatline_store_listing_hosts (FlatlineDatabase *database, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  FlatlineStatement *row = flatline_database_query (database, error, SQL_LIST_HOSTS, "");
  int result = -1;

  while (row && (result = flatline_statement_step (row, error)) > 0)
    g_ptr_array_add (names, flatline_statement_dup_text (row, 0));
  return result == 0 ? g_steal_pointer (&names) : NULL;
}

GPtrArray *
flatline_store_listing_runs (FlatlineDatabase *database, const FlatlineStoreFilter *filter, GError **error)
{
  g_auto (FlatlineStoreQuestion) question = { 0 };

  flatline_store_question_init (&question, SQL_LIST_RUNS);
  if (filter->before_id)
    flatline_store_question_add_integer (
        &question, filter->order == FLATLINE_STORE_ORDER_OLDEST ? " AND run.id > ?" : " AND run.id < ?",
        filter->before_id);
  if (filter->from_us)
    flatline_store_question_add_integer (&question, " AND started_us >= ?", filter->from_us);
  if (filter->to_us)
    flatline_store_question_add_integer (&question, " AND started_us <= ?", filter->to_us);
  if (filter->host)
    flatline_store_question_add_text (&question, " AND host.name = ?", filter->host);
  if (filter->text && *filter->text)
    flatline_store_question_add_search (&question, " AND (title LIKE ? ESCAPE '!' OR host.name LIKE ? ESCAPE '!')",
                                        filter->text);
  g_string_append (question.sql,
                   filter->order == FLATLINE_STORE_ORDER_OLDEST ? " ORDER BY run.id" : " ORDER BY run.id DESC");
  flatline_store_question_add_integer (&question, " LIMIT ?",
                                       filter->limit ? filter->limit : FLATLINE_STORE_DEFAULT_LIMIT);
  return flatline_store_listing_collect (flatline_store_question_ask (&question, database, error),
                                         flatline_database_is_server (database) ? make_run_with_heart : make_run,
                                         error);
}

gpointer
flatline_store_listing_make_freeze (FlatlineStatement *row)
{
  FlatlineFreeze *freeze = g_object_new (FLATLINE_TYPE_FREEZE, NULL);
  guint i = 0;

  freeze->id = flatline_statement_get_integer (row, i++, 0);
  freeze->uid = flatline_statement_dup_text (row, i++);
  freeze->run_id = flatline_statement_get_integer (row, i++, 0);
  freeze->host = flatline_statement_dup_text (row, i++);
  freeze->title = flatline_statement_dup_text (row, i++);
  freeze->pid = flatline_statement_get_integer (row, i++, 0);
  freeze->kind = flatline_statement_dup_text (row, i++);
  freeze->cause = flatline_statement_dup_text (row, i++);
  freeze->time_us = flatline_statement_get_integer (row, i++, 0);
  freeze->last_beat_us = flatline_statement_get_integer (row, i++, 0);
  freeze->stale_ms = flatline_statement_get_integer (row, i++, 0);
  freeze->ended_us = flatline_statement_get_integer (row, i++, 0);
  freeze->last_reason = flatline_statement_dup_text (row, i++);
  freeze->last_caller = flatline_statement_dup_text (row, i++);
  freeze->verdict_kind = flatline_statement_dup_text (row, i++);
  freeze->summary = flatline_statement_dup_text (row, i++);
  freeze->location = flatline_statement_dup_text (row, i++);
  freeze->confidence = flatline_statement_dup_text (row, i++);
  freeze->signature = flatline_statement_dup_text (row, i++);
  return freeze;
}

/* Where the page before ended. A freeze that was deleted since has no time: its id alone must do. */
static gboolean
add_page (FlatlineStoreQuestion *question,
          FlatlineDatabase *database,
          const FlatlineStoreFilter *filter,
          GError **error)
{
  const gboolean oldest_first = filter->order == FLATLINE_STORE_ORDER_OLDEST;
  const gint64 id = filter->before_id;
  FlatlineStatement *statement = flatline_database_query (database, error, SQL_FIND_FREEZE_TIME, "i", id);
  int result = statement ? flatline_statement_step (statement, error) : -1;

  if (result > 0)
    {
      gint64 time_us = flatline_statement_get_integer (statement, 0, 0);

      flatline_statement_reset (statement);
      flatline_store_question_add_integer (question, oldest_first ? " AND time_us >= ?" : " AND time_us <= ?", time_us);
      flatline_store_question_add_integer (question, oldest_first ? " AND (time_us > ?" : " AND (time_us < ?", time_us);
      flatline_store_question_add_integer (question, oldest_first ? " OR freeze.id > ?)" : " OR freeze.id < ?)", id);
    }
  else if (result == 0)
    flatline_store_question_add_integer (question, oldest_first ? " AND freeze.id > ?" : " AND freeze.id < ?", id);
  return result >= 0;
}

GPtrArray *
flatline_store_listing_freezes (FlatlineDatabase *database, const FlatlineStoreFilter *filter, GError **error)
{
  g_auto (FlatlineStoreQuestion) question = { 0 };

  flatline_store_question_init (&question, SQL_LIST_FREEZES);
  if (!flatline_store_question_add_conditions (&question, database, filter, error))
    return NULL;
  if (filter->before_id && !add_page (&question, database, filter, error))
    return NULL;
  g_string_append (question.sql, filter->order == FLATLINE_STORE_ORDER_OLDEST
                                     ? " ORDER BY time_us, freeze.id"
                                     : " ORDER BY time_us DESC, freeze.id DESC");
  flatline_store_question_add_integer (&question, " LIMIT ?",
                                       filter->limit ? filter->limit : FLATLINE_STORE_DEFAULT_LIMIT);
  return flatline_store_listing_collect (flatline_store_question_ask (&question, database, error),
                                         flatline_store_listing_make_freeze, error);
}

static gboolean
fill_sources (FlatlineDatabase *database, FlatlineSnapshot *snapshot, GError **error)
{
  for (guint i = 0; i < flatline_list_length (snapshot->sources); i++)
    {
      FlatlineSourceFile *source = flatline_list_peek (snapshot->sources, i);
      FlatlineStatement *statement;
      int result;

      if (source->text || !source->sha256)
        continue;
      statement = flatline_database_query (database, error, SQL_LOAD_SOURCE, "t", source->sha256);
      result = statement ? flatline_statement_step (statement, error) : -1;
      if (result < 0)
        return FALSE;
      if (result > 0)
        {
          source->text = flatline_statement_dup_text (statement, 0);
          g_clear_pointer (&source->sha256, g_free); /* the store's own, in the place of the text */
          flatline_statement_reset (statement);
        }
    }
  return TRUE;
}

FlatlineSnapshot *
flatline_store_listing_load_snapshot (FlatlineDatabase *database, gint64 freeze_id, GError **error)
{
  FlatlineStatement *statement = flatline_database_query (database, error, SQL_LOAD_SNAPSHOT, "i", freeze_id);
  int result = statement ? flatline_statement_step (statement, error) : -1;
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (result < 0)
    return NULL;
  if (result == 0)
    {
      g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_NOT_FOUND,
                   _ ("There is no snapshot of freeze %" PRId64), freeze_id);
      return NULL;
    }
  bytes = flatline_statement_dup_bytes (statement, 0);
  flatline_statement_reset (statement);
  snapshot = flatline_snapshot_unpack (bytes, error);
  return snapshot && fill_sources (database, snapshot, error) ? g_steal_pointer (&snapshot) : NULL;
}

gboolean
flatline_store_listing_delete_freeze (FlatlineDatabase *database, gint64 freeze_id, GError **error)
{
  gboolean deleted;

  if (!flatline_database_execute (database, "{begin}", error))
    return FALSE;
  if (!flatline_store_groups_delete_freeze (database, freeze_id, &deleted, error)
      || !flatline_database_execute (database, "COMMIT", error))
    {
      flatline_database_execute (database, "ROLLBACK", NULL);
      return FALSE;
    }
  if (!deleted)
    g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_NOT_FOUND, _ ("There is no freeze %" PRId64),
                 freeze_id);
  return deleted;
}
