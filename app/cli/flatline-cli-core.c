/* SPDX-License-Identifier: MIT */
/*
 * `flatline-cli core`: a core file from standard input, made into a .flatline file. The kernel and systemd-coredump
 * give cores that way; core(5) tells how a program is named for it. Who is run by the kernel has no terminal, so that
 * what goes wrong is told to the system's log, too.
 */
#include "config.h"

#include "flatline-cli.h"

#include "flatline-capture.h"
#include "flatline-debug-servers.h"
#include "flatline-file.h"
#include "flatline-given.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define PIECE_BYTES (1024 * 1024)

static void
complain (const char *message)
{
  struct stat status;

  flatline_cli_complain ("%s", message);
  /* The kernel starts its helpers without any open file. */
  if (fstat (STDERR_FILENO, &status) != 0 || S_ISCHR (status.st_mode))
    {
      openlog ("flatline-cli", LOG_PID, LOG_USER);
      syslog (LOG_ERR, "%s", message);
    }
}

static gboolean
write_all (int fd, const guint8 *data, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      data += n;
      length -= n;
    }
  return TRUE;
}

static gboolean
is_empty (const guint8 *data, gsize length)
{
  return data[0] == 0 && memcmp (data, data + 1, length - 1) == 0;
}

/* Most of a core is zeros: they take no room. FALSE with errno. */
static gboolean
copy_input (int fd)
{
  g_autofree guint8 *piece = g_malloc (PIECE_BYTES);
  off_t total = 0;
  gssize n;

  while ((n = read (STDIN_FILENO, piece, PIECE_BYTES)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 || (is_empty (piece, n) ? lseek (fd, n, SEEK_CUR) < 0 : !write_all (fd, piece, n)))
        return FALSE;
      total += n;
    }
  return ftruncate (fd, total) == 0;
}

/* The core as a file without a name in @folder; -1 after a complaint. */
static int
open_core (const char *folder)
{
  g_autofree char *message = NULL;
  int fd = open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

  if (fd >= 0 && copy_input (fd))
    return fd;
  message =
      g_strdup_printf (_ ("the core file cannot be copied to “%s” (%s): name a folder that has room with --output"),
                       folder, g_strerror (errno));
  complain (message);
  if (fd >= 0)
    close (fd);
  return -1;
}

/* "python3.4711.20261128T201500Z.flatline" */
static char *
dup_file_name (FlatlineSnapshot *snapshot, const char *folder)
{
  FlatlineProgram *program = snapshot->program;
  g_autofree char *base =
      program && program->executable ? g_path_get_basename (program->executable) : g_strdup ("program");
  g_autoptr (GDateTime) time = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (time, "%Y%m%dT%H%M%SZ");
  g_autofree char *name = g_strdup_printf ("%s.%" PRId64 ".%s.flatline", base, program ? program->pid : 0, stamp);

  return g_build_filename (folder, name, NULL);
}

static int
save (FlatlineSnapshot *snapshot, const char *folder)
{
  g_autofree char *path = dup_file_name (snapshot, folder);
  g_autofree char *line = g_strconcat (path, "\n", NULL);
  g_autoptr (GError) error = NULL;

  if (!flatline_file_save (snapshot, path, &error))
    {
      complain (error->message);
      return FLATLINE_CLI_FAILED;
    }
  /* The kernel gives its helper no stdout. */
  return !flatline_given_has_stdout () || flatline_cli_write (line, strlen (line)) ? FLATLINE_CLI_FINE
                                                                                   : FLATLINE_CLI_FAILED;
}

/* The folder as a path that leads there for as long as we live, whatever becomes of its own; NULL when it is none. */
static char *
dup_kept_folder (const char *folder)
{
  const int fd = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

  return fd >= 0 ? g_strdup_printf ("/proc/self/fd/%d", fd) : NULL;
}

int
flatline_cli_core (int argc, char **argv)
{
  FlatlineCaptureBudget budget = flatline_capture_budget_default ();
  const char *folder = ".";
  const char *executable = NULL, *root = NULL;
  g_autofree char *kept_root = NULL;
  const FlatlineCliOption options[] = {
    { "output", 'o', FLATLINE_CLI_OPTION_TEXT, &folder, N_ ("FOLDER"), N_ ("where the .flatline file goes") },
    { "executable", 0, FLATLINE_CLI_OPTION_TEXT, &executable, N_ ("FILE"),
      N_ ("the program, where it is elsewhere now") },
    { "root", 0, FLATLINE_CLI_OPTION_TEXT, &root, N_ ("FOLDER"), N_ ("where a container’s files are: /proc/%P/root") },
    { NULL },
  };
  const FlatlineCliUsage usage = {
    "core [OPTION…] < CORE",
    N_ ("Reads a core file from standard input and writes what it tells as a .flatline file, whose name it prints.\n"
        "The kernel can do it for every program that crashes:\n"
        "  sysctl kernel.core_pattern='|/usr/bin/flatline-cli core --root /proc/%P/root --output /var/lib/flatline'"),
    NULL,
    FALSE,
    NULL,
    options,
  };
  g_autofree char **words = NULL;
  g_autoptr (FlatlineInspector) inspector = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  g_autoptr (GError) error = NULL;
  int status;
  int fd;

  flatline_debug_servers_leave ();
  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  if (words[0] || isatty (STDIN_FILENO))
    {
      flatline_cli_complain (_ ("core reads a core file from standard input: flatline-cli core < CORE"));
      return FLATLINE_CLI_USAGE;
    }
  /* Once its core has been read, the process goes, and its /proc with it. */
  if (root)
    kept_root = dup_kept_folder (root);
  fd = open_core (folder);
  if (fd < 0)
    return FLATLINE_CLI_FAILED;
  /* From here on it is what stands on standard input: complaints name it so. */
  dup2 (fd, STDIN_FILENO);
  inspector = flatline_inspector_new_for_core ("/dev/stdin", executable ? executable : kept_root, &error);
  if (inspector)
    snapshot = flatline_capture_core (inspector, "crash", &budget, NULL, &error);
  if (!snapshot)
    {
      complain (error->message);
      return FLATLINE_CLI_FAILED;
    }
  return save (snapshot, folder);
}
