/* SPDX-License-Identifier: MIT */
/* The window of all keys. It is made when somebody asks for it first, in short turns, and kept with its window. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void
flatline_help_overlay_show (GtkApplicationWindow *window);

G_END_DECLS
