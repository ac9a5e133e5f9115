/* SPDX-License-Identifier: MIT */
/* FlatlineComparisonWindow: two freezes side by side; what differs stands out. */
#pragma once

#include <adwaita.h>

#include "flatline-store.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_COMPARISON_WINDOW (flatline_comparison_window_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineComparisonWindow, flatline_comparison_window, FLATLINE, COMPARISON_WINDOW, AdwWindow)

/* Shows the window above @parent; both snapshots are loaded and compared in a worker. */
void
flatline_comparison_window_present (GtkWindow *parent,
                                    FlatlineStore *store,
                                    FlatlineFreeze *left,
                                    FlatlineFreeze *right);

G_END_DECLS
