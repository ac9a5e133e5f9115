/* SPDX-License-Identifier: MIT */
/* What a process of the tree is called: by what its interpreter runs. */
#include "flatline-program-name.h"

static void
test_names (void)
{
  static const char *const cases[][3] = {
    { "/usr/bin/python3 server.py --port 80", "python3", "server.py" },
    { "python3.13t -u -X dev /srv/app/main.py main2.py", "python3.13t", "main.py" },
    { "python3 -Xdev -bb -W error::DeprecationWarning job.py", "python3", "job.py" },
    { "python3 -m http.server 8000", "python3", "-m http.server" },
    { "python3 -Im venv there", "python3", "-m venv" },
    { "python3 -c 'import time; time.sleep(9)' x.py", "python3", "-c import time; time.sleep(9)" },
    { "python3 --check-hash-based-pycs always '/home/me/my script.py'", "python3", "my script.py" },
    { "python3 -", "python3", "python3" },
    { "python3", "python3", "python3" },
    { "python3 -m", "python3", "python3" },
    { "python3 -X", "python3", "python3" },
    { "bash run.sh", "bash", "bash" },
    { "python3 'not closed", "python3", "python3" },
    { "", "kworker/0:1", "kworker/0:1" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = flatline_program_name_dup (cases[i][0], cases[i][1]);

      g_assert_cmpstr (name, ==, cases[i][2]);
    }
  g_assert_null (flatline_program_name_dup (NULL, NULL));
}

/* Of words: what a session was told to run, what a process was started with, what sys.argv is. */
static void
test_arguments (void)
{
  static const struct
  {
    const char *argv[6], *name, *stem;
  } cases[] = {
    { { "jobs/a.py", "-m", "x" }, "a.py", "a" },
    { { "-m", "http.server", "80" }, "-m http.server", "http.server" },
    { { "-mhttp.server" }, "-m http.server", "http.server" },
    { { "-m http.server" }, "-m http.server", "http.server" },
    { { "-c", "\n  import time\ntime.sleep(9)" }, "-c import time", "python" },
    { { "-c", "print('a very long line of code', 'that nobody would want for a title', 1)" },
      "-c print('a very long line of code', 'that nobody would want",
      "python" },
    { { "/usr/bin/python3", "-m", "pkg.tool", "x.py" }, "-m pkg.tool", "pkg.tool" },
    { { "/usr/bin/python3", "-u", "/srv/pkg/__main__.py" }, "pkg", "pkg" },
    { { "/srv/pkg/__main__.py", "x" }, "pkg", "pkg" },
    { { "__main__.py" }, "__main__.py", "__main__" },
    { { "/usr/bin/node", "server.js" }, "node", "node" },
    { { "-m" }, "-m", "-m" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = flatline_program_name_dup_of_arguments (cases[i].argv);
      g_autofree char *stem = flatline_program_name_dup_stem (cases[i].argv);

      g_assert_true (g_str_has_prefix (name, cases[i].name));
      g_assert_cmpint (g_utf8_strlen (name, -1), <=, 64);
      g_assert_cmpstr (stem, ==, cases[i].stem);
    }
  g_assert_null (flatline_program_name_dup_of_arguments (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/program-name", test_names);
  g_test_add_func ("/model/program-name/arguments", test_arguments);
  return g_test_run ();
}
