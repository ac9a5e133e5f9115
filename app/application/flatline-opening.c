/* SPDX-License-Identifier: MIT */
/* One file after the other: each is looked at in a worker, and shown here. */
#include "config.h"

#include "flatline-opening.h"

#include <glib/gi18n.h>

#include "flatline-application-private.h"
#include "flatline-file-look.h"
#include "flatline-preferences.h"
#include "flatline-recent-files.h"
#include "flatline-recording-tab.h"

#define SAY_READING_MS 400 /* what is there sooner needs no word */

/* FlatlineOpening */

struct _FlatlineOpening
{
  FlatlineApplication *self; /* borrowed: nothing comes when it has gone */
  GWeakRef window;
  char **paths;
  guint next;
  FlatlineConfig *config; /* of the program with arguments; NULL: of its folder */
  char **argv;            /* of it; NULL: none */
  char *folder;
  char **environment;
  GApplicationCommandLine *command_line; /* that waits; NULL: whoever looks at the window */
  gboolean fresh;                        /* the window was made for this */
  FlatlineOpeningDone done;              /* of what comes back: nobody waits for words; NULL: another */
  guint say_source;
};

static void
open_next (FlatlineOpening *opening);

FlatlineOpening *
flatline_opening_new (FlatlineApplication *self, FlatlineWindow *window, const char *const *paths)
{
  FlatlineOpening *opening = g_new0 (FlatlineOpening, 1);

  opening->self = self;
  g_weak_ref_init (&opening->window, window);
  opening->paths = g_strdupv ((char **)paths);
  return opening;
}

static void
opening_free (FlatlineOpening *opening)
{
  g_clear_handle_id (&opening->say_source, g_source_remove);
  g_weak_ref_clear (&opening->window);
  g_strfreev (opening->paths);
  g_strfreev (opening->argv);
  g_strfreev (opening->environment);
  g_free (opening->folder);
  g_clear_object (&opening->config);
  g_clear_object (&opening->command_line);
  g_free (opening);
}

static FlatlineWindow *
dup_window (FlatlineOpening *opening)
{
  FlatlineWindow *window = g_weak_ref_get (&opening->window);

  return window && gtk_window_get_application (GTK_WINDOW (window))
             ? window
             : g_object_ref (flatline_application_ensure_window (opening->self));
}

/* @error NULL: all are open. */
void
flatline_opening_end (FlatlineOpening *opening, const GError *error)
{
  FlatlineApplication *self = opening->self;
  g_autoptr (FlatlineWindow) window = g_weak_ref_get (&opening->window);
  const FlatlineOpeningDone done = opening->done;

  if (error && opening->command_line)
    {
      g_application_command_line_printerr (opening->command_line, "flatline: %s\n", error->message);
      g_application_command_line_set_exit_status (opening->command_line, 2);
      if (!g_application_command_line_get_is_remote (opening->command_line))
        flatline_application_set_exit_status (self, 2);
      if (opening->fresh && window)
        gtk_window_destroy (GTK_WINDOW (window));
    }
  else if (error && window && !done)
    flatline_window_say (window, error->message);
  opening_free (opening);
  if (done)
    done (self);
}

static gboolean
show_look (FlatlineOpening *opening, FlatlineFileLook *look, GError **error)
{
  FlatlineApplication *self = opening->self;
  g_autoptr (FlatlineWindow) window = dup_window (opening);
  g_autofree char *folder = g_path_get_dirname (look->path);
  g_autoptr (FlatlineExamination) examination = NULL;
  g_autoptr (FlatlineConfig) config = NULL;

  switch (look->kind)
    {
    case FLATLINE_FILE_SNAPSHOT:
      flatline_window_add_snapshot (window, look->snapshot, look->path);
      flatline_recent_files_add (look->path);
      return TRUE;
    case FLATLINE_FILE_RECORDING:
      flatline_recording_tab_open (window, look->path, flatline_recent_files_add);
      return TRUE;
    case FLATLINE_FILE_CORE:
      examination = flatline_examination_new_for_core (look->path);
      flatline_window_add_examination (window, examination);
      return TRUE;
    default:
      break;
    }
  if (opening->argv)
    return flatline_application_run (self, window, opening->config, (const char *const *)opening->argv, opening->folder,
                                     (const char *const *)opening->environment, error);
  config = flatline_preferences_load_config (flatline_application_get_settings (self), NULL, folder, TRUE, error);
  return config
         && flatline_application_run (self, window, config, (const char *const[]){ look->path, NULL }, folder, NULL,
                                      error);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineOpening *opening = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineFileLook) look = flatline_file_look_finish (result, &error);

  g_clear_handle_id (&opening->say_source, g_source_remove);
  if (look && show_look (opening, look, &error))
    open_next (opening);
  else
    flatline_opening_end (opening, error);
}

