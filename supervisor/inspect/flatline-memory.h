/* SPDX-License-Identifier: MIT */
/*
 * FlatlineMemory: the memory of a target, live (process_vm_readv) or from a core file, read in pages that are kept for
 * the length of one look. Every read is bounded and may fail; a failed read leaves the buffer zeroed.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _FlatlineMemory FlatlineMemory;

/* Fills @buffer with @length bytes at @address, or answers FALSE. */
typedef gboolean (*FlatlineMemoryReadFunc) (gpointer source, guint64 address, void *buffer, gsize length);

FlatlineMemory *
flatline_memory_new_for_process (gint64 pid);
FlatlineMemory *
flatline_memory_new (FlatlineMemoryReadFunc read, gpointer source, GDestroyNotify free_source);
void
flatline_memory_free (FlatlineMemory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineMemory, flatline_memory_free)

/* Forgets all pages: what is read from now on is what is there now. */
void
flatline_memory_drop_pages (FlatlineMemory *self);

/* Reads all pages that were used since the last drop once more, in few system calls, and begins to count reads. */
void
flatline_memory_refresh_pages (FlatlineMemory *self);

/* How many pages had to be read one by one since the last refresh: 0, all was of one moment. */
guint
flatline_memory_get_n_reads (FlatlineMemory *self);

/* Through the page cache; for the many small fields of objects. */
gboolean
flatline_memory_read (FlatlineMemory *self, guint64 address, void *buffer, gsize length);

/* Past the cache; for large or fresh reads. */
gboolean
flatline_memory_read_direct (FlatlineMemory *self, guint64 address, void *buffer, gsize length);

/* Single fields; FALSE and *value = 0 when unreadable. */
gboolean
flatline_memory_read_u64 (FlatlineMemory *self, guint64 address, guint64 *value);
gboolean
flatline_memory_read_i32 (FlatlineMemory *self, guint64 address, gint32 *value);

/* The C string at @address, at most @max_length bytes; NULL when unreadable. Transfer full. */
char *
flatline_memory_dup_string (FlatlineMemory *self, guint64 address, gsize max_length);

G_END_DECLS
