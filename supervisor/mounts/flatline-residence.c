/* SPDX-License-Identifier: MIT */
/*
 * See flatline-residence.h. Entries of pagemap are 8 bytes a page (Documentation/admin-guide/mm/pagemap.rst); they are
 * read in windows, as many as fit a word of bits. The flags of mappings are those of proc(5), /proc/PID/smaps, which
 * walks all memory of the process: it is read when a page is met that is not there, which is rare, and not of a file on
 * a disk: userfaultfd is for memory alone, and what is kept in it (tmpfs) has no device with a major number.
 */
#include "flatline-residence.h"

#include "flatline-mounts.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE_SIZE    4096u
#define WINDOW_PAGES 64
#define IN_MEMORY    (G_GUINT64_CONSTANT (1) << 63)
#define IN_SWAP      (G_GUINT64_CONSTANT (1) << 62)

#define TRUSTED_US      (50 * 1000)
#define MAPS_TRUSTED_US (500 * 1000)

typedef struct
{
  guint64 start, end;
  char *path; /* NULL: of no file that has a place */
  gboolean is_on_disk;
  gboolean is_served_by_others;
  gboolean is_asked, answers; /* its file system */
} Mapping;

struct _FlatlineResidence
{
  gint64 pid;
  int pagemap; /* -1: not to be had, and nothing is refused then */
  gint64 seen_us;
  GHashTable *windows; /* number of the window + 1 -> bit a page: it is there */
  guint64 last_window, last_bits;
  gint64 mapped_us;
  GArray *mappings;   /* Mapping, by address; NULL: not read yet */
  gboolean has_flags; /* of the mappings */
  gboolean has_refused;
};

static void
clear_mapping (gpointer data)
{
  g_free (((Mapping *)data)->path);
}

FlatlineResidence *
flatline_residence_new (gint64 pid)
{
  FlatlineResidence *self = g_new0 (FlatlineResidence, 1);
  char path[48];

  g_snprintf (path, sizeof path, "/proc/%" PRId64 "/pagemap", pid);
  self->pid = pid;
  self->pagemap = open (path, O_RDONLY | O_CLOEXEC);
  self->windows = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return self;
}

void
flatline_residence_free (FlatlineResidence *self)
{
  if (self->pagemap >= 0)
    close (self->pagemap);
  g_hash_table_unref (self->windows);
  g_clear_pointer (&self->mappings, g_array_unref);
  g_free (self);
}

gboolean
flatline_residence_is_old (FlatlineResidence *self)
{
  return self->pagemap >= 0 && g_get_monotonic_time () - self->seen_us > TRUSTED_US;
}

gboolean
flatline_residence_take_refused (FlatlineResidence *self)
{
  const gboolean has_refused = self->has_refused;

  self->has_refused = FALSE;
  return has_refused;
}

static guint64
read_window (FlatlineResidence *self, guint64 window)
{
  guint64 entries[WINDOW_PAGES];
  guint64 bits = 0;
  const gssize length = pread (self->pagemap, entries, sizeof entries, (off_t)(window * sizeof entries));

  /* Beyond what a process can have, reading fails by itself. */
  if (length <= 0)
    return G_MAXUINT64;
  for (guint i = 0; i < WINDOW_PAGES; i++)
    if (i >= length / sizeof entries[0] || (entries[i] & (IN_MEMORY | IN_SWAP)))
      bits |= G_GUINT64_CONSTANT (1) << i;
  return bits;
}

static gboolean
is_there (FlatlineResidence *self, guint64 page)
{
  const guint64 window = page / WINDOW_PAGES;
  const guint64 key = window + 1;
  guint64 *bits;

  if (self->last_window != key)
    {
      bits = g_hash_table_lookup (self->windows, &key);
      if (!bits)
        {
          /* Key and bits in one block. */
          bits = g_new (guint64, 2);
          bits[0] = key;
          bits[1] = read_window (self, window);
          g_hash_table_insert (self->windows, bits, bits);
        }
      self->last_window = key;
      self->last_bits = bits[1];
    }
  return self->last_bits >> page % WINDOW_PAGES & 1;
}

