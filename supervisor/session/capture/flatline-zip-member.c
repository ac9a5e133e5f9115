/* SPDX-License-Identifier: MIT */
/*
 * From the end: the record of the end says where the directory is, an entry of that where the file's own header is, and
 * that where its bytes begin. Layout: PKWARE's APPNOTE.TXT, 4.3. Archives of more than 4 GiB or 65,535 files (ZIP64)
 * and ways to pack other than none and deflate are left alone, as Python's zipimport does.
 */
#include "flatline-zip-member.h"

#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define END_MAGIC       0x06054b50
#define END_SIZE        22
#define MAX_COMMENT     0xffff
#define ENTRY_MAGIC     0x02014b50
#define ENTRY_SIZE      46
#define FILE_MAGIC      0x04034b50
#define FILE_SIZE       30
#define MAX_DIRECTORY   (16 * 1024 * 1024)
#define MAX_PACKED      (4 * 1024 * 1024)
#define METHOD_STORED   0
#define METHOD_DEFLATED 8
#define WITHOUT_HEADER  (-15) /* of zlib or gzip, for zlib */

typedef struct
{
  guint16 method;
  guint32 packed;
  guint32 size;
  gint64 offset; /* of its header in the file */
} Entry;

static guint16
get_u16 (const guint8 *at)
{
  return (guint16)(at[0] | at[1] << 8);
}

static guint32
get_u32 (const guint8 *at)
{
  return get_u16 (at) | (guint32)get_u16 (at + 2) << 16;
}

/* Transfer full; NULL when it is not all there. */
static guint8 *
read_at (int fd, gint64 offset, gsize size)
{
  g_autofree guint8 *bytes = g_malloc (size + 1);
  gsize n = 0;

  if (offset < 0)
    return NULL;
  while (n < size)
    {
      const gssize got = pread (fd, bytes + n, size - n, offset + (gint64)n);

      if (got <= 0)
        return NULL;
      n += (gsize)got;
    }
  return g_steal_pointer (&bytes);
}

/* Where the record of the end is; -1: it is no archive. */
static gint64
find_end (int fd, guint8 *record)
{
  const gint64 size = lseek (fd, 0, SEEK_END);
  const gsize length = (gsize)MIN (size, END_SIZE + MAX_COMMENT);
  g_autofree guint8 *tail = size >= END_SIZE ? read_at (fd, size - (gint64)length, length) : NULL;

  for (gssize i = tail ? (gssize)length - END_SIZE : -1; i >= 0; i--)
    if (get_u32 (tail + i) == END_MAGIC)
      {
        memcpy (record, tail + i, END_SIZE);
        return size - (gint64)length + i;
      }
  return -1;
}

static gboolean
find_entry (int fd, const char *name, Entry *entry)
{
  guint8 end[END_SIZE] = { 0 };
  const gint64 end_offset = find_end (fd, end);
  const guint32 size = end_offset >= 0 ? get_u32 (end + 12) : 0;
  /* What stands before the archive, a "#!" line for one, may not be counted in its offsets. */
  const gint64 before = end_offset - (gint64)size - get_u32 (end + 16);
  const gsize length = strlen (name);
  g_autofree guint8 *directory =
      size > 0 && size <= MAX_DIRECTORY && before >= 0 ? read_at (fd, end_offset - (gint64)size, size) : NULL;
  gsize at = 0;

  while (directory && at + ENTRY_SIZE <= size && get_u32 (directory + at) == ENTRY_MAGIC)
    {
      const guint8 *record = directory + at;
      const gsize name_length = get_u16 (record + 28);

      at += ENTRY_SIZE + name_length + get_u16 (record + 30) + get_u16 (record + 32);
      if (at > size)
        return FALSE;
      if (name_length != length || memcmp (record + ENTRY_SIZE, name, length) != 0)
        continue;
      *entry = (Entry){ get_u16 (record + 10), get_u32 (record + 20), get_u32 (record + 24),
                        before + get_u32 (record + 42) };
      return TRUE;
    }
  return FALSE;
}

/* As much of it as there is, and as @limit allows. */
static char *
unpack (const guint8 *packed, gsize size, gsize limit, gsize *length)
{
  g_autofree char *text = g_malloc (limit + 1);
  z_stream stream = { .next_in = (Bytef *)packed, .avail_in = (uInt)size, .next_out = (Bytef *)text };
  int result = inflateInit2 (&stream, WITHOUT_HEADER);

  stream.avail_out = (uInt)limit;
  if (result == Z_OK)
    result = inflate (&stream, Z_FINISH);
  *length = stream.total_out;
  inflateEnd (&stream);
  return result != Z_STREAM_END && *length == 0 ? NULL : g_steal_pointer (&text);
}

char *
flatline_zip_member_read (int fd, const char *name, gsize limit, gsize *length, gboolean *truncated)
{
  g_autofree guint8 *header = NULL, *packed = NULL;
  Entry entry;
  gsize size;

  if (!find_entry (fd, name, &entry) || (entry.method != METHOD_STORED && entry.method != METHOD_DEFLATED))
    return NULL;
  header = read_at (fd, entry.offset, FILE_SIZE);
  size = entry.method == METHOD_STORED ? MIN (entry.packed, limit) : entry.packed;
  if (!header || get_u32 (header) != FILE_MAGIC || size > MAX_PACKED)
    return NULL;
  packed = read_at (fd, entry.offset + FILE_SIZE + get_u16 (header + 26) + get_u16 (header + 28), size);
  if (!packed)
    return NULL;
  *truncated = entry.size > limit;
  if (entry.method == METHOD_DEFLATED)
    return unpack (packed, size, limit, length);
  *length = size;
  return (char *)g_steal_pointer (&packed);
}
