/* SPDX-License-Identifier: MIT */
/*
 * What keeper and program tell the supervisor on their way to execve(), through one close-on-exec pipe: the keeper the
 * program's pid, the program what failed. The end of the pipe means that execve() succeeded.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_START_REPORT_STARTED, /* code: pid of the program */
  FLATLINE_START_REPORT_CLONE,   /* the others: code is errno */
  FLATLINE_START_REPORT_FOLDER,
  FLATLINE_START_REPORT_EXECUTE,
} FlatlineStartReportKind;

typedef struct
{
  int kind;
  int code;
} FlatlineStartReport;

/* Safe in a child of a process with threads. A supervisor that is gone cannot be told: then nothing starts. */
void
flatline_start_report_tell (int fd, FlatlineStartReportKind kind, int code);

/* Waits for the next; FALSE: there are no more. */
gboolean
flatline_start_report_read (int fd, FlatlineStartReport *report);

/* One clear line of FLATLINE_SESSION_ERROR about the start of @program in @cwd. */
void
flatline_start_report_set_error (const FlatlineStartReport *report,
                                 const char *program,
                                 const char *cwd,
                                 GError **error);

G_END_DECLS
