/* SPDX-License-Identifier: MIT */
/*
 * Which CPython a process runs, without touching its memory: the executable (python3.11) or the shared library
 * (libpython3.11.so) names the minor version; the whole version is a string of its own in that file. Files are looked
 * through once and remembered by device, inode and time of change.
 */
#include "flatline-python-version.h"

#include "flatline-mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE_BYTES (256 * 1024 * 1024)

static GMutex cache_lock;
static GHashTable *cache; /* "dev:inode:mtime" -> version */

/* The "3.11" in "python3.11" or "libpython3.11.so.1.0"; NULL when @name is no CPython's. */
static char *
find_minor_version (const char *name)
{
  const char *start = strstr (name, "python3.");
  gsize digits;

  if (!start)
    return NULL;
  start += strlen ("python");
  digits = strspn (start + 2, "0123456789");
  if (digits == 0 || digits > 2)
    return NULL;
  return g_strndup (start, 2 + digits);
}

/* memmem(), of which that of the C library looks at every byte: constants hold few of the first character. */
static const char *
find_text (const char *bytes, const char *end, const char *text, gsize length)
{
  const char *at = bytes;

  while (end - at >= (gssize)length && (at = memchr (at, text[0], end - at - length + 1)))
    if (memcmp (at, text, length) == 0)
      return at;
    else
      at++;
  return NULL;
}

/*
 * Looks for the string "3.11.2", zero bytes on both sides, later release levels ("3.13.0rc1") included. Linkers fold a
 * string into the end of a longer one (a prefix such as "/opt/python-3.11.2"), so such an end serves when nothing else
 * is found.
 */
static char *
find_version_string (const char *bytes, gsize length, const char *minor)
{
  g_autofree char *prefix = g_strconcat (minor, ".", NULL);
  const gsize prefix_length = strlen (prefix);
  const char *end = bytes + length;
  const char *at = bytes;
  const char *folded = NULL;

  while ((at = find_text (at, end, prefix, prefix_length)))
    {
      gsize rest = strnlen (at, MIN (16, end - at));

      if (at > bytes && rest < 16 && g_ascii_isdigit (at[prefix_length]) && strspn (at, "0123456789.abcr+") == rest)
        {
          if (at[-1] == '\0')
            return g_strdup (at);
          if (!folded && (at[-1] == '/' || at[-1] == '-'))
            folded = at;
        }
      at++;
    }
  return g_strdup (folded);
}

/* The segments of the file that are only read, where linkers put constants, before all of it. */
static char *
find_version_in_file (const char *bytes, gsize length, const char *minor)
{
  const ElfW (Ehdr) *header = (const ElfW (Ehdr) *)bytes;
  char *version = NULL;

  if (length >= sizeof *header && memcmp (header->e_ident, ELFMAG, SELFMAG) == 0
      && header->e_ident[EI_CLASS] == (sizeof (gpointer) == 8 ? ELFCLASS64 : ELFCLASS32)
      && header->e_phentsize == sizeof (ElfW (Phdr)) && header->e_phoff < length
      && header->e_phnum <= (length - header->e_phoff) / sizeof (ElfW (Phdr)))
    for (guint i = 0; !version && i < header->e_phnum; i++)
      {
        ElfW (Phdr) segment;

        memcpy (&segment, bytes + header->e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type == PT_LOAD && segment.p_flags == PF_R && segment.p_offset < length)
          version =
              find_version_string (bytes + segment.p_offset, MIN (segment.p_filesz, length - segment.p_offset), minor);
      }
  return version ? version : find_version_string (bytes, length, minor);
}

static char *
read_version_of_file (int fd, gsize size, const char *minor)
{
  char *version = NULL;
  char *bytes;

  if (size == 0 || size > MAX_FILE_BYTES)
    return NULL;
  bytes = mmap (NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (bytes == MAP_FAILED)
    return NULL;
  version = find_version_in_file (bytes, size, minor);
  munmap (bytes, size);
  return version;
}

/* @path leads us to what process @pid knows as @seen. */
static char *
version_of_path (gint64 pid, const char *seen, const char *path, const char *minor)
{
  g_autofree char *key = NULL;
  char *version = NULL;
  struct stat facts;
  int fd = flatline_path_answers (pid, seen) ? open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;

  if (fd < 0)
    return g_strdup (minor);
  if (fstat (fd, &facts) != 0 || !S_ISREG (facts.st_mode))
    {
      close (fd);
      return g_strdup (minor);
    }
  key = g_strdup_printf ("%lx:%lx:%lx.%lx", (gulong)facts.st_dev, (gulong)facts.st_ino, (gulong)facts.st_mtim.tv_sec,
                         (gulong)facts.st_mtim.tv_nsec);
  g_mutex_lock (&cache_lock);
  if (!cache)
    cache = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  version = g_strdup (g_hash_table_lookup (cache, key));
  g_mutex_unlock (&cache_lock);
  if (!version)
    {
      version = read_version_of_file (fd, facts.st_size, minor);
      if (!version)
        version = g_strdup (minor);
      g_mutex_lock (&cache_lock);
      g_hash_table_insert (cache, g_steal_pointer (&key), g_strdup (version));
      g_mutex_unlock (&cache_lock);
    }
  close (fd);
  return version;
}

/* The path of a mapped libpython3.N.so, as the process sees it. */
static char *
find_mapped_library (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/maps", pid);
  FILE *maps = fopen (path, "re");
  char *library = NULL;
  char line[4352];

  while (maps && !library && fgets (line, sizeof line, maps))
    {
      const char *base = strstr (line, "/libpython3.");
      const char *start = strchr (line, '/');

      if (base && start && strstr (base, ".so"))
        library = g_strchomp (g_strdup (start));
    }
  if (maps)
    fclose (maps);
  return library;
}

char *
flatline_python_version_read (gint64 pid)
{
  g_autofree char *link = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/exe", pid);
  g_autofree char *library = NULL;
  g_autofree char *minor = NULL;
  g_autofree char *rooted = NULL;
  char target[4096];
  gssize length;

  library = find_mapped_library (pid);
  if (library)
    {
      minor = find_minor_version (strrchr (library, '/'));
      rooted = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/root%s", pid, library);
      return minor ? version_of_path (pid, library, rooted, minor) : NULL;
    }
  length = readlink (link, target, sizeof target - 1);
  if (length <= 0)
    return NULL;
  target[length] = '\0';
  minor = find_minor_version (strrchr (target, '/') ? strrchr (target, '/') : target);
  return minor ? version_of_path (pid, target, link, minor) : NULL;
}
