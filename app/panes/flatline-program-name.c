/* SPDX-License-Identifier: MIT */
/*
 * The name a process has for people. In a tree of Python programs every process is called python3: what tells them
 * apart is what the interpreter runs, which stands behind its own options.
 */
#include "config.h"

#include "flatline-program-name.h"

static gboolean
is_python (const char *program)
{
  g_autofree char *base = g_path_get_basename (program);

  return g_str_has_prefix (base, "python") || g_str_has_prefix (base, "pypy");
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
        return g_strdup_printf ("-%c %s", *letters, value);
    }
  return NULL;
}

static char *
find_script (char **argv)
{
  for (guint i = 1; argv[i]; i++)
    {
      gboolean takes_next = g_str_equal (argv[i], "--check-hash-based-pycs");
      g_autofree char *found = NULL;

      if (argv[i][0] != '-')
        return g_path_get_basename (argv[i]);
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
    script = find_script (argv);
  return script ? script : g_strdup (name);
}
