/* SPDX-License-Identifier: MIT */
/*
 * The dialog on the main thread, the writing in a worker, piece by piece into a file beside the one that is to be:
 * until all of it is written, what has that name stays as it is.
 */
#include "config.h"

#include "flatline-value-saving.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "flatline-toast.h"

#define PIECE_BYTES (4 * 1024 * 1024)

typedef struct
{
  FlatlineValueProgress *progress;
  GtkFileChooserNative *chooser;
  GBytes *bytes;
  char *path; /* NULL until it is chosen */
} Saving;

static void
saving_free (Saving *saving)
{
  g_object_unref (saving->progress);
  g_clear_object (&saving->chooser);
  g_bytes_unref (saving->bytes);
  g_free (saving->path);
  g_free (saving);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Saving *saving = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    line = g_strdup_printf (_ ("Saved as %s"), saving->path);
  flatline_value_progress_end (saving->progress);
  flatline_toast_say (GTK_WIDGET (saving->progress), line ? line : error->message);
  saving_free (saving);
}

typedef struct
{
  FlatlineValueProgress *progress;
  gsize done, whole;
} Told;

static gboolean
tell (gpointer user_data)
{
  Told *told = user_data;

  flatline_value_progress_tell (told->progress, (goffset)told->done, (goffset)told->whole);
  return G_SOURCE_REMOVE;
}

static void
told_free (gpointer user_data)
{
  Told *told = user_data;

  g_object_unref (told->progress);
  g_free (told);
}

static gboolean
write_all (int fd, Saving *saving, GCancellable *cancellable)
{
  gsize size, at = 0;
  const char *data = g_bytes_get_data (saving->bytes, &size);

  while (at < size && !g_cancellable_is_cancelled (cancellable))
    {
      const gssize n = write (fd, data + at, MIN (size - at, PIECE_BYTES));
      Told *told;

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      at += (gsize)n;
      told = g_new (Told, 1);
      *told = (Told){ g_object_ref (saving->progress), at, size };
      g_idle_add_full (G_PRIORITY_DEFAULT, tell, told, told_free);
    }
  return at == size;
}

static void
save_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Saving *saving = task_data;
  g_autofree char *folder = g_path_get_dirname (saving->path);
  g_autofree char *beside = g_build_filename (folder, ".flatline-value-XXXXXX", NULL);
  const int fd = g_mkstemp_full (beside, O_RDWR | O_CLOEXEC, 0666);
  gboolean fine;
  int saved_errno;

  fine = fd >= 0 && write_all (fd, saving, cancellable) && fsync (fd) == 0;
  saved_errno = errno;
  if (fd >= 0 && close (fd) != 0 && fine)
    {
      fine = FALSE;
      saved_errno = errno;
    }
  if (fine && g_rename (beside, saving->path) != 0)
    {
      fine = FALSE;
      saved_errno = errno;
    }
  if (!fine && fd >= 0)
    g_unlink (beside);
  if (fine)
    g_task_return_boolean (task, TRUE);
  else if (g_cancellable_is_cancelled (cancellable))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Nothing was saved"));
  else
    {
      g_autofree char *name = g_path_get_basename (saving->path); /* a toast has one line */

      /* Translators: the name of a file, and the reason as the system tells it */
      g_task_return_new_error (task, G_FILE_ERROR, (gint)g_file_error_from_errno (saved_errno),
                               _ ("%s was not saved: %s; choose another place"), name, g_strerror (saved_errno));
    }
}

static void
on_response (GtkFileChooserNative *chooser, int response, gpointer user_data)
{
  Saving *saving = user_data;
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  g_autoptr (GTask) task = NULL;

  if (response != GTK_RESPONSE_ACCEPT || !file || !g_file_peek_path (file))
    {
      if (response == GTK_RESPONSE_ACCEPT)
        flatline_toast_say (GTK_WIDGET (saving->progress),
                            _ ("This place is not a folder of this computer; choose another"));
      saving_free (saving);
      return;
    }
  saving->path = g_file_get_path (file);
  task = g_task_new (NULL, flatline_value_progress_begin (saving->progress), on_saved, saving);
  g_task_set_check_cancellable (task, FALSE); /* saved is saved */
  g_task_set_task_data (task, saving, NULL);
  g_task_run_in_thread (task, save_in_worker);
}

void
flatline_value_saving_ask (FlatlineValueProgress *progress, GBytes *bytes, const char *name)
{
  Saving *saving = g_new0 (Saving, 1);
  g_autofree char *file_name = g_strdelimit (g_strdup (name), "/", '_');

  saving->progress = g_object_ref (progress);
  saving->bytes = g_bytes_ref (bytes);
  saving->chooser =
      gtk_file_chooser_native_new (_ ("Save Value"), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (progress))),
                                   GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (saving->chooser), file_name);
  g_signal_connect (saving->chooser, "response", G_CALLBACK (on_response), saving);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (saving->chooser));
}
