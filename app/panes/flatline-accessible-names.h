/* SPDX-License-Identifier: MIT */
/* Names of controls: a button with an icon is called what its tooltip says, one with words what a person reads. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Names every nameless button and search entry in @root, whatever is below it now. */
void
flatline_accessible_names_give (GtkWidget *root);

/* What is said of a row when the keys come to it: @title, and @detail unless it is NULL or empty. GTK 4.8 says nothing
 * of a row that has more than a label. */
void
flatline_accessible_names_name_row (GtkWidget *row, const char *title, const char *detail);

/* Names the items of every menu and the buttons of every dialog whenever they are shown; once, at the start. */
void
flatline_accessible_names_name_menus (void);

G_END_DECLS
