/* SPDX-License-Identifier: MIT */
/* Core files by libelf: PT_LOAD segments for memory, notes (elf(5), <linux/elf.h>, <sys/procfs.h>) for all else. */
#include "flatline-core.h"

#include "flatline-elf-image.h"
#include "flatline-inspect-error.h"
#include "flatline-packing.h"

#include <glib/gi18n.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <signal.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILES    65536
#define MAX_SEGMENTS 1000000

typedef struct
{
  guint64 start, end; /* of memory */
  guint64 offset;     /* in the core */
  guint64 file_size;  /* of it in the core; what is beyond was left out */
  gboolean writable;
} Segment;

struct _FlatlineCore
{
  int fd;
  Elf *elf;
  GArray *segments;    /* Segment, sorted by address */
  GPtrArray *mappings; /* FlatlineMapping */
  GHashTable *files;   /* path -> descriptor + 1 of what could be opened */
  GArray *threads;     /* FlatlineCoreThread */
  gint64 pid;
  char *command_line;
  guint64 fault_address;
  gint64 sender;
  gboolean has_root; /* the files of the mappings lie below another root than ours */
};

static gint
compare_segments (gconstpointer a, gconstpointer b)
{
  const Segment *one = a, *other = b;

  return one->start < other->start ? -1 : one->start > other->start;
}

static void
read_segments (FlatlineCore *self)
{
  size_t n_headers = 0;

  elf_getphdrnum (self->elf, &n_headers);
  for (size_t i = 0; i < MIN (n_headers, MAX_SEGMENTS); i++)
    {
      GElf_Phdr header;
      Segment segment;

      if (!gelf_getphdr (self->elf, (int)i, &header) || header.p_type != PT_LOAD)
        continue;
      segment = (Segment){ header.p_vaddr, header.p_vaddr + header.p_memsz, header.p_offset, header.p_filesz,
                           (header.p_flags & PF_W) != 0 };
      if (segment.end > segment.start)
        g_array_append_val (self->segments, segment);
    }
  g_array_sort (self->segments, compare_segments);
}

static Segment *
find_segment (FlatlineCore *self, guint64 address)
{
  guint low = 0, high = self->segments->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      Segment *segment = &g_array_index (self->segments, Segment, middle);

      if (address >= segment->start && address < segment->end)
        return segment;
      if (address < segment->start)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}

/* Notes */

/* NT_FILE: count, page size, then (start, end, offset in pages) each, then their paths. */
static void
read_files (FlatlineCore *self, const guint8 *data, gsize length)
{
  guint64 head[2], entry[3];
  const char *path, *end = (const char *)data + length;

  if (length < sizeof head)
    return;
  memcpy (head, data, sizeof head);
  if (head[0] > MAX_FILES || length < sizeof head + head[0] * sizeof entry)
    return;
  path = (const char *)data + sizeof head + head[0] * sizeof entry;
  for (guint64 i = 0; i < head[0] && path < end && memchr (path, 0, end - path); i++, path += strlen (path) + 1)
    {
      FlatlineMapping *mapping = flatline_mapping_new (path);
      Segment *segment;

      memcpy (entry, data + sizeof head + i * sizeof entry, sizeof entry);
      mapping->start = entry[0];
      mapping->end = entry[1];
      mapping->offset = entry[2] * head[1];
      segment = find_segment (self, mapping->start);
      mapping->writable = segment && segment->writable;
      g_ptr_array_add (self->mappings, mapping);
    }
}

static void
read_thread (FlatlineCore *self, const guint8 *data, gsize length)
{
  FlatlineCoreThread thread;

  if (flatline_core_thread_read (&thread, data, length))
    g_array_append_val (self->threads, thread);
}

static void
read_process (FlatlineCore *self, const guint8 *data, gsize length)
{
  struct elf_prpsinfo info;

  if (length < sizeof info)
    return;
  memcpy (&info, data, sizeof info);
  self->pid = info.pr_pid;
  g_free (self->command_line);
  self->command_line = g_strndup (info.pr_psargs, sizeof info.pr_psargs);
  g_strchomp (self->command_line);
}

static void
read_signal (FlatlineCore *self, const guint8 *data, gsize length)
{
  siginfo_t info;

  if (length < sizeof info)
    return;
  memcpy (&info, data, sizeof info);
  /* The address and who sent the signal stand at the same place. */
  if (info.si_code <= 0)
    self->sender = info.si_pid;
  else if (info.si_signo == SIGSEGV || info.si_signo == SIGBUS)
    self->fault_address = (guint64)(gsize)info.si_addr;
}

static void
read_note (FlatlineCore *self, guint type, const guint8 *data, gsize length)
{
  switch (type)
    {
    case NT_PRSTATUS:
      read_thread (self, data, length);
      break;
    case NT_PRPSINFO:
      read_process (self, data, length);
      break;
    case NT_SIGINFO:
      read_signal (self, data, length);
      break;
    case NT_FILE:
      read_files (self, data, length);
      break;
    default:
      break;
    }
}