/* To whoever waits for something to happen. */
static gboolean
say_reading (gpointer user_data)
{
  FlatlineOpening *opening = user_data;
  g_autoptr (FlatlineWindow) window = dup_window (opening);
  g_autofree char *name = g_filename_display_basename (opening->paths[opening->next - 1]);
  /* Translators: the name of a file */
  g_autofree char *line = g_strdup_printf (_ ("Reading “%s”…"), name);

  opening->say_source = 0;
  flatline_window_say (window, line);
  return G_SOURCE_REMOVE;
}

static void
open_next (FlatlineOpening *opening)
{
  const char *path = opening->paths[opening->next];

  if (!path)
    {
      flatline_opening_end (opening, NULL);
      return;
    }
  opening->next++;
  if (!opening->done)
    opening->say_source = g_timeout_add (SAY_READING_MS, say_reading, opening);
  flatline_file_look_async (path, on_looked, opening);
}

FlatlineOpening *
flatline_opening_new_for_command (FlatlineApplication *self,
                                  FlatlineWindow *window,
                                  GApplicationCommandLine *command_line,
                                  gboolean fresh)
{
  FlatlineOpening *opening = flatline_opening_new (self, window, (const char *const[]){ NULL });

  opening->fresh = fresh;
  opening->command_line = g_object_ref (command_line);
  opening->environment = g_strdupv ((char **)g_application_command_line_get_environ (command_line));
  return opening;
}

gboolean
flatline_opening_take_command (FlatlineOpening *opening,
                               FlatlineCommandLine *command,
                               const char *folder,
                               GError **error)
{
  g_autofree char *config_file = command->config_file ? g_canonicalize_filename (command->config_file, folder) : NULL;
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_autofree char *path = NULL;
  const char *app = command->app;

  g_clear_pointer (&opening->paths, g_strfreev);
  if (command->kind == FLATLINE_COMMAND_OPEN_SNAPSHOTS)
    {
      for (guint i = 0; command->arguments[i]; i++)
        {
          g_autofree char *file = g_canonicalize_filename (command->arguments[i], folder);

          g_strv_builder_add (paths, file);
        }
      opening->paths = g_strv_builder_end (paths);
      return TRUE;
    }
  opening->config = flatline_preferences_load_config (flatline_application_get_settings (opening->self), config_file,
                                                      folder, TRUE, error);
  if (!opening->config)
    return FALSE;
  if (!app)
    app = opening->config->app;
  if (!app && command->arguments[0])
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("there are arguments but no script; name it with --app or in config.ini"));
      return FALSE;
    }
  if (app)
    {
      path = g_canonicalize_filename (app, folder);
      g_strv_builder_add (paths, path);
      g_strv_builder_add (argv, app);
      g_strv_builder_addv (argv, (const char **)command->arguments);
      opening->argv = g_strv_builder_end (argv);
      opening->folder = g_strdup (folder);
    }
  opening->paths = g_strv_builder_end (paths);
  return TRUE;
}

void
flatline_opening_set_done (FlatlineOpening *opening, FlatlineOpeningDone done)
{
  opening->done = done;
}

gboolean
flatline_opening_has_files (FlatlineOpening *opening)
{
  return opening->paths[0] != NULL;
}

void
flatline_opening_begin (FlatlineOpening *opening)
{
  open_next (opening);
}
