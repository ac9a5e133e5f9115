/* SPDX-License-Identifier: MIT */
/* .flatline files to disk: apart from what opens them, which needs a parser. */
#include "flatline-file.h"

#include "flatline-snapshot-pack.h"

gboolean
flatline_file_save (FlatlineSnapshot *snapshot, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = flatline_snapshot_pack (snapshot);
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  return g_file_set_contents_full (path, data, size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}
