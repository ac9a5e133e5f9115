/* SPDX-License-Identifier: MIT */
/* The questions a store answers, over one connection. What they return is as in flatline-store.h. */
#pragma once

#include "flatline-database.h"
#include "flatline-store.h"

G_BEGIN_DECLS

GPtrArray *
flatline_store_listing_runs (FlatlineDatabase *database, const FlatlineStoreFilter *filter, GError **error);
GPtrArray *
flatline_store_listing_freezes (FlatlineDatabase *database, const FlatlineStoreFilter *filter, GError **error);
GPtrArray *
flatline_store_listing_groups (FlatlineDatabase *database, const FlatlineStoreFilter *filter, GError **error);
GPtrArray *
flatline_store_listing_hosts (FlatlineDatabase *database, GError **error);
FlatlineSnapshot *
flatline_store_listing_load_snapshot (FlatlineDatabase *database, gint64 freeze_id, GError **error);
gboolean
flatline_store_listing_delete_freeze (FlatlineDatabase *database, gint64 freeze_id, GError **error);

G_END_DECLS
