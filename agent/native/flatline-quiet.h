/* SPDX-License-Identifier: MIT */
/*
 * While there is nothing to say but beats, the thread says them without an object of Python's. A turn in Python makes
 * hundreds: they count for the collector, which may run then, with the program's finalizers, in our thread; and what is
 * left of them in a free-threaded build, whose threads have a heap each, is looked through by every thread that ends.
 */
#pragma once

#include "flatline-line.h"

/* @line is this process's own, FLATLINE_NO_LINE none: a forked child closes it. */
void
flatline_quiet_own (FlatlineLine line);

/* From now on, until something is to be said: @line is open, and nothing is half said there. */
void
flatline_quiet_begin (FlatlineLine line);

/* Something is to be said. When this returns no beat comes in between. */
void
flatline_quiet_end (void);

/* Whether that goes on: nothing to say, nothing was asked, and the line is still ours. */
int
flatline_quiet_lasts (void);

/* Whether a beat was said. Its sense is that the caller has the GIL. */
int
flatline_quiet_beat (void);

/* In a forked child, where somebody may have been in the midst of that, and the line is the parent's. */
void
flatline_quiet_forget (void);
