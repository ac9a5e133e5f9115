/* SPDX-License-Identifier: MIT */
/* What the lists have in common. */
#pragma once

#include "flatline-store-listing.h"

G_BEGIN_DECLS

/* The record of a row; transfer full. */
typedef gpointer (*FlatlineRowFunc) (FlatlineStatement *row);

/* All rows there are; NULL on error, or when @statement is. */
GPtrArray *
flatline_store_listing_collect (FlatlineStatement *statement, FlatlineRowFunc func, GError **error);

/* FlatlineFreeze of a row of SQL_LIST_FREEZES. */
gpointer
flatline_store_listing_make_freeze (FlatlineStatement *row);

G_END_DECLS
