/* SPDX-License-Identifier: MIT */
/*
 * FlatlineApplication: one a desktop session. A second `flatline` gives its command line to the first and ends. It owns
 * the store and the sessions. However it is ended (Quit, a signal, the end of the desktop session), programs are asked
 * to close and what is to be stored is.
 */
#include "config.h"

#include "flatline-application.h"

#include <glib/gi18n.h>

#include "flatline-about.h"
#include "flatline-accessibility.h"
#include "flatline-accessible-names.h"
#include "flatline-action-list.h"
#include "flatline-command-answer.h"
#include "flatline-command-line.h"
#include "flatline-config-store.h"
#include "flatline-ending-signals.h"
#include "flatline-file.h"
#include "flatline-freeze-notification.h"
#include "flatline-gradual-end.h"
#include "flatline-graphics.h"
#include "flatline-help-window.h"
#include "flatline-leaving.h"
#include "flatline-mounts.h"
#include "flatline-open-tab.h"
#include "flatline-recording-tab.h"
#include "flatline-recording.h"
#include "flatline-paths.h"
#include "flatline-preferences.h"
#include "flatline-recent-files.h"
#include "flatline-session-keeper.h"
#include "flatline-text-direction.h"
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
  gboolean restoring;
};

G_DEFINE_FINAL_TYPE (FlatlineApplication, flatline_application, ADW_TYPE_APPLICATION)

static FlatlineWindow *
get_window (FlatlineApplication *self)
{
  for (GList *node = gtk_application_get_windows (GTK_APPLICATION (self)); node; node = node->next)
    if (FLATLINE_IS_WINDOW (node->data))
      return node->data;
  return NULL;
}

/* Notifications */

