/* SPDX-License-Identifier: MIT */
/*
 * Where interpreters are found: by name in PATH, by the first line of a script, in the environment beside it. Nothing
 * is started for it.
 */
#include "config.h"

#include "flatline-interpreter.h"
#include "flatline-session-error.h"

#include <glib/gi18n.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SHEBANG_BYTES 4096
#define MAX_LINKS         40 /* as the kernel: then it is a circle */

#define USAGE FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_USAGE

void
flatline_shebang_clear (FlatlineShebang *shebang)
{
  g_strfreev (shebang->words);
  g_free (shebang->wanted);
}

static gboolean
is_executable_file (const char *path)
{
  struct stat status;

  return stat (path, &status) == 0 && S_ISREG (status.st_mode) && access (path, X_OK) == 0;
}

char *
flatline_interpreter_dup_absolute (const char *path, const char *cwd)
{
  g_autofree char *current = NULL;

  if (g_path_is_absolute (path))
    return g_strdup (path);
  if (!cwd || !g_path_is_absolute (cwd))
    {
      current = g_get_current_dir ();
      return g_build_filename (current, cwd ? cwd : "", path, NULL);
    }
  return g_build_filename (cwd, path, NULL);
}

/* The name in the folders of PATH, as a shell finds it. Transfer full, NULL when it is in none. */
char *
flatline_interpreter_find_in_path (const char *name, const char *cwd, char **environment)
{
  const char *path = g_environ_getenv (environment, "PATH");
  g_auto (GStrv) folders = g_strsplit (path ? path : "/usr/local/bin:/usr/bin:/bin", ":", -1);

  for (guint i = 0; folders[i]; i++)
    {
      g_autofree char *folder = flatline_interpreter_dup_absolute (*folders[i] ? folders[i] : ".", cwd);
      g_autofree char *candidate = g_build_filename (folder, name, NULL);

      if (is_executable_file (candidate))
        return g_steal_pointer (&candidate);
    }
  return NULL;
}

/* A path stays one (relative to @cwd), a bare name is looked up. Transfer full, NULL when nothing executable is there.
 */
char *
flatline_interpreter_find (const char *name, const char *cwd, char **environment)
{
  g_autofree char *path = NULL;

  if (!strchr (name, '/'))
    return flatline_interpreter_find_in_path (name, cwd, environment);
  path = flatline_interpreter_dup_absolute (name, cwd);
  return is_executable_file (path) ? g_steal_pointer (&path) : NULL;
}

gboolean
flatline_interpreter_is_python (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  return g_str_has_prefix (name, "python") || g_str_has_prefix (name, "pypy");
}

/* "env python3", "env -S python3 -I", "env NAME=value python3": the words behind env and its own options. */
static char **
look_through_env (char **words)
{
  guint i = 1;

  while (words[i] && (words[i][0] == '-' || strchr (words[i], '=')))
    i++;
  return words[i] ? g_strdupv (words + i) : NULL;
}

void
flatline_shebang_read (const char *path, FlatlineShebang *shebang)
{
  char head[MAX_SHEBANG_BYTES + 1];
  g_autofree char *name = NULL;
  g_auto (GStrv) pieces = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  gssize length;

  if (fd < 0)
    return;
  length = read (fd, head, MAX_SHEBANG_BYTES);
  close (fd);
  if (length < 2 || head[0] != '#' || head[1] != '!')
    return;
  head[length] = '\0';
  head[strcspn (head, "\n")] = '\0';
  /* An editor of another system leaves a carriage return, which the kernel would take for part of the name. */
  g_strstrip (head + 2);
  pieces = g_strsplit_set (head + 2, " \t", -1);
  for (guint i = 0; pieces[i]; i++)
    if (*pieces[i])
      g_strv_builder_add (builder, pieces[i]);
  shebang->words = g_strv_builder_end (builder);
  shebang->wanted = g_strdup (shebang->words[0] ? shebang->words[0] : "");
  if (!shebang->words[0])
    return;
  name = g_path_get_basename (shebang->words[0]);
  if (strcmp (name, "env") == 0)
    {
      g_auto (GStrv) behind = look_through_env (shebang->words);

      if (behind)
        {
          g_free (shebang->wanted);
          shebang->wanted = g_strdup (behind[0]);
          g_strfreev (g_steal_pointer (&shebang->words));
          shebang->words = g_steal_pointer (&behind);
          shebang->takes_any = strcmp (shebang->wanted, "python3") == 0 || strcmp (shebang->wanted, "python") == 0;
        }
    }
  shebang->is_python = flatline_interpreter_is_python (shebang->words[0]);
}

/* A folder that Python runs as a program. */
gboolean
flatline_interpreter_runs_folder (const char *path)
{
  g_autofree char *main_file = g_build_filename (path, "__main__.py", NULL);

  return g_file_test (main_file, G_FILE_TEST_IS_REGULAR);
}

/* Where the link @path leads in the end; NULL when it is none, or leads to something. Transfer full. */
static char *
dup_missing_target (const char *path)
{
  g_autofree char *at = g_strdup (path);

  if (access (path, F_OK) == 0)
    return NULL;
  for (int i = 0; i < MAX_LINKS; i++)
    {
      g_autofree char *target = g_file_read_link (at, NULL);
      g_autofree char *folder = g_path_get_dirname (at);

      if (!target)
        return i > 0 ? g_steal_pointer (&at) : NULL;
      g_free (at);
      at = flatline_interpreter_dup_absolute (target, folder);
    }
  return g_steal_pointer (&at);
}

