/* SPDX-License-Identifier: MIT */
/*
 * FlatlineSleepers: the threads of a process that sleep in the kernel. Of a thousand threads nearly all do, and one
 * that has slept from before a reading until after it need not be stopped for it: it has changed nothing. The kernel
 * counts how often a thread was given a processor, which proves that it was not.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

typedef struct _FlatlineSleepers FlatlineSleepers;

FlatlineSleepers *
flatline_sleepers_new (gint64 pid);
void
flatline_sleepers_free (FlatlineSleepers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineSleepers, flatline_sleepers_free)

/* Looks at all threads but the main one: those that sleep now, and that have not run since the look before. */
void
flatline_sleepers_look (FlatlineSleepers *self);

/* As of the last look: how many threads there were, the main one too. */
guint
flatline_sleepers_get_n_threads (const FlatlineSleepers *self);

/* Whether thread @tid slept when it was looked at last. */
gboolean
flatline_sleepers_contains (const FlatlineSleepers *self, pid_t tid);

/* TRUE: all have slept since the last look. Who has not is no sleeper any more. */
gboolean
flatline_sleepers_have_slept (FlatlineSleepers *self);

G_END_DECLS
