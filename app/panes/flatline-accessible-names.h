/* SPDX-License-Identifier: MIT */
/* Names of controls: a button with an icon is called what its tooltip says, one with words what a person reads. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Names every nameless button and search entry in @root, whatever is below it now. */
void
flatline_accessible_names_give (GtkWidget *root);

/* Names the items of every menu and the buttons of every dialog whenever they are shown; once, at the start. */
void
flatline_accessible_names_name_menus (void);

G_END_DECLS
