/* SPDX-License-Identifier: MIT */
/* The frames of such a walk. */
#pragma once

#include "flatline-python-reading.h"

G_BEGIN_DECLS

/* The record of one frame, with its variables where the budget has them. Transfer full. */
FlatlineFrame *
flatline_python_frame_new (FlatlinePythonReading *reading, const FlatlineFrameState *state, FlatlineCode *code);

/* The object that a variable of a frame read before has, whatever the budget shows of variables; 0: none. */
guint64
flatline_python_frame_find_local (FlatlinePythonReading *reading, const FlatlineFrame *frame, const char *name);

G_END_DECLS
