/* SPDX-License-Identifier: MIT */
/* FlatlineShellPane: a command, or a shell, beside the program: in its working folder, with FLATLINE_PID set. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* Properties: "session" (FlatlineSession, nullable). */
#define FLATLINE_TYPE_SHELL_PANE (flatline_shell_pane_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineShellPane, flatline_shell_pane, FLATLINE, SHELL_PANE, GtkWidget)

/* Puts the cursor where a command is typed. */
void
flatline_shell_pane_ask (FlatlineShellPane *self);

/* Runs gdb on the program, with Flatline's own tracer out of its way. What keeps it from that, else NULL. */
const char *
flatline_shell_pane_debug (FlatlineShellPane *self);

G_END_DECLS
