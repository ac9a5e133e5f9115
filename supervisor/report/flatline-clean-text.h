/* SPDX-License-Identifier: MIT */
/* Text of a program for a person's terminal or page. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Appends @raw without anything that acts instead of being seen: controls (C1 too), marks that turn the direction of
 * writing, separators that some take for new lines become escapes; what is no UTF-8 is made valid.
 */
void
flatline_clean_text_append (GString *text, const char *raw);

/* TRUE: all of @raw is printable ASCII, and cleaned it would be the same. */
gboolean
flatline_clean_text_is_plain (const char *raw);

/* @raw cleaned line by line, each but the first after @indent. Transfer full; NULL is empty. */
char *
flatline_clean_text_dup_lines (const char *raw, const char *indent);

G_END_DECLS
