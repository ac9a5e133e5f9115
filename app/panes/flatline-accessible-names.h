/* SPDX-License-Identifier: MIT */
/* Names for controls that show no words: a button with an icon is called what its tooltip says. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Names every nameless button and search entry in @root, whatever is below it now. */
void
flatline_accessible_names_give (GtkWidget *root);

/* Names the items of every menu whenever they are shown; once, at the start. */
void
flatline_accessible_names_name_menus (void);

G_END_DECLS
