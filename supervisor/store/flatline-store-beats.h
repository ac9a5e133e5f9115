/* SPDX-License-Identifier: MIT */
/* The questions about beats that a store answers, over one connection. What they return is as in flatline-store.h. */
#pragma once

#include "flatline-database.h"
#include "flatline-store.h"

G_BEGIN_DECLS

GPtrArray *
flatline_store_beats_list (FlatlineDatabase *database,
                           gint64 run_id,
                           const char *run_uid,
                           gint64 from_us,
                           gint64 to_us,
                           guint limit,
                           GError **error);
GPtrArray *
flatline_store_beats_list_marks (
    FlatlineDatabase *database, const char *run_uid, gint64 from_us, gint64 to_us, guint n_spans, GError **error);
GPtrArray *
flatline_store_beats_list_rates (
    FlatlineDatabase *database, const char *run_uid, gint64 from_us, gint64 to_us, GError **error);
gint64
flatline_store_beats_read_newest_age_us (
    FlatlineDatabase *database, const char *run_uid, gint64 pid, gint64 since_us, GError **error);

G_END_DECLS
