/* SPDX-License-Identifier: MIT */
/* Generators, coroutines and asynchronous generators: what they do, and where. */
#pragma once

#include "flatline-code.h"
#include "flatline-stack-walk.h"

G_BEGIN_DECLS

/* The frame of a generator or coroutine; FALSE when it has none any more. */
gboolean
flatline_generator_read_frame (FlatlineTarget *target, guint64 generator, FlatlineFrameState *frame);

/* Its code, which it has also without a frame; 0 unknown. */
guint64
flatline_generator_read_code (FlatlineTarget *target, guint64 generator);

/* "created", "suspended", "running" or "closed", as inspect.getgeneratorstate() calls them. */
const char *
flatline_generator_read_state (FlatlineTarget *target, guint64 generator);

G_END_DECLS
