/* SPDX-License-Identifier: MIT */
/*
 * What to execute for what a person typed. Every refusal is found here, before a process exists, so that it can be told
 * in one line; what only the kernel knows (a foreign executable format) is told by the launcher.
 */
#include "config.h"

#include "flatline-command.h"
#include "flatline-interpreter.h"
#include "flatline-mounts.h"
#include "flatline-session-error.h"

#include <glib/gi18n.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define USAGE FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_USAGE

static gboolean
has_python_suffix (const char *path)
{
  static const char *const suffixes[] = { ".py", ".pyw", ".pyz", ".pyc" };
  g_autofree char *lower = g_ascii_strdown (path, -1);

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (lower, suffixes[i]))
      return TRUE;
  return FALSE;
}

/* A zip archive, in which Python runs __main__.py. */
static gboolean
is_archive (const char *path)
{
  static const char magic[] = { 'P', 'K', 3, 4 };
  char start[sizeof magic];
  const int fd = open (path, O_RDONLY | O_CLOEXEC);
  const gssize n = fd < 0 ? -1 : read (fd, start, sizeof start);

  if (fd >= 0)
    close (fd);
  return n == sizeof magic && memcmp (start, magic, sizeof magic) == 0;
}

static char *
locate_program (const char *name, const char *cwd, char **environment, GError **error)
{
  g_autofree char *path = flatline_interpreter_dup_absolute (name, cwd);
  g_autofree char *in_path = NULL;
  struct stat status;

  if (!flatline_file_answers (0, path, error))
    return NULL;
  if (stat (path, &status) != 0)
    {
      int failure = errno;
      g_autofree char *target = failure == ENOENT ? g_file_read_link (path, NULL) : NULL;

      if (target)
        {
          g_set_error (error, USAGE, _ ("“%s” is a link to “%s”, which is not there"), name, target);
          return NULL;
        }
      if (!strchr (name, '/'))
        {
          in_path = flatline_interpreter_find_in_path (name, cwd, environment);
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
      if (flatline_interpreter_runs_folder (path))
        return g_steal_pointer (&path);
      in_path = strchr (name, '/') ? NULL : flatline_interpreter_find_in_path (name, cwd, environment);
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
  g_autofree char *typed = flatline_interpreter_dup_absolute (name, cwd);
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
                       const FlatlineShebang *shebang,
                       const char *const *arguments,
                       const char *name,
                       const char *cwd,
                       char **environment,
                       GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (access (self->program, X_OK) != 0)
    {
      if (g_str_has_suffix (name, ".ipynb"))
        {
          g_autofree char *quoted = g_shell_quote (name);

          g_set_error (error, USAGE,
                       /* Translators: a file, the file quoted for the shell */
                       _ ("“%s” is a notebook: jupyter nbconvert --to script %s makes a Python script of it"), name,
                       quoted);
          return FALSE;
        }
      g_set_error (error, USAGE, _ ("“%s” is not a Python script and is not executable: chmod +x makes it a program"),
                   name);
      return FALSE;
    }
  if (shebang->words)
    {
      g_autofree char *found =
          shebang->words[0] ? flatline_interpreter_find (shebang->words[0], cwd, environment) : NULL;

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

/* "-m" and "-c", what stands behind them apart or not, as for Python itself. */
static gboolean
names_module_or_code (const char *word)
{
  return word[0] == '-' && (word[1] == 'm' || word[1] == 'c');
}

/* In the place of a script: what Python is told to run, found by the interpreter of the folder that it runs in. */
static gboolean
build_module_argv (FlatlineCommand *self,
                   const char *const *argv,
                   const char *cwd,
                   const char *python,
                   char **environment,
                   GError **error)
{
  const char option[] = { '-', argv[0][1], '\0' };
  const gboolean is_apart = argv[0][2] == '\0';
  const char *what = is_apart ? argv[1] : argv[0] + 2;
  const FlatlineShebang none = { 0 };
  g_auto (GStrv) interpreter = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (!what || !*what)
    {
      g_set_error (error, USAGE, /* Translators: an option of Python: -m or -c */
                   _ ("%s needs a module or code to run behind it"), option);
      return FALSE;
    }
  self->program = flatline_interpreter_dup_absolute (option, cwd);
  interpreter = flatline_interpreter_find_python (self->program, &none, cwd, python, environment, error);
  if (!interpreter)
    return FALSE;
  g_strv_builder_addv (builder, (const char **)interpreter);
  g_strv_builder_add (builder, option);
  /* The setting “app” is one word: "-m package". */
  g_strv_builder_add (builder, is_apart ? what : what + strspn (what, " "));
  g_strv_builder_addv (builder, (const char **)argv + (is_apart ? 2 : 1));
  self->argv = g_strv_builder_end (builder);
  return TRUE;
}

static gboolean
build_program_argv (FlatlineCommand *self,
                    const char *const *argv,
                    const char *cwd,
                    const char *python,
                    char **environment,
                    GError **error)
{
  g_auto (FlatlineShebang) shebang = { 0 };
  g_auto (GStrv) interpreter = NULL;

  self->program = locate_program (argv[0], cwd, environment, error);
  if (!self->program)
    return FALSE;
  flatline_shebang_read (self->program, &shebang);
  if (!has_python_suffix (self->program) && !shebang.is_python && !flatline_interpreter_runs_folder (self->program)
      && !is_archive (self->program))
    return build_executable_argv (self, &shebang, argv + 1, argv[0], cwd, environment, error);
  interpreter = flatline_interpreter_find_python (self->program, &shebang, cwd, python, environment, error);
  return interpreter && build_script_argv (self, interpreter, argv + 1, argv[0], cwd, error);
}

FlatlineCommand *
flatline_command_resolve (
    const char *const *argv, const char *cwd, const char *python, char **environment, GError **error)
{
  g_autoptr (FlatlineCommand) self = g_new0 (FlatlineCommand, 1);
  gboolean fine;

  if (!argv || !argv[0] || !*argv[0])
    {
      g_set_error (error, USAGE, _ ("Nothing to run: name a script"));
      return NULL;
    }
  if (!flatline_file_answers (0, cwd, error))
    return NULL;
  fine = names_module_or_code (argv[0]) ? build_module_argv (self, argv, cwd, python, environment, error)
                                        : build_program_argv (self, argv, cwd, python, environment, error);
  if (!fine)
    return NULL;
  self->is_python = flatline_interpreter_is_python (self->argv[0]);
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
  g_auto (FlatlineShebang) shebang = { 0 };
  g_autofree char *interpreter = NULL;

  if (is_privileged_file (self->argv[0]))
    return TRUE;
  flatline_shebang_read (self->argv[0], &shebang);
  if (shebang.words && shebang.words[0])
    interpreter = flatline_interpreter_find (shebang.words[0], NULL, NULL);
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
