/* SPDX-License-Identifier: MIT */
/* The Help window: a few pages of text, in the user's language, without another program to read them. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void
flatline_help_window_present (GtkWindow *parent);

G_END_DECLS
