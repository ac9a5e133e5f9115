/* SPDX-License-Identifier: MIT */
/*
 * The functions of the C library by which files are opened and links are read, in the place of its own: those of the
 * program and of the libraries that it uses come here by their names. A text of /proc is read whole, spoiled, and given
 * as a file without a name. Folders, memory and executables stay what they are.
 */
#undef _FORTIFY_SOURCE
#include "spoiled-proc.h"
#include "spoiled-text.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <fcntl.h> would have the first of these under other names. */
#define AT_FDCWD    -100
#define O_CREAT     0100
#define O_TMPFILE   020200000
#define O_DIRECTORY 0200000

#define MAX_TEXT_BYTES (1 << 20)

int
open64 (const char *path, int flags, ...);
int
openat64 (int folder, const char *path, int flags, ...);

static GMutex lock;
static GRand *randomness; /* NULL: nothing is spoiled */
static guint one_in;
static guint n_spoiled;

void
spoiled_proc_begin (guint32 seed)
{
  static const guint often[] = { 2, 5, 20, 20, 60, 60 };

  g_mutex_lock (&lock);
  randomness = g_rand_new_with_seed (seed);
  one_in = often[g_rand_int_range (randomness, 0, G_N_ELEMENTS (often))];
  n_spoiled = 0;
  g_mutex_unlock (&lock);
}

guint
spoiled_proc_end (void)
{
  g_mutex_lock (&lock);
  g_clear_pointer (&randomness, g_rand_free);
  g_mutex_unlock (&lock);
  return n_spoiled;
}

static gboolean
is_text (const char *path)
{
  static const char *const names[] = { "/stat",     "/status", "/maps",         "/smaps",  "/cmdline", "/environ",
                                       "/children", "/wchan",  "/syscall",      "/cgroup", "/statm",   "/schedstat",
                                       "/locks",    "/tcp",    "/mountinfo",    "/tcp6",   "/udp",     "/udp6",
                                       "/unix",     "/comm",   "/ptrace_scope", "/uid_map" };

  if (!g_str_has_prefix (path, "/proc/") || strstr (path, "/root/"))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_has_suffix (path, names[i]))
      return TRUE;
  return strstr (path, "/fdinfo/") || g_str_equal (path, "/proc/meminfo");
}

/* What the descriptor @folder and @path name. Transfer full. */
static char *
dup_whole_path (int folder, const char *path)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", folder);
  char target[4096];
  const long length =
      *path == '/' || folder == AT_FDCWD ? 0 : syscall (SYS_readlinkat, AT_FDCWD, link, target, sizeof target);

  return length > 0 ? g_strdup_printf ("%.*s/%s", (int)length, target, path) : g_strdup (path);
}

static int
give_text (const GString *text)
{
  const int fd = memfd_create ("spoiled", MFD_CLOEXEC);

  if (fd < 0 || write (fd, text->str, text->len) != (gssize)text->len || lseek (fd, 0, SEEK_SET) != 0)
    g_error ("no file for what is spoiled: %s", g_strerror (errno));
  return fd;
}

static GString *
read_text (int fd)
{
  g_autofree char *bytes = g_malloc (MAX_TEXT_BYTES);
  gssize length = 0, n;

  while (length < MAX_TEXT_BYTES && (n = read (fd, bytes + length, MAX_TEXT_BYTES - length)) > 0)
    length += n;
  return g_string_new_len (bytes, length);
}

/* In the place of @fd, which is open at what @path names. */
static int
spoil_file (int fd, int folder, const char *path)
{
  g_autofree char *whole = NULL;

  if (fd < 0 || !randomness)
    return fd;
  whole = dup_whole_path (folder, path);
  if (!is_text (whole))
    return fd;
  g_mutex_lock (&lock);
  if (randomness && g_rand_int_range (randomness, 0, (gint32)one_in) == 0)
    {
      GString *text = read_text (fd);

      close (fd);
      spoil_text (randomness, text);
      n_spoiled++;
      fd = give_text (text);
      g_string_free (text, TRUE);
    }
  g_mutex_unlock (&lock);
  return fd;
}

static int
open_file (int folder, const char *path, int flags, va_list rest)
{
  const int mode = flags & (O_CREAT | O_TMPFILE) & ~O_DIRECTORY ? va_arg (rest, int) : 0;

  return spoil_file ((int)syscall (SYS_openat, folder, path, flags, mode), folder, path);
}

int
open64 (const char *path, int flags, ...)
{
  va_list rest;
  int fd;

  va_start (rest, flags);
  fd = open_file (AT_FDCWD, path, flags, rest);
  va_end (rest);
  return fd;
}

int
openat64 (int folder, const char *path, int flags, ...)
{
  va_list rest;
  int fd;

  va_start (rest, flags);
  fd = open_file (folder, path, flags, rest);
  va_end (rest);
  return fd;
}

FILE *
fopen64 (const char *path, const char *mode)
{
  static FILE *(*next) (const char *, const char *);
  FILE *file;
  int fd;

  if (!next)
    next = (FILE * (*)(const char *, const char *)) dlsym (RTLD_NEXT, "fopen64");
  file = next (path, mode);
  if (!file || !randomness || !is_text (path))
    return file;
  fd = spoil_file (dup (fileno (file)), AT_FDCWD, path);
  fclose (file);
  return fdopen (fd, "r");
}

/* Where a link leads that tells of a descriptor, and of nothing that is opened by it then. */
static gssize
spoil_link (gssize length, int folder, const char *path, char *target, gsize size)
{
  g_autofree char *whole = NULL;

  if (length <= 0 || !randomness)
    return length;
  whole = dup_whole_path (folder, path);
  if (!g_str_has_prefix (whole, "/proc/") || g_str_has_prefix (whole, "/proc/self/")
      || (!strstr (whole, "/fd/") && !strstr (whole, "/ns/")))
    return length;
  g_mutex_lock (&lock);
  if (randomness && g_rand_int_range (randomness, 0, (gint32)one_in) == 0)
    {
      GString *text = g_string_new_len (target, length);

      spoil_text (randomness, text);
      n_spoiled++;
      length = (gssize)MIN (text->len, size);
      memcpy (target, text->str, (gsize)length);
      g_string_free (text, TRUE);
    }
  g_mutex_unlock (&lock);
  return length;
}

gssize
readlinkat (int folder, const char *path, char *target, gsize size)
{
  return spoil_link (syscall (SYS_readlinkat, folder, path, target, size), folder, path, target, size);
}

gssize
readlink (const char *path, char *target, gsize size)
{
  return readlinkat (AT_FDCWD, path, target, size);
}
