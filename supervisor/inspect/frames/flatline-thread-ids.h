/* SPDX-License-Identifier: MIT */
/* The kernel's ids of a target's threads, as this process sees them. */
#pragma once

#include "flatline-stack-walk.h"

G_BEGIN_DECLS

/*
 * Fills native_id where the version has none, from the C library's thread descriptor at the ident; and where the target
 * is in another PID namespace (a container), puts the id that we know the thread by in place of its own.
 */
void
flatline_thread_states_find_native_ids (FlatlineTarget *target, GArray *threads);

/* Where in a descriptor the C library keeps the id, 0 unknown. */
gsize
flatline_thread_ids_find_offset (FlatlineTarget *target, GArray *threads);

/* The threads that none of @threads is called by: id as the target knows it -> as we do. Transfer full. */
GHashTable *
flatline_thread_ids_list_nameless (FlatlineTarget *target, GArray *threads);

G_END_DECLS
