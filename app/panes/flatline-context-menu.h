/* SPDX-License-Identifier: MIT */
/*
 * FlatlineContextMenu: what the secondary button opens over a widget, and Shift+F10 and the Menu key for whoever has no
 * mouse. Its entries are made when it is first opened: most never are, and for each of them GTK (4.18) asks the X
 * server where the pointer is, as it has a tooltip. "opening" is for who has to set the actions of its entries by then.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_CONTEXT_MENU (flatline_context_menu_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineContextMenu, flatline_context_menu, FLATLINE, CONTEXT_MENU, GObject)

/* @owner has the only reference, and gives it back when it is disposed of. */
FlatlineContextMenu *
flatline_context_menu_new (GtkWidget *owner, GMenuModel *model);

/* At a place of @widget, which is the owner or one in it. */
void
flatline_context_menu_open (FlatlineContextMenu *self, GtkWidget *widget, double x, double y);

/* The keys of the desktop for it, in @widget, open it at what has the focus. */
void
flatline_context_menu_add_keys (FlatlineContextMenu *self, GtkWidget *widget);

/* For an owner without a layout manager: to be called when it has got its size. */
void
flatline_context_menu_present (FlatlineContextMenu *self);

G_END_DECLS
