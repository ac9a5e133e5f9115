/* SPDX-License-Identifier: MIT */
/*
 * Finds the CPython in a process: by the symbol _PyRuntime, by the section .PyRuntime, or by looking through the
 * writable memory of the file for something that holds together as a runtime. What is found is validated either way.
 */
#include "flatline-target-finding.h"

#include "flatline-access.h"
#include "flatline-dicts.h"
#include "flatline-elf-image.h"
#include "flatline-inspect-error.h"
#include "flatline-mounts.h"
#include "flatline-strings.h"

#include <glib/gi18n.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_SCAN_BYTES (64 * 1024 * 1024)

gboolean
flatline_target_is_plausible (FlatlineMemory *memory, const FlatlineLayout *layout, guint64 runtime)
{
  guint64 interp, thread, back, modules;

  if (!flatline_memory_read_u64 (memory, runtime + layout->runtime_interpreters_head, &interp) || interp == 0
      || interp % 8 != 0)
    return FALSE;
  if (!flatline_memory_read_u64 (memory, interp + layout->interp_threads_head, &thread)
      || !flatline_memory_read_u64 (memory, interp + layout->interp_modules, &modules))
    return FALSE;
  /* No thread yet or no more: an interpreter that starts or ends. */
  if (thread == 0)
    return modules % 8 == 0;
  return flatline_memory_read_u64 (memory, thread + layout->thread_interp, &back) && back == interp;
}

/* What sys.hexversion says when it is read by self->layout; 0 when the interpreter has no sys, or the layout is wrong.
 */
static guint64
read_hexversion (FlatlineTarget *self)
{
  const guint64 number = flatline_dict_find_in_sys (self, "hexversion");
  guint64 hex;

  return number && flatline_int_read (self, number, &hex) ? hex : 0;
}

/* Where it is looked for, one after the other. */
typedef enum
{
  LOOK_AT_NAMES,    /* for its symbol or section, in the program and in files that are called as it is */
  LOOK_INTO_MEMORY, /* at the memory of these */
  LOOK_AT_ALL_CODE, /* for its symbol or section in whatever else is there: a plug-in may have it inside */
} Look;

static gboolean
may_hold_python (const FlatlineMapping *mapping, const char *exe, gboolean is_core, Look look)
{
  g_autofree char *name = g_path_get_basename (mapping->path);

  if (mapping->path[0] != '/')
    return FALSE;
  /* A core file does not say what was to be executed; a device is nothing to open. */
  if (look == LOOK_AT_ALL_CODE && (mapping->executable || is_core) && !g_str_has_prefix (mapping->path, "/dev/"))
    return TRUE;
  return g_str_has_prefix (name, "python") || strstr (name, "libpython") || g_strcmp0 (mapping->path, exe) == 0;
}

/* "libpython3.11.so.1.0", "python3.9" -> 0x0309; 0 when the name does not tell. */
static guint32
version_from_name (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  const char *at = strstr (name, "python");
  guint major = 0, minor = 0;

  if (!at || sscanf (at, "python%1u.%3u", &major, &minor) != 2 || (major != 2 && major != 3) || minor > 255)
    return 0;
  return minor > 0 ? major << 8 | minor : 0;
}

static void
set_unknown_version (gint64 pid, guint32 version, gboolean free_threaded, GError **error)
{
  g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_UNKNOWN_PYTHON,
               _ ("Process %" PRId64 " runs CPython %u.%u%s; Flatline knows 3.9 to 3.15"), pid, version >> 8,
               version & 0xff, free_threaded ? _ (" (free-threaded)") : "");
}

/* PY_VERSION_HEX to "3.14.0rc1", with a "t" for a free-threaded build. */
static char *
version_to_string (guint64 hex, gboolean free_threaded)
{
  static const char *const levels[] = { [0xa] = "a", [0xb] = "b", [0xc] = "rc" };
  guint level = (hex >> 4) & 0xf;
  g_autofree char *tail =
      level >= 0xa && level <= 0xc ? g_strdup_printf ("%s%d", levels[level], (int)(hex & 0xf)) : NULL;

  return g_strdup_printf ("%d.%d.%d%s%s", (int)(hex >> 24) & 0xff, (int)(hex >> 16) & 0xff, (int)(hex >> 8) & 0xff,
                          tail ? tail : "", free_threaded ? "t" : "");
}

/* Reads the published offsets where there are some; also tells a free-threaded build and the exact version. */
static gboolean
try_layout (FlatlineTarget *self, const FlatlineLayout *layout, guint64 runtime, GError **error)
{
  FlatlineLayout candidate = *layout;

  if (layout->published_size > 0)
    {
      g_autofree guint8 *blob = g_malloc0 (layout->published_size);

      if (!flatline_memory_read_direct (self->memory, runtime, blob, layout->published_size)
          || !flatline_layout_apply_published (&candidate, blob, layout->published_size, error))
        return FALSE;
    }
  if (!flatline_target_is_plausible (self->memory, &candidate, runtime))
    return FALSE;
  self->layout = candidate;
  self->runtime = runtime;
  return TRUE;
}

