/* SPDX-License-Identifier: MIT */
/* A file system is asked whether it answers first, by a child: a thread that waits for it would keep this process. */
#include "config.h"

#include "flatline-file-look.h"

#include "flatline-examination.h"
#include "flatline-file.h"
#include "flatline-mounts.h"
#include "flatline-recording.h"

static void
free_look (gpointer look)
{
  flatline_file_look_free (look);
}

static void
look (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  g_autoptr (FlatlineFileLook) self = g_new0 (FlatlineFileLook, 1);
  GError *error = NULL;

  self->path = g_strdup (path);
  if (flatline_file_answers (0, path, &error) && g_str_has_suffix (path, ".flatline"))
    {
      self->kind = FLATLINE_FILE_SNAPSHOT;
      self->snapshot = flatline_file_load (path, &error);
    }
  else if (!error && flatline_recording_is_one (path))
    self->kind = FLATLINE_FILE_RECORDING;
  else if (!error && flatline_examination_is_core_file (path))
    self->kind = FLATLINE_FILE_CORE;
  self->is_file = !error && g_file_test (path, G_FILE_TEST_IS_REGULAR);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_steal_pointer (&self), free_look);
}

void
flatline_file_look_async (const char *path, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, look);
}

FlatlineFileLook *
flatline_file_look_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
flatline_file_look_free (FlatlineFileLook *self)
{
  g_free (self->path);
  g_clear_object (&self->snapshot);
  g_free (self);
}
