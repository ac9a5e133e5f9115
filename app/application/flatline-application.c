/* SPDX-License-Identifier: MIT */
/*
 * FlatlineApplication: one a desktop session. A second `flatline` gives its command line to the first and ends. It owns
 * the store and the sessions. However it is ended (Quit, a signal, the end of the desktop session), programs are asked
 * to close and what is to be stored is.
 */
#include "config.h"

#include "flatline-application-private.h"

#include <glib/gi18n.h>

#include "flatline-accessibility.h"
#include "flatline-accessible-names.h"
#include "flatline-action-list.h"
#include "flatline-command-answer.h"
#include "flatline-command-line.h"
#include "flatline-config-store.h"
#include "flatline-ending-signals.h"
#include "flatline-freeze-notification.h"
#include "flatline-gradual-end.h"
#include "flatline-graphics.h"
#include "flatline-leaving.h"
#include "flatline-open-tab.h"
#include "flatline-opening.h"
#include "flatline-paths.h"
#include "flatline-preferences.h"
#include "flatline-recent-files.h"
#include "flatline-restoring.h"
#include "flatline-session-keeper.h"
#include "flatline-text-direction.h"
#include "flatline-text-zoom.h"
#include "flatline-window.h"

#define KILL_MS  3000 /* for the end of programs that had to be killed */
#define STORE_MS 3000 /* for what is still to be stored */

struct _FlatlineApplication
{
  AdwApplication parent_instance;
  GSettings *settings;
  FlatlineStore *store;
  char *store_error;
  FlatlineSessionKeeper *keeper;
  FlatlineEndingSignals *ending_signals;
  GDBusConnection *left_bus;
  gboolean restoring; /* what comes back is what is kept */
  gboolean leaving;   /* all windows go: what they show is to come back */
  int exit_status;
};

G_DEFINE_FINAL_TYPE (FlatlineApplication, flatline_application, ADW_TYPE_APPLICATION)

FlatlineWindow *
flatline_application_get_window (FlatlineApplication *self)
{
  for (GList *node = gtk_application_get_windows (GTK_APPLICATION (self)); node; node = node->next)
    if (FLATLINE_IS_WINDOW (node->data))
      return node->data;
  return NULL;
}

FlatlineWindow *
flatline_application_find_window (FlatlineApplication *self, FlatlineSession *session)
{
  for (GList *node = gtk_application_get_windows (GTK_APPLICATION (self)); node; node = node->next)
    if (FLATLINE_IS_WINDOW (node->data) && flatline_window_has_session (node->data, session))
      return node->data;
  return flatline_application_get_window (self);
}

/* Notifications */

static void
on_freeze_detected (FlatlineApplication *self,
                    FlatlineFreeze *freeze,
                    FlatlineSnapshot *snapshot,
                    FlatlineSession *session)
{
  FlatlineWindow *window = flatline_application_get_window (self);

  if (snapshot && flatline_snapshot_tells_of_ignored (snapshot))
    return;
  /* Who looks at the window is told there. */
  if (window && flatline_window_tell_freeze (window, freeze, session))
    return;
  if (g_settings_get_boolean (self->settings, "notify-freezes"))
    flatline_freeze_notification_send (G_APPLICATION (self), freeze, session);
}

static void
on_recovered (FlatlineApplication *self, FlatlineFreeze *freeze, FlatlineSession *session)
{
  flatline_freeze_notification_withdraw (G_APPLICATION (self), session);
}

static void
on_exited (FlatlineApplication *self, int exit_status, int exit_signal, FlatlineSession *session)
{
  /* That it crashed is news until somebody has seen it. */
  if (flatline_session_get_state (session) != FLATLINE_SESSION_CRASHED)
    flatline_freeze_notification_withdraw (G_APPLICATION (self), session);
}

/* Sessions */

static void
on_session_abandoned (FlatlineApplication *self, FlatlineSession *session)
{
  flatline_session_keeper_abandon (self->keeper, session);
}

static FlatlineSession *
new_session (FlatlineApplication *self,
             FlatlineConfig *config,
             const char *const *argv,
             const char *folder,
             const char *const *environment)
{
  FlatlineSession *session = flatline_session_new (config, self->store);

  flatline_session_set_program (session, argv, folder);
  flatline_session_set_environment (session, environment);
  g_signal_connect_object (session, "freeze-detected", G_CALLBACK (on_freeze_detected), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "recovered", G_CALLBACK (on_recovered), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "exited", G_CALLBACK (on_exited), self, G_CONNECT_SWAPPED);
  flatline_session_keeper_add (self->keeper, session);
  return session;
}

