/* SPDX-License-Identifier: MIT */
/*
 * Lists and single documents. A list's statement is put together from the conditions that are asked for and no others,
 * so that an index can serve them; pages go on where the last one ended, by time and then by id.
 */
#include "config.h"

#include "flatline-store-listing.h"

#include "flatline-snapshot-pack.h"
#include "flatline-store-groups.h"
#include "flatline-store-sink.h"
#include "flatline-store-statements.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#define DEFAULT_LIMIT 100

/* A statement that grows: its text, and what its "?" stand for. */
typedef struct
{
  GString *sql;
  GPtrArray *texts; /* NULL where there is an integer */
  GArray *integers;
} Question;

static void
question_init (Question *question, const char *sql)
{
  question->sql = g_string_new (sql);
  question->texts = g_ptr_array_new_with_free_func (g_free);
  question->integers = g_array_new (FALSE, TRUE, sizeof (gint64));
}

static void
question_clear (Question *question)
{
  g_string_free (question->sql, TRUE);
  g_ptr_array_unref (question->texts);
  g_array_unref (question->integers);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Question, question_clear)

static void
add_text (Question *question, const char *sql, const char *text)
{
  const gint64 zero = 0;

  g_string_append (question->sql, sql);
  for (const char *c = strchr (sql, '?'); c; c = strchr (c + 1, '?'))
    {
      g_ptr_array_add (question->texts, g_strdup (text));
      g_array_append_val (question->integers, zero);
    }
}

static void
add_integer (Question *question, const char *sql, gint64 integer)
{
  g_string_append (question->sql, sql);
  g_ptr_array_add (question->texts, NULL);
  g_array_append_val (question->integers, integer);
}

static FlatlineStatement *
ask (FlatlineDatabase *database, Question *question, GError **error)
{
  FlatlineStatement *statement = flatline_database_prepare (database, question->sql->str, error);

  if (!statement)
    return NULL;
  for (guint i = 0; i < question->texts->len; i++)
    {
      if (question->texts->pdata[i])
        flatline_statement_add_text (statement, question->texts->pdata[i]);
      else
        flatline_statement_add_integer (statement, g_array_index (question->integers, gint64, i));
    }
  return statement;
}

/* LIKE pattern for a text anywhere, with "!" before what LIKE would take for its own. */
static char *
dup_pattern (const char *text)
{
  GString *pattern = g_string_new ("%");

  for (const char *c = text; *c; c++)
    {
      if (strchr ("%_!", *c))
        g_string_append_c (pattern, '!');
      g_string_append_c (pattern, *c);
    }
  g_string_append_c (pattern, '%');
  return g_string_free (pattern, FALSE);
}

typedef gpointer (*RowFunc) (FlatlineStatement *row);

static GPtrArray *
collect_rows (FlatlineStatement *statement, RowFunc func, GError **error)
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
  const char *argv = flatline_statement_get_text (row, 4);

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

/* FALSE with *@id 0 when there is no such host, which no error says. */
static gboolean
find_host (FlatlineDatabase *database, const char *name, gint64 *id, GError **error)
{
  FlatlineStatement *statement = flatline_database_query (database, error, SQL_FIND_HOST, "t", name);
  int result = statement ? flatline_statement_step (statement, error) : -1;

  *id = result > 0 ? flatline_statement_get_integer (statement, 0, 0) : 0;
  if (result > 0)
    flatline_statement_reset (statement);
  return result >= 0;
}

GPtrArray *
flatline_store_listing_runs (FlatlineDatabase *database, const FlatlineStoreFilter *filter, GError **error)
{
  g_auto (Question) question = { 0 };

  question_init (&question, SQL_LIST_RUNS);
  if (filter->before_id)
    add_integer (&question, filter->order == FLATLINE_STORE_ORDER_OLDEST ? " AND run.id > ?" : " AND run.id < ?",
                 filter->before_id);
  if (filter->from_us)
    add_integer (&question, " AND started_us >= ?", filter->from_us);
  if (filter->to_us)
    add_integer (&question, " AND started_us <= ?", filter->to_us);
  if (filter->host)
    add_text (&question, " AND host.name = ?", filter->host);
  if (filter->text && *filter->text)
    {
      g_autofree char *pattern = dup_pattern (filter->text);

      add_text (&question, " AND (title LIKE ? ESCAPE '!' OR host.name LIKE ? ESCAPE '!')", pattern);
    }
  g_string_append (question.sql,
                   filter->order == FLATLINE_STORE_ORDER_OLDEST ? " ORDER BY run.id" : " ORDER BY run.id DESC");
  add_integer (&question, " LIMIT ?", filter->limit ? filter->limit : DEFAULT_LIMIT);
  return collect_rows (ask (database, &question, error),
                       flatline_database_is_server (database) ? make_run_with_heart : make_run, error);
}

