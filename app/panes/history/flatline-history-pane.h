/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHistoryPane: the freezes of the past, from the store. A freeze that is activated is opened through the
 * window's action "win.open-freeze" (int64: the freeze's id).
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-store.h"

G_BEGIN_DECLS

/* Properties: "store" (FlatlineStore, nullable), "empty" (boolean, read: nothing in the store, no search). */
#define FLATLINE_TYPE_HISTORY_PANE (flatline_history_pane_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineHistoryPane, flatline_history_pane, FLATLINE, HISTORY_PANE, GtkWidget)

G_END_DECLS
