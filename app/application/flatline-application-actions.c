/* SPDX-License-Identifier: MIT */
/* What the menus, keys and notifications ask of the application as a whole, whatever window is in front. */
#include "config.h"

#include "flatline-application-private.h"

#include <glib/gi18n.h>

#include "flatline-about.h"
#include "flatline-end-question.h"
#include "flatline-help-window.h"
#include "flatline-preferences.h"
#include "flatline-restoring.h"

/* From a notification. */
static void
session_activated (GSimpleAction *action, GVariant *uid, gpointer user_data)
{
  FlatlineApplication *self = user_data;
  FlatlineSession *session = flatline_application_find_session (self, g_variant_get_string (uid, NULL));
  const char *name = g_action_get_name (G_ACTION (action));

  if (!session)
    return;
  if (g_str_equal (name, "restart-session"))
    flatline_session_restart (session);
  else if (g_str_equal (name, "kill-session"))
    flatline_session_kill (session);
  flatline_application_ensure_window (self);
  flatline_window_show_session (flatline_application_find_window (self, session), session);
}

static void
new_window_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_application_create_window (user_data);
}

/* The entry of the desktop's menu. */
static void
open_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  gtk_widget_activate_action (GTK_WIDGET (flatline_application_ensure_window (user_data)), "win.open", NULL);
}

static void
help_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_help_window_present (gtk_application_get_active_window (GTK_APPLICATION (user_data)));
}

static void
about_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_about_present (GTK_WINDOW (flatline_application_get_window (user_data)));
}

static void
on_quit_answered (GtkWindow *window, gboolean end, gpointer user_data)
{
  if (end)
    g_application_quit (G_APPLICATION (user_data));
}

/* One window asks for itself; of several, one asks for all. */
static void
quit_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineApplication *self = user_data;
  FlatlineWindow *window = flatline_application_get_window (self);
  g_autoptr (GPtrArray) live = g_ptr_array_new ();
  guint n_windows = 0;

  for (GList *node = gtk_application_get_windows (GTK_APPLICATION (self)); node; node = node->next)
    if (FLATLINE_IS_WINDOW (node->data))
      {
        n_windows++;
        g_ptr_array_extend_and_steal (live, flatline_window_list_live (node->data));
      }
  if (n_windows == 1)
    gtk_window_close (GTK_WINDOW (window));
  else if (live->len == 0)
    g_application_quit (G_APPLICATION (self));
  else
    flatline_end_question_ask (GTK_WINDOW (window), live,
                               ngettext ("Closing all windows ends it.", "Closing all windows ends them.", live->len),
                               on_quit_answered, self);
}

static void
preferences_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineApplication *self = user_data;

  flatline_preferences_present (gtk_application_get_active_window (GTK_APPLICATION (self)),
                                flatline_application_get_settings (self));
}

static void
reopen_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_restoring_reopen (user_data);
}

static const GActionEntry action_entries[] = {
  { .name = "new-window", .activate = new_window_activated },
  { .name = "preferences", .activate = preferences_activated },
  { .name = "open", .activate = open_activated },
  { .name = "help", .activate = help_activated },
  { .name = "about", .activate = about_activated },
  { .name = "quit", .activate = quit_activated },
  { .name = "reopen-tab", .activate = reopen_activated },
  { .name = "show-session", .activate = session_activated, .parameter_type = "s" },
  { .name = "restart-session", .activate = session_activated, .parameter_type = "s" },
  { .name = "kill-session", .activate = session_activated, .parameter_type = "s" },
};

void
flatline_application_add_actions (FlatlineApplication *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), action_entries, G_N_ELEMENTS (action_entries), self);
}
