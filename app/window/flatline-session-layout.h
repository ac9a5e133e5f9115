/* SPDX-License-Identifier: MIT */
/*
 * FlatlineSessionLayout: which pane of a tab lies where. It has a place for each pane, remembers how large a person
 * made them, and brings to the front what lies behind something else. The panes themselves come later
 * (FlatlineSessionPanes).
 */
#pragma once

#include <adwaita.h>

#include "flatline-session-panes.h"
#include "flatline-waiting-page.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_SESSION_LAYOUT (flatline_session_layout_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineSessionLayout, flatline_session_layout, FLATLINE, SESSION_LAYOUT, GtkWidget)

/* An AdwBin for each pane (FLATLINE_N_PANES of them), NULL for what was left out. Borrowed. */
GtkWidget *const *
flatline_session_layout_get_slots (FlatlineSessionLayout *self);

/* The tab has no such pane: nothing is seen of its place. */
void
flatline_session_layout_leave_out (FlatlineSessionLayout *self, FlatlinePane pane);

/* The tab has none of the panes at the bottom. */
void
flatline_session_layout_leave_out_bottom (FlatlineSessionLayout *self);

/* Of the panes at the bottom only one is seen: this one. Does nothing with another pane, which is always seen. */
void
flatline_session_layout_bring_forward (FlatlineSessionLayout *self, FlatlinePane pane);

/* The column with the processes and the past freezes. */
void
flatline_session_layout_show_sidebar (FlatlineSessionLayout *self, gboolean show);

/* Stack, source and variables, or the page that says what is waited for. */
void
flatline_session_layout_show_capture (FlatlineSessionLayout *self, gboolean show);

/* Borrowed. */
FlatlineWaitingPage *
flatline_session_layout_get_waiting_page (FlatlineSessionLayout *self);

/* Between the panes at the bottom. Borrowed. */
AdwViewSwitcher *
flatline_session_layout_get_switcher (FlatlineSessionLayout *self);

G_END_DECLS
