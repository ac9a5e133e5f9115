/* SPDX-License-Identifier: MIT */
/* Where Flatline's own files are. */
#include "config.h"

#include "flatline-paths.h"

#include <errno.h>
#include <sys/stat.h>
#include <string.h>
#include <unistd.h>

gboolean
flatline_paths_are_in_place (void)
{
  static int in_place = -1;

  if (in_place < 0)
    {
      g_autofree char *exe = g_file_read_link ("/proc/self/exe", NULL);

      in_place = exe && g_str_has_prefix (exe, FLATLINE_BUILD_ROOT "/");
    }
  return in_place;
}

/* The prefix above @folder, that of a program; NULL when it is no such folder. */
static char *
dup_prefix_above (const char *folder)
{
  static const char *const PLACES[] = { "/bin", &FLATLINE_LIBEXECDIR[sizeof FLATLINE_PREFIX - 1] };

  for (gsize i = 0; i < G_N_ELEMENTS (PLACES); i++)
    if (g_str_has_suffix (folder, PLACES[i]))
      return g_strndup (folder, strlen (folder) - strlen (PLACES[i]));
  return NULL;
}

/* The prefix that holds the running program: the one it was configured for, or wherever the whole of it was moved. */
static const char *
peek_prefix (void)
{
  static char *prefix = NULL;

  if (g_once_init_enter (&prefix))
    {
      g_autofree char *exe = g_file_read_link ("/proc/self/exe", NULL);
      g_autofree char *folder = exe ? g_path_get_dirname (exe) : NULL;

      char *above = folder ? dup_prefix_above (folder) : NULL;

      g_once_init_leave (&prefix, above ? above : g_strdup (FLATLINE_PREFIX));
    }
  return prefix;
}

/* @built: below the build's or the source's root; @installed: where it is installed, mostly below the prefix. */
static char *
dup_place (const char *built, const char *installed)
{
  if (flatline_paths_are_in_place ())
    return g_strdup (built);
  if (g_str_has_prefix (installed, FLATLINE_PREFIX "/"))
    return g_strconcat (peek_prefix (), installed + strlen (FLATLINE_PREFIX), NULL);
  return g_strdup (installed);
}

char *
flatline_paths_dup_agent_dir (void)
{
  return dup_place (FLATLINE_BUILD_ROOT "/agent", FLATLINE_AGENT_DIR);
}

char *
flatline_paths_dup_cli (void)
{
  return dup_place (FLATLINE_BUILD_ROOT "/app/cli/flatline-cli", FLATLINE_PREFIX "/bin/flatline-cli");
}

char *
flatline_paths_dup_cli_engine (void)
{
  return dup_place (FLATLINE_BUILD_ROOT "/app/cli/engine/flatline-cli", FLATLINE_LIBEXECDIR "/flatline-cli");
}

char *
flatline_paths_dup_keeper (void)
{
  return dup_place (FLATLINE_BUILD_ROOT "/supervisor/session/launch/keeper/flatline-keeper",
                    FLATLINE_LIBEXECDIR "/flatline-keeper");
}

char *
flatline_paths_dup_guard (void)
{
  return dup_place (FLATLINE_BUILD_ROOT "/supervisor/inspect/stop/guard/flatline-guard",
                    FLATLINE_LIBEXECDIR "/flatline-guard");
}

char *
flatline_paths_dup_locale_dir (void)
{
  return dup_place (FLATLINE_BUILD_ROOT "/po", FLATLINE_LOCALEDIR);
}

char *
flatline_paths_dup_schema_dir (void)
{
  return dup_place (FLATLINE_BUILD_ROOT "/data", FLATLINE_DATADIR "/glib-2.0/schemas");
}

char *
flatline_paths_dup_icons_dir (void)
{
  return dup_place (FLATLINE_SOURCE_ROOT "/data/icons", FLATLINE_DATADIR "/icons");
}

char *
flatline_paths_dup_data_dir (void)
{
  char *dir = g_build_filename (g_get_user_data_dir (), "flatline", NULL);

  /* Whoever opens a file in it says why it cannot be. */
  g_mkdir_with_parents (dir, 0700);
  return dir;
}

char *
flatline_paths_dup_recordings_dir (void)
{
  char *dir = g_build_filename (g_get_user_data_dir (), "flatline", "recordings", NULL);

  g_mkdir_with_parents (dir, 0700);
  return dir;
}

/* Where every user may write: in a container whose files are read-only, memory alone. */
static const char *
get_shared_dir (void)
{
  const char *folder = g_get_tmp_dir ();

  return access (folder, W_OK | X_OK) != 0 && access ("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : folder;
}

/* $XDG_RUNTIME_DIR is not set in a bare terminal or under CI; a folder of the user's own in /tmp serves then. */
char *
flatline_paths_dup_runtime_dir (void)
{
  const char *base = g_getenv ("XDG_RUNTIME_DIR");
  char *dir;
  struct stat status;

  if (base && g_file_test (base, G_FILE_TEST_IS_DIR) && access (base, W_OK) == 0)
    dir = g_build_filename (base, "flatline", NULL);
  else
    dir = g_strdup_printf ("%s/flatline-%u", get_shared_dir (), (guint)getuid ());
  if (g_mkdir_with_parents (dir, 0700) == 0 && lstat (dir, &status) == 0 && S_ISDIR (status.st_mode)
      && status.st_uid == getuid () && (status.st_mode & 077) == 0)
    return dir;
  /* Somebody else's folder of that name: never put a socket into it. */
  g_free (dir);
  dir = g_build_filename (get_shared_dir (), "flatline-XXXXXX", NULL);
  return g_mkdtemp (dir) ? dir : (g_free (dir), g_strdup (get_shared_dir ()));
}

#define AGENT_SOCKET_PREFIX "agent-"

char *
flatline_paths_dup_agent_socket (const char *runtime_dir, const char *uid)
{
  g_autofree char *name = g_strdup_printf (AGENT_SOCKET_PREFIX "%.16s", uid);

  return g_build_filename (runtime_dir, name, NULL);
}

gboolean
flatline_paths_is_agent_socket (const char *path)
{
  const char *name = path ? strstr (path, "/flatline") : NULL;

  name = name ? strrchr (name, '/') : NULL;
  return name && g_str_has_prefix (name + 1, AGENT_SOCKET_PREFIX)
         && strlen (name + 1) == strlen (AGENT_SOCKET_PREFIX) + 16;
}
