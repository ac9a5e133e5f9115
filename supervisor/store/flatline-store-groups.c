/* SPDX-License-Identifier: MIT */
/*
 * Groups. Their edges in time are looked up, since the index of signature and time has them at hand; only their number
 * is counted. Statements are such that two supervisors may do the same at once.
 */
#include "flatline-store-groups.h"

#include "flatline-store-statements.h"

gboolean
flatline_store_groups_join (FlatlineDatabase *database, const char *signature, gint64 time_us, GError **error)
{
  return flatline_database_run (database, error, SQL_JOIN_GROUP, "tii", signature, time_us, time_us);
}

gboolean
flatline_store_groups_leave (FlatlineDatabase *database, const char *signature, GError **error)
{
  return flatline_database_run (database, error, SQL_LEAVE_GROUP, "ttt", signature, signature, signature)
         && flatline_database_run (database, error, SQL_DROP_EMPTY_GROUP, "t", signature);
}

gboolean
flatline_store_groups_find (
    FlatlineDatabase *database, const char *freeze_uid, char **signature, gint64 *time_us, GError **error)
{
  FlatlineStatement *statement = flatline_database_query (database, error, SQL_FIND_FREEZE_SIGNATURE, "t", freeze_uid);
  int result = statement ? flatline_statement_step (statement, error) : -1;

  *signature = NULL;
  if (result > 0)
    {
      *signature = flatline_statement_dup_text (statement, 0);
      *time_us = flatline_statement_get_integer (statement, 1, 0);
      flatline_statement_reset (statement);
    }
  return result >= 0;
}

gboolean
flatline_store_groups_delete_freeze (
    FlatlineDatabase *database, gint64 freeze_id, const char *signature, gboolean *deleted, GError **error)
{
  if (!flatline_database_run (database, error, SQL_DELETE_FREEZE, "i", freeze_id))
    return FALSE;
  *deleted = flatline_database_count_changes (database) > 0;
  return !*deleted || flatline_store_groups_leave (database, signature, error);
}
