/* SPDX-License-Identifier: MIT */
/* FlatlineOutputPane: what the program prints, and where a person answers it. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* Properties: "session" (FlatlineSession, nullable), "snapshot" (FlatlineSnapshot, nullable: its output without one).
 */
#define FLATLINE_TYPE_OUTPUT_PANE (flatline_output_pane_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineOutputPane, flatline_output_pane, FLATLINE, OUTPUT_PANE, GtkWidget)

G_END_DECLS
