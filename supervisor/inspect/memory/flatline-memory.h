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

/*
 * Whether something that was asked for since the last call was not read because nobody might ever provide it: then the
 * read failed like any other.
 */
gboolean
flatline_memory_take_refused (FlatlineMemory *self);

/* Forgets all pages: what is read from now on is what is there now. */
void
flatline_memory_drop_pages (FlatlineMemory *self);

/* Which pages flatline_memory_refresh() reads anew. */
typedef enum
{
  FLATLINE_REFRESH_ALL,         /* all that are kept */
  FLATLINE_REFRESH_USED,        /* those used since the last refresh; the others stay as they are */
  FLATLINE_REFRESH_USED_FORGET, /* those used since the last refresh; the others are forgotten */
} FlatlineRefresh;

/*
 * Reads pages anew in as few system calls as can be, so that they are of one moment, and begins to note which pages
 * are used. TRUE, with FLATLINE_REFRESH_USED_FORGET: all pages are as they were.
 */
gboolean
flatline_memory_refresh (FlatlineMemory *self, FlatlineRefresh which);

/* Does beforehand what a refresh of all pages need not do while somebody is held for it. */
void
flatline_memory_prepare_refresh (FlatlineMemory *self);

/* What is used from here on counts as used for the two below. */
void
flatline_memory_begin_use (FlatlineMemory *self);

/*
 * Reads the pages used since begin_use or the last refresh twice more, shortly after another. TRUE: both readings are
 * the same. FALSE: what was read first is in place, flatline_memory_show_second() puts the second reading there.
 */
gboolean
flatline_memory_refresh_twice (FlatlineMemory *self);
void
flatline_memory_show_second (FlatlineMemory *self);

/*
 * Reads the pages used since begin_use or the last refresh once more and compares. TRUE: nothing changed since. FALSE:
 * as they were is in place, flatline_memory_show_second() puts in place what is there now.
 */
gboolean
flatline_memory_verify (FlatlineMemory *self);

/*
 * After a refresh of all pages: TRUE when each is as it was, and all that was read since they were dropped came from
 * them. What was understood then holds for the moment of the refresh.
 */
gboolean
flatline_memory_is_as_before (FlatlineMemory *self);

/* So many pages are kept that no more should be asked for that can be done without. */
gboolean
flatline_memory_keeps_many_pages (FlatlineMemory *self);

/* TRUE while all that was read since the last refresh, refresh_twice or verify came from pages that it read. */
gboolean
flatline_memory_is_of_one_moment (FlatlineMemory *self);

/* Through the page cache; for the many small fields of objects. */
gboolean
flatline_memory_read (FlatlineMemory *self, guint64 address, void *buffer, gsize length);

/*
 * The same without a copy where one page has them all, else in @room, which has @length bytes. Valid until more is read
 * or the pages change; NULL when unreadable.
 */
const guint8 *
flatline_memory_view (FlatlineMemory *self, guint64 address, gsize length, guint8 *room);

/*
 * The @n addresses are about to be read: brings what is missing of their pages at one go, where that saves system
 * calls. What cannot be had so is read when it is asked for.
 */
void
flatline_memory_expect (FlatlineMemory *self, const guint64 *addresses, gsize n);

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
