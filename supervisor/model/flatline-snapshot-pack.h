/* SPDX-License-Identifier: MIT */
/* A snapshot as gzip-compressed JSON: what a .flatline file holds and what the store keeps. */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

/* Transfer full. */
GBytes *
flatline_snapshot_pack (FlatlineSnapshot *snapshot);

/*
 * Unpacking runs nothing and is bounded: more than 256 MiB of JSON is refused, as is what is nested too deeply or made
 * of too many values, and what is cut short or no gzip. JSON that is not compressed is taken as well. The message says
 * what is wrong with the data. Transfer full.
 */
FlatlineSnapshot *
flatline_snapshot_unpack (GBytes *bytes, GError **error);

G_END_DECLS
