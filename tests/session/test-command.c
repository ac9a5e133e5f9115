/* SPDX-License-Identifier: MIT */
/* Which interpreter runs a script, and one clear line for everything that cannot run. */
#include "flatline-command.h"
#include "flatline-session.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *folder;
  char *bin;
  char **environment;
} Fixture;

static char *
write_file (Fixture *fixture, const char *name, const char *text, int mode)
{
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_mkdir_with_parents (folder, 0755);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_chmod (path, mode);
  return path;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *python = NULL;

  fixture->folder = g_dir_make_tmp ("flatline-command-XXXXXX", NULL);
  fixture->bin = g_build_filename (fixture->folder, "bin", NULL);
  python = write_file (fixture, "bin/python3", "#!/bin/sh\n", 0755);
  fixture->environment = g_environ_setenv (NULL, "PATH", fixture->bin, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  const char *const argv[] = { "rm", "-rf", fixture->folder, NULL };

  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free (fixture->folder);
  g_free (fixture->bin);
  g_strfreev (fixture->environment);
}

/* The resolved arguments, joined; the fixture's folder written as "~". */
static char *
resolve (Fixture *fixture, const char *python, const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineCommand) command =
      flatline_command_resolve (argv, fixture->folder, python, fixture->environment, &error);
  g_autofree char *joined = NULL;
  g_auto (GStrv) pieces = NULL;

  g_assert_no_error (error);
  joined = g_strjoinv (" ", command->argv);
  pieces = g_strsplit (joined, fixture->folder, -1);
  return g_strjoinv ("~", pieces);
}

static void
assert_resolves (Fixture *fixture, const char *python, const char *name, const char *expected)
{
  const char *const argv[] = { name, "-x", "--", "a b", NULL };
  g_autofree char *found = resolve (fixture, python, argv);

  g_assert_cmpstr (found, ==, expected);
}

static void
assert_refused (Fixture *fixture, const char *python, const char *name, const char *part)
{
  const char *const argv[] = { name, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineCommand) command =
      flatline_command_resolve (argv, fixture->folder, python, fixture->environment, &error);

  g_assert_null (command);
  g_assert_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_USAGE);
  g_assert_null (strchr (error->message, '\n'));
  if (!strstr (error->message, part))
    g_error ("“%s” does not say “%s”", error->message, part);
}

static void
test_order (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *script = write_file (fixture, "a.py", "print()\n", 0644);
  g_autofree char *virtual_python = NULL;
  g_autofree char *venv = NULL;
  g_autofree char *dot_venv = NULL;
  g_autofree char *virtual_env = g_build_filename (fixture->folder, "env", NULL);

  assert_resolves (fixture, NULL, "a.py", "~/bin/python3 a.py -x -- a b");
  fixture->environment = g_environ_setenv (fixture->environment, "VIRTUAL_ENV", virtual_env, TRUE);
  assert_resolves (fixture, NULL, "a.py", "~/bin/python3 a.py -x -- a b");
  virtual_python = write_file (fixture, "env/bin/python3", "", 0755);
  assert_resolves (fixture, NULL, "a.py", "~/env/bin/python3 a.py -x -- a b");
  venv = write_file (fixture, "venv/bin/python", "", 0755);
  assert_resolves (fixture, NULL, "a.py", "~/venv/bin/python a.py -x -- a b");
  dot_venv = write_file (fixture, ".venv/bin/python3", "", 0755);
  assert_resolves (fixture, NULL, "a.py", "~/.venv/bin/python3 a.py -x -- a b");
  assert_resolves (fixture, "/bin/sh", "a.py", "/bin/sh a.py -x -- a b");
  assert_resolves (fixture, "python3", "./a.py", "~/bin/python3 ./a.py -x -- a b");
}