/* "7f00-7f08 r--p 00000000 08:01 123   /usr/lib/x.so", then lines of "Name: value", the flags in the last. */
static GArray *
read_mappings (gint64 pid, gboolean with_flags)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" PRId64 "/%s", pid, with_flags ? "smaps" : "maps");
  GArray *mappings = g_array_new (FALSE, TRUE, sizeof (Mapping));
  g_autofree char *text = NULL;
  char *rest = NULL;

  g_array_set_clear_func (mappings, clear_mapping);
  g_file_get_contents (file, &text, NULL, NULL);
  for (char *line = text ? strtok_r (text, "\n", &rest) : NULL; line; line = strtok_r (NULL, "\n", &rest))
    {
      Mapping mapping = { 0 };
      unsigned major = 0;
      int path_at = 0;

      /* What is told of a mapping begins with a capital. */
      if (!g_ascii_isupper (*line)
          && sscanf (line, "%" SCNx64 "-%" SCNx64 " %*s %*s %x:%*s %*s %n", &mapping.start, &mapping.end, &major,
                     &path_at)
                 == 3)
        {
          mapping.path = path_at > 0 && line[path_at] == '/' ? g_strdup (line + path_at) : NULL;
          mapping.is_on_disk = mapping.path && major != 0;
          g_array_append_val (mappings, mapping);
        }
      else if (mappings->len > 0 && g_str_has_prefix (line, "VmFlags:"))
        g_array_index (mappings, Mapping, mappings->len - 1).is_served_by_others =
            strstr (line, " um") != NULL || strstr (line, " ui") != NULL;
    }
  return mappings;
}

static Mapping *
find_mapping (FlatlineResidence *self, guint64 address, gboolean with_flags)
{
  guint low = 0, high;

  if (!self->mappings || (with_flags && !self->has_flags)
      || g_get_monotonic_time () - self->mapped_us > MAPS_TRUSTED_US)
    {
      g_clear_pointer (&self->mappings, g_array_unref);
      self->mappings = read_mappings (self->pid, with_flags);
      self->has_flags = with_flags;
      self->mapped_us = g_get_monotonic_time ();
    }
  high = self->mappings->len;
  while (low < high)
    {
      const guint middle = (low + high) / 2;
      Mapping *mapping = &g_array_index (self->mappings, Mapping, middle);

      if (address < mapping->start)
        high = middle;
      else if (address >= mapping->end)
        low = middle + 1;
      else
        return mapping;
    }
  return NULL;
}

/* Of a page that is not in memory. Where nothing is mapped, reading fails at once; memory of its own is zero. */
static gboolean
is_provided (FlatlineResidence *self, guint64 address)
{
  Mapping *mapping = find_mapping (self, address, FALSE);

  if (mapping && !mapping->is_on_disk && !self->has_flags)
    mapping = find_mapping (self, address, TRUE);
  if (!mapping)
    return TRUE;
  if (mapping->is_served_by_others)
    return FALSE;
  if (!mapping->is_asked)
    {
      mapping->is_asked = TRUE;
      mapping->answers = !mapping->path || flatline_path_answers (self->pid, mapping->path);
    }
  return mapping->answers;
}

gsize
flatline_residence_count_readable (FlatlineResidence *self, guint64 address, gsize length)
{
  const guint64 first = address / PAGE_SIZE;
  const guint64 end = length > 0 ? (address + length - 1) / PAGE_SIZE + 1 : first;

  if (self->pagemap < 0 || address + length < address)
    return length;
  if (flatline_residence_is_old (self))
    {
      g_hash_table_remove_all (self->windows);
      self->last_window = 0;
      self->seen_us = g_get_monotonic_time ();
    }
  for (guint64 page = first; page < end; page++)
    if (!is_there (self, page) && !is_provided (self, page * PAGE_SIZE))
      {
        self->has_refused = TRUE;
        return page == first ? 0 : page * PAGE_SIZE - address;
      }
  return length;
}
