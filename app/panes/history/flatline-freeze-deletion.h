/* SPDX-License-Identifier: MIT */
/*
 * The deletion of a freeze from the list of the past: it leaves the list at once and the store when its toast is gone,
 * so that Undo is only a matter of the list. What is deleted while it is there shares its toast, and its Undo.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-history-loader.h"

G_BEGIN_DECLS

/* @widget: inside the toast overlay that tells it. @items: what @loader fills. */
void
flatline_freeze_deletion_begin (
    GtkWidget *widget, FlatlineStore *store, FlatlineHistoryLoader *loader, GListStore *items, FlatlineFreeze *freeze);

/* What the toast tells of is listed again; nothing where there is none. */
void
flatline_freeze_deletion_undo (GtkWidget *widget, FlatlineHistoryLoader *loader);

G_END_DECLS
