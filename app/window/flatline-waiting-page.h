/* SPDX-License-Identifier: MIT */
/*
 * FlatlineWaitingPage: where threads, source and variables will be, before there is anything captured: a word on what
 * is waited for, and a button for what one does next.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-examination.h"
#include "flatline-session.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_WAITING_PAGE (flatline_waiting_page_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineWaitingPage, flatline_waiting_page, FLATLINE, WAITING_PAGE, GtkWidget)

/* @session NULL: as one that was not started. @reading: its program is being read. */
void
flatline_waiting_page_show_session (FlatlineWaitingPage *self, FlatlineSession *session, gboolean reading);
void
flatline_waiting_page_show_examination (FlatlineWaitingPage *self, FlatlineExamination *examination);

/* "Running", for people. */
const char *
flatline_session_state_get_label (FlatlineSessionState state);

G_END_DECLS
