/* SPDX-License-Identifier: MIT */
/* Asks for a script, a snapshot or a core file. What was chosen goes to the window's action "open-uri". */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One dialog a window at a time; begins in the folder that @settings remember, and has them remember the new one. */
void
flatline_open_dialog_ask (GtkWindow *window, gboolean core_files, GSettings *settings);

G_END_DECLS