/* "env python3" asks for no certain one: what lies beside the script has the modules that it needs. */
static void
test_any_python (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *any = write_file (fixture, "manage.py", "#!/usr/bin/env python\n", 0755);
  g_autofree char *options = write_file (fixture, "options.py", "#!/usr/bin/env -S python3 -I\n", 0755);
  g_autofree char *certain = write_file (fixture, "certain.py", "#!/usr/bin/env python3.9\n", 0755);
  g_autofree char *certain_python = write_file (fixture, "bin/python3.9", "", 0755);
  g_autofree char *python = NULL;
  g_autofree char *virtual_python = NULL;

  /* Debian has none of this name. */
  assert_resolves (fixture, NULL, "manage.py", "~/bin/python3 manage.py -x -- a b");
  python = write_file (fixture, "bin/python", "", 0755);
  assert_resolves (fixture, NULL, "manage.py", "~/bin/python manage.py -x -- a b");
  virtual_python = write_file (fixture, ".venv/bin/python3", "", 0755);
  assert_resolves (fixture, NULL, "manage.py", "~/.venv/bin/python3 manage.py -x -- a b");
  assert_resolves (fixture, NULL, "options.py", "~/.venv/bin/python3 -I options.py -x -- a b");
  assert_resolves (fixture, NULL, "certain.py", "~/bin/python3.9 certain.py -x -- a b");
  assert_resolves (fixture, "python3", "options.py", "~/bin/python3 options.py -x -- a b");
}

/* The environment of a project serves the scripts in its folders; what lies above serves whoever has made it. */
static void
test_project (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *script = write_file (fixture, "shop/src/tools/a.py", "print()\n", 0644);
  g_autofree char *above = write_file (fixture, "venv/bin/python3", "", 0755);
  g_autofree char *environment = write_file (fixture, "shop/.venv/bin/python3", "", 0755);
  g_autofree char *mark = NULL;
  g_autofree char *nearer = NULL;

  assert_resolves (fixture, NULL, "shop/src/tools/a.py", "~/bin/python3 shop/src/tools/a.py -x -- a b");
  mark = write_file (fixture, "shop/pyproject.toml", "", 0644);
  assert_resolves (fixture, NULL, "shop/src/tools/a.py", "~/shop/.venv/bin/python3 shop/src/tools/a.py -x -- a b");
  assert_resolves (fixture, NULL, "shop/src/tools/../tools/a.py",
                   "~/shop/.venv/bin/python3 shop/src/tools/../tools/a.py -x -- a b");
  nearer = write_file (fixture, "shop/src/venv/bin/python", "", 0755);
  assert_resolves (fixture, NULL, "shop/src/tools/a.py", "~/shop/src/venv/bin/python shop/src/tools/a.py -x -- a b");
  g_assert_no_errno (g_unlink (nearer));
  g_assert_no_errno (g_unlink (environment));
  assert_resolves (fixture, NULL, "shop/src/tools/a.py", "~/bin/python3 shop/src/tools/a.py -x -- a b");
}

/* What is reached by way of a project does not belong to it; nor does what somebody else has put above. */
static void
test_other_project (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *mark = write_file (fixture, "shop/pyproject.toml", "", 0644);
  g_autofree char *environment = write_file (fixture, "shop/.venv/bin/python3", "", 0755);
  g_autofree char *beside = write_file (fixture, "b.py", "print()\n", 0644);
  g_autofree char *within = write_file (fixture, "shop/src/a.py", "print()\n", 0644);
  g_autofree char *folder = g_build_filename (fixture->folder, "shop", ".venv", NULL);

  assert_resolves (fixture, NULL, "shop/../b.py", "~/bin/python3 shop/../b.py -x -- a b");
  assert_resolves (fixture, NULL, "shop/src/a.py", "~/shop/.venv/bin/python3 shop/src/a.py -x -- a b");
  if (geteuid () != 0)
    return;
  g_assert_no_errno (chown (folder, 65534, -1));
  assert_resolves (fixture, NULL, "shop/src/a.py", "~/bin/python3 shop/src/a.py -x -- a b");
}

