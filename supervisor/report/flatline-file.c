/* SPDX-License-Identifier: MIT */
/* .flatline files from disk; their content is flatline-snapshot-unpack's. */
#include "flatline-file.h"

#include "flatline-snapshot-pack.h"

#include <glib/gi18n.h>

#define MAX_FILE_BYTES (512 * 1024 * 1024)

FlatlineSnapshot *
flatline_file_load (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInfo) info =
      g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_STANDARD_TYPE, 0, NULL, error);
  g_autofree char *data = NULL;
  g_autoptr (GBytes) bytes = NULL;
  FlatlineSnapshot *snapshot;
  gsize size;

  if (!info)
    return NULL;
  if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY, _ ("“%s” is a folder, not a .flatline file"), path);
      return NULL;
    }
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _ ("“%s” is not a regular file"), path);
      return NULL;
    }
  if (g_file_info_get_size (info) > MAX_FILE_BYTES)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("“%s” is too large for a snapshot: refused"), path);
      return NULL;
    }
  if (!g_file_get_contents (path, &data, &size, error))
    return NULL;
  bytes = g_bytes_new_take (g_steal_pointer (&data), size);
  snapshot = flatline_snapshot_unpack (bytes, error);
  if (!snapshot)
    g_prefix_error (error, _ ("“%s” cannot be opened: "), path);
  return snapshot;
}