static void
on_freeze_detected (FlatlineApplication *self,
                    FlatlineFreeze *freeze,
                    FlatlineSnapshot *snapshot,
                    FlatlineSession *session)
{
  FlatlineWindow *window = get_window (self);

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

/* Starts @argv in @folder and shows it. @environment NULL: ours. */
static gboolean
run_program (FlatlineApplication *self,
             FlatlineConfig *config,
             const char *const *argv,
             const char *folder,
             const char *const *environment,
             GError **error)
{
  FlatlineWindow *window = get_window (self);
  g_autofree char *path = g_canonicalize_filename (argv[0], folder);
  FlatlineSession *session;

  if (!flatline_file_answers (0, path, error))
    return FALSE;
  session = new_session (self, config, argv, folder, environment);
  /* Shown first, so that the output pane hears the first word. */
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    flatline_window_add_session (window, session);
  if (flatline_session_start (session, error))
    {
      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        flatline_recent_files_add_script (self->settings, path);
      else
        flatline_window_add_session (window, session);
      return TRUE;
    }
  flatline_window_remove_session (window, session);
  return FALSE;
}

static gboolean
open_path (FlatlineApplication *self, const char *path, GError **error)
{
  FlatlineWindow *window = get_window (self);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (FlatlineConfig) config = NULL;

  if (!flatline_file_answers (0, path, error))
    return FALSE;
  if (g_str_has_suffix (path, ".flatline"))
    {
      g_autoptr (FlatlineSnapshot) snapshot = flatline_file_load (path, error);

      if (!snapshot)
        return FALSE;
      flatline_window_add_snapshot (window, snapshot, path);
      flatline_recent_files_add (path);
      return TRUE;
    }
  if (flatline_recording_is_one (path))
    {
      flatline_recording_tab_open (window, path, flatline_recent_files_add);
      return TRUE;
    }
  if (flatline_examination_is_core_file (path))
    {
      g_autoptr (FlatlineExamination) examination = flatline_examination_new_for_core (path);

      flatline_window_add_examination (window, examination);
      return TRUE;
    }
  config = flatline_preferences_load_config (self->settings, NULL, folder, TRUE, error);
  return config && run_program (self, config, (const char *const[]){ path, NULL }, folder, NULL, error);
}

static void
on_open_requested (FlatlineApplication *self, GFile *file)
{
  const char *path = g_file_peek_path (file);
  g_autoptr (GError) error = NULL;

  if (!path)
    flatline_window_say (get_window (self), _ ("This file is not on this computer; copy it here first"));
  else if (!open_path (self, path, &error))
    flatline_window_say (get_window (self), error->message);
}

static void
on_store_trouble (FlatlineApplication *self, const char *line)
{
  FlatlineWindow *window = get_window (self);

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
  config = flatline_preferences_load_config (self->settings, file, folder, FALSE, NULL);
  if (!config)
    config = flatline_preferences_new_config (self->settings);
  self->store = flatline_config_open_store (config, &error);
  if (self->store)
    g_signal_connect_object (self->store, "trouble", G_CALLBACK (on_store_trouble), self, G_CONNECT_SWAPPED);
  else
    self->store_error = g_strdup (error->message);
}

static void
on_tabs_changed (FlatlineApplication *self, FlatlineWindow *window)
{
  g_autoptr (GPtrArray) tabs = NULL;

  if (self->restoring)
    return;
  tabs = flatline_window_list_tabs (window);
  flatline_open_tabs_save (self->settings, tabs);
}

static FlatlineWindow *
ensure_window (FlatlineApplication *self)
{
  FlatlineWindow *window = get_window (self);

  ensure_store (self, NULL, ".");
  if (!window)
    {
      window = flatline_window_new (GTK_APPLICATION (self), self->store);
      g_signal_connect_object (window, "open-requested", G_CALLBACK (on_open_requested), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (window, "tabs-changed", G_CALLBACK (on_tabs_changed), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (window, "session-abandoned", G_CALLBACK (on_session_abandoned), self, G_CONNECT_SWAPPED);
      if (self->store_error)
        flatline_window_say (window, self->store_error);
    }
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

/* What was open */

static void
restore_program (FlatlineApplication *self, FlatlineWindow *window, FlatlineOpenTab *tab)
{
  g_autoptr (FlatlineConfig) config = flatline_preferences_load_config (self->settings, NULL, tab->folder, FALSE, NULL);
  FlatlineSession *session;

  if (!config)
    config = flatline_preferences_new_config (self->settings);
  session = new_session (self, config, (const char *const *)tab->argv, tab->folder, NULL);
  flatline_window_add_session (window, session);
  if (g_settings_get_boolean (self->settings, "restart-tabs"))
    flatline_session_restart (session);
}

/* Programs come back as they were, not started again unless that was asked for. */
static void
restore_tabs (FlatlineApplication *self)
{
  g_autoptr (GPtrArray) tabs = flatline_open_tabs_load (self->settings);
  FlatlineWindow *window = get_window (self);

  if (!g_settings_get_boolean (self->settings, "restore-tabs"))
    return;
  self->restoring = TRUE;
  for (guint i = 0; i < tabs->len; i++)
    {
      FlatlineOpenTab *tab = tabs->pdata[i];
      gint64 freeze = flatline_open_tab_get_freeze_id (tab);

      if (freeze)
        flatline_window_open_freeze (window, freeze);
      else if (tab->origin)
        open_path (self, tab->origin, NULL);
      else
        restore_program (self, window, tab);
    }
  self->restoring = FALSE;
}

/* Command line */

/* @fresh: the window was made for this. */
static gboolean
run_command (FlatlineApplication *self,
             FlatlineCommandLine *command,
             const char *folder,
             const char *const *environment,
             gboolean fresh,
             GError **error)
{
  g_autofree char *config_file = command->config_file ? g_canonicalize_filename (command->config_file, folder) : NULL;
  g_autoptr (FlatlineConfig) config =
      flatline_preferences_load_config (self->settings, config_file, folder, TRUE, error);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;
  g_autofree char *path = NULL;
  const char *app = command->app;

  if (!config)
    return FALSE;
  if (!app)
    app = config->app;
  if (!app && command->arguments[0])
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("there are arguments but no script; name it with --app or in config.ini"));
      return FALSE;
    }
  if (!app)
    {
      if (fresh)
        restore_tabs (self);
      return TRUE;
    }
  path = g_canonicalize_filename (app, folder);
  if (!flatline_file_answers (0, path, error))
    return FALSE;
  if (flatline_examination_is_core_file (path) || flatline_recording_is_one (path))
    return open_path (self, path, error);
  g_strv_builder_add (builder, app);
  g_strv_builder_addv (builder, (const char **)command->arguments);
  argv = g_strv_builder_end (builder);
  return run_program (self, config, (const char *const *)argv, folder, environment, error);
}

static int
flatline_application_command_line (GApplication *application, GApplicationCommandLine *command_line)
{
  FlatlineApplication *self = FLATLINE_APPLICATION (application);
  g_auto (GStrv) argv = g_application_command_line_get_arguments (command_line, NULL);
  const char *cwd = g_application_command_line_get_cwd (command_line);
  g_autofree char *folder = cwd ? g_strdup (cwd) : g_get_current_dir ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineCommandLine) command = flatline_command_line_parse ((const char *const *)argv, &error);
  gboolean had_window = get_window (self) != NULL;
  gboolean ok = command != NULL;

  ensure_store (self, ok ? command->config_file : NULL, folder);
  ensure_window (self);
  if (ok && command->kind == FLATLINE_COMMAND_OPEN_SNAPSHOTS)
    for (guint i = 0; ok && command->arguments[i]; i++)
      {
        g_autofree char *path = g_canonicalize_filename (command->arguments[i], folder);

        ok = open_path (self, path, &error);
      }
  else if (ok)
    ok =
        run_command (self, command, folder, g_application_command_line_get_environ (command_line), !had_window, &error);
  if (ok)
    return 0;
  g_application_command_line_printerr (command_line, "flatline: %s\n", error->message);
  if (!had_window)
    gtk_window_destroy (GTK_WINDOW (get_window (self)));
  return 2;
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
  ensure_window (FLATLINE_APPLICATION (application));
  for (int i = 0; i < n_files; i++)
    on_open_requested (FLATLINE_APPLICATION (application), files[i]);
}

static void
flatline_application_activate (GApplication *application)
{
  FlatlineApplication *self = FLATLINE_APPLICATION (application);
  gboolean had_window = get_window (self) != NULL;

  ensure_window (self);
  if (!had_window)
    restore_tabs (self);
}

/* Actions */

static void
session_activated (GSimpleAction *action, GVariant *uid, gpointer user_data)
{
  FlatlineApplication *self = user_data;
  FlatlineSession *session = flatline_session_keeper_find (self->keeper, g_variant_get_string (uid, NULL));
  const char *name = g_action_get_name (G_ACTION (action));

  if (!session)
    return;
  if (g_str_equal (name, "restart-session"))
    flatline_session_restart (session);
  else if (g_str_equal (name, "kill-session"))
    flatline_session_kill (session);
  flatline_window_show_session (ensure_window (self), session);
}

/* The entry of the desktop's menu. */
static void
open_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  gtk_widget_activate_action (GTK_WIDGET (ensure_window (user_data)), "win.open", NULL);
}

