/* SPDX-License-Identifier: MIT */
/*
 * FlatlineMemoryWatch: what the kernel knows of a process that may be killed for want of memory: the counters of its
 * cgroup, its own use of memory when last looked at, the kernel's log where it may be read. Who is killed so can say
 * nothing itself.
 */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

typedef struct _FlatlineMemoryWatch FlatlineMemoryWatch;

/* Begins with what is counted now. */
FlatlineMemoryWatch *
flatline_memory_watch_new (gint64 pid);
void
flatline_memory_watch_free (FlatlineMemoryWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineMemoryWatch, flatline_memory_watch_free)

/* Now and then while the process lives; a few reads of /proc. */
void
flatline_memory_watch_look (FlatlineMemoryWatch *self);

/*
 * After it was killed by SIGKILL; @peak_bytes: the most memory it ever had, as its parent learns it, 0 unknown. *killer
 * becomes "memory", "memory-limit", or NULL: nothing says that the kernel did it. GListStore of FlatlineEvidence,
 * transfer full.
 */
GListStore *
flatline_memory_watch_tell (FlatlineMemoryWatch *self, gint64 peak_bytes, const char **killer);

G_END_DECLS
