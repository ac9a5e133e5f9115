/* SPDX-License-Identifier: MIT */
/* The pattern's process id is known; what else it may hold (host, time, user, name) is matched, not guessed. */
#include "flatline-core-search.h"

#include <string.h>
#include <sys/stat.h>

/* What is written in the same second may bear an earlier time: file systems round. */
#define CLOCK_ROUNDING_US G_USEC_PER_SEC

/* @pattern as one for g_pattern_match_simple() on a whole path. Transfer full, NULL for a pipe. */
static char *
expand (const char *pattern, gboolean uses_pid, gint64 pid, const char *folder)
{
  g_autoptr (GString) path = g_string_new (NULL);
  gboolean has_pid = FALSE;

  if (*pattern == '|' || *pattern == '\0')
    return NULL;
  if (*pattern != '/')
    g_string_append_printf (path, "%s/", folder);
  for (const char *at = pattern; *at; at++)
    {
      if (*at != '%')
        {
          g_string_append_c (path, *at);
          continue;
        }
      at++;
      if (*at == '\0')
        break;
      if (*at == 'p' || *at == 'P')
        {
          g_string_append_printf (path, "%" G_GINT64_FORMAT, pid);
          has_pid = TRUE;
        }
      else
        g_string_append_c (path, *at == '%' ? '%' : '*');
    }
  if (uses_pid && !has_pid)
    g_string_append_printf (path, ".%" G_GINT64_FORMAT, pid);
  return g_string_free (g_steal_pointer (&path), FALSE);
}

static gboolean
is_recent (const char *path, gint64 since_us)
{
  struct stat status;

  return stat (path, &status) == 0 && S_ISREG (status.st_mode) && status.st_size > 0
         && status.st_mtim.tv_sec * G_USEC_PER_SEC + status.st_mtim.tv_nsec / 1000 + CLOCK_ROUNDING_US >= since_us;
}

char *
flatline_core_search_find (gint64 pid, const char *folder, gint64 since_us)
{
  g_autofree char *pattern = NULL;
  g_autofree char *uses_pid = NULL;
  g_autofree char *expanded = NULL;
  g_autofree char *parent = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!g_file_get_contents ("/proc/sys/kernel/core_pattern", &pattern, NULL, NULL))
    return NULL;
  g_file_get_contents ("/proc/sys/kernel/core_uses_pid", &uses_pid, NULL, NULL);
  expanded = expand (g_strchomp (pattern), uses_pid && *uses_pid == '1', pid, folder);
  if (!expanded)
    return NULL;
  parent = g_path_get_dirname (expanded);
  dir = g_dir_open (parent, 0, NULL);
  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (parent, name, NULL);

      if (g_pattern_match_simple (expanded, path) && is_recent (path, since_us))
        return g_steal_pointer (&path);
    }
  return NULL;
}
