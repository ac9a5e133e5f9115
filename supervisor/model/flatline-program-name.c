/* SPDX-License-Identifier: MIT */
/*
 * The name a program has for people. In a tree of Python programs every process is called python3: what tells them
 * apart is what the interpreter runs, which stands behind its own options.
 */
#include "config.h"

#include "flatline-program-name.h"

#include <string.h>

#define MAX_CODE_CHARACTERS 60 /* a name, not a program */

static gboolean
is_python (const char *program)
{
  g_autofree char *base = g_path_get_basename (program);

  return g_str_has_prefix (base, "python") || g_str_has_prefix (base, "pypy");
}

/* Of code the first line that says something. */
static char *
dup_what (char letter, const char *value)
{
  g_autofree char *text = g_filename_display_name (value);
  g_autofree char *line = NULL;
  const char *begin = text + strspn (text, " \t\r\n");

  line = g_strndup (begin, strcspn (begin, "\r\n"));
  if (letter == 'c' && g_utf8_strlen (line, -1) > MAX_CODE_CHARACTERS)
    {
      g_autofree char *cut = g_utf8_substring (line, 0, MAX_CODE_CHARACTERS);

      return g_strdup_printf ("-%c %s…", letter, cut);
    }
  return g_strdup_printf ("-%c %s", letter, line);
}

/* The script; of a package's __main__.py the package. */
static char *
dup_script (const char *path)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *folder = NULL;

  if (!g_str_equal (name, "__main__.py") || !strchr (path, '/'))
    return g_steal_pointer (&name);
  folder = g_path_get_dirname (path);
  return g_filename_display_basename (folder);
}

/* An argument of letters, such as -Im or -Xdev; NULL when it only sets something, and *@takes_next when one follows. */
static char *
read_letters (const char *letters, const char *next, gboolean *takes_next)
{
  for (; *letters; letters++)
    {
      const char *value = letters[1] ? letters + 1 : next;

      if (*letters == 'W' || *letters == 'X')
        {
          *takes_next = !letters[1];
          return NULL;
        }
      if ((*letters == 'c' || *letters == 'm') && value)
        return dup_what (*letters, value);
    }
  return NULL;
}

static char *
find_script (const char *const *argv)
{
  for (guint i = 0; argv[i]; i++)
    {
      gboolean takes_next = g_str_equal (argv[i], "--check-hash-based-pycs");
      g_autofree char *found = NULL;

      if (argv[i][0] != '-')
        return dup_script (argv[i]);
      if (argv[i][1] && argv[i][1] != '-')
        found = read_letters (argv[i] + 1, argv[i + 1], &takes_next);
      if (found)
        return g_steal_pointer (&found);
      if (takes_next && argv[i + 1])
        i++;
    }
  return NULL;
}

char *
flatline_program_name_dup (const char *command_line, const char *name)
{
  g_auto (GStrv) argv = NULL;
  char *script = NULL;

  /* What cannot be parsed leaves argv NULL. */
  if (command_line && *command_line && g_shell_parse_argv (command_line, NULL, &argv, NULL) && is_python (argv[0]))
    script = find_script ((const char *const *)argv + 1);
  return script ? script : g_strdup (name);
}

char *
flatline_program_name_dup_of_arguments (const char *const *argv)
{
  char *script = NULL;

  if (!argv || !argv[0])
    return NULL;
  if (argv[0][0] == '-')
    script = find_script (argv);
  else if (is_python (argv[0]))
    script = find_script (argv + 1);
  return script ? script : dup_script (argv[0]);
}

char *
flatline_program_name_dup_stem (const char *const *argv)
{
  g_autofree char *name = flatline_program_name_dup_of_arguments (argv);
  const char *stem = name;

  if (!name)
    return NULL;
  if (g_str_has_prefix (name, "-c "))
    return g_strdup ("python");
  if (g_str_has_prefix (name, "-m "))
    stem += 3;
  else if (g_str_has_suffix (name, ".py"))
    name[strlen (name) - 3] = '\0';
  return g_strdelimit (g_strdup (stem), "/", '_');
}
