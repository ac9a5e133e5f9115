/* SPDX-License-Identifier: MIT */
/*
 * Reading records that other threads read too. A GListStore remembers where it was read last, and two threads that do
 * so at once get items from elsewhere, or none. Between these two calls flatline_list_peek() of this thread reads past
 * that. Whoever reads in a worker what a window shows begins with it; nothing that is read may change meanwhile.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _FlatlineSharedReading FlatlineSharedReading;

/* One at a time in a thread. */
FlatlineSharedReading *
flatline_shared_reading_begin (void);

void
flatline_shared_reading_end (FlatlineSharedReading *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineSharedReading, flatline_shared_reading_end)

/* That of the calling thread; NULL none. */
FlatlineSharedReading *
flatline_shared_reading_get (void);

/* The item, borrowed; NULL past the end. */
gpointer
flatline_shared_reading_peek (FlatlineSharedReading *self, GListStore *list, guint position);

G_END_DECLS
