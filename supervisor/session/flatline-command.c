/* SPDX-License-Identifier: MIT */
/*
 * What to execute for what a person typed. Every refusal is found here, before a process exists, so that it can be told
 * in one line; what only the kernel knows (a foreign executable format) is told by the launcher.
 */
#include "config.h"

#include "flatline-command.h"
#include "flatline-session.h"

#include <glib/gi18n.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MAX_SHEBANG_BYTES 4096
#define MAX_LINKS         40 /* as the kernel: then it is a circle */

#define USAGE FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_USAGE

/* The first line of a file, taken apart. */
typedef struct
{
  char **words; /* interpreter and its arguments, "/usr/bin/env" already looked through; NULL: no such line */
  char *wanted; /* the interpreter as it stands there, for messages */
  gboolean is_python;
} Shebang;

static void
shebang_clear (Shebang *shebang)
{
  g_strfreev (shebang->words);
  g_free (shebang->wanted);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Shebang, shebang_clear)

static gboolean
is_executable_file (const char *path)
{
  struct stat status;

  return stat (path, &status) == 0 && S_ISREG (status.st_mode) && access (path, X_OK) == 0;
}

static char *
dup_absolute (const char *path, const char *cwd)
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
static char *
find_in_path (const char *name, const char *cwd, char **environment)
{
  const char *path = g_environ_getenv (environment, "PATH");
  g_auto (GStrv) folders = g_strsplit (path ? path : "/usr/local/bin:/usr/bin:/bin", ":", -1);

  for (guint i = 0; folders[i]; i++)
    {
      g_autofree char *folder = dup_absolute (*folders[i] ? folders[i] : ".", cwd);
      g_autofree char *candidate = g_build_filename (folder, name, NULL);

      if (is_executable_file (candidate))
        return g_steal_pointer (&candidate);
    }
  return NULL;
}

/* A path stays one (relative to @cwd), a bare name is looked up. Transfer full, NULL when nothing executable is there.
 */
static char *
find_interpreter (const char *name, const char *cwd, char **environment)
{
  g_autofree char *path = NULL;

  if (!strchr (name, '/'))
    return find_in_path (name, cwd, environment);
  path = dup_absolute (name, cwd);
  return is_executable_file (path) ? g_steal_pointer (&path) : NULL;
}

static gboolean
names_python (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  return g_str_has_prefix (name, "python") || g_str_has_prefix (name, "pypy");
}

static gboolean
has_python_suffix (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  return g_str_has_suffix (lower, ".py") || g_str_has_suffix (lower, ".pyw") || g_str_has_suffix (lower, ".pyz");
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

static void
read_shebang (const char *path, Shebang *shebang)
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
        }
    }
  shebang->is_python = names_python (shebang->words[0]);
}

/* A folder that Python runs as a program. */
static gboolean
is_program_folder (const char *path)
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
      at = dup_absolute (target, folder);
    }
  return g_steal_pointer (&at);
}

/*
 * The interpreter of the environment @folder in @directory; NULL when there is none. One that is there and does not
 * work any more is an error: whoever made it does not want another, which lacks its modules.
 */
static char *
find_in_environment (const char *directory, const char *folder, GError **error)
{
  static const char *const names[] = { "python3", "python" };
  g_autofree char *environment = g_build_filename (directory, folder, NULL);
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
    g_set_error (error, USAGE,
                 /* Translators: a folder, a file in another, a command */
                 _ ("The environment “%s” has lost its interpreter “%s”: make it anew (%s), or set “python” in the "
                    "settings"),
                 environment, missing, "python3 -m venv --clear");
  return NULL;
}

static char *
find_beside_script (const char *script, GError **error)
{
  static const char *const folders[] = { ".venv", "venv" };
  g_autofree char *directory = g_path_get_dirname (script);
  const char *const places[] = { is_program_folder (script) ? script : directory, directory };
  GError *broken = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    for (guint j = 0; j < G_N_ELEMENTS (folders); j++)
      {
        char *found = find_in_environment (places[i], folders[j], broken ? NULL : &broken);

        if (!found)
          continue;
        g_clear_error (&broken);
        return found;
      }
  if (broken)
    g_propagate_error (error, broken);
  return NULL;
}

