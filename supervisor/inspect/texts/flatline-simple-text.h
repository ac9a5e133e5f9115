/* SPDX-License-Identifier: MIT */
/* Text of numbers, strings and bytes. Internal to the object reader. */
#pragma once

#include "flatline-object-text.h"

G_BEGIN_DECLS

void
flatline_text_append_int (FlatlineTextWriter *self, GString *text, guint64 address);

/* A float or a complex. */
void
flatline_text_append_float (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type);

void
flatline_text_append_str (FlatlineTextWriter *self, GString *text, guint64 address);

/* As if the str had only @n characters from @first on. */
void
flatline_text_append_str_part (FlatlineTextWriter *self, GString *text, guint64 address, gint64 first, gint64 n);

void
flatline_text_append_bytearray (FlatlineTextWriter *self, GString *text, guint64 address);

/* @size bytes at @data as a bytes literal; @escape_apostrophes as bytearray does before 3.15. */
void
flatline_text_append_bytes_at (
    FlatlineTextWriter *self, GString *text, guint64 data, gint64 size, gboolean escape_apostrophes);

G_END_DECLS