/* An environment that was made by a Python that is gone is not passed over. */
static void
test_lost_environment (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *script = write_file (fixture, "a.py", "print()\n", 0644);
  g_autofree char *settings = write_file (fixture, ".venv/pyvenv.cfg", "home = /usr/bin\n", 0644);
  g_autofree char *bin = g_build_filename (fixture->folder, ".venv", "bin", NULL);
  g_autofree char *link = g_build_filename (bin, "python3", NULL);
  g_autofree char *first = g_build_filename (bin, "python", NULL);

  assert_resolves (fixture, NULL, "a.py", "~/bin/python3 a.py -x -- a b");
  g_assert_no_errno (g_mkdir (bin, 0755));
  g_assert_no_errno (symlink ("python", link));
  g_assert_no_errno (symlink ("/no/such/python3.8", first));
  assert_refused (fixture, NULL, "a.py", "/.venv” has lost its interpreter “/no/such/python3.8”");
  assert_resolves (fixture, "python3", "a.py", "~/bin/python3 a.py -x -- a b");
  g_assert_no_errno (g_unlink (first));
  g_assert_no_errno (symlink ("/bin/sh", first));
  assert_resolves (fixture, NULL, "a.py", "~/.venv/bin/python3 a.py -x -- a b");
}

static void
test_old_python (Fixture *fixture, gconstpointer unused)
{
  static const struct
  {
    const char *name;
    gboolean is_old;
  } cases[] = {
    { "bin/python2.7", TRUE }, { "bin/python3.8", TRUE }, { "bin/python3.9", FALSE }, { "bin/python3.15", FALSE }
  };
  g_autofree char *script = write_file (fixture, "a.py", "print()\n", 0644);
  const char *const argv[] = { "a.py", NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = write_file (fixture, cases[i].name, "", 0755);
      g_autofree char *link = g_strconcat (path, "-link", NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (FlatlineCommand) command = NULL;
      g_autofree char *doubt = NULL;

      g_assert_no_errno (symlink (path, link));
      command = flatline_command_resolve (argv, fixture->folder, link, fixture->environment, &error);
      g_assert_no_error (error);
      doubt = flatline_command_dup_doubt (command);
      g_assert_true ((doubt != NULL) == cases[i].is_old);
      g_assert_true (!doubt || strstr (doubt, cases[i].name));
    }
}

/* What `python FOLDER` runs. */
static void
test_program_folder (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *other = write_file (fixture, "tool/lib.py", "", 0644);
  g_autofree char *program = NULL;
  g_autofree char *beside = NULL;
  g_autofree char *virtual_python = NULL;

  assert_refused (fixture, NULL, "tool", "is a folder without a __main__.py");
  program = write_file (fixture, "tool/__main__.py", "", 0644);
  assert_resolves (fixture, NULL, "tool", "~/bin/python3 tool -x -- a b");
  beside = write_file (fixture, ".venv/bin/python3", "", 0755);
  assert_resolves (fixture, NULL, "tool", "~/.venv/bin/python3 tool -x -- a b");
  virtual_python = write_file (fixture, "tool/.venv/bin/python3", "", 0755);
  assert_resolves (fixture, NULL, "tool", "~/tool/.venv/bin/python3 tool -x -- a b");
}

/* What a person takes for a program, and what to do instead. */
static void
test_no_program (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *notebook = write_file (fixture, "my sales.ipynb", "{}", 0644);
  g_autofree char *text = write_file (fixture, "notes.txt", "", 0644);
  g_autofree char *link = g_build_filename (fixture->folder, "moved.py", NULL);

  g_assert_no_errno (symlink ("old/moved.py", link));
  assert_refused (fixture, NULL, "moved.py", "“moved.py” is a link to “old/moved.py”, which is not there");
  assert_refused (fixture, NULL, "my sales.ipynb", "jupyter nbconvert --to script 'my sales.ipynb'");
  assert_refused (fixture, NULL, "notes.txt", "chmod +x");
  assert_refused (fixture, NULL, "nothing.py", "There is no file “nothing.py” here");
}

/* What else Python runs, which has no line of text to tell by. */
static void
test_archive (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *archive = write_file (fixture, "tool.zip", "PK\003\004 and more", 0644);
  g_autofree char *other = write_file (fixture, "notes.zip", "PK, in short", 0644);
  g_autofree char *compiled = write_file (fixture, "tool.pyc", "", 0644);

  assert_resolves (fixture, NULL, "tool.zip", "~/bin/python3 tool.zip -x -- a b");
  assert_resolves (fixture, NULL, "tool.pyc", "~/bin/python3 tool.pyc -x -- a b");
  assert_refused (fixture, NULL, "notes.zip", "is not a Python script");
}

static void
test_shebang (Fixture *fixture, gconstpointer unused)
{
  static const struct
  {
    const char *name;
    const char *line;
    const char *expected;
  } cases[] = {
    { "env.py", "#!/usr/bin/env python3\n", "~/bin/python3 env.py -x -- a b" },
    { "env-s", "#!/usr/bin/env -S python3 -I -u\n", "~/bin/python3 -I -u env-s -x -- a b" },
    { "crlf.py", "#! /usr/bin/env python3\r\n", "~/bin/python3 crlf.py -x -- a b" },
    { "own", "#!bin/python3 -E\n", "~/bin/python3 -E own -x -- a b" },
    { "shell.py", "#!/bin/sh\n", "/bin/sh shell.py -x -- a b" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = write_file (fixture, cases[i].name, cases[i].line, 0644);

      assert_resolves (fixture, NULL, cases[i].name, cases[i].expected);
    }
}

/* As for Python itself; the environment is the one of the folder that the module is found from. */
static void
test_modules (Fixture *fixture, gconstpointer unused)
{
  static const struct
  {
    const char *argv[5], *expected;
  } cases[] = {
    { { "-m", "pkg", "-x", "--" }, "~/bin/python3 -m pkg -x --" },
    { { "-mpkg", "-m" }, "~/bin/python3 -m pkg -m" },
    { { "-m pkg" }, "~/bin/python3 -m pkg" },
    { { "-c", " a/b\nc", "-c" }, "~/bin/python3 -c  a/b\nc -c" },
  };
  g_autofree char *virtual_python = NULL;
  g_autofree char *found = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *resolved = resolve (fixture, NULL, cases[i].argv);

      g_assert_cmpstr (resolved, ==, cases[i].expected);
    }
  virtual_python = write_file (fixture, ".venv/bin/python3", "", 0755);
  found = resolve (fixture, NULL, cases[0].argv);
  g_assert_cmpstr (found, ==, "~/.venv/bin/python3 -m pkg -x --");
  assert_refused (fixture, NULL, "-m", "-m needs a module");
  assert_refused (fixture, NULL, "-c", "-c needs a module or code");
}

static void
test_executables (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *program = write_file (fixture, "program", "#!/bin/sh\n", 0755);
  g_autofree char *tool = write_file (fixture, "bin/tool", "#!/bin/sh\n", 0755);
  g_autofree char *in_path = write_file (fixture, "bin/pytool", "#!/usr/bin/env python3\n", 0755);

  assert_resolves (fixture, NULL, "program", "~/program -x -- a b");
  assert_resolves (fixture, NULL, "tool", "~/bin/tool -x -- a b");
  assert_resolves (fixture, NULL, "pytool", "~/bin/python3 ~/bin/pytool -x -- a b");
}

static void
test_isolated (Fixture *fixture, gconstpointer unused)
{
  static const char *const isolated[][5] = { { "python3", "-I", "a.py", NULL },
                                             { "python3", "-uE", "a.py", NULL },
                                             { "python3", "-W", "error", "-I", NULL } };
  static const char *const open[][5] = { { "python3", "a.py", "-I", NULL },
                                         { "python3", "-c", "-I", NULL },
                                         { "python3", "-Wignore", "a.py", NULL } };

  for (gsize i = 0; i < G_N_ELEMENTS (isolated); i++)
    {
      g_autoptr (FlatlineCommand) command =
          flatline_command_resolve (isolated[i], fixture->folder, NULL, fixture->environment, NULL);

      g_assert_true (command->is_python && command->isolated);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (open); i++)
    {
      g_autoptr (FlatlineCommand) command =
          flatline_command_resolve (open[i], fixture->folder, NULL, fixture->environment, NULL);

      g_assert_true (command->is_python && !command->isolated);
    }
}

static void
test_refusals (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *bad = write_file (fixture, "bad.py", "#!/opt/none/python9\n", 0755);
  g_autofree char *bad_env = write_file (fixture, "badenv.py", "#!/usr/bin/env python9\n", 0755);
  g_autofree char *empty = write_file (fixture, "empty.py", "#!\n", 0755);
  g_autofree char *bad_shell = write_file (fixture, "bad.sh", "#!/opt/none/sh\n", 0755);
  g_autofree char *text = write_file (fixture, "text.txt", "hello\n", 0644);
  g_autofree char *script = write_file (fixture, "a.py", "print()\n", 0644);
  const char *const nothing[] = { NULL };
  g_autoptr (GError) error = NULL;

  assert_refused (fixture, NULL, "missing.py", "no file “missing.py”");
  assert_refused (fixture, NULL, "./missing.py", "no file “./missing.py”");
  assert_refused (fixture, NULL, "a.py/b.py", "no file “a.py/b.py”");
  assert_refused (fixture, NULL, "bin/", "is a folder");
  assert_refused (fixture, NULL, "/dev/null", "not a regular file");
  assert_refused (fixture, NULL, "bad.py", "/opt/none/python9");
  assert_refused (fixture, NULL, "badenv.py", "python9");
  assert_refused (fixture, NULL, "empty.py", "first line");
  assert_refused (fixture, NULL, "bad.sh", "/opt/none/sh");
  assert_refused (fixture, NULL, "text.txt", "chmod +x");
  assert_refused (fixture, "/opt/none/python", "a.py", "/opt/none/python");
  g_assert_null (flatline_command_resolve (nothing, NULL, NULL, fixture->environment, &error));
  g_assert_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_USAGE);
  fixture->environment = g_environ_setenv (fixture->environment, "PATH", "/nowhere", TRUE);
  assert_refused (fixture, NULL, "a.py", "No python3");
  if (getuid () == 0)
    return;
  g_chmod (script, 0000);
  assert_refused (fixture, "/bin/sh", "a.py", "may not be read");
}

