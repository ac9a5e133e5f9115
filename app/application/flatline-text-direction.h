/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The side from which the user's language is read; what the window is turned by, once GTK has started. */
GtkTextDirection
flatline_text_direction_of_locale (void);

G_END_DECLS
