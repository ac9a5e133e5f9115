/* SPDX-License-Identifier: MIT */
/*
 * FlatlineLogFiles: stack_trace.log, variables.log and error.log of one run (DESIGN.md). Time-stamped, a header a run,
 * rotated by size (NAME.1 … NAME.3). Two supervisors in one folder never share a file: whoever holds the lock writes
 * NAME.log, the next NAME-PID.log. Writing happens off the main thread; a full disk is reported once and never stops
 * supervision.
 */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_LOG_FILES (flatline_log_files_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineLogFiles, flatline_log_files, FLATLINE, LOG_FILES, GObject)

/*
 * @folder: where; no file is made before there is something to write. A file of @max_bytes (0: 10 MiB) is rotated.
 * Transfer full.
 */
FlatlineLogFiles *
flatline_log_files_new (const char *folder, FlatlineRun *run, gint64 max_bytes);

/* The path error.log really has, for messages, once something was written; static. */
const char *
flatline_log_files_get_error_log (FlatlineLogFiles *self);

/* Output of the program; @stream is "stdout" or "stderr". Whole lines are written, labelled; the rest is kept back. */
void
flatline_log_files_add_output (FlatlineLogFiles *self, const char *stream, const char *data, gsize length);

/* A line of ours: "Freeze  stale=2.6s", "Child exited code=3". */
void
flatline_log_files_add_event (FlatlineLogFiles *self, const char *line);

/* Stacks into stack_trace.log, variables into variables.log, the banner into all three. */
void
flatline_log_files_add_freeze (FlatlineLogFiles *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot);

/* Writes what is queued, at most @timeout_ms. */
gboolean
flatline_log_files_flush (FlatlineLogFiles *self, guint timeout_ms);

G_END_DECLS
