/* SPDX-License-Identifier: MIT */
/* FlatlineNetworkPane: the connections of the program, live or as a snapshot has them. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* Properties: "session" (FlatlineSession, nullable: live), "snapshot" (FlatlineSnapshot, nullable: shown without one).
 */
#define FLATLINE_TYPE_NETWORK_PANE (flatline_network_pane_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineNetworkPane, flatline_network_pane, FLATLINE, NETWORK_PANE, GtkWidget)

G_END_DECLS
