/* SPDX-License-Identifier: MIT */
/* A tab with a snapshot: of a freeze that is kept, or from a file. */
#pragma once

#include "flatline-window.h"

G_BEGIN_DECLS

/* @store: nullable; of what else is known of it. Returns: (transfer floating) */
GtkWidget *
flatline_snapshot_tab_new_view (FlatlineSnapshot *snapshot, FlatlineStore *store);

/* Loads freeze @id and shows it, or says why not. */
void
flatline_snapshot_tab_open (FlatlineWindow *window, FlatlineStore *store, gint64 id);

G_END_DECLS
