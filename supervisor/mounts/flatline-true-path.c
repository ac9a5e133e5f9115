/* SPDX-License-Identifier: MIT */
/* Part by part: a folder is read only where the part below it has something that is no text. */
#include "flatline-true-path.h"

#include <string.h>

#include "flatline-mounts.h"

#define MAX_ENTRIES 100000
#define REPLACEMENT "\357\277\275" /* U+FFFD */

/* The entry of @folder that reads as @part; NULL: none, or several. */
static char *
find_entry (const char *folder, const char *part)
{
  g_autoptr (GDir) entries = flatline_path_answers (0, folder) ? g_dir_open (folder, 0, NULL) : NULL;
  g_autofree char *found = NULL;
  const char *name;

  for (guint i = 0; entries && i < MAX_ENTRIES && (name = g_dir_read_name (entries)); i++)
    {
      g_autofree char *told = g_utf8_make_valid (name, -1);

      if (!g_str_equal (told, part))
        continue;
      if (found)
        return NULL;
      found = g_strdup (name);
    }
  return g_steal_pointer (&found);
}

char *
flatline_true_path_dup (const char *root, const char *path)
{
  g_auto (GStrv) parts = NULL;
  g_autoptr (GString) place = NULL;

  if (!strstr (path, REPLACEMENT))
    return g_strconcat (root, path, NULL);
  parts = g_strsplit (path, "/", -1);
  place = g_string_new (root);
  for (guint i = 0; parts[i]; i++)
    {
      g_autofree char *entry = NULL;

      if (i > 0)
        g_string_append_c (place, '/');
      if (strstr (parts[i], REPLACEMENT))
        entry = find_entry (place->len > 0 ? place->str : ".", parts[i]);
      g_string_append (place, entry ? entry : parts[i]);
    }
  return g_string_free (g_steal_pointer (&place), FALSE);
}