static void
test_privileges (Fixture *fixture, gconstpointer unused)
{
  const struct
  {
    const char *name, *text;
    int mode;
    gboolean is_privileged;
  } cases[] = {
    { "plain", "\177ELF", 0755, FALSE },
    { "as-owner", "\177ELF", 04755, TRUE },
    { "as-group", "\177ELF", 02755, TRUE },
    { "by-plain", "#!~/plain -x\n", 0755, FALSE },
    { "by-owner", "#!~/as-owner -x\n", 0755, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) pieces = g_strsplit (cases[i].text, "~", -1);
      g_autofree char *text = g_strjoinv (fixture->folder, pieces);
      g_autofree char *path = write_file (fixture, cases[i].name, text, cases[i].mode);
      const char *const argv[] = { path, NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (FlatlineCommand) command =
          flatline_command_resolve (argv, fixture->folder, NULL, fixture->environment, &error);

      g_assert_no_error (error);
      g_assert_cmpint (flatline_command_has_privileges (command), ==, cases[i].is_privileged);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/session/command/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("order", test_order);
  ADD ("lost-environment", test_lost_environment);
  ADD ("old-python", test_old_python);
  ADD ("program-folder", test_program_folder);
  ADD ("no-program", test_no_program);
  ADD ("archive", test_archive);
  ADD ("shebang", test_shebang);
  ADD ("any-python", test_any_python);
  ADD ("project", test_project);
  ADD ("other-project", test_other_project);
  ADD ("modules", test_modules);
  ADD ("executables", test_executables);
  ADD ("isolated", test_isolated);
  ADD ("refusals", test_refusals);
  ADD ("privileges", test_privileges);
  return g_test_run ();
}
