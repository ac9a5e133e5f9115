/* SPDX-License-Identifier: MIT */
/*
 * A terminal keeps Ctrl+R, Ctrl+W and their like for what runs in it, an entry keeps letters and digits. So do a
 * terminal in which nothing runs, and a dialog over the window: it shares the application's keys.
 */
#include "flatline-key-focus.h"

#include <vte/vte.h>

#include "flatline-action-list.h"

#define FOLLOWED "flatline-key-focus"

/* The keys are the application's: of several windows the one that is used says whose they are. */
static gboolean
is_another_active (GtkWindow *window, GtkApplication *application)
{
  for (GList *node = application ? gtk_application_get_windows (application) : NULL; node; node = node->next)
    if (node->data != window && gtk_window_is_active (node->data) && g_object_get_data (node->data, FOLLOWED))
      return TRUE;
  return FALSE;
}

static void
on_focus_changed (GtkWindow *window);

static gboolean
takes_input (GtkWidget *focus)
{
  return focus && VTE_IS_TERMINAL (focus) && vte_terminal_get_input_enabled (VTE_TERMINAL (focus));
}

static void
follow_input (GtkWidget *terminal, GtkWindow *window)
{
  g_signal_handlers_disconnect_by_func (terminal, on_focus_changed, window);
  g_signal_connect_object (terminal, "notify::input-enabled", G_CALLBACK (on_focus_changed), window, G_CONNECT_SWAPPED);
}

static void
on_focus_changed (GtkWindow *window)
{
  GtkApplication *application = gtk_window_get_application (window);
  GtkWidget *focus = gtk_window_get_focus (window);
  FlatlineFocus where = FLATLINE_FOCUS_WINDOW;

  if (!gtk_window_is_active (window) && is_another_active (window, application))
    return;
  if (focus && VTE_IS_TERMINAL (focus))
    follow_input (focus, window);
  if (takes_input (focus))
    where = FLATLINE_FOCUS_TERMINAL;
  else if (!gtk_window_is_active (window))
    where = FLATLINE_FOCUS_ENTRY;
  /* Of what somebody types the end may come when the program has ended. */
  else if (focus
           && (VTE_IS_TERMINAL (focus) || GTK_IS_EDITABLE (focus) || GTK_IS_POPOVER (gtk_widget_get_native (focus))))
    where = FLATLINE_FOCUS_ENTRY;
  if (application)
    flatline_action_list_set_accels (application, where);
}

void
flatline_key_focus_follow (GtkWindow *window)
{
  g_object_set_data (G_OBJECT (window), FOLLOWED, window);
  g_signal_connect (window, "notify::focus-widget", G_CALLBACK (on_focus_changed), NULL);
  g_signal_connect (window, "notify::is-active", G_CALLBACK (on_focus_changed), NULL);
}

void
flatline_key_focus_end (GtkWindow *window)
{
  g_signal_handlers_disconnect_by_func (window, on_focus_changed, NULL);
}