static FlatlineFreeze *
fill_freeze (FlatlineStatement *row)
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

static gpointer
make_freeze (FlatlineStatement *row)
{
  return fill_freeze (row);
}

/* Where the page before ended. A freeze that was deleted since has no time: its id alone must do. */
static gboolean
add_page (Question *question, FlatlineDatabase *database, const FlatlineStoreFilter *filter, GError **error)
{
  const gboolean oldest_first = filter->order == FLATLINE_STORE_ORDER_OLDEST;
  const gint64 id = filter->before_id;
  FlatlineStatement *statement = flatline_database_query (database, error, SQL_FIND_FREEZE_TIME, "i", id);
  int result = statement ? flatline_statement_step (statement, error) : -1;

  if (result > 0)
    {
      gint64 time_us = flatline_statement_get_integer (statement, 0, 0);

      flatline_statement_reset (statement);
      add_integer (question, oldest_first ? " AND time_us >= ?" : " AND time_us <= ?", time_us);
      add_integer (question, oldest_first ? " AND (time_us > ?" : " AND (time_us < ?", time_us);
      add_integer (question, oldest_first ? " OR freeze.id > ?)" : " OR freeze.id < ?)", id);
    }
  else if (result == 0)
    add_integer (question, oldest_first ? " AND freeze.id > ?" : " AND freeze.id < ?", id);
  return result >= 0;
}

static gboolean
add_freeze_conditions (Question *question,
                       FlatlineDatabase *database,
                       const FlatlineStoreFilter *filter,
                       GError **error)
{
  gint64 host = 0;

  if (filter->host)
    {
      if (!find_host (database, filter->host, &host, error))
        return FALSE;
      add_integer (question, " AND freeze.host = ?", host);
    }
  if (filter->from_us)
    add_integer (question, " AND time_us >= ?", filter->from_us);
  if (filter->to_us)
    add_integer (question, " AND time_us <= ?", filter->to_us);
  if (filter->run_id)
    add_integer (question, " AND freeze.run = ?", filter->run_id);
  /* An exception and a look by hand have a verdict like any other. */
  if (g_strcmp0 (filter->kind, "exception") == 0 || g_strcmp0 (filter->kind, "manual") == 0)
    add_text (question, " AND kind = ?", filter->kind);
  else if (filter->kind)
    add_text (question, " AND verdict_kind = ?", filter->kind);
  if (filter->signature)
    {
      g_autofree char *signature = flatline_store_dup_signature (filter->signature);

      add_text (question, " AND signature = ?", signature);
    }
  if (filter->text && *filter->text)
    {
      g_autofree char *pattern = dup_pattern (filter->text);

      add_text (question,
                " AND (summary LIKE ? ESCAPE '!' OR location LIKE ? ESCAPE '!' OR freeze.title LIKE ? ESCAPE '!'"
                " OR host.name LIKE ? ESCAPE '!')",
                pattern);
    }
  return TRUE;
}

GPtrArray *
flatline_store_listing_freezes (FlatlineDatabase *database, const FlatlineStoreFilter *filter, GError **error)
{
  g_auto (Question) question = { 0 };

  question_init (&question, SQL_LIST_FREEZES);
  if (!add_freeze_conditions (&question, database, filter, error))
    return NULL;
  if (filter->before_id && !add_page (&question, database, filter, error))
    return NULL;
  g_string_append (question.sql, filter->order == FLATLINE_STORE_ORDER_OLDEST
                                     ? " ORDER BY time_us, freeze.id"
                                     : " ORDER BY time_us DESC, freeze.id DESC");
  add_integer (&question, " LIMIT ?", filter->limit ? filter->limit : DEFAULT_LIMIT);
  return collect_rows (ask (database, &question, error), make_freeze, error);
}

