/* SPDX-License-Identifier: MIT */
/* Garbage collections that call back into Python: which thread runs one, and what of its stack was called by it. */
#pragma once

#include "flatline-python-frames.h"

G_BEGIN_DECLS

/*
 * The thread that collects may sleep in what the collection called, while another one has the GIL: says so of @threads,
 * whose order is that of the stacks, and of their frames.
 */
void
flatline_collectors_find (FlatlinePythonReading *reading, GPtrArray *threads);

G_END_DECLS
