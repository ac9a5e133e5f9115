/* SPDX-License-Identifier: MIT */
/* Packing of snapshots: gzip around the JSON. By zlib itself, since a stream of GIO's has all of GIO behind it, and
 * what looks at a process is to start with little. */
#include "flatline-snapshot-pack.h"

#include <string.h>
#include <zlib.h>

#define LEVEL           6
#define MEMORY_LEVEL    8         /* zlib's own */
#define WINDOW_OF_GZIP  (15 + 16) /* the largest, within gzip's header and end */
#define CHUNK_BYTES     (64 * 1024)
#define MAX_INPUT_BYTES (1024 * 1024 * 1024) /* at once: it counts in 32 bits */

GBytes *
flatline_snapshot_pack (FlatlineSnapshot *snapshot)
{
  g_autofree char *json = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), FALSE);
  g_autofree guint8 *chunk = g_malloc (CHUNK_BYTES);
  GByteArray *packed = g_byte_array_new ();
  z_stream stream = { .next_in = (Bytef *)json };
  gsize left = strlen (json);
  int result = deflateInit2 (&stream, LEVEL, Z_DEFLATED, WINDOW_OF_GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);

  while (result == Z_OK)
    {
      if (stream.avail_in == 0)
        {
          stream.avail_in = (uInt)MIN (left, MAX_INPUT_BYTES);
          left -= stream.avail_in;
        }
      stream.next_out = chunk;
      stream.avail_out = CHUNK_BYTES;
      result = deflate (&stream, left > 0 ? Z_NO_FLUSH : Z_FINISH);
      g_byte_array_append (packed, chunk, CHUNK_BYTES - stream.avail_out);
    }
  if (result != Z_STREAM_END)
    g_error ("No memory to pack a snapshot (zlib: %d)", result);
  deflateEnd (&stream);
  return g_byte_array_free_to_bytes (packed);
}