/* 3.13 and later say their version at the head of _PyRuntime; 3.11 and 3.12 have Py_Version; others the file's name. */
static guint64
read_version_hex (FlatlineTarget *self, FlatlineElfImage *image, guint64 runtime, gboolean *free_threaded)
{
  struct
  {
    char cookie[8];
    guint64 version, free_threaded;
  } head;
  guint64 address = image ? flatline_elf_image_find_symbol (image, "Py_Version") : 0;
  guint64 hex = 0;

  if (runtime && flatline_memory_read (self->memory, runtime, &head, sizeof head)
      && memcmp (head.cookie, "xdebugpy", sizeof head.cookie) == 0)
    {
      *free_threaded = head.free_threaded != 0;
      return head.version;
    }
  if (address && flatline_memory_read_u64 (self->memory, address, &hex))
    return hex & G_GUINT64_CONSTANT (0xffffffff);
  return 0;
}

/* @hex: the version as the interpreter itself says it, 0 when it has not said any. */
static void
set_version (FlatlineTarget *self, guint64 hex)
{
  const FlatlineLayout *layout = &self->layout;

  g_free (self->version);
  if (hex >> 16 != layout->version)
    hex = read_hexversion (self);
  self->version = hex >> 16 == layout->version
                      ? version_to_string (hex, layout->free_threaded)
                      : g_strdup_printf ("%u.%u", layout->version >> 8, layout->version & 0xff);
}

static gboolean
accept_runtime (FlatlineTarget *self, FlatlineElfImage *image, guint64 runtime, guint32 name_version, GError **error)
{
  gboolean free_threaded = FALSE;
  guint64 hex = read_version_hex (self, image, runtime, &free_threaded);
  guint32 version = hex ? (guint32)(hex >> 16) : name_version;
  const FlatlineLayout *layout = version ? flatline_layout_find (version, free_threaded) : NULL;
  const FlatlineLayout *const *all;
  guint n_layouts;

  if (version && !layout)
    {
      set_unknown_version (self->pid, version, free_threaded, error);
      return FALSE;
    }
  if (layout && try_layout (self, layout, runtime, error))
    {
      set_version (self, hex);
      return TRUE;
    }
  if (version)
    return FALSE;
  /* Nothing says the version: it is the one whose layout reads it right. */
  all = flatline_layout_list (&n_layouts);
  for (guint i = 0; i < n_layouts; i++)
    {
      if (try_layout (self, all[i], runtime, NULL) && read_hexversion (self) >> 16 == all[i]->version)
        {
          set_version (self, 0);
          return TRUE;
        }
    }
  return FALSE;
}

/* A stripped file without even dynamic symbols: look for a runtime in its writable memory, word by word. */
static gboolean
scan_for_runtime (FlatlineTarget *self, GPtrArray *mappings, const char *path, guint32 version, GError **error)
{
  gsize left = MAX_SCAN_BYTES;
  gboolean in_file = FALSE;

  for (guint i = 0; i < mappings->len && left > 0; i++)
    {
      FlatlineMapping *mapping = g_ptr_array_index (mappings, i);
      guint64 length = MIN (mapping->end - mapping->start, left);

      /* .bss follows the file's mappings without a name. */
      in_file = strcmp (mapping->path, path) == 0 || (in_file && mapping->path[0] == '\0');
      if (!in_file || !mapping->writable)
        continue;
      left -= length;
      for (guint64 at = mapping->start; at + 8 <= mapping->start + length; at += 8)
        {
          guint64 word;

          if (!flatline_memory_read_u64 (self->memory, at, &word))
            break;
          if (word == 0)
            continue;
          if (accept_runtime (self, NULL, at, version, NULL) && read_hexversion (self) >> 16 == self->layout.version)
            return TRUE;
        }
    }
  g_clear_error (error);
  return FALSE;
}

static gboolean
look_into_file (FlatlineTarget *self, GPtrArray *mappings, const char *path, gboolean thoroughly, GError **error)
{
  g_autoptr (FlatlineElfImage) image = flatline_elf_image_open (self->is_core ? 0 : self->pid, mappings, path);
  guint32 version = version_from_name (path);
  guint64 runtime;

  /* A file that was deleted, and that we may not open by its mapping, still has its memory. */
  if (!image)
    return thoroughly && scan_for_runtime (self, mappings, path, version, error);
  runtime = flatline_elf_image_find_symbol (image, "_PyRuntime");
  if (runtime == 0)
    runtime = flatline_elf_image_find_section (image, ".PyRuntime", NULL);
  if (runtime != 0)
    {
      self->hash_secret_address = flatline_elf_image_find_symbol (image, "_Py_HashSecret");
      if (accept_runtime (self, image, runtime, version, error))
        return TRUE;
      if (error && !*error)
        g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_UNKNOWN_PYTHON,
                     _ ("The interpreter in “%s” has not started yet, has ended already, or is not one that Flatline "
                        "knows (3.9 to 3.15)"),
                     path);
      return FALSE;
    }
  return thoroughly && scan_for_runtime (self, mappings, path, version, error);
}

