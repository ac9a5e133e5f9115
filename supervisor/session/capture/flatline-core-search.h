/* SPDX-License-Identifier: MIT */
/* Where the kernel left the core file of a process, by /proc/sys/kernel/core_pattern (core(5)). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The core file of @pid, which ran in @folder, written since @since_us (UTC); NULL when the kernel gives cores to a
 * program (a pattern that begins with "|") or there is none. Transfer full.
 */
char *
flatline_core_search_find (gint64 pid, const char *folder, gint64 since_us);

G_END_DECLS
