/* SPDX-License-Identifier: MIT */
/* How large source, output and values are, in all windows: Ctrl+plus and Ctrl+minus, kept in the settings. */
#pragma once

#include <gtk/gtk.h>
#include <vte/vte.h>

G_BEGIN_DECLS

/* The actions app.zoom-in, app.zoom-out and app.zoom-reset; @settings outlive it. Once, after GTK was started. */
void
flatline_text_zoom_begin (GApplication *application, GSettings *settings);

/* @terminal is as large as the rest from now on. */
void
flatline_text_zoom_follow (VteTerminal *terminal);

G_END_DECLS
