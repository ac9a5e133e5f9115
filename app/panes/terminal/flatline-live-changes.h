/* SPDX-License-Identifier: MIT */
/* FlatlineLiveChanges: a row for each function that is traced and each name that is patched, with a button to undo it.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-live.h"

G_BEGIN_DECLS

/* Not visible while there is nothing to undo. */
#define FLATLINE_TYPE_LIVE_CHANGES (flatline_live_changes_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineLiveChanges, flatline_live_changes, FLATLINE, LIVE_CHANGES, GtkWidget)

/* NULL: of nothing. */
void
flatline_live_changes_show (FlatlineLiveChanges *self, FlatlineLive *live);

G_END_DECLS
