/* SPDX-License-Identifier: MIT */
/* Whose code a file is, by where it lies. */
#include "flatline-code-path.h"

#include <string.h>

#define AGENT_MARK "<flatline " /* agent/flatline/startup/unseen.py */

/* @file from @name on: "/python3.11/x.py" after "/usr/lib". */
static gboolean
is_library_folder (const char *file, const char *name)
{
  for (const char *at = strstr (file, name); at; at = strstr (at + 1, name))
    {
      const char *after = at + strlen (name);

      after += strspn (after, ".0123456789");
      if (g_str_has_prefix (after, "t/"))
        after++;
      if (*after == '/'
          && ((at - file >= 4 && strncmp (at - 4, "/lib", 4) == 0)
              || (at - file >= 6 && strncmp (at - 6, "/lib64", 6) == 0)))
        return TRUE;
      if (g_str_has_prefix (after, ".zip/"))
        return TRUE;
    }
  return FALSE;
}

/* "/usr/lib/python3.11/x.py", "/usr/lib/python3/dist-packages/x.py", "…/lib64/python3.11/…", "/usr/lib/pypy3.9/x.py".
 */
static gboolean
is_library_path (const char *file)
{
  return strstr (file, "/site-packages/") || strstr (file, "/dist-packages/") || is_library_folder (file, "/python3")
         || is_library_folder (file, "/pypy3");
}

gboolean
flatline_path_is_agent (const char *file)
{
  return strstr (file, "/agent/flatline/") || strstr (file, "/agent/sitecustomize")
         || strstr (file, "/flatline/agent/");
}

gboolean
flatline_path_is_in_agent (const char *file, const char *agent_dir)
{
  if (g_str_has_prefix (file, AGENT_MARK))
    file += strlen (AGENT_MARK);
  return g_str_has_prefix (file, agent_dir) && file[strlen (agent_dir)] == '/';
}

char *
flatline_path_take_mark_off (char *file)
{
  const gsize mark = strlen (AGENT_MARK);
  const gsize length = file ? strlen (file) : 0;

  if (length > mark && g_str_has_prefix (file, AGENT_MARK) && file[length - 1] == '>')
    {
      memmove (file, file + mark, length - mark - 1);
      file[length - mark - 1] = '\0';
    }
  return file;
}

gboolean
flatline_path_is_own (const char *file)
{
  /* "<attrs generated init shop.Order>", "<sqlalchemy generated warned() wrapper for …>" */
  if (g_str_has_prefix (file, "<frozen ") || (file[0] == '<' && strstr (file, " generated "))
      || g_str_has_prefix (file, "<decorator-gen-") || strcmp (file, "<__array_function__ internals>") == 0)
    return FALSE;
  /* The examples that come with Flatline are programs like others. */
  if (strstr (file, "/examples/"))
    return !is_library_path (file);
  return !is_library_path (file) && !flatline_path_is_agent (file);
}
