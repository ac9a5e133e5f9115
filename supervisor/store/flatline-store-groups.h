/* SPDX-License-Identifier: MIT */
/*
 * The counts of freezes with the same signature (same verdict at the same place). Counting a million freezes takes a
 * second, so whoever adds, changes or deletes a freeze keeps its group's row right, in the same transaction.
 */
#pragma once

#include "flatline-database.h"

G_BEGIN_DECLS

/* @signature: as it is kept (flatline_store_dup_signature()). The freeze must be there already. */
gboolean
flatline_store_groups_join (FlatlineDatabase *database, const char *signature, gint64 time_us, GError **error);

/* The freeze must be gone already, or bear another signature. */
gboolean
flatline_store_groups_leave (FlatlineDatabase *database, const char *signature, GError **error);

/* What a freeze bears; *@signature is NULL when there is no such freeze, which no error says. Transfer full. */
gboolean
flatline_store_groups_find (
    FlatlineDatabase *database, const char *freeze_uid, char **signature, gint64 *time_us, GError **error);

/* A freeze and its place in its group, within a transaction of the caller's. *@deleted: it was there. */
gboolean
flatline_store_groups_delete_freeze (
    FlatlineDatabase *database, gint64 freeze_id, const char *signature, gboolean *deleted, GError **error);

G_END_DECLS
