/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Shift+F10 and the Menu key in @widget open @menu, whose parent is @widget or one above it, at what has the focus. */
void
flatline_menu_keys_add (GtkWidget *widget, GtkWidget *menu);

G_END_DECLS
