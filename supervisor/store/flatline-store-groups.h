/* SPDX-License-Identifier: MIT */
/*
 * The counts of freezes with the same signature (same verdict at the same place), of all and of each host and kind.
 * Counting a million freezes takes a second, so whoever adds, changes or deletes a freeze keeps them right, in the same
 * transaction. A Flatline too old to know of them does not: what it leaves is found and counted again.
 */
#pragma once

#include "flatline-database.h"

G_BEGIN_DECLS

/* Where a freeze is counted; a signature of NULL: nowhere, there is no such freeze. */
typedef struct
{
  char *signature, *verdict_kind, *kind;
  gint64 host;
} FlatlineGroupPlace;

void
flatline_group_place_clear (FlatlineGroupPlace *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FlatlineGroupPlace, flatline_group_place_clear)

gboolean
flatline_group_place_equal (const FlatlineGroupPlace *self, const FlatlineGroupPlace *other);

/* FALSE on error. @place: cleared before. */
gboolean
flatline_store_groups_find (FlatlineDatabase *database,
                            const char *freeze_uid,
                            FlatlineGroupPlace *place,
                            GError **error);

/* The freeze must be there already. */
gboolean
flatline_store_groups_join (FlatlineDatabase *database, const char *freeze_uid, GError **error);

/* The freeze must be gone already, or counted elsewhere. */
gboolean
flatline_store_groups_leave (FlatlineDatabase *database, const FlatlineGroupPlace *place, GError **error);

/* A freeze and its place in its group, within a transaction of the caller's. *@deleted: it was there. */
gboolean
flatline_store_groups_delete_freeze (FlatlineDatabase *database, gint64 freeze_id, gboolean *deleted, GError **error);

/*
 * Some groups whose count is wrong are counted again. 1: there may be more, 0: all are right, or cannot be, -1: error.
 * *@mended_first is for it to know where it has been, NULL before the first step; the caller frees it.
 */
int
flatline_store_groups_mend_some (FlatlineDatabase *database, char **mended_first, GError **error);

G_END_DECLS
