/* SPDX-License-Identifier: MIT */
/* See flatline-known-names.h; a GVariant, which is safe to read whatever the bytes are, sorted by address. */
#include "flatline-known-names.h"

#include "flatline-dw-library.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER  "native-names"
#define VERSION 1
/* What the files are, the ranges (whether they are known first), the calls at each address. */
#define FORMAT "(usb" FLATLINE_KNOWN_RANGES "a(t" FLATLINE_KNOWN_CALLS "))"

#define MAX_ADDRESSES  2048 /* of one module; then it begins anew */
#define MAX_FILE_BYTES (4 * 1024 * 1024)
#define MAX_FILES      200 /* the oldest give way */

struct _FlatlineKnownNames
{
  char *path;       /* NULL: nothing is kept */
  char *identity;   /* of the files that names come from */
  GVariant *kept;   /* entries as read; NULL: none */
  GVariant *ranges; /* NULL: not known */
  GHashTable *added;
  gboolean has_news;
};

/* The folder, if it is ours: names that another user may write are not taken. */
static char *
dup_folder (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "flatline", FOLDER, NULL);
  struct stat facts;

  if (stat (folder, &facts) != 0 && (g_mkdir_with_parents (folder, 0700) != 0 || stat (folder, &facts) != 0))
    return NULL;
  if (facts.st_uid != geteuid () || (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return NULL;
  return g_steal_pointer (&folder);
}

static void
add_facts (GString *identity, const char *path)
{
  struct stat facts;

  if (stat (path, &facts) == 0 && S_ISREG (facts.st_mode))
    g_string_append_printf (identity, "%s:%lx:%lx.%lx;", path, (gulong)facts.st_size, (gulong)facts.st_mtim.tv_sec,
                            (gulong)facts.st_mtim.tv_nsec);
}

/* The module's own file, and those of debug information where dwfl_standard_find_debuginfo() looks for them. */
static char *
describe_files (Elf *elf, const char *path, const char *build_id)
{
  GString *identity = g_string_new (NULL);
  GElf_Word checksum;
  const char *link = flatline_dw.dwelf_elf_gnu_debuglink (elf, &checksum);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *by_id = g_strdup_printf ("/usr/lib/debug/.build-id/%.2s/%s.debug", build_id, build_id + 2);
  size_t size = 0;

  /* Two files may have one build id: one of them was stripped. */
  flatline_dw.elf_rawfile (elf, &size);
  g_string_append_printf (identity, "%lx;", (gulong)size);
  add_facts (identity, by_id);
  if (link)
    {
      g_autofree char *beside = g_build_filename (folder, link, NULL);
      g_autofree char *below = g_build_filename (folder, ".debug", link, NULL);
      g_autofree char *global = g_build_filename ("/usr/lib/debug", folder, link, NULL);

      add_facts (identity, beside);
      add_facts (identity, below);
      add_facts (identity, global);
    }
  return g_string_free (identity, FALSE);
}

static char *
dup_build_id (Dwfl_Module *module)
{
  const unsigned char *bits;
  GElf_Addr address;
  int length = flatline_dw.dwfl_module_build_id (module, &bits, &address);
  GString *text;

  if (length < 8 || length > 64)
    return NULL;
  text = g_string_new (NULL);
  for (int i = 0; i < length; i++)
    g_string_append_printf (text, "%02x", bits[i]);
  return g_string_free (text, FALSE);
}

static void
read_kept (FlatlineKnownNames *self)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) all = NULL;
  g_autoptr (GVariant) ranges = NULL;
  g_autoptr (GVariant) entries = NULL;
  const char *identity;
  gboolean has_ranges;
  guint32 version;
  struct stat facts;
  char *contents;
  gsize length;

  if (lstat (self->path, &facts) != 0 || !S_ISREG (facts.st_mode) || facts.st_size > MAX_FILE_BYTES
      || !g_file_get_contents (self->path, &contents, &length, NULL))
    return;
  bytes = g_bytes_new_take (contents, length);
  all = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (FORMAT), bytes, FALSE));
  g_variant_get (all, "(u&sb@" FLATLINE_KNOWN_RANGES "@a(t" FLATLINE_KNOWN_CALLS "))", &version, &identity, &has_ranges,
                 &ranges, &entries);
  if (version != VERSION || !g_str_equal (identity, self->identity))
    return;
  self->kept = g_steal_pointer (&entries);
  if (has_ranges)
    self->ranges = g_steal_pointer (&ranges);
}

FlatlineKnownNames *
flatline_known_names_open (Dwfl_Module *module)
{
  FlatlineKnownNames *self = g_new0 (FlatlineKnownNames, 1);
  g_autofree char *build_id = dup_build_id (module);
  g_autofree char *folder = build_id ? dup_folder () : NULL;
  GElf_Addr bias;
  Elf *elf = folder ? flatline_dw.dwfl_module_getelf (module, &bias) : NULL;

  self->added = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_variant_unref);
  if (!elf)
    return self;
  self->path = g_build_filename (folder, build_id, NULL);
  self->identity =
      describe_files (elf, flatline_dw.dwfl_module_info (module, NULL, NULL, NULL, NULL, NULL, NULL, NULL), build_id);
  read_kept (self);
  return self;
}

