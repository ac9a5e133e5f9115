/* SPDX-License-Identifier: MIT */
/* FlatlineSourcePane: the source of one frame, as it was at the capture, its line marked. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* Properties: "snapshot" (FlatlineSnapshot, nullable), "frame" (FlatlineFrame, nullable). */
#define FLATLINE_TYPE_SOURCE_PANE (flatline_source_pane_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineSourcePane, flatline_source_pane, FLATLINE, SOURCE_PANE, GtkWidget)

G_END_DECLS
