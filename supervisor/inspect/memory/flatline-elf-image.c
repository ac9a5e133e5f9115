/* SPDX-License-Identifier: MIT */
/* FlatlineElfImage: libelf over a file that a target has mapped. */
#include "flatline-elf-image.h"

#include "flatline-mounts.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <unistd.h>

/* The kernel's own limit (vm.max_map_count) is a million on many systems; libraries come last. */
#define MAX_MAPPINGS (4 * 1024 * 1024)

struct _FlatlineElfImage
{
  int fd;
  Elf *elf;
  guint64 bias;
};

FlatlineMapping *
flatline_mapping_new (const char *path)
{
  FlatlineMapping *mapping = g_new0 (FlatlineMapping, 1);

  mapping->path = g_strdup (path);
  return mapping;
}

void
flatline_mapping_free (FlatlineMapping *mapping)
{
  g_free (mapping->path);
  g_free (mapping->file);
  g_free (mapping);
}

/* "START-END rwxp OFFSET DEVICE INODE PATH"; NULL: it is no such line. */
static FlatlineMapping *
parse_mapping (const char *line)
{
  char *end;
  const guint64 first = g_ascii_strtoull (line, &end, 16);
  const guint64 last = *end == '-' ? g_ascii_strtoull (end + 1, &end, 16) : 0;
  const char *permissions = end + 1;
  FlatlineMapping *mapping;
  const char *path;

  if (last == 0 || *end != ' ' || strnlen (permissions, 5) < 5)
    return NULL;
  path = permissions + 4;
  path += strspn (path, " ");
  mapping = g_new0 (FlatlineMapping, 1);
  mapping->start = first;
  mapping->end = last;
  mapping->offset = g_ascii_strtoull (path, NULL, 16);
  mapping->writable = permissions[1] == 'w';
  mapping->executable = permissions[2] == 'x';
  for (guint i = 0; i < 3; i++)
    {
      path += strcspn (path, " ");
      path += strspn (path, " ");
    }
  mapping->path = g_strdup (path);
  return mapping;
}

GPtrArray *
flatline_mappings_parse (char *text)
{
  GPtrArray *mappings = g_ptr_array_new_with_free_func ((GDestroyNotify)flatline_mapping_free);
  char *rest = NULL;

  for (char *line = strtok_r (text, "\n", &rest); line && mappings->len < MAX_MAPPINGS;
       line = strtok_r (NULL, "\n", &rest))
    {
      FlatlineMapping *mapping = parse_mapping (line);

      if (mapping)
        g_ptr_array_add (mappings, mapping);
    }
  return mappings;
}

GPtrArray *
flatline_mappings_read (gint64 pid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/maps", pid);
  g_autofree char *text = NULL;

  return g_file_get_contents (file, &text, NULL, NULL) ? flatline_mappings_parse (text) : NULL;
}

gboolean
flatline_mappings_find (GPtrArray *mappings, guint64 address, guint *index)
{
  guint low = 0, high = mappings->len;

  while (low < high)
    {
      const guint middle = (low + high) / 2;
      FlatlineMapping *mapping = g_ptr_array_index (mappings, middle);

      if (address < mapping->start)
        high = middle;
      else if (address >= mapping->end)
        low = middle + 1;
      else
        {
          *index = middle;
          return TRUE;
        }
    }
  return FALSE;
}

static FlatlineMapping *
find_first_mapping (GPtrArray *mappings, const char *path)
{
  for (guint i = 0; i < mappings->len; i++)
    {
      FlatlineMapping *mapping = g_ptr_array_index (mappings, i);

      if (strcmp (mapping->path, path) == 0)
        return mapping;
    }
  return NULL;
}

/* A path may lead to a named pipe by now, which is not waited for. */
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* The mapped file itself first: it is right even when the path leads to another file by now. */
static int
open_mapped_file (gint64 pid, FlatlineMapping *mapping)
{
  g_autofree char *mapped =
      g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/map_files/%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x", pid,
                       mapping->start, mapping->end);
  g_autofree char *in_root = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/root%s", pid, mapping->path);
  g_autofree char *exe = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/exe", pid);
  g_autofree char *exe_target = g_file_read_link (exe, NULL);
  int fd;

  if (pid == 0)
    return open (mapping->file ? mapping->file : mapping->path, OPEN_FLAGS);
  fd = open (mapped, OPEN_FLAGS);
  if (fd < 0 && g_strcmp0 (exe_target, mapping->path) == 0)
    fd = open (exe, OPEN_FLAGS);
  if (fd < 0)
    fd = open (in_root, OPEN_FLAGS);
  return fd;
}

/* The load bias: where the segment that begins at the mapping's file offset was put, less where it wanted to be. */
static gboolean
find_bias (Elf *elf, FlatlineMapping *mapping, guint64 *bias)
{
  size_t n_headers;

  if (elf_getphdrnum (elf, &n_headers) != 0)
    return FALSE;
  for (size_t i = 0; i < n_headers; i++)
    {
      GElf_Phdr header;

      if (!gelf_getphdr (elf, i, &header) || header.p_type != PT_LOAD)
        continue;
      if ((header.p_offset & ~G_GUINT64_CONSTANT (0xfff)) == mapping->offset)
        {
          *bias = mapping->start - (header.p_vaddr & ~G_GUINT64_CONSTANT (0xfff));
          return TRUE;
        }
    }
  return FALSE;
}

