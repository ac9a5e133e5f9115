/* SPDX-License-Identifier: MIT */
/* One text report in the making, shared by the files that write its parts; nobody else includes this. */
#pragma once

#include "flatline-report-text.h"

#include <glib/gi18n.h>

G_BEGIN_DECLS

#define FLATLINE_REPORT_RED    "\033[1;31m"
#define FLATLINE_REPORT_BOLD   "\033[1m"
#define FLATLINE_REPORT_DIM    "\033[2m"
#define FLATLINE_REPORT_CYAN   "\033[36m"
#define FLATLINE_REPORT_NORMAL "\033[0m"

typedef struct
{
  FlatlineSnapshot *snapshot;
  FlatlineReportParts parts;
  GString *text;
  GHashTable *lines;     /* file -> GPtrArray of const char *: where each line of its source begins */
  GStringChunk *cleaned; /* owns what flatline_report_clean() returned */
  const char *native;    /* words of each frame, looked up once */
  const char *place;
} FlatlineReport;

/* The escape @sequence when the report has colours, else "". */
const char *
flatline_report_style (FlatlineReport *report, const char *sequence);

/* For printf: @raw cleaned, or @otherwise when it is NULL. Lives as long as the report. */
const char *
flatline_report_clean (FlatlineReport *report, const char *raw, const char *otherwise);

void
flatline_report_append_threads (FlatlineReport *report);

/* FALSE: no frame has such a local. */
gboolean
flatline_report_append_variable (FlatlineReport *report, const char *name);

/* @title: a format for the exception's type and its message. @depth: 0 but for causes and members of groups. */
void
flatline_report_append_exception (FlatlineReport *report,
                                  FlatlineExceptionInfo *exception,
                                  const char *title,
                                  guint depth);

void
flatline_report_append_tasks (FlatlineReport *report);

void
flatline_report_append_registers (FlatlineReport *report);

G_END_DECLS