/* A program whose tab is being made. */
typedef struct
{
  FlatlineApplication *self; /* borrowed: nothing comes when it has gone */
  FlatlineSession *session;
  char *file; /* NULL: it was open before */
  FlatlineApplicationRan ran;
  gpointer user_data;
} Start;

static void
start_free (gpointer data)
{
  Start *start = data;

  g_object_unref (start->session);
  g_free (start->file);
  g_free (start);
}

/* The tab may be closed by now. */
static gboolean
start_in_tab (gpointer user_data)
{
  Start *start = user_data;
  FlatlineWindow *window = flatline_application_find_window (start->self, start->session);
  g_autoptr (GError) error = NULL;

  if (window && !start->file)
    flatline_session_restart (start->session);
  else if (window && flatline_session_start (start->session, &error))
    flatline_recent_files_add_script (start->self->settings, start->file);
  else if (window)
    flatline_window_remove_session (window, start->session);
  if (start->ran)
    start->ran (error, start->user_data);
  return G_SOURCE_REMOVE;
}

/* Once all panes are made, so that the output pane hears the first word. */
static void
queue_start (FlatlineApplication *self,
             FlatlineSession *session,
             const char *file,
             FlatlineApplicationRan ran,
             gpointer user_data)
{
  Start *start = g_new0 (Start, 1);

  start->self = self;
  start->session = g_object_ref (session);
  start->file = g_strdup (file);
  start->ran = ran;
  start->user_data = user_data;
  g_idle_add_full (FLATLINE_PRIORITY_AFTER_PANES, start_in_tab, start, start_free);
}

void
flatline_application_run (FlatlineApplication *self,
                          FlatlineWindow *window,
                          FlatlineConfig *config,
                          const char *file,
                          const char *const *argv,
                          const char *folder,
                          const char *const *environment,
                          FlatlineApplicationRan ran,
                          gpointer user_data)
{
  FlatlineSession *session = new_session (self, config, argv, folder, environment);
  g_autoptr (GError) error = NULL;

  if (file)
    {
      flatline_window_add_session (window, session);
      queue_start (self, session, file, ran, user_data);
      return;
    }
  if (flatline_session_start (session, &error))
    flatline_window_add_session (window, session);
  ran (error, user_data);
}

static void
on_store_trouble (FlatlineApplication *self, const char *line)
{
  FlatlineWindow *window = flatline_application_get_window (self);

  if (window)
    flatline_window_warn (window, line);
}

/* The settings of whoever comes first say where freezes are kept, for all windows. */
static void
ensure_store (FlatlineApplication *self, const char *config_file, const char *folder)
{
  g_autofree char *file = config_file ? g_canonicalize_filename (config_file, folder) : NULL;
  g_autoptr (FlatlineConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  if (self->store || self->store_error)
    return;
  config = flatline_preferences_load_config (self->settings, file, folder);
  self->store = flatline_config_open_store (config, &error);
  if (self->store)
    g_signal_connect_object (self->store, "trouble", G_CALLBACK (on_store_trouble), self, G_CONNECT_SWAPPED);
  else
    self->store_error = g_strdup (error->message);
}

static void
save_tabs (FlatlineApplication *self)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify)flatline_open_tab_free);

  if (self->restoring || self->leaving)
    return;
  for (GList *node = g_list_last (gtk_application_get_windows (GTK_APPLICATION (self))); node; node = node->prev)
    if (FLATLINE_IS_WINDOW (node->data))
      {
        g_autoptr (GPtrArray) tabs = flatline_window_list_tabs (node->data);

        if (tabs->len > 0)
          ((FlatlineOpenTab *)tabs->pdata[0])->begins_window = TRUE;
        g_ptr_array_extend_and_steal (all, g_steal_pointer (&tabs));
      }
  flatline_open_tabs_save (self->settings, all);
}

static void
on_open_requested (FlatlineApplication *self, GSList *files, FlatlineWindow *window)
{
  flatline_opening_begin (flatline_opening_new_for_files (self, window, files));
}

