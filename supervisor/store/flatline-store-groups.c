/* SPDX-License-Identifier: MIT */
/*
 * Groups. Their edges in time are looked up, since the index of signature and time has them at hand; only their number
 * is counted. Statements are such that two supervisors may do the same at once.
 */
#include "flatline-store-groups.h"

#include "flatline-store-statements.h"

#define GROUPS_A_STEP G_GINT64_CONSTANT (20)

void
flatline_group_place_clear (FlatlineGroupPlace *self)
{
  g_clear_pointer (&self->signature, g_free);
  g_clear_pointer (&self->verdict_kind, g_free);
  g_clear_pointer (&self->kind, g_free);
  self->host = 0;
}

gboolean
flatline_group_place_equal (const FlatlineGroupPlace *self, const FlatlineGroupPlace *other)
{
  return g_strcmp0 (self->signature, other->signature) == 0 && g_strcmp0 (self->verdict_kind, other->verdict_kind) == 0
         && g_strcmp0 (self->kind, other->kind) == 0 && self->host == other->host;
}

static gboolean
read_place (FlatlineStatement *row, FlatlineGroupPlace *place, GError **error)
{
  int result = row ? flatline_statement_step (row, error) : -1;

  flatline_group_place_clear (place);
  if (result <= 0)
    return result == 0;
  place->signature = flatline_statement_dup_text (row, 0);
  place->host = flatline_statement_get_integer (row, 1, 0);
  place->verdict_kind = flatline_statement_dup_text (row, 2);
  place->kind = flatline_statement_dup_text (row, 3);
  flatline_statement_reset (row);
  return TRUE;
}

gboolean
flatline_store_groups_find (FlatlineDatabase *database,
                            const char *freeze_uid,
                            FlatlineGroupPlace *place,
                            GError **error)
{
  return read_place (flatline_database_query (database, error, SQL_PLACE_OF_UID, "t", freeze_uid), place, error);
}

gboolean
flatline_store_groups_join (FlatlineDatabase *database, const char *freeze_uid, GError **error)
{
  return flatline_database_run (database, error, SQL_JOIN_GROUP, "t", freeze_uid)
         && flatline_database_run (database, error, SQL_JOIN_PART, "t", freeze_uid);
}

gboolean
flatline_store_groups_leave (FlatlineDatabase *database, const FlatlineGroupPlace *place, GError **error)
{
  const char *signature = place->signature, *verdict_kind = place->verdict_kind, *kind = place->kind;
  const gint64 host = place->host;

  return flatline_database_run (database, error, SQL_LEAVE_GROUP, "ttt", signature, signature, signature)
         && flatline_database_run (database, error, SQL_DROP_EMPTY_GROUP, "t", signature)
         && flatline_database_run (database, error, SQL_LEAVE_PART, "titttitttitt", signature, host, verdict_kind, kind,
                                   signature, host, verdict_kind, kind, signature, host, verdict_kind, kind)
         && flatline_database_run (database, error, SQL_DROP_EMPTY_PART, "titt", signature, host, verdict_kind, kind);
}

gboolean
flatline_store_groups_delete_freeze (FlatlineDatabase *database, gint64 freeze_id, gboolean *deleted, GError **error)
{
  g_auto (FlatlineGroupPlace) place = { 0 };

  *deleted = FALSE;
  if (!read_place (flatline_database_query (database, error, SQL_PLACE_OF_ID, "i", freeze_id), &place, error)
      || !flatline_database_run (database, error, SQL_DELETE_FREEZE, "i", freeze_id))
    return FALSE;
  *deleted = flatline_database_count_changes (database) > 0;
  return !*deleted || !place.signature || flatline_store_groups_leave (database, &place, error);
}

static gboolean
append_signatures (FlatlineDatabase *database, const char *sql, GPtrArray *signatures, GError **error)
{
  FlatlineStatement *row = flatline_database_query (database, error, sql, "i", GROUPS_A_STEP);
  int result = row ? 1 : -1;

  while (result > 0 && (result = flatline_statement_step (row, error)) > 0)
    g_ptr_array_add (signatures, flatline_statement_dup_text (row, 0));
  return result == 0;
}

static gboolean
count_again (FlatlineDatabase *database, const char *signature, GError **error)
{
  static const char *const statements[] = { SQL_DROP_GROUP, SQL_DROP_PARTS, SQL_COUNT_GROUP_AGAIN,
                                            SQL_COUNT_PARTS_AGAIN };

  if (!flatline_database_execute (database, "{begin}", error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    if (!flatline_database_run (database, error, statements[i], "t", signature))
      {
        flatline_database_execute (database, "ROLLBACK", NULL);
        return FALSE;
      }
  return flatline_database_execute (database, "COMMIT", error);
}

int
flatline_store_groups_mend_some (FlatlineDatabase *database, char **mended_first, GError **error)
{
  g_autoptr (GPtrArray) signatures = g_ptr_array_new_with_free_func (g_free);
  const char *first;

  if (!append_signatures (database, SQL_LIST_WRONG_GROUPS, signatures, error)
      || !append_signatures (database, SQL_LIST_EMPTY_GROUPS, signatures, error))
    return -1;
  first = signatures->len > 0 ? signatures->pdata[0] : NULL;
  /* What a damaged file has in its place is no text, and stays wrong. */
  if (signatures->len == 0 || (first && g_strcmp0 (first, *mended_first) == 0))
    return 0;
  g_free (*mended_first);
  *mended_first = g_strdup (first);
  for (guint i = 0; i < signatures->len; i++)
    if (!(signatures->pdata[i] ? count_again (database, signatures->pdata[i], error)
                               : flatline_database_run (database, error, SQL_SIGN_UNSIGNED, "")))
      return -1;
  return 1;
}
