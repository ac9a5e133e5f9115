/* SPDX-License-Identifier: MIT */
/* The greenlets of a target (gevent's too) that are switched out, each with its stack. */
#pragma once

#include "flatline-python-frames.h"

G_BEGIN_DECLS

/* Appends them to snapshot->tasks; nothing is searched where no greenlet module is loaded. */
void
flatline_greenlets_read (FlatlinePythonReading *reading);

G_END_DECLS
