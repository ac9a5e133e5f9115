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

G_END_DECLS
