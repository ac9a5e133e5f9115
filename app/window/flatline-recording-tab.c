/* SPDX-License-Identifier: MIT */
/* Reading takes seconds of a long recording: a worker does it, and the tab comes when it is done. */
#include "config.h"

#include "flatline-recording-tab.h"

#include <glib/gi18n.h>

#include "flatline-replay-bar.h"
#include "flatline-variables-pane.h"

typedef struct
{
  char *path;
  void (*shown) (const char *path);
} Opening;

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  g_free (opening->path);
  g_free (opening);
}

static void
load (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Opening *opening = task_data;
  GError *error = NULL;
  FlatlineRecording *recording = flatline_recording_load (opening->path, &error);

  if (recording)
    g_task_return_pointer (task, recording, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
on_asked_change (FlatlineVariablesPane *pane, FlatlineFrame *frame, const char *name, FlatlineReplayBar *bar)
{
  flatline_replay_bar_go_to_change (bar, frame, name);
}

static GtkWidget *
create_view (FlatlineRecording *recording, const char *path)
{
  FlatlineReplayBar *bar = flatline_replay_bar_new (recording);
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  g_autofree char *title = g_path_get_basename (path);
  g_autofree char *ending = flatline_recording_dup_ending (recording);
  GtkWidget *view;
  FlatlineVariablesPane *variables;

  g_object_get (bar, "snapshot", &snapshot, NULL);
  view = flatline_session_view_new_for_snapshot (snapshot, title, NULL);
  variables = flatline_session_view_take_bar (FLATLINE_SESSION_VIEW (view), GTK_WIDGET (bar));
  g_object_set (variables, "has-past", TRUE, NULL);
  g_signal_connect_object (variables, "change-asked", G_CALLBACK (on_asked_change), bar, 0);
  g_object_bind_property (bar, "snapshot", view, "snapshot", 0);
  if (ending)
    flatline_session_view_say (FLATLINE_SESSION_VIEW (view), ending);
  return view;
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineWindow *window = FLATLINE_WINDOW (source);
  const Opening *opening = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineRecording) recording = g_task_propagate_pointer (G_TASK (result), &error);

  if (!recording)
    flatline_window_say (window, error->message);
  else if (flatline_recording_get_n_events (recording) == 0)
    {
      g_autofree char *line = g_strdup_printf (
          _ ("“%s” has no events: the program ended, or was killed, before its first line ran"), opening->path);

      flatline_window_say (window, line);
    }
  else if (gtk_widget_get_root (GTK_WIDGET (window)))
    {
      flatline_window_add_view (window, create_view (recording, opening->path), opening->path);
      opening->shown (opening->path);
    }
}

void
flatline_recording_tab_open (FlatlineWindow *window, const char *path, void (*shown) (const char *path))
{
  g_autoptr (GTask) task = g_task_new (window, NULL, on_loaded, NULL);
  Opening *opening = g_new0 (Opening, 1);

  opening->path = g_strdup (path);
  opening->shown = shown;
  g_task_set_task_data (task, opening, opening_free);
  g_task_run_in_thread (task, load);
}