/* Tabs that are dragged out make windows of themselves. */
static void
flatline_application_window_added (GtkApplication *application, GtkWindow *window)
{
  GTK_APPLICATION_CLASS (flatline_application_parent_class)->window_added (application, window);
  if (!FLATLINE_IS_WINDOW (window))
    return;
  g_signal_connect_object (window, "open-requested", G_CALLBACK (on_open_requested), application, G_CONNECT_SWAPPED);
  g_signal_connect_object (window, "tabs-changed", G_CALLBACK (save_tabs), application, G_CONNECT_SWAPPED);
  g_signal_connect_object (window, "session-abandoned", G_CALLBACK (on_session_abandoned), application,
                           G_CONNECT_SWAPPED);
}

/* What the last one showed comes back; what another one showed was closed. */
static void
flatline_application_window_removed (GtkApplication *application, GtkWindow *window)
{
  FlatlineApplication *self = FLATLINE_APPLICATION (application);

  GTK_APPLICATION_CLASS (flatline_application_parent_class)->window_removed (application, window);
  if (FLATLINE_IS_WINDOW (window) && flatline_application_get_window (self))
    save_tabs (self);
}

FlatlineWindow *
flatline_application_create_window (FlatlineApplication *self)
{
  FlatlineWindow *window;

  ensure_store (self, NULL, ".");
  window = flatline_window_new (GTK_APPLICATION (self), self->store);
  if (self->store_error)
    flatline_window_say (window, self->store_error);
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

FlatlineWindow *
flatline_application_ensure_window (FlatlineApplication *self)
{
  FlatlineWindow *window = flatline_application_get_window (self);

  if (!window)
    return flatline_application_create_window (self);
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

void
flatline_application_add_stopped (FlatlineApplication *self,
                                  FlatlineWindow *window,
                                  FlatlineConfig *config,
                                  const char *const *argv,
                                  const char *folder)
{
  FlatlineSession *session = new_session (self, config, argv, folder, NULL);

  flatline_window_add_session (window, session);
  if (g_settings_get_boolean (self->settings, "restart-tabs"))
    queue_start (self, session, NULL, NULL, NULL);
}

/* Command line */

static int
flatline_application_command_line (GApplication *application, GApplicationCommandLine *command_line)
{
  FlatlineApplication *self = FLATLINE_APPLICATION (application);
  g_auto (GStrv) argv = g_application_command_line_get_arguments (command_line, NULL);
  const char *cwd = g_application_command_line_get_cwd (command_line);
  g_autofree char *folder = cwd ? g_strdup (cwd) : g_get_current_dir ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineCommandLine) command = flatline_command_line_parse ((const char *const *)argv, &error);
  const gboolean had_window = flatline_application_get_window (self) != NULL;
  FlatlineWindow *window;
  FlatlineOpening *opening;

  ensure_store (self, command ? command->config_file : NULL, folder);
  window = flatline_application_ensure_window (self);
  opening = flatline_opening_new_for_command (self, window, command_line, !had_window);
  if (!command)
    {
      flatline_opening_end (opening, error);
      return 2;
    }
  flatline_opening_take_command (opening, command, folder);
  flatline_opening_begin (opening);
  return 0;
}

/* What needs no window is answered here, by the process that was asked, and mistakes are told before anything starts.
 */
static gboolean
flatline_application_local_command_line (GApplication *application, char ***arguments, int *exit_status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineCommandLine) command = NULL;

  /* Started by D-Bus for somebody who will say what to do. */
  if (g_strv_length (*arguments) == 2 && g_str_equal ((*arguments)[1], "--gapplication-service"))
    {
      flatline_graphics_init ();
      return G_APPLICATION_CLASS (flatline_application_parent_class)
          ->local_command_line (application, arguments, exit_status);
    }
  command = flatline_command_line_parse ((const char *const *)*arguments, &error);
  if (!command)
    {
      g_printerr ("flatline: %s\n", error->message);
      *exit_status = 2;
      return TRUE;
    }
  return flatline_command_answer (command, exit_status);
}

static void
flatline_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  FlatlineWindow *window = flatline_application_ensure_window (FLATLINE_APPLICATION (application));
  g_autoptr (GSList) list = NULL;

  while (n_files > 0)
    list = g_slist_prepend (list, files[--n_files]);
  on_open_requested (FLATLINE_APPLICATION (application), list, window);
}

static void
flatline_application_activate (GApplication *application)
{
  FlatlineApplication *self = FLATLINE_APPLICATION (application);
  gboolean had_window = flatline_application_get_window (self) != NULL;

  flatline_application_ensure_window (self);
  if (!had_window)
    flatline_restoring_begin (self);
}

