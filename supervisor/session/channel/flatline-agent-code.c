/* SPDX-License-Identifier: MIT */
#include "flatline-agent-code.h"

#include "flatline-interpreter.h"
#include "flatline-paths.h"

#include <gio/gio.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of @path, or of what is there above it. */
static gboolean
is_ours (const char *path)
{
  g_autofree char *at = g_strdup (path);
  struct stat status;

  while (stat (at, &status) < 0)
    {
      char *parent = g_path_get_dirname (at);

      if (strcmp (parent, at) == 0)
        {
          g_free (parent);
          return FALSE;
        }
      g_free (at);
      at = parent;
    }
  return status.st_uid == geteuid ();
}

char *
flatline_agent_code_dup_cache_dir (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "flatline", "agent", NULL);

  return is_ours (folder) ? g_steal_pointer (&folder) : NULL;
}

/*
 * Its file, where that is what we see under its name, too: not in a container, nor after an upgrade. Nor do we run for
 * somebody else what he, who may be allowed less than we are, has put there. Transfer full.
 */
static char *
dup_interpreter (gint64 pid)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%" G_GINT64_FORMAT, pid);
  g_autofree char *link = g_strdup_printf ("%s/exe", folder);
  g_autofree char *path = g_file_read_link (link, NULL);
  struct stat process, seen, named;

  if (!path || !flatline_interpreter_is_python (path) || stat (folder, &process) < 0 || stat (link, &seen) < 0
      || stat (path, &named) < 0 || seen.st_dev != named.st_dev || seen.st_ino != named.st_ino
      || process.st_uid != geteuid () || (named.st_uid != 0 && named.st_uid != geteuid ()) || (named.st_mode & S_IWOTH))
    return NULL;
  return g_steal_pointer (&path);
}

static void
give_way (gpointer unused)
{
  const struct sched_param param = { 0 };

  sched_setscheduler (0, SCHED_IDLE, &param);
}

void
flatline_agent_code_compile (gint64 pid)
{
  static GHashTable *asked = NULL; /* paths of interpreters */
  g_autofree char *interpreter = dup_interpreter (pid);
  g_autofree char *cache = flatline_agent_code_dup_cache_dir ();
  g_autofree char *agent = flatline_paths_dup_agent_dir ();
  g_autofree char *prefix = cache ? g_strconcat ("pycache_prefix=", cache, NULL) : NULL;
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GSubprocess) process = NULL;

  if (!asked)
    asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  /* In a build tree the sources change, and whoever builds may write there. */
  if (flatline_paths_are_in_place () || !cache || !interpreter || !g_hash_table_add (asked, g_strdup (interpreter))
      || g_mkdir_with_parents (cache, 0700) < 0)
    return;
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_subprocess_launcher_set_child_setup (launcher, give_way, NULL, NULL);
  process = g_subprocess_launcher_spawn (launcher, NULL, interpreter, "-I", "-S", "-B", "-X", prefix, "-m",
                                         "compileall", "-q", agent, NULL);
}
