/* SPDX-License-Identifier: MIT */
/*
 * The file of a recording: head, window, blocks, as agent/flatline/recording/file.py describes them. It may be of a
 * program that was killed in the middle of a word, that goes on writing, or from somebody who means no good: sizes are
 * checked before they are believed, and what is unpacked has a limit.
 */
#include "config.h"

#include "flatline-recording-private.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define MAGIC          "flatline-recording 1\n"
#define FAMILY         "flatline-recording "
#define WINDOW_SIZE_AT 24
#define HOW_AT         28
#define HEAD_BYTES     64
#define WINDOW_AT      (HEAD_BYTES + 4)
#define MAX_WINDOW     (64u << 20)
#define MAX_BLOCK      (64u << 20)
#define MAX_TEXT_BYTES (G_GUINT64_CONSTANT (2) << 30)
#define CHUNK_BYTES    (64 * 1024)

static guint32
read_number (const guint8 *at)
{
  guint32 number;

  memcpy (&number, at, sizeof number);
  return GUINT32_FROM_LE (number);
}

gboolean
flatline_recording_is_one (const char *path)
{
  char begin[sizeof FAMILY - 1];
  FILE *file;
  gboolean is_one;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return FALSE;
  if (g_str_has_suffix (path, FLATLINE_RECORDING_ENDING))
    return TRUE;
  file = fopen (path, "re");
  is_one = file && fread (begin, sizeof begin, 1, file) == 1 && memcmp (begin, FAMILY, sizeof begin) == 0;
  if (file)
    fclose (file);
  return is_one;
}

/* FALSE: it is no block, or cut short. */
static gboolean
unpack (const guint8 *data, gsize size, GString *text)
{
  g_autoptr (GConverter) zlib = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
  g_autofree char *chunk = g_malloc (CHUNK_BYTES);
  gsize used = 0;

  while (TRUE)
    {
      gsize read = 0, written = 0;
      GConverterResult result = g_converter_convert (zlib, data + used, size - used, chunk, CHUNK_BYTES,
                                                     G_CONVERTER_INPUT_AT_END, &read, &written, NULL);

      if (result == G_CONVERTER_ERROR || text->len + written > MAX_TEXT_BYTES)
        return FALSE;
      used += read;
      g_string_append_len (text, chunk, written);
      if (result == G_CONVERTER_FINISHED)
        return TRUE;
    }
}

/* The blocks; the number of the last whole one, 0 for none. @is_ended: nobody writes on, so that one that is not whole
 * was cut off, and is read as far as it goes. */
static guint32
read_blocks (const guint8 *data, gsize size, gsize at, gboolean is_ended, GString *text, gboolean *damaged)
{
  guint32 last = 0;

  while (size - at > 9)
    {
      guint32 number = read_number (data + at + 1), length = read_number (data + at + 5);

      if (data[at] != 'B' || length > MAX_BLOCK || number < last)
        {
          *damaged = TRUE;
          break;
        }
      if (length > size - at - 9 && !is_ended)
        return last; /* it was being written */
      if (!unpack (data + at + 9, MIN (length, size - at - 9), text))
        {
          *damaged = TRUE;
          break;
        }
      last = number;
      at += 9 + length;
    }
  *damaged = *damaged || (is_ended && at != size);
  return last;
}

static gboolean
check_kind (const char *path, GError **error)
{
  gboolean exists = g_file_test (path, G_FILE_TEST_EXISTS);

  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return TRUE;
  if (exists)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _ ("“%s” is not a regular file"), path);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("There is no file “%s”"), path);
  return FALSE;
}

void
flatline_recording_set_cut (const char *path, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("Only the beginning of “%s” is here, without a single step: copy it again from where it was made, or "
                  "record the program again"),
               path);
}

static gboolean
check_head (const char *path, const char *data, gsize size, GError **error)
{
  if (size < sizeof FAMILY - 1 || memcmp (data, FAMILY, sizeof FAMILY - 1) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("“%s” is not a recording of Flatline"), path);
      return FALSE;
    }
  if (size < WINDOW_AT)
    {
      flatline_recording_set_cut (path, error);
      return FALSE;
    }
  if (memcmp (data, MAGIC, sizeof MAGIC - 1) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               _ ("“%s” is a recording of a newer Flatline: a newer Flatline opens it"), path);
  return FALSE;
}

GString *
flatline_recording_read_file (const char *path, char **how_out, gboolean *damaged_out, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *content = NULL;
  const guint8 *data;
  gsize size;
  guint32 window, number;

  if (!check_kind (path, error) || !g_file_get_contents (path, &content, &size, error)
      || !check_head (path, content, size, error))
    return NULL;
  data = (const guint8 *)content;
  window = read_number (data + WINDOW_SIZE_AT);
  *how_out = g_strndup (content + HOW_AT, HEAD_BYTES - HOW_AT);
  *damaged_out = window > MAX_WINDOW || window > size - WINDOW_AT;
  number = read_number (data + HEAD_BYTES);
  if (*damaged_out && window <= MAX_WINDOW && number <= 1)
    g_string_append_len (text, content + WINDOW_AT, strnlen (content + WINDOW_AT, size - WINDOW_AT));
  /* A window that became a block while we read counts as the block: what follows it is read the next time. */
  else if (!*damaged_out && number > read_blocks (data, size, WINDOW_AT + window, window == 0, text, damaged_out))
    g_string_append_len (text, content + WINDOW_AT, strnlen (content + WINDOW_AT, window));
  return g_steal_pointer (&text);
}
