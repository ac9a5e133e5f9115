/* SPDX-License-Identifier: MIT */
/* Packing of snapshots: GZlibCompressor around the JSON. */
#include "flatline-snapshot-pack.h"

#include <string.h>

GBytes *
flatline_snapshot_pack (FlatlineSnapshot *snapshot, GError **error)
{
  g_autofree char *json = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), FALSE);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GConverter) compressor = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6));
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, compressor);

  if (!g_output_stream_write_all (stream, json, strlen (json), NULL, NULL, error)
      || !g_output_stream_close (stream, NULL, error))
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}
