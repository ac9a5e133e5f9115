/* SPDX-License-Identifier: MIT */
/*
 * PyInstaller packs a program with its libraries and leaves code objects nothing but "threading.py" of where they were,
 * so that nothing told the standard library from a program's own modules. sys._MEIPASS, the folder it unpacks to, says
 * that it did, and sys.stdlib_module_names (3.10 and later) which modules are Python's own. They are told of as they
 * would lie in a Python in that folder.
 */
#include "flatline-code-files.h"

#include "flatline-sets.h"
#include "flatline-strings.h"

#include <string.h>

#define MAX_NAME 4096

struct _FlatlineCodeFiles
{
  FlatlineTarget *target;
  gboolean was_asked;
  char *library;         /* "/tmp/_MEIx/lib/python3.11/"; NULL: nothing is to be resolved */
  GHashTable *standards; /* names of the modules in it */
};

FlatlineCodeFiles *
flatline_code_files_new (FlatlineTarget *target)
{
  FlatlineCodeFiles *self = g_new0 (FlatlineCodeFiles, 1);

  self->target = target;
  self->standards = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
flatline_code_files_free (FlatlineCodeFiles *self)
{
  g_free (self->library);
  g_hash_table_unref (self->standards);
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

static void
ask (FlatlineCodeFiles *self)
{
  const guint64 folder = flatline_dict_find_in_sys (self->target, "_MEIPASS");
  const guint64 names = folder ? flatline_dict_find_in_sys (self->target, "stdlib_module_names") : 0;
  g_autofree char *path = names ? flatline_string_dup (self->target, folder, MAX_NAME) : NULL;
  const guint version = self->target->layout.version;

  self->was_asked = TRUE;
  if (!path || !flatline_set_foreach (self->target, names, add_standard, self))
    return;
  self->library = g_strdup_printf ("%s/lib/python%u.%u/", path, version >> 8, version & 0xff);
}

char *
flatline_code_files_resolve (FlatlineCodeFiles *self, char *file)
{
  g_autofree char *module = NULL;
  char *resolved;

  if (!file || file[0] == '/' || file[0] == '<' || !g_str_has_suffix (file, ".py"))
    return file;
  if (!self->was_asked)
    ask (self);
  module = g_strndup (file, strcspn (file, "/."));
  if (!self->library || !g_hash_table_contains (self->standards, module))
    return file;
  resolved = g_strconcat (self->library, file, NULL);
  g_free (file);
  return resolved;
}
