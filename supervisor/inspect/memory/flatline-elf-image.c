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

int
flatline_elf_image_open_file (gint64 pid, GPtrArray *mappings, const char *path, guint64 *bias)
{
  FlatlineMapping *mapping = find_first_mapping (mappings, path);
  /* A library on a dead network share would hold us up for ever. */
  int fd = mapping && (pid == 0 || flatline_path_answers (pid, path)) ? open_mapped_file (pid, mapping) : -1;
  Elf *elf;
  gboolean fine;

  if (fd < 0)
    return -1;
  elf_version (EV_CURRENT);
  elf = elf_begin (fd, ELF_C_READ_MMAP, NULL);
  fine = elf && elf_kind (elf) == ELF_K_ELF && find_bias (elf, mapping, bias);
  if (elf)
    elf_end (elf);
  if (fine)
    return fd;
  close (fd);
  return -1;
}

FlatlineElfImage *
flatline_elf_image_open (gint64 pid, GPtrArray *mappings, const char *path)
{
  g_autoptr (FlatlineElfImage) self = g_new0 (FlatlineElfImage, 1);

  self->fd = flatline_elf_image_open_file (pid, mappings, path, &self->bias);
  if (self->fd < 0)
    return NULL;
  self->elf = elf_begin (self->fd, ELF_C_READ_MMAP, NULL);
  return self->elf ? g_steal_pointer (&self) : NULL;
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

static guint64
find_in_table (Elf *elf, Elf_Scn *section, GElf_Shdr *header, const char *name)
{
  Elf_Data *data = elf_getdata (section, NULL);
  gsize n_symbols = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;

  for (gsize i = 0; i < n_symbols; i++)
    {
      GElf_Sym symbol;
      const char *symbol_name;

      if (!gelf_getsym (data, (int)i, &symbol) || symbol.st_shndx == SHN_UNDEF)
        continue;
      symbol_name = elf_strptr (elf, header->sh_link, symbol.st_name);
      if (symbol_name && strcmp (symbol_name, name) == 0)
        return symbol.st_value;
    }
  return 0;
}

guint64
flatline_elf_image_find_symbol (FlatlineElfImage *self, const char *name)
{
  Elf_Scn *section = NULL;

  while ((section = elf_nextscn (self->elf, section)))
    {
      GElf_Shdr header;
      guint64 value;

      if (!gelf_getshdr (section, &header) || (header.sh_type != SHT_DYNSYM && header.sh_type != SHT_SYMTAB))
        continue;
      value = find_in_table (self->elf, section, &header, name);
      if (value != 0)
        return value + self->bias;
    }
  return 0;
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