static void
help_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_help_window_present (gtk_application_get_active_window (GTK_APPLICATION (user_data)));
}

static void
about_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_about_present (GTK_WINDOW (get_window (user_data)));
}

static void
quit_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineWindow *window = get_window (user_data);

  if (window)
    gtk_window_close (GTK_WINDOW (window));
  else
    g_application_quit (G_APPLICATION (user_data));
}

static void
preferences_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineApplication *self = user_data;

  flatline_preferences_present (gtk_application_get_active_window (GTK_APPLICATION (self)), self->settings);
}

static const GActionEntry action_entries[] = {
  { .name = "preferences", .activate = preferences_activated },
  { .name = "open", .activate = open_activated },
  { .name = "help", .activate = help_activated },
  { .name = "about", .activate = about_activated },
  { .name = "quit", .activate = quit_activated },
  { .name = "show-session", .activate = session_activated, .parameter_type = "s" },
  { .name = "restart-session", .activate = session_activated, .parameter_type = "s" },
  { .name = "kill-session", .activate = session_activated, .parameter_type = "s" },
};

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
  g_action_map_add_action_entries (G_ACTION_MAP (self), action_entries, G_N_ELEMENTS (action_entries), self);
  flatline_action_list_set_accels (GTK_APPLICATION (self), FLATLINE_FOCUS_WINDOW);
  self->ending_signals = flatline_ending_signals_new (application, self->keeper);
  gtk_icon_theme_add_search_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()), icons);
  gtk_window_set_default_icon_name ("org.flatline.Flatline");
}

static void
flatline_application_shutdown (GApplication *application)
{
  FlatlineApplication *self = FLATLINE_APPLICATION (application);

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

  /* GIO has given our name back by now. A thread that waits for a file system may keep the process for ever, and the next
   * start would talk to it. */
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
