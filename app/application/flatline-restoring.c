/* SPDX-License-Identifier: MIT */
/* A file may take its time: what comes behind it waits. */
#include "config.h"

#include "flatline-restoring.h"

#include "flatline-application-private.h"
#include "flatline-closed-tabs.h"
#include "flatline-open-tab.h"
#include "flatline-opening.h"

#define WAITING "flatline-restoring"

/* NULL: it was there at once. Else it is to be begun. */
static FlatlineOpening *
restore (FlatlineApplication *self, FlatlineWindow *window, FlatlineOpenTab *tab)
{
  const gint64 freeze = flatline_open_tab_get_freeze_id (tab);

  if (tab->origin && !freeze)
    return flatline_opening_new (self, window, (const char *const[]){ tab->origin, NULL });
  if (!freeze)
    return flatline_opening_new_stopped (self, window, (const char *const *)tab->argv, tab->folder);
  flatline_window_open_freeze (window, freeze);
  return NULL;
}

static void
restore_next (FlatlineApplication *self)
{
  GQueue *waiting = g_object_get_data (G_OBJECT (self), WAITING);

  while (!g_queue_is_empty (waiting))
    {
      g_autoptr (FlatlineOpenTab) tab = g_queue_pop_head (waiting);
      FlatlineWindow *window =
          tab->begins_window ? flatline_application_create_window (self) : flatline_application_ensure_window (self);
      FlatlineOpening *opening = restore (self, window, tab);

      if (opening)
        {
          flatline_opening_set_done (opening, restore_next);
          flatline_opening_begin (opening);
          return;
        }
    }
  g_object_set_data (G_OBJECT (self), WAITING, NULL);
  flatline_application_set_restoring (self, FALSE);
}

static void
free_waiting (gpointer waiting)
{
  g_queue_free_full (waiting, (GDestroyNotify)flatline_open_tab_free);
}

void
flatline_restoring_begin (FlatlineApplication *self)
{
  GSettings *settings = flatline_application_get_settings (self);
  g_autoptr (GPtrArray) tabs = flatline_open_tabs_load (settings);
  GQueue *waiting;

  if (!g_settings_get_boolean (settings, "restore-tabs") || g_object_get_data (G_OBJECT (self), WAITING))
    return;
  waiting = g_queue_new ();
  g_ptr_array_set_free_func (tabs, NULL);
  for (guint i = 0; i < tabs->len; i++)
    g_queue_push_tail (waiting, tabs->pdata[i]);
  g_object_set_data_full (G_OBJECT (self), WAITING, waiting, free_waiting);
  flatline_application_set_restoring (self, TRUE);
  restore_next (self);
}

void
flatline_restoring_reopen (FlatlineApplication *self)
{
  g_autoptr (FlatlineOpenTab) tab = flatline_closed_tabs_pop ();
  FlatlineOpening *opening = tab ? restore (self, flatline_application_ensure_window (self), tab) : NULL;

  if (opening)
    flatline_opening_begin (opening);
}
