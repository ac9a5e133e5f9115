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
flatline_store_listing_beats (FlatlineDatabase *database,
                              gint64 run_id,
                              const char *run_uid,
                              gint64 from_us,
                              gint64 to_us,
                              guint limit,
                              GError **error);
GPtrArray *
flatline_store_listing_groups (FlatlineDatabase *database, const FlatlineStoreFilter *filter, GError **error);
GPtrArray *
flatline_store_listing_beat_rates (
    FlatlineDatabase *database, const char *run_uid, gint64 from_us, gint64 to_us, GError **error);
FlatlineSnapshot *
flatline_store_listing_load_snapshot (FlatlineDatabase *database, gint64 freeze_id, GError **error);
gboolean
flatline_store_listing_delete_freeze (FlatlineDatabase *database, gint64 freeze_id, GError **error);
gint64
flatline_store_listing_newest_beat_age_us (FlatlineDatabase *database, const char *run_uid, GError **error);

G_END_DECLS
