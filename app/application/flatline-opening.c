/* SPDX-License-Identifier: MIT */
/* One file after the other: each is looked at in a worker, as are the settings beside a program, and shown here. */
#include "config.h"

#include "flatline-opening.h"

#include <glib/gi18n.h>

#include "flatline-application-private.h"
#include "flatline-file-look.h"
#include "flatline-preferences.h"
#include "flatline-recent-files.h"
#include "flatline-recording-tab.h"
#include "flatline-restoring.h"

#define SAY_READING_MS 400 /* what is there sooner needs no word */
#define MAX_COMPLAINTS 4   /* that are told in words */

/* FlatlineOpening */

struct _FlatlineOpening
{
  FlatlineApplication *self; /* borrowed: nothing comes when it has gone */
  GWeakRef window;
  char **paths;
  guint next;
  FlatlineFileLook *look; /* at a program that waits for its settings */
  FlatlineConfig *config; /* of the program with arguments; NULL: of its folder */
  char **argv;            /* of it; NULL: none */
  char *folder;
  gboolean stopped;  /* it is shown, not run */
  char *config_file; /* of a command; NULL: in its folder */
  char *app;         /* that the command names; NULL: the settings may */
  char **arguments;  /* of the command, until its settings are there */
  char **environment;
  GApplicationCommandLine *command_line; /* that waits; NULL: whoever looks at the window */
  gboolean fresh;                        /* the window was made for this */
  FlatlineOpeningDone done;              /* of what comes back: nobody waits for words; NULL: another */
  char *awaited;                         /* the file that is read */
  guint say_source;
  GPtrArray *complaints; /* of files that could not be opened while others may be; NULL: the first one ends it */
};

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
complain (FlatlineOpening *opening, const char *complaint)
{
  if (!g_ptr_array_find_with_equal_func (opening->complaints, complaint, g_str_equal, NULL))
    g_ptr_array_add (opening->complaints, g_strdup (complaint));
}

FlatlineOpening *
flatline_opening_new_for_files (FlatlineApplication *self, FlatlineWindow *window, GSList *files)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  FlatlineOpening *opening = flatline_opening_new (self, window, NULL);

  opening->complaints = g_ptr_array_new_with_free_func (g_free);
  for (; files; files = files->next)
    if (g_file_peek_path (files->data))
      g_ptr_array_add (paths, (char *)g_file_peek_path (files->data));
    else
      complain (opening, _ ("This file is not on this computer; copy it here first"));
  g_ptr_array_add (paths, NULL);
  opening->paths = g_strdupv ((char **)paths->pdata);
  return opening;
}

static void
opening_free (FlatlineOpening *opening)
{
  g_clear_handle_id (&opening->say_source, g_source_remove);
  g_weak_ref_clear (&opening->window);
  g_strfreev (opening->paths);
  g_clear_pointer (&opening->look, flatline_file_look_free);
  g_free (opening->config_file);
  g_free (opening->app);
  g_strfreev (opening->arguments);
  g_free (opening->awaited);
  g_clear_pointer (&opening->complaints, g_ptr_array_unref);
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

/* All of them at once: the next word would take the place of the one before. */
static void
say_complaints (GPtrArray *complaints, FlatlineWindow *window)
{
  g_autoptr (GString) words = g_string_new (NULL);
  const guint n = complaints->len > MAX_COMPLAINTS ? MAX_COMPLAINTS - 1 : complaints->len;

  for (guint i = 0; i < n; i++)
    g_string_append_printf (words, "%s%s", i > 0 ? "\n" : "", (char *)complaints->pdata[i]);
  if (complaints->len > n)
    g_string_append_printf (
        words, ngettext ("\n%u more could not be opened", "\n%u more could not be opened", complaints->len - n),
        complaints->len - n);
  flatline_window_say (window, words->str);
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
  else if (window && opening->complaints && opening->complaints->len > 0)
    say_complaints (opening->complaints, window);
  opening_free (opening);
  if (done)
    done (self);
}

/* To whoever waits for something to happen. */
static gboolean
say_reading (gpointer user_data)
{
  FlatlineOpening *opening = user_data;
  g_autoptr (FlatlineWindow) window = dup_window (opening);
  g_autofree char *name = g_filename_display_basename (opening->awaited);
  /* Translators: the name of a file */
  g_autofree char *line = g_strdup_printf (_ ("Reading “%s”…"), name);

  opening->say_source = 0;
  flatline_window_say (window, line);
  return G_SOURCE_REMOVE;
}

static void
await (FlatlineOpening *opening, const char *path)
{
  g_free (opening->awaited);
  opening->awaited = g_strdup (path);
  if (!opening->done)
    opening->say_source = g_timeout_add (SAY_READING_MS, say_reading, opening);
}

static void
load_config (FlatlineOpening *opening, const char *folder, GAsyncReadyCallback callback)
{
  g_autofree char *beside = g_build_filename (folder, "config.ini", NULL);

  await (opening, opening->config_file ? opening->config_file : beside);
  flatline_preferences_load_config_async (flatline_application_get_settings (opening->self), opening->config_file,
                                          folder, !opening->stopped, callback, opening);
}

static FlatlineConfig *
take_config (FlatlineOpening *opening, GAsyncResult *result, GError **error)
{
  g_clear_handle_id (&opening->say_source, g_source_remove);
  return flatline_preferences_load_config_finish (result, error);
}

static void
open_next (FlatlineOpening *opening);

static void
fail (FlatlineOpening *opening, const GError *error)
{
  if (!opening->complaints)
    {
      flatline_opening_end (opening, error);
      return;
    }
  complain (opening, error->message);
  open_next (opening);
}

static void
on_ran (const GError *error, gpointer user_data)
{
  FlatlineOpening *opening = user_data;

  if (error)
    fail (opening, error);
  else
    open_next (opening);
}

static void
run (FlatlineOpening *opening, FlatlineFileLook *look, FlatlineConfig *config, const char *const *argv)
{
  g_autoptr (FlatlineWindow) window = dup_window (opening);
  g_autofree char *folder = opening->folder ? g_strdup (opening->folder) : g_path_get_dirname (look->path);

  flatline_application_run (opening->self, window, config, look->is_file ? look->path : NULL, argv, folder,
                            opening->argv ? (const char *const *)opening->environment : NULL, on_ran, opening);
}

static void
on_config (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineOpening *opening = user_data;
  g_autoptr (FlatlineFileLook) look = g_steal_pointer (&opening->look);
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineConfig) config = take_config (opening, result, &error);

  if (config)
    run (opening, look, config, (const char *const[]){ look->path, NULL });
  else
    fail (opening, error);
}