static void
read_notes (FlatlineCore *self)
{
  size_t n_headers = 0;

  elf_getphdrnum (self->elf, &n_headers);
  for (size_t i = 0; i < MIN (n_headers, MAX_SEGMENTS); i++)
    {
      GElf_Phdr header;
      GElf_Nhdr note;
      Elf_Data *data;
      size_t at = 0, next, name_at, data_at;

      if (!gelf_getphdr (self->elf, (int)i, &header) || header.p_type != PT_NOTE)
        continue;
      data = elf_getdata_rawchunk (self->elf, (gint64)header.p_offset, header.p_filesz, ELF_T_NHDR);
      while (data && (next = gelf_getnote (data, at, &note, &name_at, &data_at)) > 0)
        {
          if (data_at + note.n_descsz <= data->d_size)
            read_note (self, note.n_type, (const guint8 *)data->d_buf + data_at, note.n_descsz);
          at = next;
        }
    }
}

/* Files */

static gboolean
is_same_program (const char *path, const char *executable)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *other = g_path_get_basename (executable);

  return strcmp (name, other) == 0 || g_str_has_prefix (name, other) || g_str_has_prefix (other, name);
}

/* The executable that was named stands for the file of its name, else for the one mapped lowest that is a program. */
static void
use_executable (FlatlineCore *self, const char *executable)
{
  const char *path = NULL;

  for (guint i = 0; i < self->mappings->len; i++)
    {
      FlatlineMapping *mapping = g_ptr_array_index (self->mappings, i);

      if (!path && (is_same_program (mapping->path, executable) || !strstr (mapping->path, ".so")))
        path = mapping->path;
      if (is_same_program (mapping->path, executable))
        {
          path = mapping->path;
          break;
        }
    }
  for (guint i = 0; path && i < self->mappings->len; i++)
    {
      FlatlineMapping *mapping = g_ptr_array_index (self->mappings, i);

      if (strcmp (mapping->path, path) == 0)
        mapping->file = g_strdup (executable);
    }
}

/* The program lived in a file system of its own, which is to be had at @root. */
static void
use_root (FlatlineCore *self, const char *root)
{
  for (guint i = 0; i < self->mappings->len; i++)
    {
      FlatlineMapping *mapping = g_ptr_array_index (self->mappings, i);

      mapping->file = g_strconcat (root, mapping->path, NULL);
    }
  self->has_root = TRUE;
}

static int
open_file_of (FlatlineCore *self, FlatlineMapping *mapping)
{
  const char *file = mapping->file ? mapping->file : mapping->path;
  gpointer known;
  int fd;

  if (g_hash_table_lookup_extended (self->files, file, NULL, &known))
    return GPOINTER_TO_INT (known) - 1;
  fd = open (file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  g_hash_table_insert (self->files, g_strdup (file), GINT_TO_POINTER (fd + 1));
  return fd;
}

static gboolean
read_from_file (FlatlineCore *self, guint64 address, void *buffer, gsize length)
{
  for (guint i = 0; i < self->mappings->len; i++)
    {
      FlatlineMapping *mapping = g_ptr_array_index (self->mappings, i);
      int fd;

      if (address < mapping->start || address >= mapping->end)
        continue;
      fd = open_file_of (self, mapping);
      return fd >= 0 && pread (fd, buffer, length, (off_t)(mapping->offset + address - mapping->start)) > 0;
    }
  return FALSE;
}

gboolean
flatline_core_read (gpointer core, guint64 address, void *buffer, gsize length)
{
  FlatlineCore *self = core;
  guint8 *out = buffer;

  memset (buffer, 0, length);
  while (length > 0)
    {
      Segment *segment = find_segment (self, address);
      guint64 delta = segment ? address - segment->start : 0;
      gsize part = segment ? MIN (length, segment->end - address) : length;

      if (segment && delta < segment->file_size)
        {
          part = MIN (part, segment->file_size - delta);
          if (pread (self->fd, out, part, (off_t)(segment->offset + delta)) != (gssize)part)
            return FALSE;
        }
      else if (!read_from_file (self, address, out, part))
        return FALSE;
      out += part;
      address += part;
      length -= part;
    }
  return TRUE;
}

static void
set_no_core_error (int fd, const char *file, GError **error)
{
  const char *command = flatline_packing_find_command (fd);

  if (command)
    g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
                 /* Translators: a file, a command, the file */ _ ("“%s” is compressed: “%s %s” unpacks it"), file,
                 command, file);
  else
    g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
                 _ ("“%s” is not a core file of a 64-bit program"), file);
}

