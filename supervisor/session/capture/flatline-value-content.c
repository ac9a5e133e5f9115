/* SPDX-License-Identifier: MIT */
/* Used in a worker until it is closed, and by the window that shows it after that. */
#include "flatline-value-content.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <unistd.h>

static void
set_file_error (GError **error)
{
  const int saved_errno = errno;

  g_set_error (error, G_FILE_ERROR, (gint)g_file_error_from_errno (saved_errno),
               /* Translators: the reason, as the system tells it */
               _ ("No temporary file can be written: %s; free some space"), g_strerror (saved_errno));
}

FlatlineValueContent *
flatline_value_content_new (GError **error)
{
  g_autofree char *path = g_build_filename (g_get_user_cache_dir (), "flatline-value-XXXXXX", NULL);
  FlatlineValueContent *self;
  int fd;

  g_mkdir_with_parents (g_get_user_cache_dir (), 0700);
  fd = g_mkstemp (path);
  if (fd < 0)
    {
      set_file_error (error);
      return NULL;
    }
  g_unlink (path);
  self = g_new0 (FlatlineValueContent, 1);
  self->fd = fd;
  return self;
}

FlatlineValueContent *
flatline_value_content_new_take (GBytes *bytes, gboolean is_text)
{
  FlatlineValueContent *self = g_new0 (FlatlineValueContent, 1);

  self->bytes = bytes;
  self->length = -1;
  self->is_text = is_text;
  self->fd = -1;
  return self;
}

void
flatline_value_content_free (FlatlineValueContent *self)
{
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self->problem);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

gboolean
flatline_value_content_append (FlatlineValueContent *self, const GByteArray *piece, GError **error)
{
  for (gsize at = 0; at < piece->len;)
    {
      gssize n = write (self->fd, piece->data + at, piece->len - at);

      if (n < 0 && errno != EINTR)
        {
          set_file_error (error);
          return FALSE;
        }
      at += (gsize)MAX (n, 0);
    }
  return TRUE;
}

gboolean
flatline_value_content_close (FlatlineValueContent *self, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new_from_fd (self->fd, FALSE, error);

  if (!file)
    return FALSE;
  self->bytes = g_mapped_file_get_bytes (file);
  close (self->fd);
  self->fd = -1;
  return TRUE;
}