/* Takes @look. */
static void
show_program (FlatlineOpening *opening, FlatlineFileLook *look)
{
  g_autofree char *folder = g_path_get_dirname (look->path);

  if (opening->argv)
    {
      run (opening, look, opening->config, (const char *const *)opening->argv);
      flatline_file_look_free (look);
      return;
    }
  opening->look = look;
  load_config (opening, folder, on_config);
}

static void
show_document (FlatlineOpening *opening, FlatlineFileLook *look)
{
  g_autoptr (FlatlineWindow) window = dup_window (opening);
  g_autoptr (FlatlineExamination) examination = NULL;

  if (look->kind == FLATLINE_FILE_SNAPSHOT)
    {
      flatline_window_add_snapshot (window, look->snapshot, look->path);
      flatline_recent_files_add (look->path);
    }
  else if (look->kind == FLATLINE_FILE_RECORDING)
    flatline_recording_tab_open (window, look->path, flatline_recent_files_add);
  else
    {
      examination = flatline_examination_new_for_core (look->path);
      flatline_window_add_examination (window, examination);
    }
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineOpening *opening = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineFileLook) look = flatline_file_look_finish (result, &error);

  g_clear_handle_id (&opening->say_source, g_source_remove);
  if (!look)
    fail (opening, error);
  else if (look->kind == FLATLINE_FILE_PROGRAM)
    show_program (opening, g_steal_pointer (&look));
  else
    {
      show_document (opening, look);
      open_next (opening);
    }
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
  await (opening, path);
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

/* What its settings leave to the command line, and the other way round. */
static gboolean
take_app (FlatlineOpening *opening, GError **error)
{
  const char *app = opening->app ? opening->app : opening->config->app;
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_autofree char *path = NULL;

  if (!app && opening->arguments[0])
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("there are arguments but no script; name it with --app or in config.ini"));
      return FALSE;
    }
  if (!app)
    return TRUE;
  path = g_canonicalize_filename (app, opening->folder);
  g_strv_builder_add (argv, app);
  g_strv_builder_addv (argv, (const char **)opening->arguments);
  opening->argv = g_strv_builder_end (argv);
  g_strfreev (opening->paths);
  opening->paths = g_strdupv ((char *[]){ path, NULL });
  return TRUE;
}

static void
on_command_config (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineOpening *opening = user_data;
  g_autoptr (GError) error = NULL;

  opening->config = take_config (opening, result, &error);
  if (!opening->config || !take_app (opening, &error))
    {
      flatline_opening_end (opening, error);
      return;
    }
  if (opening->fresh && !opening->argv)
    flatline_restoring_begin (opening->self);
  open_next (opening);
}

void
flatline_opening_take_command (FlatlineOpening *opening, FlatlineCommandLine *command, const char *folder)
{
  if (command->kind == FLATLINE_COMMAND_OPEN_SNAPSHOTS)
    {
      g_strfreev (opening->paths);
      opening->paths = g_strdupv (command->arguments);
      for (guint i = 0; opening->paths[i]; i++)
        {
          g_free (opening->paths[i]);
          opening->paths[i] = g_canonicalize_filename (command->arguments[i], folder);
        }
      return;
    }
  opening->config_file = command->config_file ? g_canonicalize_filename (command->config_file, folder) : NULL;
  opening->app = g_strdup (command->app);
  opening->arguments = g_strdupv (command->arguments);
  opening->folder = g_strdup (folder);
}

static void
on_stopped_config (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineOpening *opening = user_data;
  g_autoptr (FlatlineWindow) window = dup_window (opening);
  g_autoptr (FlatlineConfig) config = take_config (opening, result, NULL);

  if (!config)
    config = flatline_preferences_new_config (flatline_application_get_settings (opening->self));
  flatline_application_add_stopped (opening->self, window, config, (const char *const *)opening->argv, opening->folder);
  flatline_opening_end (opening, NULL);
}

FlatlineOpening *
flatline_opening_new_stopped (FlatlineApplication *self,
                              FlatlineWindow *window,
                              const char *const *argv,
                              const char *folder)
{
  FlatlineOpening *opening = flatline_opening_new (self, window, (const char *const[]){ NULL });

  opening->stopped = TRUE;
  opening->argv = g_strdupv ((char **)argv);
  opening->folder = g_strdup (folder);
  return opening;
}

void
flatline_opening_set_done (FlatlineOpening *opening, FlatlineOpeningDone done)
{
  opening->done = done;
}

void
flatline_opening_begin (FlatlineOpening *opening)
{
  if (opening->stopped)
    load_config (opening, opening->folder, on_stopped_config);
  else if (opening->arguments)
    load_config (opening, opening->folder, on_command_config);
  else
    open_next (opening);
}