FlatlineCore *
flatline_core_open (const char *core_file, const char *executable, GError **error)
{
  g_autoptr (FlatlineCore) self = g_new0 (FlatlineCore, 1);
  GElf_Ehdr header;

  elf_version (EV_CURRENT);
  self->segments = g_array_new (FALSE, FALSE, sizeof (Segment));
  self->mappings = g_ptr_array_new_with_free_func ((GDestroyNotify)flatline_mapping_free);
  self->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->threads = g_array_new (FALSE, FALSE, sizeof (FlatlineCoreThread));
  self->fd = open (core_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (self->fd < 0)
    {
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED, _ ("“%s” cannot be opened: %s"),
                   core_file, g_strerror (errno));
      return NULL;
    }
  if (g_file_test (core_file, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
                   _ ("“%s” is a folder; name a core file in it, or the PID of a program that runs"), core_file);
      return NULL;
    }
  self->elf = elf_begin (self->fd, ELF_C_READ_MMAP, NULL);
  if (!self->elf || elf_kind (self->elf) != ELF_K_ELF || !gelf_getehdr (self->elf, &header) || header.e_type != ET_CORE
      || gelf_getclass (self->elf) != ELFCLASS64)
    {
      set_no_core_error (self->fd, core_file, error);
      return NULL;
    }
  read_segments (self);
  read_notes (self);
  if (self->threads->len == 0 || self->mappings->len == 0)
    {
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
                   _ ("“%s” was cut short or says nothing of its threads and files"), core_file);
      return NULL;
    }
  if (self->pid == 0)
    self->pid = g_array_index (self->threads, FlatlineCoreThread, 0).native_id;
  if (executable && g_file_test (executable, G_FILE_TEST_IS_DIR))
    use_root (self, executable);
  else if (executable)
    use_executable (self, executable);
  return g_steal_pointer (&self);
}

void
flatline_core_free (FlatlineCore *self)
{
  GHashTableIter iter;
  gpointer fd;

  g_hash_table_iter_init (&iter, self->files);
  while (g_hash_table_iter_next (&iter, NULL, &fd))
    if (GPOINTER_TO_INT (fd) > 0)
      close (GPOINTER_TO_INT (fd) - 1);
  g_hash_table_unref (self->files);
  if (self->elf)
    elf_end (self->elf);
  if (self->fd >= 0)
    close (self->fd);
  g_array_unref (self->segments);
  g_array_unref (self->threads);
  g_ptr_array_unref (self->mappings);
  g_free (self->command_line);
  g_free (self);
}

gint64
flatline_core_get_pid (FlatlineCore *self)
{
  return self->pid;
}

const char *
flatline_core_get_command_line (FlatlineCore *self)
{
  return self->command_line;
}

char *
flatline_core_dup_executable (FlatlineCore *self)
{
  FlatlineMapping *first = self->mappings->len > 0 ? g_ptr_array_index (self->mappings, 0) : NULL;

  for (guint i = 0; i < self->mappings->len && !self->has_root; i++)
    {
      FlatlineMapping *mapping = g_ptr_array_index (self->mappings, i);

      if (mapping->file)
        return g_strdup (mapping->file);
    }
  return first ? g_strdup (first->path) : NULL;
}

gint64
flatline_core_get_time_us (FlatlineCore *self)
{
  struct stat status;

  if (fstat (self->fd, &status) != 0)
    return g_get_real_time ();
  return status.st_mtim.tv_sec * G_USEC_PER_SEC + status.st_mtim.tv_nsec / 1000;
}

GPtrArray *
flatline_core_get_mappings (FlatlineCore *self)
{
  return self->mappings;
}

GPtrArray *
flatline_core_list_memory (FlatlineCore *self)
{
  GPtrArray *memory = g_ptr_array_new_with_free_func ((GDestroyNotify)flatline_mapping_free);

  for (guint i = 0; i < self->segments->len; i++)
    {
      const Segment *segment = &g_array_index (self->segments, Segment, i);
      FlatlineMapping *mapping = flatline_mapping_new ("");

      mapping->start = segment->start;
      mapping->end = segment->end;
      mapping->writable = segment->writable;
      g_ptr_array_add (memory, mapping);
    }
  return memory;
}

gboolean
flatline_core_is_cut_short (FlatlineCore *self)
{
  struct stat status;

  if (fstat (self->fd, &status) != 0)
    return FALSE;
  for (guint i = 0; i < self->segments->len; i++)
    {
      Segment *segment = &g_array_index (self->segments, Segment, i);

      if (segment->offset + segment->file_size > (guint64)status.st_size)
        return TRUE;
    }
  return FALSE;
}

GArray *
flatline_core_get_threads (FlatlineCore *self)
{
  return self->threads;
}

int
flatline_core_get_signal (FlatlineCore *self, guint64 *fault_address, gint64 *sender)
{
  const int signal = g_array_index (self->threads, FlatlineCoreThread, 0).signal;

  *fault_address = self->fault_address;
  *sender = self->sender == self->pid && signal == SIGABRT ? 0 : self->sender;
  return signal;
}

int
flatline_core_get_file (FlatlineCore *self)
{
  return self->fd;
}