/* The interpreter (and its own arguments) for a Python script, in the order a person expects. Transfer full. */
static char **
find_python (
    const char *script, const Shebang *shebang, const char *cwd, const char *python, char **environment, GError **error)
{
  const char *virtual_env = g_environ_getenv (environment, "VIRTUAL_ENV");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *found = NULL;
  GError *broken = NULL;

  if (python)
    {
      found = find_interpreter (python, cwd, environment);
      if (!found)
        {
          g_set_error (error, USAGE, _ ("The interpreter “%s” of the settings does not exist or may not be executed"),
                       python);
          return NULL;
        }
    }
  else if (shebang->words)
    {
      found = shebang->words[0] ? find_interpreter (shebang->words[0], cwd, environment) : NULL;
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
    found = find_beside_script (script, &broken);
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
  if (!found)
    found = find_in_path ("python3", cwd, environment);
  if (!found)
    {
      g_set_error (error, USAGE, _ ("No python3 in PATH to run “%s”: install it, or set “python” in the settings"),
                   script);
      return NULL;
    }
  g_strv_builder_add (builder, found);
  return g_strv_builder_end (builder);
}

static char *
locate_program (const char *name, const char *cwd, char **environment, GError **error)
{
  g_autofree char *path = dup_absolute (name, cwd);
  g_autofree char *in_path = NULL;
  struct stat status;

  if (stat (path, &status) != 0)
    {
      int failure = errno;

      if (!strchr (name, '/'))
        {
          in_path = find_in_path (name, cwd, environment);
          if (in_path)
            return g_steal_pointer (&in_path);
          g_set_error (error, USAGE, _ ("There is no file “%s” here and no such command in PATH"), name);
        }
      else if (failure == ENOENT || failure == ENOTDIR)
        g_set_error (error, USAGE, _ ("There is no file “%s”"), name);
      else
        g_set_error (error, USAGE, _ ("Cannot look at “%s”: %s"), name, g_strerror (failure));
      return NULL;
    }
  if (S_ISDIR (status.st_mode))
    {
      if (is_program_folder (path))
        return g_steal_pointer (&path);
      in_path = strchr (name, '/') ? NULL : find_in_path (name, cwd, environment);
      if (in_path)
        return g_steal_pointer (&in_path);
      g_set_error (error, USAGE, _ ("“%s” is a folder without a __main__.py: name a script in it"), name);
      return NULL;
    }
  if (!S_ISREG (status.st_mode))
    {
      g_set_error (error, USAGE, _ ("“%s” is not a regular file"), name);
      return NULL;
    }
  return g_steal_pointer (&path);
}

/* -I and -E among the interpreter's own options, before the script or -c/-m. */
static gboolean
is_isolated (char **argv)
{
  for (guint i = 1; argv[i] && argv[i][0] == '-' && argv[i][1] && argv[i][1] != '-'; i++)
    for (const char *letter = argv[i] + 1; *letter; letter++)
      {
        if (*letter == 'I' || *letter == 'E')
          return TRUE;
        if (*letter == 'c' || *letter == 'm')
          return FALSE;
        if (*letter == 'W' || *letter == 'X')
          {
            if (!letter[1] && argv[i + 1])
              i++;
            break;
          }
      }
  return FALSE;
}

static gboolean
build_script_argv (FlatlineCommand *self,
                   char **interpreter,
                   const char *const *arguments,
                   const char *name,
                   const char *cwd,
                   GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *typed = dup_absolute (name, cwd);
  /* sys.argv[0] is what the person typed, unless that was found by PATH or would look like an option. */
  const char *script = strcmp (typed, self->program) == 0 && name[0] != '-' ? name : self->program;

  if (access (self->program, R_OK) != 0)
    {
      g_set_error (error, USAGE, _ ("“%s” may not be read: %s"), name, g_strerror (errno));
      return FALSE;
    }
  g_strv_builder_addv (builder, (const char **)interpreter);
  g_strv_builder_add (builder, script);
  g_strv_builder_addv (builder, (const char **)arguments);
  self->argv = g_strv_builder_end (builder);
  return TRUE;
}

static gboolean
build_executable_argv (FlatlineCommand *self,
                       const Shebang *shebang,
                       const char *const *arguments,
                       const char *name,
                       const char *cwd,
                       char **environment,
                       GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (access (self->program, X_OK) != 0)
    {
      g_set_error (error, USAGE, _ ("“%s” is no Python script and may not be executed: chmod +x makes it a program"),
                   name);
      return FALSE;
    }
  if (shebang->words)
    {
      g_autofree char *found = shebang->words[0] ? find_interpreter (shebang->words[0], cwd, environment) : NULL;

      if (!found)
        {
          g_set_error (error, USAGE, _ ("“%s” asks in its first line for the interpreter “%s”, which is not there"),
                       name, shebang->wanted);
          return FALSE;
        }
    }
  g_strv_builder_add (builder, self->program);
  g_strv_builder_addv (builder, (const char **)arguments);
  self->argv = g_strv_builder_end (builder);
  return TRUE;
}

FlatlineCommand *
flatline_command_resolve (
    const char *const *argv, const char *cwd, const char *python, char **environment, GError **error)
{
  g_autoptr (FlatlineCommand) self = g_new0 (FlatlineCommand, 1);
  g_auto (Shebang) shebang = { 0 };

  if (!argv || !argv[0] || !*argv[0])
    {
      g_set_error (error, USAGE, _ ("Nothing to run: name a script"));
      return NULL;
    }
  self->program = locate_program (argv[0], cwd, environment, error);
  if (!self->program)
    return NULL;
  read_shebang (self->program, &shebang);
  if (has_python_suffix (self->program) || shebang.is_python || is_program_folder (self->program))
    {
      g_auto (GStrv) interpreter = find_python (self->program, &shebang, cwd, python, environment, error);

      if (!interpreter || !build_script_argv (self, interpreter, argv + 1, argv[0], cwd, error))
        return NULL;
    }
  else if (!build_executable_argv (self, &shebang, argv + 1, argv[0], cwd, environment, error))
    return NULL;
  self->is_python = names_python (self->argv[0]);
  self->isolated = self->is_python && is_isolated (self->argv);
  return g_steal_pointer (&self);
}

static gboolean
is_privileged_file (const char *path)
{
  struct stat status;

  return (stat (path, &status) == 0 && (status.st_mode & (S_ISUID | S_ISGID)) != 0)
         || getxattr (path, "security.capability", NULL, 0) > 0;
}

gboolean
flatline_command_has_privileges (const FlatlineCommand *self)
{
  g_auto (Shebang) shebang = { 0 };
  g_autofree char *interpreter = NULL;

  if (is_privileged_file (self->argv[0]))
    return TRUE;
  read_shebang (self->argv[0], &shebang);
  if (shebang.words && shebang.words[0])
    interpreter = find_interpreter (shebang.words[0], NULL, NULL);
  return interpreter && is_privileged_file (interpreter);
}

char *
flatline_command_dup_doubt (const FlatlineCommand *self)
{
  g_autofree char *path = self->is_python ? realpath (self->argv[0], NULL) : NULL;
  g_autofree char *name = path ? g_path_get_basename (path) : NULL;
  int major, minor;

  if (!name || sscanf (name, "python%d.%d", &major, &minor) != 2 || major > 3 || (major == 3 && minor >= 9))
    return NULL;
  return g_strdup_printf (/* Translators: a file: "/usr/bin/python3.8" */
                          _ ("“%s” is older than what Flatline looks into (Python 3.9 and newer): of freezes and "
                             "deaths "
                             "there will be no Python stacks and variables"),
                          path);
}

void
flatline_command_free (FlatlineCommand *self)
{
  g_strfreev (self->argv);
  g_free (self->program);
  g_free (self);
}
