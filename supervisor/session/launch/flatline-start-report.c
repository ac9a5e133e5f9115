/* SPDX-License-Identifier: MIT */
/* Both ends of the pipe of a start, and errno from the program's side in the words of people. */
#include "config.h"

#include "flatline-start-report.h"

#include "flatline-session-error.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#define EXIT_NOT_STARTED 127

void
flatline_start_report_tell (int fd, FlatlineStartReportKind kind, int code)
{
  FlatlineStartReport report = { kind, code };

  if (write (fd, &report, sizeof report) != sizeof report)
    _exit (EXIT_NOT_STARTED);
}

gboolean
flatline_start_report_read (int fd, FlatlineStartReport *report)
{
  gssize n;

  do
    n = read (fd, report, sizeof *report);
  while (n < 0 && errno == EINTR);
  return n == sizeof *report;
}

static gboolean
is_elf (const char *path)
{
  char head[SELFMAG] = "";
  const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const gboolean is_read = fd >= 0 && read (fd, head, sizeof head) == sizeof head;

  if (fd >= 0)
    close (fd);
  return is_read && memcmp (head, ELFMAG, SELFMAG) == 0;
}

void
flatline_start_report_set_error (const FlatlineStartReport *report,
                                 const char *program,
                                 const char *cwd,
                                 GError **error)
{
  const char *why = g_strerror (report->code);

  if (report->kind == FLATLINE_START_REPORT_FOLDER)
    g_set_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_USAGE,
                 _ ("Cannot enter the working folder “%s”: %s"), cwd, why);
  else if (report->kind == FLATLINE_START_REPORT_EXECUTE && report->code == ENOEXEC && is_elf (program))
    g_set_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_USAGE,
                 _ ("“%s” is a program for another kind of machine, or damaged"), program);
  else if (report->kind == FLATLINE_START_REPORT_EXECUTE && report->code == ENOEXEC)
    g_set_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_USAGE,
                 _ ("“%s” is not a program this machine can execute: it has no first line that names an interpreter"),
                 program);
  else if (report->kind == FLATLINE_START_REPORT_EXECUTE && report->code == E2BIG)
    g_set_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_LAUNCH,
                 _ ("The arguments and the environment are too long to start “%s”"), program);
  else if (report->kind == FLATLINE_START_REPORT_EXECUTE)
    g_set_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_USAGE, _ ("Cannot execute “%s”: %s"), program,
                 why);
  else
    g_set_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_LAUNCH, _ ("Cannot make a process for “%s”: %s"),
                 program, why);
}
