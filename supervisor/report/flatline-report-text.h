/* SPDX-License-Identifier: MIT */
/* A snapshot as text for people: `dump`, `show`, stack_trace.log and variables.log, copy buttons. */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_REPORT_STACKS = 1 << 0,    /* verdict, threads and frames, source lines where known */
  FLATLINE_REPORT_VARIABLES = 1 << 1, /* locals below each frame */
  FLATLINE_REPORT_CONNECTIONS = 1 << 2,
  FLATLINE_REPORT_PROCESSES = 1 << 3,
  FLATLINE_REPORT_COLOR = 1 << 4, /* ANSI colours */
  FLATLINE_REPORT_ALL = 0xf,
} FlatlineReportParts;

/* Transfer full, ends with a newline. */
char *
flatline_report_text (FlatlineSnapshot *snapshot, FlatlineReportParts parts);

/* What the local @name is wherever a frame has one, by thread and place; NULL: none has. @parts: colour or none. */
char *
flatline_report_variable (FlatlineSnapshot *snapshot, const char *name, FlatlineReportParts parts);

/* "[FLATLINED 2026-11-21 04:12:09.123456 after LOAD in main.c]"; words left out where unknown. Transfer full. */
char *
flatline_report_flatlined_line (FlatlineFreeze *freeze);

G_END_DECLS
