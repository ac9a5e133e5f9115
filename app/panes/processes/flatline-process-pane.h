/* SPDX-License-Identifier: MIT */
/* FlatlineProcessPane: the program and all its descendants, live or as a snapshot has them. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* Properties: "session" (FlatlineSession, nullable: live), "snapshot" (FlatlineSnapshot, nullable: shown without one).
 */
#define FLATLINE_TYPE_PROCESS_PANE (flatline_process_pane_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineProcessPane, flatline_process_pane, FLATLINE, PROCESS_PANE, GtkWidget)

G_END_DECLS
