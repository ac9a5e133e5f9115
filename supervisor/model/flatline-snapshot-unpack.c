/* SPDX-License-Identifier: MIT */
/* Unpacking of snapshots, whoever made them: limits before a parser sees anything. */
#include "flatline-snapshot-pack.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#define MAX_JSON_BYTES (256 * 1024 * 1024)
/* The same limits as agent/flatline/reading/loading.py. */
#define MAX_JSON_DEPTH   300
#define MAX_JSON_WEIGHT  24000000
#define CONTAINER_WEIGHT 8
#define CHUNK_BYTES      (64 * 1024)

/* @taken: transfer full. */
static FlatlineSnapshot *
take_if_known (FlatlineRecord *taken, GError **error)
{
  g_autoptr (FlatlineRecord) record = taken;
  FlatlineSnapshot *self = (FlatlineSnapshot *)record;

  /* What is no number of 64 bits is negative then. */
  if (g_strcmp0 (self->format, FLATLINE_SNAPSHOT_FORMAT) != 0 || self->version < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("This is not a Flatline snapshot"));
      return NULL;
    }
  if (self->version > FLATLINE_SNAPSHOT_VERSION)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   _ ("This snapshot has version %" PRId64 ", this Flatline reads up to %d: a newer Flatline opens it"),
                   self->version, FLATLINE_SNAPSHOT_VERSION);
      return NULL;
    }
  g_steal_pointer (&record);
  return self;
}

FlatlineSnapshot *
flatline_snapshot_from_json (JsonNode *node, GError **error)
{
  FlatlineRecord *record = flatline_record_from_json (FLATLINE_TYPE_SNAPSHOT, node, error);

  return record ? take_if_known (record, error) : NULL;
}

static GString *
decompress (GBytes *bytes, GError **error)
{
  g_autoptr (GInputStream) memory = g_memory_input_stream_new_from_bytes (bytes);
  g_autoptr (GConverter) decompressor = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (memory, decompressor);
  g_autoptr (GString) json = g_string_new (NULL);
  g_autofree char *chunk = g_malloc (CHUNK_BYTES);

  while (TRUE)
    {
      g_autoptr (GError) why = NULL;
      gssize n = g_input_stream_read (stream, chunk, CHUNK_BYTES, NULL, &why);

      if (n == 0)
        return g_steal_pointer (&json);
      if (n < 0)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("The snapshot is damaged or cut short (%s)"),
                       why->message);
          return NULL;
        }
      if (json->len + n > MAX_JSON_BYTES)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("The snapshot is larger than %d MiB when unpacked: refused"), MAX_JSON_BYTES / 1024 / 1024);
          return NULL;
        }
      g_string_append_len (json, chunk, n);
    }
}

/*
 * Whether a parser may have it: json-glib descends into what is nested by recursion and makes some hundred bytes of
 * each value, so that a small file could end us.
 */
static gboolean
check_shape (const GString *json, GError **error)
{
  gboolean in_string = FALSE;
  guint depth = 0, weight = 0;

  for (gsize i = 0; i < json->len; i++)
    {
      char c = json->str[i];

      if (in_string)
        {
          if (c == '\\')
            i++;
          else if (c == '"')
            in_string = FALSE;
        }
      else if (c == '"')
        in_string = TRUE;
      else if (c == '[' || c == '{')
        {
          depth++;
          weight += CONTAINER_WEIGHT;
        }
      else if (c == ',')
        weight++;
      else if ((c == ']' || c == '}') && depth > 0)
        depth--;
      if (depth > MAX_JSON_DEPTH || weight > MAX_JSON_WEIGHT)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       depth > MAX_JSON_DEPTH ? _ ("The snapshot is nested too deeply: refused")
                                              : _ ("The snapshot has too many values: refused"));
          return FALSE;
        }
    }
  return TRUE;
}

FlatlineSnapshot *
flatline_snapshot_unpack (GBytes *bytes, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (GString) json = NULL;
  FlatlineRecord *record;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GError) why = NULL;

  if (size > 0 && size <= MAX_JSON_BYTES && data[0] == '{')
    json = g_string_new_len ((const char *)data, size);
  else if (size < 2 || data[0] != 0x1f || data[1] != 0x8b)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("This is not a Flatline snapshot"));
      return NULL;
    }
  if (!json)
    json = decompress (bytes, error);
  if (!json)
    return NULL;
  if (!g_utf8_validate (json->str, json->len, NULL))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("The snapshot is damaged: it is not UTF-8"));
      return NULL;
    }
  if (!check_shape (json, error))
    return NULL;
  record = flatline_record_from_text (FLATLINE_TYPE_SNAPSHOT, json->str, json->len);
  if (record)
    return take_if_known (record, error);
  node = json_from_string (json->str, &why);
  if (!node)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("The snapshot is damaged: %s"),
                   why ? why->message : _ ("it is empty"));
      return NULL;
    }
  return flatline_snapshot_from_json (node, error);
}