/* There may be more than one, of which the first need not be the one that runs; what is told is why that was not it. */
static gboolean
look_into_files (FlatlineTarget *self, GPtrArray *mappings, const char *exe, GError **error)
{
  g_autoptr (GError) first = NULL;

  for (Look look = LOOK_AT_NAMES; look <= LOOK_AT_ALL_CODE && !first; look++)
    {
      g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

      for (guint i = 0; i < mappings->len; i++)
        {
          FlatlineMapping *mapping = g_ptr_array_index (mappings, i);
          g_autoptr (GError) why = NULL;

          if (!may_hold_python (mapping, exe, self->is_core, look) || !g_hash_table_add (seen, mapping->path))
            continue;
          if (look_into_file (self, mappings, mapping->path, look == LOOK_INTO_MEMORY, &why))
            {
              self->module = g_strdup (mapping->path);
              return TRUE;
            }
          if (why && !first)
            first = g_steal_pointer (&why);
        }
    }
  if (first)
    g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

/* What the head of its file says. */
static gboolean
is_of_32_bits (gint64 pid, const char *exe)
{
  g_autofree char *link = g_strdup_printf ("/proc/%" PRId64 "/exe", pid);
  char head[EI_NIDENT];
  const int fd = flatline_path_answers (pid, exe) ? open (link, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
  const gssize length = fd >= 0 ? read (fd, head, sizeof head) : -1;

  if (fd >= 0)
    close (fd);
  return length == sizeof head && memcmp (head, ELFMAG, SELFMAG) == 0 && head[EI_CLASS] == ELFCLASS32;
}

static gboolean
runs_pypy (GPtrArray *mappings)
{
  for (guint i = 0; mappings && i < mappings->len; i++)
    {
      const FlatlineMapping *mapping = g_ptr_array_index (mappings, i);
      const char *name = mapping->path ? strrchr (mapping->path, '/') : NULL;

      if (name && (g_str_has_prefix (name, "/libpypy") || g_str_has_prefix (name, "/pypy")))
        return TRUE;
    }
  return FALSE;
}

/* Before 3.7 there is no _PyRuntime to be found; the names of the files tell. 0: nothing like that. */
static guint32
find_old_version (GPtrArray *mappings)
{
  for (guint i = 0; mappings && i < mappings->len; i++)
    {
      const FlatlineMapping *mapping = g_ptr_array_index (mappings, i);
      const guint32 version = mapping->executable && mapping->path ? version_from_name (mapping->path) : 0;

      if (version && !flatline_layout_find (version, FALSE))
        return version;
    }
  return 0;
}

/* With the mappings of the target; @name for the message. */
static FlatlineTarget *
find_in (FlatlineTarget *self, GPtrArray *mappings, const char *exe, const char *name, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (look_into_files (self, mappings, exe, &why))
    return self;
  /* Also of a CPython: read as one of 64 bits it would seem not to have started yet. */
  if (exe && is_of_32_bits (self->pid, exe))
    g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NOT_PYTHON,
                 _ ("The program is a 32-bit one: CPython is read in 64-bit programs only"));
  else if (why)
    g_propagate_error (error, g_steal_pointer (&why));
  else if (!self->is_core && find_old_version (mappings))
    set_unknown_version (self->pid, find_old_version (mappings), FALSE, error);
  else
    g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NOT_PYTHON,
                 runs_pypy (mappings)
                     ? _ ("There is no CPython in %s: it runs PyPy, whose stacks only its agent can tell")
                     : _ ("There is no CPython in %s"),
                 name);
  flatline_target_free (self);
  return NULL;
}

FlatlineTarget *
flatline_target_find (gint64 pid, FlatlineMemory *memory, GError **error)
{
  g_autoptr (GPtrArray) mappings = flatline_mappings_read (pid);
  FlatlineTarget *self = g_new0 (FlatlineTarget, 1);
  g_autofree char *name = g_strdup_printf (_ ("process %d"), (int)pid);
  g_autofree char *link = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/exe", pid);
  g_autofree char *exe = g_file_read_link (link, NULL);

  self->pid = pid;
  self->memory = memory;
  if (flatline_access_check (pid, mappings, error) && mappings)
    return find_in (self, mappings, exe, name, error);
  flatline_target_free (self);
  return NULL;
}

FlatlineTarget *
flatline_target_find_in_core (FlatlineCore *core, GError **error)
{
  FlatlineTarget *self = g_new0 (FlatlineTarget, 1);

  self->pid = flatline_core_get_pid (core);
  self->is_core = TRUE;
  self->core = core;
  self->memory = flatline_memory_new (flatline_core_read, core, NULL);
  return find_in (self, flatline_core_get_mappings (core), NULL, _ ("the core file"), error);
}
