/* SPDX-License-Identifier: MIT */
/* Sources that are in no file: cells of notebooks, what was typed, code that a library has written. */
#pragma once

#include "flatline-python-frames.h"

G_BEGIN_DECLS

/* Appends to snapshot->sources what linecache and doctest know of the files that frames of threads and tasks name. */
void
flatline_made_sources_read (FlatlinePythonReading *reading);

G_END_DECLS
