/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "flatline-session-tabs.h"

#define ORIGIN "flatline-origin"

static void
on_frozen (FlatlineSessionView *view, GParamSpec *pspec, AdwTabPage *page)
{
  g_autoptr (GIcon) icon = NULL;
  gboolean frozen;

  g_object_get (view, "frozen", &frozen, NULL);
  icon = frozen ? g_themed_icon_new ("heart-flat-symbolic") : NULL;
  adw_tab_page_set_icon (page, icon);
  adw_tab_page_set_needs_attention (page, frozen && !adw_tab_page_get_selected (page));
}

void
flatline_session_tabs_add (AdwTabView *tabs, GtkWidget *view, const char *origin)
{
  AdwTabPage *page;

  /* Before the page, which tells that there is one more. */
  g_object_set_data_full (G_OBJECT (view), ORIGIN, g_strdup (origin), g_free);
  page = adw_tab_view_append (tabs, view);
  g_object_bind_property (view, "title", page, "title", G_BINDING_SYNC_CREATE);
  g_object_bind_property (view, "subtitle", page, "tooltip", G_BINDING_SYNC_CREATE);
  g_object_bind_property (view, "busy", page, "loading", G_BINDING_SYNC_CREATE);
  g_signal_connect_object (view, "notify::frozen", G_CALLBACK (on_frozen), page, 0);
  adw_tab_view_set_selected_page (tabs, page);
}

FlatlineSessionView *
flatline_session_tabs_get_view (AdwTabPage *page)
{
  return FLATLINE_SESSION_VIEW (adw_tab_page_get_child (page));
}

FlatlineSessionView *
flatline_session_tabs_get_selected (AdwTabView *tabs)
{
  AdwTabPage *page = adw_tab_view_get_selected_page (tabs);

  return page ? flatline_session_tabs_get_view (page) : NULL;
}

static FlatlineSessionView *
get_nth_view (AdwTabView *tabs, int n)
{
  return flatline_session_tabs_get_view (adw_tab_view_get_nth_page (tabs, n));
}

AdwTabPage *
flatline_session_tabs_find (AdwTabView *tabs, FlatlineSession *session)
{
  for (int i = 0; i < adw_tab_view_get_n_pages (tabs); i++)
    if (flatline_session_view_get_session (get_nth_view (tabs, i)) == session)
      return adw_tab_view_get_nth_page (tabs, i);
  return NULL;
}

GPtrArray *
flatline_session_tabs_list_sessions (AdwTabView *tabs)
{
  GPtrArray *sessions = g_ptr_array_new ();

  for (int i = 0; i < adw_tab_view_get_n_pages (tabs); i++)
    {
      FlatlineSession *session = flatline_session_view_get_session (get_nth_view (tabs, i));

      if (session)
        g_ptr_array_add (sessions, session);
    }
  return sessions;
}

GPtrArray *
flatline_session_tabs_list_live (AdwTabView *tabs)
{
  GPtrArray *live = g_ptr_array_new ();

  for (int i = 0; i < adw_tab_view_get_n_pages (tabs); i++)
    if (flatline_session_view_is_live (get_nth_view (tabs, i)))
      g_ptr_array_add (live, flatline_session_view_get_session (get_nth_view (tabs, i)));
  return live;
}

FlatlineOpenTab *
flatline_session_tabs_describe (FlatlineSessionView *view)
{
  FlatlineSession *session = flatline_session_view_get_session (view);
  const char *origin = g_object_get_data (G_OBJECT (view), ORIGIN);

  return session || origin ? flatline_open_tab_new (session, origin) : NULL;
}

GPtrArray *
flatline_session_tabs_list_open (AdwTabView *tabs)
{
  GPtrArray *open = g_ptr_array_new_with_free_func ((GDestroyNotify)flatline_open_tab_free);

  for (int i = 0; i < adw_tab_view_get_n_pages (tabs); i++)
    {
      FlatlineOpenTab *tab = flatline_session_tabs_describe (get_nth_view (tabs, i));

      if (tab)
        g_ptr_array_add (open, tab);
    }
  return open;
}
