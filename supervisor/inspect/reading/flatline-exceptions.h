/* SPDX-License-Identifier: MIT */
/*
 * Exception objects of a target as records: the frames of the traceback as they were when the exception left them, the
 * causes, the members of a group, the notes. Chains that lead back to themselves end.
 */
#pragma once

#include "flatline-python-frames.h"

G_BEGIN_DECLS

/* The exception at @address; NULL when there is none. Transfer full. */
FlatlineExceptionInfo *
flatline_exception_read (FlatlinePythonReading *reading, guint64 address);

G_END_DECLS
