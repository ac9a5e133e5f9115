/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "flatline-session-tabs.h"

#define ORIGIN  "flatline-origin"
#define LEAVING "flatline-leaving"

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

static gboolean
is_leaving (AdwTabPage *page)
{
  return g_object_get_data (G_OBJECT (page), LEAVING) != NULL;
}

/* Of those that stay. */
static GPtrArray *
list_views (AdwTabView *tabs)
{
  GPtrArray *views = g_ptr_array_new ();

  for (int i = 0; i < adw_tab_view_get_n_pages (tabs); i++)
    if (!is_leaving (adw_tab_view_get_nth_page (tabs, i)))
      g_ptr_array_add (views, flatline_session_tabs_get_view (adw_tab_view_get_nth_page (tabs, i)));
  return views;
}

/* The next one is shown, or the last one. */
gboolean
flatline_session_tabs_leave (AdwTabView *tabs, AdwTabPage *page)
{
  g_autoptr (GPtrArray) views = NULL;
  AdwTabPage *shown = NULL;

  g_object_set_data (G_OBJECT (page), LEAVING, page);
  views = list_views (tabs);
  for (guint i = 0; i < views->len; i++)
    if (!shown || adw_tab_view_get_page_position (tabs, shown) < adw_tab_view_get_page_position (tabs, page))
      shown = adw_tab_view_get_page (tabs, views->pdata[i]);
  if (shown && adw_tab_page_get_selected (page))
    adw_tab_view_set_selected_page (tabs, shown);
  return shown != NULL;
}

AdwTabPage *
flatline_session_tabs_find (AdwTabView *tabs, FlatlineSession *session)
{
  g_autoptr (GPtrArray) views = list_views (tabs);

  for (guint i = 0; i < views->len; i++)
    if (flatline_session_view_get_session (views->pdata[i]) == session)
      return adw_tab_view_get_page (tabs, views->pdata[i]);
  return NULL;
}

GPtrArray *
flatline_session_tabs_list_sessions (AdwTabView *tabs)
{
  g_autoptr (GPtrArray) views = list_views (tabs);
  GPtrArray *sessions = g_ptr_array_new ();

  for (guint i = 0; i < views->len; i++)
    {
      FlatlineSession *session = flatline_session_view_get_session (views->pdata[i]);

      if (session)
        g_ptr_array_add (sessions, session);
    }
  return sessions;
}

GPtrArray *
flatline_session_tabs_list_live (AdwTabView *tabs)
{
  g_autoptr (GPtrArray) views = list_views (tabs);
  GPtrArray *live = g_ptr_array_new ();

  for (guint i = 0; i < views->len; i++)
    if (flatline_session_view_is_live (views->pdata[i]))
      g_ptr_array_add (live, flatline_session_view_get_session (views->pdata[i]));
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
  g_autoptr (GPtrArray) views = list_views (tabs);
  GPtrArray *open = g_ptr_array_new_with_free_func ((GDestroyNotify)flatline_open_tab_free);

  for (guint i = 0; i < views->len; i++)
    {
      FlatlineOpenTab *tab = flatline_session_tabs_describe (views->pdata[i]);

      if (tab)
        g_ptr_array_add (open, tab);
    }
  return open;
}
