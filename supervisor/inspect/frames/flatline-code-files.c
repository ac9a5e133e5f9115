/* SPDX-License-Identifier: MIT */
/*
 * PyInstaller packs a program with its libraries and leaves code objects nothing but "threading.py" of where they were,
 * Nuitka's standalone mode names files beside the program that are not there, so that nothing told the standard library
 * and installed packages from a program's own modules. sys._MEIPASS, the folder that PyInstaller unpacks to, and
 * __compiled__ of Nuitka say that this is so, sys.stdlib_module_names (3.10 and later) which modules are Python's own.
 * A package that tells its __version__ is taken for an installed one, unless the program is called like it. They are
 * told of as they would lie in a Python in that folder.
 */
#include "flatline-code-files.h"

#include "flatline-sets.h"
#include "flatline-strings.h"

#include <string.h>

#define MAX_NAME 4096

/* Nuitka: nuitka/code_generation/templates/CodeTemplatesConstants.py, fields of __compiled__. */
#define NUITKA_STANDALONE 5
#define NUITKA_MODULE     11

struct _FlatlineCodeFiles
{
  FlatlineTarget *target;
  gboolean was_asked;
  char *folder;          /* "/opt/shop.dist/" that Nuitka's files are said to lie in, "" of PyInstaller's */
  char *library;         /* "/tmp/_MEIx/lib/python3.11/"; NULL: nothing is to be resolved */
  GHashTable *standards; /* names of the modules in it */
  GHashTable *packages;  /* name -> whether it is an installed one */
};

FlatlineCodeFiles *
flatline_code_files_new (FlatlineTarget *target)
{
  FlatlineCodeFiles *self = g_new0 (FlatlineCodeFiles, 1);

  self->target = target;
  self->standards = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->packages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
flatline_code_files_free (FlatlineCodeFiles *self)
{
  g_free (self->folder);
  g_free (self->library);
  g_hash_table_unref (self->standards);
  g_hash_table_unref (self->packages);
  g_free (self);
}

static gboolean
add_standard (gint64 i, guint64 item, gpointer user_data)
{
  FlatlineCodeFiles *self = user_data;
  char *name = flatline_string_dup (self->target, item, MAX_NAME);

  if (name)
    g_hash_table_add (self->standards, name);
  return TRUE;
}

/* What the module @module has as @name, 0 nothing. */
static guint64
find_in_module (FlatlineCodeFiles *self, const char *module, const char *name)
{
  FlatlineTarget *target = self->target;
  const guint64 modules = flatline_dict_find_in_sys (target, "modules");
  const guint64 object = modules ? flatline_dict_find (target, modules, module) : 0;
  guint64 dict = 0;

  if (object == 0 || !flatline_memory_read_u64 (target->memory, object + (guint64)target->layout.module_dict, &dict))
    return 0;
  return dict ? flatline_dict_find (target, dict, name) : 0;
}

/* Item @index of a named tuple of C. */
static guint64
read_field (FlatlineCodeFiles *self, guint64 tuple, guint index)
{
  guint64 item = 0;

  flatline_memory_read_u64 (self->target->memory, tuple + (guint64)self->target->layout.tuple_items + index * 8, &item);
  return item;
}

/* The folder of a program that Nuitka has compiled with all it needs. Transfer full, NULL for other programs. */
static char *
dup_nuitka_folder (FlatlineCodeFiles *self)
{
  const guint64 compiled = find_in_module (self, "__main__", "__compiled__");
  const guint64 file = compiled ? find_in_module (self, "__main__", "__file__") : 0;
  g_autofree char *path = file ? flatline_string_dup (self->target, file, MAX_NAME) : NULL;

  /* Of the two flags the other is False for whatever has a __main__. */
  if (!path || !strrchr (path, '/')
      || read_field (self, compiled, NUITKA_STANDALONE) == read_field (self, compiled, NUITKA_MODULE))
    return NULL;
  return g_strndup (path, strrchr (path, '/') + 1 - path);
}

static void
ask (FlatlineCodeFiles *self)
{
  const guint64 names = flatline_dict_find_in_sys (self->target, "stdlib_module_names");
  const guint64 unpacked = names ? flatline_dict_find_in_sys (self->target, "_MEIPASS") : 0;
  g_autofree char *path = unpacked ? flatline_string_dup (self->target, unpacked, MAX_NAME) : NULL;
  const guint version = self->target->layout.version;

  self->was_asked = TRUE;
  if (!names)
    return;
  self->folder = path ? g_strdup ("") : dup_nuitka_folder (self);
  if (!self->folder || !flatline_set_foreach (self->target, names, add_standard, self))
    return;
  if (!path)
    path = g_strndup (self->folder, strlen (self->folder) - 1);
  self->library = g_strdup_printf ("%s/lib/python%u.%u/", path, version >> 8, version & 0xff);
}

/* "shop" of "/opt/shop/Shop-2", which a package "shop" belongs to. */
static gboolean
is_named_alike (FlatlineCodeFiles *self, guint64 path, const char *module)
{
  g_autofree char *text = path ? flatline_string_dup (self->target, path, MAX_NAME) : NULL;
  g_autofree char *base = text ? g_path_get_basename (text) : NULL;
  g_autofree char *name = base ? g_ascii_strdown (g_strdelimit (base, "-", '_'), -1) : NULL;
  g_autofree char *folded = g_ascii_strdown (module, -1);

  return name && strstr (name, folded);
}

/* The program's own packages have versions, too: that which it was started as a part of, or is called like. */
static gboolean
is_of_program (FlatlineCodeFiles *self, const char *module)
{
  const guint64 package = find_in_module (self, "__main__", "__package__");
  g_autofree char *name = package ? flatline_string_dup (self->target, package, MAX_NAME) : NULL;

  if (name)
    name[strcspn (name, ".")] = '\0';
  return g_strcmp0 (name, module) == 0
         || is_named_alike (self, flatline_dict_find_in_sys (self->target, "executable"), module)
         || is_named_alike (self, find_in_module (self, "__main__", "__file__"), module);
}

static gboolean
is_installed (FlatlineCodeFiles *self, const char *module)
{
  gpointer known;
  gboolean installed;

  if (g_hash_table_lookup_extended (self->packages, module, NULL, &known))
    return GPOINTER_TO_INT (known);
  installed = find_in_module (self, module, "__version__") != 0 && !is_of_program (self, module);
  g_hash_table_insert (self->packages, g_strdup (module), GINT_TO_POINTER (installed));
  return installed;
}

char *
flatline_code_files_resolve (FlatlineCodeFiles *self, char *file)
{
  g_autofree char *module = NULL;
  const char *name;
  char *resolved;

  if (!file || file[0] == '<' || !g_str_has_suffix (file, ".py"))
    return file;
  if (!self->was_asked)
    ask (self);
  if (!self->library || !g_str_has_prefix (file, self->folder) || (file[0] == '/' && !*self->folder))
    return file;
  name = file + strlen (self->folder);
  module = g_strndup (name, strcspn (name, "/."));
  if (g_hash_table_contains (self->standards, module))
    resolved = g_strconcat (self->library, name, NULL);
  else if (is_installed (self, module))
    resolved = g_strconcat (self->library, "site-packages/", name, NULL);
  else
    return file;
  g_free (file);
  return resolved;
}
