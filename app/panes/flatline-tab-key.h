/* SPDX-License-Identifier: MIT */
/* Tab leads out of a list or table, whose rows may be thousands: from row to row lead the arrow keys. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @view: a GtkListView or GtkColumnView. GTK has it in newer versions, for the table without its titles. */
void
flatline_tab_key_leaves (GtkWidget *view);

G_END_DECLS