FlatlineElfImage *
flatline_elf_image_open (gint64 pid, GPtrArray *mappings, const char *path)
{
  FlatlineMapping *mapping = find_first_mapping (mappings, path);
  g_autoptr (FlatlineElfImage) self = g_new0 (FlatlineElfImage, 1);

  /* A library on a dead network share would hold us up for ever. */
  self->fd = mapping && (pid == 0 || flatline_path_answers (pid, path)) ? open_mapped_file (pid, mapping) : -1;
  if (self->fd < 0)
    return NULL;
  elf_version (EV_CURRENT);
  self->elf = elf_begin (self->fd, ELF_C_READ_MMAP, NULL);
  if (!self->elf || elf_kind (self->elf) != ELF_K_ELF || !find_bias (self->elf, mapping, &self->bias))
    return NULL;
  return g_steal_pointer (&self);
}

int
flatline_elf_image_open_file (gint64 pid, GPtrArray *mappings, const char *path, guint64 *bias)
{
  g_autoptr (FlatlineElfImage) image = flatline_elf_image_open (pid, mappings, path);

  if (!image)
    return -1;
  *bias = image->bias;
  return g_steal_fd (&image->fd);
}

void
flatline_elf_image_close (FlatlineElfImage *self)
{
  if (self->elf)
    elf_end (self->elf);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

/* The value of symbol @index when it is called @name and defined, else 0. */
static guint64
match_symbol (Elf *elf, Elf_Data *symbols, size_t names, guint64 index, const char *name)
{
  GElf_Sym symbol;
  const char *symbol_name;

  if (index > G_MAXINT || !gelf_getsym (symbols, (int)index, &symbol) || symbol.st_shndx == SHN_UNDEF)
    return 0;
  symbol_name = elf_strptr (elf, names, symbol.st_name);
  return symbol_name && strcmp (symbol_name, name) == 0 ? symbol.st_value : 0;
}

static guint64
find_in_table (Elf *elf, Elf_Scn *section, const GElf_Shdr *header, const char *name)
{
  Elf_Data *symbols = elf_getdata (section, NULL);
  const guint64 n_symbols = symbols && header->sh_entsize ? symbols->d_size / header->sh_entsize : 0;
  guint64 value = 0;

  for (guint64 i = 0; value == 0 && i < n_symbols; i++)
    value = match_symbol (elf, symbols, header->sh_link, i, name);
  return value;
}

/* What .gnu.hash goes by. */
static guint32
hash_name (const char *name)
{
  guint32 hash = 5381;

  for (const char *c = name; *c; c++)
    hash = hash * 33 + (guchar)*c;
  return hash;
}

/*
 * The way of the dynamic linker through .gnu.hash: four counts, a filter of words of 64 bits (for names that are mostly
 * not there), the first symbol of each bucket, and for each symbol its hash, whose lowest bit tells the last of a
 * bucket.
 */
static guint64
find_by_hash (Elf *elf, Elf_Scn *section, Elf_Scn *symbol_section, const char *name)
{
  Elf_Data *table = elf_getdata (section, NULL), *symbols = elf_getdata (symbol_section, NULL);
  const guint32 *words = table ? table->d_buf : NULL;
  const guint64 n_words = words ? table->d_size / sizeof *words : 0;
  const guint32 hash = hash_name (name);
  guint64 buckets, hashes;
  GElf_Shdr header;

  if (n_words < 4 || words[0] == 0 || !symbols || !gelf_getshdr (symbol_section, &header))
    return 0;
  buckets = 4 + 2 * (guint64)words[2];
  hashes = buckets + words[0];
  if (hashes > n_words)
    return 0;
  for (guint64 at = words[buckets + hash % words[0]]; at >= words[1] && hashes + at - words[1] < n_words; at++)
    {
      const guint32 word = words[hashes + at - words[1]];
      const guint64 value = (word | 1) == (hash | 1) ? match_symbol (elf, symbols, header.sh_link, at, name) : 0;

      if (value != 0 || (word & 1))
        return value;
    }
  return 0;
}

guint64
flatline_elf_image_find_symbol (FlatlineElfImage *self, const char *name)
{
  const gboolean is_64 = gelf_getclass (self->elf) == ELFCLASS64;
  size_t hashed = 0; /* the symbols that were looked through by their hash */
  guint64 value = 0;

  for (Elf_Scn *section = NULL; value == 0 && (section = elf_nextscn (self->elf, section));)
    {
      GElf_Shdr header;

      if (!gelf_getshdr (section, &header))
        continue;
      if (header.sh_type == SHT_GNU_HASH && is_64)
        {
          hashed = header.sh_link;
          value = find_by_hash (self->elf, section, elf_getscn (self->elf, hashed), name);
        }
      else if ((header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB) && elf_ndxscn (section) != hashed)
        value = find_in_table (self->elf, section, &header, name);
    }
  return value != 0 ? value + self->bias : 0;
}

guint64
flatline_elf_image_find_section (FlatlineElfImage *self, const char *name, guint64 *size)
{
  Elf_Scn *section = NULL;
  size_t names;

  if (elf_getshdrstrndx (self->elf, &names) != 0)
    return 0;
  while ((section = elf_nextscn (self->elf, section)))
    {
      GElf_Shdr header;
      const char *section_name;

      if (!gelf_getshdr (section, &header))
        continue;
      section_name = elf_strptr (self->elf, names, header.sh_name);
      if (section_name && strcmp (section_name, name) == 0)
        {
          if (size)
            *size = header.sh_size;
          return header.sh_addr + self->bias;
        }
    }
  return 0;
}