static void
flatline_application_startup (GApplication *application)
{
  FlatlineApplication *self = FLATLINE_APPLICATION (application);
  g_autofree char *icons = flatline_paths_dup_icons_dir ();

  flatline_accessibility_init (application);
  G_APPLICATION_CLASS (flatline_application_parent_class)->startup (application);
  flatline_accessible_names_name_menus ();
  gtk_widget_set_default_direction (flatline_text_direction_of_locale ());
  self->settings = g_settings_new ("org.flatline.Flatline");
  flatline_preferences_follow_color_scheme (self->settings);
  flatline_text_zoom_begin (application, self->settings);
  /* Who comes by a text that can be copied has not selected it. */
  g_object_set (gtk_settings_get_default (), "gtk-label-select-on-focus", FALSE, NULL);
  flatline_application_add_actions (self);
  flatline_action_list_set_accels (GTK_APPLICATION (self), FLATLINE_FOCUS_WINDOW);
  self->ending_signals = flatline_ending_signals_new (application, self->keeper);
  gtk_icon_theme_add_search_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()), icons);
  gtk_window_set_default_icon_name ("org.flatline.Flatline");
}

static void
flatline_application_shutdown (GApplication *application)
{
  FlatlineApplication *self = FLATLINE_APPLICATION (application);

  self->leaving = TRUE;
  flatline_leaving_destroy_windows ();
  flatline_gradual_end_now ();
  flatline_session_keeper_end_all (self->keeper, KILL_MS);
  g_clear_pointer (&self->ending_signals, flatline_ending_signals_free);
  if (self->store)
    flatline_store_flush (self->store, STORE_MS);
  g_clear_object (&self->store);
  g_clear_object (&self->settings);
  g_set_object (&self->left_bus, g_application_get_dbus_connection (application));
  G_APPLICATION_CLASS (flatline_application_parent_class)->shutdown (application);
}

static void
flatline_application_finalize (GObject *object)
{
  FlatlineApplication *self = FLATLINE_APPLICATION (object);

  /* GIO has given our name back by now. A thread that waits for a file system may keep the process for ever, and the
   * next start would talk to it. */
  if (self->left_bus)
    g_dbus_connection_flush_sync (self->left_bus, NULL, NULL);
  g_clear_object (&self->left_bus);
  flatline_session_keeper_free (self->keeper);
  g_free (self->store_error);
  G_OBJECT_CLASS (flatline_application_parent_class)->finalize (object);
}

static void
flatline_application_class_init (FlatlineApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = flatline_application_finalize;
  application_class->local_command_line = flatline_application_local_command_line;
  application_class->command_line = flatline_application_command_line;
  application_class->open = flatline_application_open;
  application_class->activate = flatline_application_activate;
  application_class->startup = flatline_application_startup;
  application_class->shutdown = flatline_application_shutdown;
  GTK_APPLICATION_CLASS (klass)->window_added = flatline_application_window_added;
  GTK_APPLICATION_CLASS (klass)->window_removed = flatline_application_window_removed;
}

static void
flatline_application_init (FlatlineApplication *self)
{
  self->keeper = flatline_session_keeper_new (G_APPLICATION (self));
}

FlatlineApplication *
flatline_application_new (void)
{
  return g_object_new (FLATLINE_TYPE_APPLICATION, "application-id", "org.flatline.Flatline", "register-session", TRUE,
                       "flags",
                       G_APPLICATION_HANDLES_COMMAND_LINE | G_APPLICATION_HANDLES_OPEN | G_APPLICATION_SEND_ENVIRONMENT,
                       "resource-base-path", "/org/flatline/Flatline", NULL);
}

FlatlineSession *
flatline_application_find_session (FlatlineApplication *self, const char *uid)
{
  return flatline_session_keeper_find (self->keeper, uid);
}

int
flatline_application_get_exit_status (FlatlineApplication *self)
{
  return self->exit_status;
}

void
flatline_application_set_exit_status (FlatlineApplication *self, int status)
{
  self->exit_status = status;
}

GSettings *
flatline_application_get_settings (FlatlineApplication *self)
{
  return self->settings;
}

void
flatline_application_set_restoring (FlatlineApplication *self, gboolean restoring)
{
  self->restoring = restoring;
}