/*
 * The interpreter of the folder @environment; NULL when there is none. One that is there and does not work any more is
 * an error: whoever made it does not want another, which lacks its modules.
 */
static char *
find_in_environment (const char *environment, GError **error)
{
  static const char *const names[] = { "python3", "python" };
  g_autofree char *missing = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *candidate = g_build_filename (environment, "bin", names[i], NULL);

      if (is_executable_file (candidate))
        return g_steal_pointer (&candidate);
      if (!missing)
        missing = dup_missing_target (candidate);
    }
  if (missing)
    g_set_error (
        error, USAGE,
        /* Translators: a folder, a file in another, a command */
        _ ("The environment “%s” has lost its interpreter “%s”: create it again (%s), or set “python” in the settings"),
        environment, missing, "python3 -m venv --clear");
  return NULL;
}

static gboolean
is_project (const char *folder)
{
  static const char *const marks[] = { "pyproject.toml", "setup.py",  "setup.cfg", "requirements.txt",
                                       "Pipfile",        "manage.py", ".git",      ".hg" };
  gboolean has_mark = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (marks) && !has_mark; i++)
    {
      g_autofree char *mark = g_build_filename (folder, marks[i], NULL);

      has_mark = g_file_test (mark, G_FILE_TEST_EXISTS);
    }
  return has_mark;
}

/* The folder of the project that @folder, an absolute path, is in; NULL: of none. What lies in the home folder is for
 * none. */
static char *
dup_project (const char *folder, char **environment)
{
  const char *home = g_environ_getenv (environment, "HOME");
  g_autofree char *at = g_strdup (folder);

  while (strcmp (at, "/") != 0 && g_strcmp0 (at, home) != 0)
    {
      char *parent = g_path_get_dirname (at);

      if (is_project (at))
        {
          g_free (parent);
          return g_steal_pointer (&at);
        }
      g_free (at);
      at = parent;
    }
  return NULL;
}

/* Who can write the script may say what runs it, and so may we and the system: others have their folders above, too. */
static gboolean
is_trusted (const char *environment, const char *directory)
{
  struct stat own, other;

  return stat (environment, &own) == 0
         && (own.st_uid == 0 || own.st_uid == geteuid ()
             || (stat (directory, &other) == 0 && own.st_uid == other.st_uid));
}

/* In the folder of the script, or above it up to that of its project. */
static char *
find_beside_script (const char *script, char **environment, GError **error)
{
  static const char *const names[] = { ".venv", "venv" };
  g_autofree char *at = g_canonicalize_filename (script, NULL);
  g_autofree char *directory = g_path_get_dirname (at);
  g_autofree char *project = dup_project (directory, environment);
  const char *last = project ? project : directory;
  GError *broken = NULL;
  gboolean is_last = FALSE;

  if (!flatline_interpreter_runs_folder (at))
    {
      g_free (at);
      at = g_strdup (directory);
    }
  while (!is_last)
    {
      char *parent = g_path_get_dirname (at);

      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        {
          g_autofree char *folder = g_build_filename (at, names[i], NULL);
          char *found = is_trusted (folder, directory) ? find_in_environment (folder, broken ? NULL : &broken) : NULL;

          if (!found)
            continue;
          g_clear_error (&broken);
          g_free (parent);
          return found;
        }
      is_last = strcmp (at, last) == 0;
      g_free (at);
      at = parent;
    }
  if (broken)
    g_propagate_error (error, broken);
  return NULL;
}

/* The interpreter (and its own arguments) for a Python script, in the order a person expects. Transfer full. */
char **
flatline_interpreter_find_python (const char *script,
                                  const FlatlineShebang *shebang,
                                  const char *cwd,
                                  const char *python,
                                  char **environment,
                                  GError **error)
{
  const char *virtual_env = g_environ_getenv (environment, "VIRTUAL_ENV");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *found = NULL;
  GError *broken = NULL;

  if (python)
    {
      found = flatline_interpreter_find (python, cwd, environment);
      if (!found)
        {
          g_set_error (error, USAGE, _ ("The interpreter “%s” of the settings does not exist or may not be executed"),
                       python);
          return NULL;
        }
    }
  else if (shebang->words && !shebang->takes_any)
    {
      found = shebang->words[0] ? flatline_interpreter_find (shebang->words[0], cwd, environment) : NULL;
      if (!found)
        {
          g_set_error (error, USAGE, _ ("“%s” asks in its first line for the interpreter “%s”, which is not there"),
                       script, shebang->wanted);
          return NULL;
        }
      g_strv_builder_add (builder, found);
      g_strv_builder_addv (builder, (const char **)shebang->words + 1);
      return g_strv_builder_end (builder);
    }
  if (!found)
    found = find_beside_script (script, environment, &broken);
  if (broken)
    {
      g_propagate_error (error, broken);
      return NULL;
    }
  if (!found && virtual_env && *virtual_env)
    {
      found = g_build_filename (virtual_env, "bin", "python3", NULL);
      if (!is_executable_file (found))
        g_clear_pointer (&found, g_free);
    }
  if (!found && shebang->takes_any && !python)
    found = flatline_interpreter_find_in_path (shebang->wanted, cwd, environment);
  if (!found)
    found = flatline_interpreter_find_in_path ("python3", cwd, environment);
  if (!found)
    {
      g_set_error (error, USAGE, _ ("No python3 in PATH to run “%s”: install it, or set “python” in the settings"),
                   script);
      return NULL;
    }
  g_strv_builder_add (builder, found);
  if (shebang->takes_any && !python)
    g_strv_builder_addv (builder, (const char **)shebang->words + 1);
  return g_strv_builder_end (builder);
}
