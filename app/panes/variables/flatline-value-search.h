/* SPDX-License-Identifier: MIT */
/* Searches long values in a worker: the next place, or the one before, once around; how many; where a line begins. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Text, or bytes that are not text as "0x0d0a"; NULL: empty. Transfer full. */
GBytes *
flatline_value_search_parse (const char *words, gboolean is_text);

/*
 * Forward: the first match that begins at @from or after it, else the first of all; backward: the last that begins
 * before @from, else the last of all.
 */
void
flatline_value_search_async (GBytes *bytes,
                             GBytes *needle,
                             gsize from,
                             gboolean forward,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

/* Where line @line, from 1, begins, or the last line when there are not so many. */
void
flatline_value_search_line_async (
    GBytes *bytes, gsize line, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/* For both. Where it begins; -1 not found, or cancelled, and then there is an error. */
gssize
flatline_value_search_finish (GAsyncResult *result, GError **error);

#define FLATLINE_VALUE_SEARCH_MAX_COUNTED 100000

/* How many matches there are, counted no further than that and one more; which of them @match is, from 1. */
void
flatline_value_search_count_async (GBytes *bytes,
                                   GBytes *needle,
                                   gsize match,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
guint
flatline_value_search_count_finish (GAsyncResult *result, guint *index, GError **error);

G_END_DECLS
