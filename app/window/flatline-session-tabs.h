/* SPDX-License-Identifier: MIT */
/* The pages of an AdwTabView whose children are FlatlineSessionViews: made, found and counted. Main thread. */
#pragma once

#include <adwaita.h>

#include "flatline-open-tab.h"
#include "flatline-session-view.h"

G_BEGIN_DECLS

/* Appends a page for @view and selects it. @origin: "freeze:12", a file; NULL: not to be opened again tomorrow. */
void
flatline_session_tabs_add (AdwTabView *tabs, GtkWidget *view, const char *origin);

FlatlineSessionView *
flatline_session_tabs_get_view (AdwTabPage *page);

/* The one that is shown, NULL without any. */
FlatlineSessionView *
flatline_session_tabs_get_selected (AdwTabView *tabs);

/* @page is about to be closed: it is not found, counted or listed any more, and another one is shown. Returns: whether
 * there is one. */
gboolean
flatline_session_tabs_leave (AdwTabView *tabs, AdwTabPage *page);

/* The page of @session, NULL: it has none here. */
AdwTabPage *
flatline_session_tabs_find (AdwTabView *tabs, FlatlineSession *session);

/* GPtrArray of FlatlineSession, borrowed, in the order of the pages. Transfer full. */
GPtrArray *
flatline_session_tabs_list_sessions (AdwTabView *tabs);

/* Those of them with a program that closing the page would end. */
GPtrArray *
flatline_session_tabs_list_live (AdwTabView *tabs);

/* What opens @view again; NULL: nothing does. Transfer full. */
FlatlineOpenTab *
flatline_session_tabs_describe (FlatlineSessionView *view);

/* GPtrArray of FlatlineOpenTab: those that can be opened again. Transfer full. */
GPtrArray *
flatline_session_tabs_list_open (AdwTabView *tabs);

G_END_DECLS
