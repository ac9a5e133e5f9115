/* SPDX-License-Identifier: MIT */
/*
 * A long value as pages, so that no more of it than one is ever text in a window: of a str, its lines; of bytes, as
 * hexdump -C shows them. Any page is found without the ones before it. Pure; for any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

guint
flatline_value_pages_count (GBytes *bytes, gboolean is_text);

/* Where page @page begins in @bytes; for the one after the last, the end. */
gsize
flatline_value_pages_begin (GBytes *bytes, gboolean is_text, guint page);

/* The page that the byte at @offset is on, from 0. */
guint
flatline_value_pages_find (GBytes *bytes, gboolean is_text, gsize offset);

/* What a person reads of page @page: what no window can show of a str is shown by its symbol. Transfer full. */
char *
flatline_value_pages_dup_text (GBytes *bytes, gboolean is_text, guint page);

/* Where in the text of @page, in characters, the @length bytes at @offset are that are on it. */
void
flatline_value_pages_locate (
    GBytes *bytes, gboolean is_text, guint page, gsize offset, gsize length, guint *begin, guint *end);

G_END_DECLS
