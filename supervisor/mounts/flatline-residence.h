/* SPDX-License-Identifier: MIT */
/*
 * FlatlineResidence: which pages of a live process may be read. Reading one that is not in memory waits for whoever
 * provides it: for ever where that is a file system that does not answer, or a userfaultfd that nobody serves. Pages
 * that are there are known by few looks into /proc/PID/pagemap; only for others is asked what is behind them. One
 * thread at a time.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _FlatlineResidence FlatlineResidence;

FlatlineResidence *
flatline_residence_new (gint64 pid);
void
flatline_residence_free (FlatlineResidence *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineResidence, flatline_residence_free)

/* How many of the @length bytes at @address, from the first on, can be read, or fail, without waiting for others. */
gsize
flatline_residence_count_readable (FlatlineResidence *self, guint64 address, gsize length);

/* TRUE when what was seen is so old that it is not trusted: what is read again is to be asked for again. */
gboolean
flatline_residence_is_old (FlatlineResidence *self);

/* Whether some of what was asked for since the last call of this could not be read. */
gboolean
flatline_residence_take_refused (FlatlineResidence *self);

G_END_DECLS
