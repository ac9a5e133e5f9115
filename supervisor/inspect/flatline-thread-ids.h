/* SPDX-License-Identifier: MIT */
/* The kernel's ids of a target's threads, as this process sees them. */
#pragma once

#include "flatline-stack-walk.h"

G_BEGIN_DECLS

/*
 * Fills native_id where the version has none, from the C library's thread descriptor at the ident; and where the target
 * is in another PID namespace (a container), puts the id that we know the thread by in place of its own. A thread state
 * of an interpreter that another thread runs than the one that made it gets the ids of the one that runs it.
 */
void
flatline_thread_states_find_native_ids (FlatlineTarget *target, GArray *threads);

G_END_DECLS