static gpointer
make_group (FlatlineStatement *row)
{
  FlatlineFreezeGroup *group = g_object_new (FLATLINE_TYPE_FREEZE_GROUP, NULL);

  group->signature = flatline_statement_dup_text (row, 0);
  group->count = flatline_statement_get_integer (row, 1, 0);
  group->first_us = flatline_statement_get_integer (row, 2, 0);
  group->last_us = flatline_statement_get_integer (row, 3, 0);
  return group;
}

/* The newest of each group; a group that somebody emptied meanwhile goes. */
static gboolean
fill_newest (FlatlineDatabase *database, GPtrArray *groups, GError **error)
{
  for (guint i = 0; i < groups->len;)
    {
      FlatlineFreezeGroup *group = groups->pdata[i];
      FlatlineStatement *row =
          flatline_database_query (database, error,
                                   SQL_LIST_FREEZES " AND signature = ? AND time_us <= ?"
                                                    " ORDER BY time_us DESC, freeze.id DESC LIMIT 1",
                                   "ti", group->signature, group->last_us);
      int result = row ? flatline_statement_step (row, error) : -1;

      if (result < 0)
        return FALSE;
      if (result == 0)
        {
          g_ptr_array_remove_index (groups, i);
          continue;
        }
      group->newest = fill_freeze (row);
      flatline_statement_reset (row);
      i++;
    }
  return TRUE;
}

static gboolean
has_conditions (const FlatlineStoreFilter *filter)
{
  return filter->host || filter->from_us || filter->to_us || filter->run_id || filter->kind || filter->signature
         || (filter->text && *filter->text);
}

GPtrArray *
flatline_store_listing_groups (FlatlineDatabase *database, const FlatlineStoreFilter *filter, GError **error)
{
  static const char *const orders[] = {
    [FLATLINE_STORE_ORDER_NEWEST] = " ORDER BY last_us DESC, signature LIMIT ?",
    [FLATLINE_STORE_ORDER_OLDEST] = " ORDER BY last_us, signature LIMIT ?",
    [FLATLINE_STORE_ORDER_MOST_FREQUENT] = " ORDER BY freezes DESC, signature LIMIT ?",
  };
  g_auto (Question) question = { 0 };
  g_autoptr (GPtrArray) groups = NULL;

  question_init (&question, has_conditions (filter) ? SQL_LIST_GROUPS_OF : SQL_LIST_GROUPS);
  if (has_conditions (filter))
    {
      /* The host only when it is searched, for the index's sake. */
      if (filter->text && *filter->text)
        g_string_append (question.sql, " LEFT JOIN host ON host.id = freeze.host");
      g_string_append (question.sql, " WHERE 1 = 1");
      if (!add_freeze_conditions (&question, database, filter, error))
        return NULL;
      g_string_append (question.sql, " GROUP BY signature");
    }
  add_integer (&question, orders[filter->order], filter->limit ? filter->limit : DEFAULT_LIMIT);
  add_integer (&question, " OFFSET ?", filter->offset);
  groups = collect_rows (ask (database, &question, error), make_group, error);
  return groups && fill_newest (database, groups, error) ? g_steal_pointer (&groups) : NULL;
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

static gboolean
delete_freeze (FlatlineDatabase *database, gint64 freeze_id, gboolean *deleted, GError **error)
{
  FlatlineStatement *row = flatline_database_query (database, error, SQL_READ_FREEZE_SIGNATURE, "i", freeze_id);
  int result = row ? flatline_statement_step (row, error) : -1;
  g_autofree char *signature = result > 0 ? flatline_statement_dup_text (row, 0) : NULL;

  *deleted = FALSE;
  if (result <= 0)
    return result == 0;
  flatline_statement_reset (row);
  return flatline_store_groups_delete_freeze (database, freeze_id, signature, deleted, error);
}

gboolean
flatline_store_listing_delete_freeze (FlatlineDatabase *database, gint64 freeze_id, GError **error)
{
  gboolean deleted;

  if (!flatline_database_execute (database, "{begin}", error))
    return FALSE;
  if (!delete_freeze (database, freeze_id, &deleted, error) || !flatline_database_execute (database, "COMMIT", error))
    {
      flatline_database_execute (database, "ROLLBACK", NULL);
      return FALSE;
    }
  if (!deleted)
    g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_NOT_FOUND, _ ("There is no freeze %" PRId64),
                 freeze_id);
  return deleted;
}
