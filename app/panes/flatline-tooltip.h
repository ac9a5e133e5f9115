/* SPDX-License-Identifier: MIT */
/*
 * Tooltips of widgets that are being made. When GTK (4.8) is told that of a visible widget, which all are from their
 * begin, it asks the X server where the pointer is, five questions one after another. Templates tell it between
 * "visible" False and True.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void
flatline_tooltip_set (GtkWidget *widget, const char *words);

/* What @label says, whole: asked for when the pointer rests on it. */
void
flatline_tooltip_tell_label (GtkLabel *label);

G_END_DECLS