/* The place of @offset among the entries; FALSE: it is not there. */
static gboolean
search (GVariant *entries, guint64 offset, GVariant **calls)
{
  gsize low = 0, high = entries ? g_variant_n_children (entries) : 0;

  while (low < high)
    {
      const gsize middle = (low + high) / 2;
      g_autoptr (GVariant) entry = g_variant_get_child_value (entries, middle);
      guint64 at;

      g_variant_get_child (entry, 0, "t", &at);
      if (at == offset)
        {
          *calls = g_variant_get_child_value (entry, 1);
          return TRUE;
        }
      if (at < offset)
        low = middle + 1;
      else
        high = middle;
    }
  return FALSE;
}

GVariant *
flatline_known_names_find (FlatlineKnownNames *self, guint64 offset)
{
  GVariant *calls = g_hash_table_lookup (self->added, &offset);

  if (calls)
    return g_variant_ref (calls);
  return search (self->kept, offset, &calls) && g_variant_n_children (calls) > 0 ? calls : NULL;
}

void
flatline_known_names_add (FlatlineKnownNames *self, guint64 offset, GVariant *calls)
{
  g_hash_table_insert (self->added, g_memdup2 (&offset, sizeof offset), g_variant_ref_sink (calls));
  self->has_news = TRUE;
}

GVariant *
flatline_known_names_find_ranges (FlatlineKnownNames *self)
{
  return self->ranges ? g_variant_ref (self->ranges) : NULL;
}

void
flatline_known_names_add_ranges (FlatlineKnownNames *self, GVariant *ranges)
{
  g_clear_pointer (&self->ranges, g_variant_unref);
  self->ranges = g_variant_ref_sink (ranges);
  self->has_news = TRUE;
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  guint64 first, second;

  g_variant_get_child (*(GVariant *const *)a, 0, "t", &first);
  g_variant_get_child (*(GVariant *const *)b, 0, "t", &second);
  return (first > second) - (first < second);
}

/* What was kept and what is new, by address. */
static GVariant *
join_entries (FlatlineKnownNames *self)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify)g_variant_unref);
  const gsize n_kept = self->kept ? g_variant_n_children (self->kept) : 0;
  GHashTableIter iter;
  gpointer offset, calls;

  g_hash_table_iter_init (&iter, self->added);
  while (g_hash_table_iter_next (&iter, &offset, &calls))
    g_ptr_array_add (entries,
                     g_variant_ref_sink (g_variant_new ("(t@" FLATLINE_KNOWN_CALLS ")", *(guint64 *)offset, calls)));
  if (n_kept + entries->len <= MAX_ADDRESSES)
    for (gsize i = 0; i < n_kept; i++)
      g_ptr_array_add (entries, g_variant_get_child_value (self->kept, i));
  g_ptr_array_sort (entries, compare_entries);
  return g_variant_new_array (G_VARIANT_TYPE ("(t" FLATLINE_KNOWN_CALLS ")"), (GVariant **)entries->pdata,
                              entries->len);
}

/* Files of programs that were upgraded since are never asked for again. */
static void
remove_oldest (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *oldest = NULL;
  gint64 oldest_s = G_MAXINT64;
  guint n_files = 0;
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      struct stat facts;

      if (lstat (path, &facts) != 0)
        continue;
      n_files++;
      if (facts.st_mtim.tv_sec < oldest_s)
        {
          oldest_s = facts.st_mtim.tv_sec;
          g_free (oldest);
          oldest = g_steal_pointer (&path);
        }
    }
  if (n_files > MAX_FILES)
    g_unlink (oldest);
}

static void
keep (FlatlineKnownNames *self)
{
  GVariant *ranges = self->ranges ? self->ranges : g_variant_new (FLATLINE_KNOWN_RANGES, NULL);
  g_autoptr (GVariant) all =
      g_variant_ref_sink (g_variant_new ("(usb@" FLATLINE_KNOWN_RANGES "@a(t" FLATLINE_KNOWN_CALLS "))", VERSION,
                                         self->identity, self->ranges != NULL, ranges, join_entries (self)));
  const gboolean is_new = access (self->path, F_OK) != 0;
  g_autofree char *folder = g_path_get_dirname (self->path);

  if (g_variant_get_size (all) > MAX_FILE_BYTES)
    return;
  /* By way of another file, so that who reads meanwhile finds a whole one. */
  if (g_file_set_contents_full (self->path, g_variant_get_data (all), (gssize)g_variant_get_size (all),
                                G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL)
      && is_new)
    remove_oldest (folder);
}

void
flatline_known_names_close (FlatlineKnownNames *self)
{
  if (self->path && self->has_news)
    keep (self);
  g_clear_pointer (&self->kept, g_variant_unref);
  g_clear_pointer (&self->ranges, g_variant_unref);
  g_hash_table_unref (self->added);
  g_free (self->path);
  g_free (self->identity);
  g_free (self);
}
