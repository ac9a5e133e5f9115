/* SPDX-License-Identifier: MIT */
/* FlatlineHeartbeatPane: the beats of the last half minute as three lanes that scroll, or those before a snapshot. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* Properties: "session" (FlatlineSession, nullable: live), "snapshot" (FlatlineSnapshot, nullable: shown without one),
 * "store" (FlatlineStore, nullable: has the beats before the snapshot).
 */
#define FLATLINE_TYPE_HEARTBEAT_PANE (flatline_heartbeat_pane_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineHeartbeatPane, flatline_heartbeat_pane, FLATLINE, HEARTBEAT_PANE, GtkWidget)

G_END_DECLS
