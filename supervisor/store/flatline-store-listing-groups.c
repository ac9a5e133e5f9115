/* SPDX-License-Identifier: MIT */
/*
 * Lists of groups. What is counted need not be counted by whoever asks: all groups, those of a host or kind, those of a
 * span of time. Only what a search finds among texts is counted freeze by freeze.
 */
#include "flatline-store-listing-private.h"
#include "flatline-store-question.h"
#include "flatline-store-statements.h"

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
      group->newest = flatline_store_listing_make_freeze (row);
      flatline_statement_reset (row);
      i++;
    }
  return TRUE;
}

static gboolean
has_text (const FlatlineStoreFilter *filter)
{
  return filter->text && *filter->text;
}

/* The earliest and the latest, for a filter without either. */
static void
add_span (FlatlineStoreQuestion *question, const FlatlineStoreFilter *filter)
{
  const gint64 from_us = filter->from_us, to_us = filter->to_us ? filter->to_us : G_MAXINT64;
  /* In the order of SQL_LIST_GROUPS_WITHIN. */
  const gint64 bounds[] = { from_us, to_us, from_us, from_us, to_us,   from_us, to_us,
                            from_us, to_us, from_us, to_us,   from_us, to_us };

  for (gsize i = 0; i < G_N_ELEMENTS (bounds); i++)
    flatline_store_question_bind_integer (question, bounds[i]);
}

/* The groups that have a freeze which meets the conditions, and how many of theirs do. FALSE on error. */
static gboolean
ask_for_groups (FlatlineStoreQuestion *question,
                FlatlineDatabase *database,
                const FlatlineStoreFilter *filter,
                GError **error)
{
  const gboolean has_time = filter->from_us || filter->to_us;
  const gboolean has_part = filter->host || filter->kind;

  if (has_text (filter) || filter->run_id || filter->signature || (has_time && has_part))
    {
      flatline_store_question_init (question, SQL_LIST_GROUPS_OF);
      /* The host only when it is searched, for the index's sake. */
      if (has_text (filter))
        g_string_append (question->sql, " LEFT JOIN host ON host.id = freeze.host");
      g_string_append (question->sql, " WHERE 1 = 1");
      if (!flatline_store_question_add_conditions (question, database, filter, error))
        return FALSE;
      /* A search looks at all rows as they lie, not one by one in the order of signatures. */
      g_string_append (question->sql, has_text (filter) ? " GROUP BY {as_they_lie signature}" : " GROUP BY signature");
    }
  else if (has_part)
    {
      flatline_store_question_init (question, SQL_LIST_GROUPS_OF_PARTS " WHERE 1 = 1");
      if (!flatline_store_question_add_part_conditions (question, database, filter, error))
        return FALSE;
      g_string_append (question->sql, " GROUP BY signature");
    }
  else if (has_time)
    {
      flatline_store_question_init (question, SQL_LIST_GROUPS_WITHIN);
      add_span (question, filter);
    }
  else
    flatline_store_question_init (question, SQL_LIST_GROUPS);
  return TRUE;
}

GPtrArray *
flatline_store_listing_groups (FlatlineDatabase *database, const FlatlineStoreFilter *filter, GError **error)
{
  static const char *const orders[] = {
    [FLATLINE_STORE_ORDER_NEWEST] = " ORDER BY last_us DESC, signature LIMIT ?",
    [FLATLINE_STORE_ORDER_OLDEST] = " ORDER BY last_us, signature LIMIT ?",
    [FLATLINE_STORE_ORDER_MOST_FREQUENT] = " ORDER BY freezes DESC, signature LIMIT ?",
  };
  g_auto (FlatlineStoreQuestion) question = { 0 };
  g_autoptr (GPtrArray) groups = NULL;

  if (!ask_for_groups (&question, database, filter, error))
    return NULL;
  flatline_store_question_add_integer (&question, orders[filter->order],
                                       filter->limit ? filter->limit : FLATLINE_STORE_DEFAULT_LIMIT);
  flatline_store_question_add_integer (&question, " OFFSET ?", filter->offset);
  groups = flatline_store_listing_collect (flatline_store_question_ask (&question, database, error), make_group, error);
  return groups && fill_newest (database, groups, error) ? g_steal_pointer (&groups) : NULL;
}
