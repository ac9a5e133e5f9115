/* SPDX-License-Identifier: MIT */
/* FlatlineConsolePane: Python that is evaluated in the living program, with the names of the selected frame; and what
 * is traced and patched in it. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* Properties: "session" (FlatlineSession), "snapshot" (FlatlineSnapshot), "frame" (FlatlineFrame of it); nullable. */
#define FLATLINE_TYPE_CONSOLE_PANE (flatline_console_pane_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineConsolePane, flatline_console_pane, FLATLINE, CONSOLE_PANE, GtkWidget)

G_END_DECLS
