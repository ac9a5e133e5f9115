/* SPDX-License-Identifier: MIT */
/* Private to diagnose/. The last word, about what has ended; what its files have from each other. */
#pragma once

#include "flatline-diagnosis.h"

G_BEGIN_DECLS

/* Writes the verdict anew when @snapshot is of a program or thread that ended; it has one already, by its threads. */
void
flatline_diagnosis_judge_end (FlatlineSnapshot *snapshot);

/* --- flatline-exception-end.c --- */

/* By snapshot->exception. */
void
flatline_end_judge_exception (FlatlineSnapshot *snapshot);

/* --- flatline-failed-start.c --- */

/* By the output; FALSE when that tells of no failed start. */
gboolean
flatline_end_judge_failed_start (FlatlineSnapshot *snapshot);

/* --- flatline-end-verdict.c --- */

/* A certain verdict without place and evidence; takes @summary. */
void
flatline_end_begin_verdict (FlatlineVerdict *verdict, const char *kind, char *summary);
/* Takes @fact; @source: where it is known from. */
void
flatline_end_add_fact (FlatlineVerdict *verdict, const char *source, char *fact);
void
flatline_end_locate_by_frame (FlatlineVerdict *verdict, FlatlineFrame *frame);
/* By the last place that a printed @traceback names, if any. */
void
flatline_end_locate_by_text (FlatlineVerdict *verdict, const char *traceback);

/* "ValueError: bad 42", as Python prints it; "ValueError: 3 errors …" for a message of several lines. Transfer full. */
char *
flatline_end_dup_exception_text (const FlatlineExceptionInfo *exception);
/* The text between the first two quotes: "No module named 'x'". Transfer full, NULL. */
char *
flatline_end_dup_quoted (const char *text);

G_END_DECLS
