/* SPDX-License-Identifier: MIT */
/*
 * FlatlineSessionView: one tab of the window: all panes of a supervised program, of a process or core file that is only
 * looked at, or of a stored snapshot. The panes bind to the session, to the snapshot shown, and to the examiner that
 * reads on while the program lives; the actions of the tab are the group "session".
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-examination.h"
#include "flatline-session-panes.h"
#include "flatline-session.h"

G_BEGIN_DECLS

/*
 * Properties: "session" (FlatlineSession, construct, NULL without one), "store" (FlatlineStore, construct),
 * "examination" (FlatlineExamination, construct, NULL without one), "examiner" (FlatlineExaminer, NULL: nothing lives),
 * "snapshot" (FlatlineSnapshot, what the panes show), "reference" (FlatlineReference, what they have in the light),
 * "title", "subtitle" (strings), "frozen" (boolean), "busy" (boolean).
 */
#define FLATLINE_TYPE_SESSION_VIEW (flatline_session_view_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineSessionView, flatline_session_view, FLATLINE, SESSION_VIEW, GtkWidget)

GtkWidget *
flatline_session_view_new (FlatlineSession *session, FlatlineStore *store);
GtkWidget *
flatline_session_view_new_for_snapshot (FlatlineSnapshot *snapshot, const char *title, FlatlineStore *store);

GtkWidget *
flatline_session_view_new_for_examination (FlatlineExamination *examination);

/* Borrowed; NULL where the tab has none. */
FlatlineSession *
flatline_session_view_get_session (FlatlineSessionView *self);
FlatlineExamination *
flatline_session_view_get_examination (FlatlineSessionView *self);

/* What the panes show; borrowed. */
FlatlineSnapshot *
flatline_session_view_get_snapshot (FlatlineSessionView *self);

/* The group "session". Borrowed. */
GActionGroup *
flatline_session_view_get_actions (FlatlineSessionView *self);

/* Brings a pane to the front and the focus into it. */
void
flatline_session_view_show_pane (FlatlineSessionView *self, FlatlinePane which);

/* Looks for a text in the source, or in the output while there is none. */
void
flatline_session_view_find (FlatlineSessionView *self);

/* The focus into the first pane, or the last one; from there F6 leads from one to the next. */
void
flatline_session_view_enter_panes (FlatlineSessionView *self, gboolean from_end);

/* The column with the processes and the past freezes. */
void
flatline_session_view_show_sidebar (FlatlineSessionView *self, gboolean show);

/* A snapshot is being read, or no longer: the tab shows it. */
void
flatline_session_view_set_reading (FlatlineSessionView *self, gboolean reading);

/* Puts @bar above stack and source, and takes away what a recording has not. The variables' pane; borrowed. */
gpointer
flatline_session_view_take_bar (FlatlineSessionView *self, GtkWidget *bar);

/* Runs gdb on the program in the shell's pane, or says why not. */
void
flatline_session_view_debug (FlatlineSessionView *self);

/* One line that goes away by itself. */
void
flatline_session_view_say (FlatlineSessionView *self, const char *line);

/* To be called before the view leaves its window: its panes end in the turns after. */
void
flatline_session_view_end_gradually (FlatlineSessionView *self);

/* Whether the program runs, so that closing the tab would end it. */
gboolean
flatline_session_view_is_live (FlatlineSessionView *self);

G_END_DECLS
