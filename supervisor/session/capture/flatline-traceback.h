/* SPDX-License-Identifier: MIT */
/*
 * What a program without the agent says last, when an exception ends it: Python's own traceback on its stderr, in no
 * other language, as a record: types, messages, causes, and the frames as far as text has them, without variables.
 */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

/* What Python begins a traceback with. */
#define FLATLINE_TRACEBACK_HEADER "Traceback (most recent call last):"

/* The exception that the traceback at the end of @text is of; NULL when there is none. Transfer full. */
FlatlineExceptionInfo *
flatline_traceback_read (const char *text);

/*
 * Whether a printed traceback may be of what ended the program: what nobody caught went through its outermost frame, a
 * module's. One that was caught and printed, by a runner of tests or into a log, begins where it was caught.
 */
gboolean
flatline_traceback_may_end_program (FlatlineExceptionInfo *printed);

G_END_DECLS
