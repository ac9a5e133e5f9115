/* SPDX-License-Identifier: MIT */
/* Starts that failed before Python could tell: what it, the shell or the dynamic loader has printed of that. */
#include "flatline-failed-start.h"

#include "flatline-ends.h"

#include <inttypes.h>
#include <string.h>

#define MAX_LINE_LENGTH     300
#define EXIT_NOT_EXECUTABLE 126 /* POSIX: the shell's, 2.8.2 */
#define EXIT_NOT_FOUND      127
#define FATAL               "Fatal Python error: "

static const struct
{
  const char *words; /* of Python, the shell and the dynamic loader, in no other language */
  const char *what;
  gboolean of_shell; /* counts only with the exit statuses that shells keep for it */
} failures[] = {
  { "ModuleNotFoundError: ", N_ ("a module is missing") },
  { "No module named ", N_ ("a module is missing") },
  { "ImportError: ", N_ ("something could not be imported") },
  { "SyntaxError: ", N_ ("Python does not understand its text") },
  { "IndentationError: ", N_ ("Python does not understand its text") },
  { "TabError: ", N_ ("Python does not understand its text") },
  { "can't open file ", N_ ("the script cannot be opened") },
  { "can't find '__main__' module ", N_ ("there is nothing to run in it") },
  { "Error while finding module specification for ", N_ ("a module is missing") },
  { "bad interpreter", N_ ("its first line names an interpreter that is not there"), TRUE },
  { "error while loading shared libraries: ", N_ ("a shared library is missing") },
  { "symbol lookup error: ", N_ ("a shared library does not fit") },
  { ": not found", N_ ("a command is not there"), TRUE },
  { "command not found", N_ ("a command is not there"), TRUE },
  { "cannot execute", N_ ("a command cannot be executed"), TRUE },
  { "Permission denied", N_ ("a command cannot be executed"), TRUE },
};

/* What the interpreter itself says when it finds nothing to run, its own path in front: "…/python3: No module named x"
 */
static gboolean
is_of_interpreter (const char *line)
{
  static const char *const words[] = { ": No module named ", ": can't open file ", ": can't find '__main__' module ",
                                       ": Error while finding module specification for " };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      const char *end = strstr (line, words[i]);
      g_autofree char *path = end ? g_strndup (line, end - line) : NULL;
      g_autofree char *base = path ? g_path_get_basename (path) : NULL;

      if (base && g_str_has_prefix (base, "python"))
        return TRUE;
    }
  return FALSE;
}

/*
 * The last line of the output that says so; transfer full. The interpreter's own complaint goes first: what it adds
 * ("ModuleNotFoundError: No module named 'encodings'") is its trouble, not the program's.
 */
static char *
find_failure (const char *output, gint64 exit_status, const char **what)
{
  const char *fatal = output ? strstr (output, FATAL) : NULL;
  gboolean is_shells = exit_status == EXIT_NOT_EXECUTABLE || exit_status == EXIT_NOT_FOUND;
  g_auto (GStrv) lines = g_strsplit (output ? output : "", "\n", -1);

  if (fatal)
    {
      g_autofree char *line = g_strndup (fatal, MIN (strcspn (fatal, "\n"), MAX_LINE_LENGTH));

      *what = _ ("Python itself does not come up");
      return g_utf8_make_valid (line, -1);
    }
  for (guint i = g_strv_length (lines); i-- > 0;)
    for (gsize j = 0; j < G_N_ELEMENTS (failures); j++)
      if ((is_shells || !failures[j].of_shell) && strstr (lines[i], failures[j].words))
        {
          g_autofree char *line = g_strndup (g_strstrip (lines[i]), MAX_LINE_LENGTH);

          *what = _ (failures[j].what);
          return g_utf8_make_valid (line, -1);
        }
  return NULL;
}

/* The most common reason for a Python that does not come up; it says so itself: "  PYTHONHOME = '/x'". */
static void
add_python_home (FlatlineVerdict *verdict, const char *output)
{
  const char *home = strstr (output, "PYTHONHOME = '");
  g_autofree char *value = home ? flatline_end_dup_quoted (home) : NULL;

  if (value && strstr (output, FATAL))
    flatline_end_add_fact (
        verdict, _ ("the program’s environment"),
        g_strdup_printf (/* Translators: a folder */
                         _ ("PYTHONHOME is “%s”, where Python looks for its library: take it out of the environment"),
                         value));
}

gboolean
flatline_end_judge_failed_start (FlatlineSnapshot *snapshot)
{
  FlatlineVerdict *verdict = snapshot->verdict;
  const char *what = NULL;
  g_autofree char *line = find_failure (snapshot->output_tail, snapshot->exit_status, &what);

  if (!line)
    return FALSE;
  flatline_end_begin_verdict (verdict, "startup-failure",
                              g_strdup_printf (/* Translators: a reason, then the program's own words */
                                               _ ("The program could not start: %s (%s)"), what, line));
  flatline_end_locate_by_text (verdict, snapshot->output_tail);
  flatline_end_add_fact (verdict, _ ("the program’s last output"), g_steal_pointer (&line));
  add_python_home (verdict, snapshot->output_tail);
  flatline_end_add_fact (verdict, _ ("the kernel"),
                         g_strdup_printf (_ ("The program ended with exit status %" PRId64), snapshot->exit_status));
  return TRUE;
}

gboolean
flatline_output_tells_failed_start (const char *output, int exit_status, gboolean is_up)
{
  const char *what;
  g_autofree char *line = find_failure (output, exit_status, &what);

  return line && (!is_up || (is_of_interpreter (line) && strlen (line) + 2 >= strlen (output)));
}
