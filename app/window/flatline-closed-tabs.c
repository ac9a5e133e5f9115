/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "flatline-closed-tabs.h"

#define MAX_TABS 50

static GQueue closed = G_QUEUE_INIT;

void
flatline_closed_tabs_push (FlatlineOpenTab *tab)
{
  g_queue_push_head (&closed, tab);
  if (closed.length > MAX_TABS)
    flatline_open_tab_free (g_queue_pop_tail (&closed));
}

FlatlineOpenTab *
flatline_closed_tabs_pop (void)
{
  return g_queue_pop_head (&closed);
}
