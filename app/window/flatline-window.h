/* SPDX-License-Identifier: MIT */
/* FlatlineWindow: the main window: a tab for each supervised program and each stored snapshot, or an invitation. */
#pragma once

#include <adwaita.h>

#include "flatline-examination.h"
#include "flatline-session-view.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_WINDOW (flatline_window_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineWindow, flatline_window, FLATLINE, WINDOW, AdwApplicationWindow)

/*
 * Signals: "open-requested" (GSList *files): a person chose scripts or snapshots; "session-abandoned" (FlatlineSession
 * *session): the tab is gone and the program should be closed; "tabs-changed": one more or less. @store may be NULL.
 * Transfer none: GTK owns windows.
 */
FlatlineWindow *
flatline_window_new (GtkApplication *application, FlatlineStore *store);

/* A new tab for @session. */
void
flatline_window_add_session (FlatlineWindow *self, FlatlineSession *session);

/* A tab for a process or a core file that is only looked at. */
void
flatline_window_add_examination (FlatlineWindow *self, FlatlineExamination *examination);

/* A new tab for a snapshot of the past, which came from the file or freeze @origin (see flatline-open-tab.h), or NULL.
 */
void
flatline_window_add_snapshot (FlatlineWindow *self, FlatlineSnapshot *snapshot, const char *origin);

/* A new tab for @view, a FlatlineSessionView that shows what came from @origin. */
void
flatline_window_add_view (FlatlineWindow *self, GtkWidget *view, const char *origin);

/* The same for a freeze of the store, once it is read. */
void
flatline_window_open_freeze (FlatlineWindow *self, gint64 id);

/* What is open and can be opened again. Transfer full, of FlatlineOpenTab. */
GPtrArray *
flatline_window_list_tabs (FlatlineWindow *self);

/* Programs that would end with it. */
GPtrArray *
flatline_window_list_live (FlatlineWindow *self);

gboolean
flatline_window_has_session (FlatlineWindow *self, FlatlineSession *session);

/* Brings the tab of @session to the front; FALSE when this window has none. */
gboolean
flatline_window_show_session (FlatlineWindow *self, FlatlineSession *session);

/* Closes the tab of a session that could not be started. */
void
flatline_window_remove_session (FlatlineWindow *self, FlatlineSession *session);

/* A freeze of @session, to whoever looks at the window: in its tab it is seen, over another a toast leads there. FALSE:
 * nobody looks. */
gboolean
flatline_window_tell_freeze (FlatlineWindow *self, FlatlineFreeze *freeze, FlatlineSession *session);

/* A line for people: a toast. */
void
flatline_window_say (FlatlineWindow *self, const char *line);

/* The same, but it stays until it is sent away or another one comes: what people do is not kept as it should be. */
void
flatline_window_warn (FlatlineWindow *self, const char *line);

G_END_DECLS
