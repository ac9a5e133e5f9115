/* SPDX-License-Identifier: MIT */
/* How much memory that is free the window's process keeps. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* To be called before there are threads. */
void
flatline_heap_init (void);

/* From now on memory that was freed is given back every now and then, and what a frame takes is ready before it; needs
 * the main loop. */
void
flatline_heap_watch (void);

G_END_DECLS
