/* SPDX-License-Identifier: MIT */
/* FlatlineStackPane: the threads of a snapshot, each with its frames below it. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* Properties: "snapshot" (FlatlineSnapshot, nullable), "frame" (FlatlineFrame, read: the selected one). */
#define FLATLINE_TYPE_STACK_PANE (flatline_stack_pane_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineStackPane, flatline_stack_pane, FLATLINE, STACK_PANE, GtkWidget)

G_END_DECLS
