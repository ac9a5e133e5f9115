/* SPDX-License-Identifier: MIT */
/*
 * Arrays of Arrow, which pyarrow has, and pandas in columns. How the items lie in memory is Arrow's format; where that
 * memory is, the objects of its C++ tell (arrow/array/data.h), which are believed only where all they say agrees.
 */
#pragma once

#include "flatline-library-text.h"

G_BEGIN_DECLS

/* The arrow::ChunkedArray of the object @array of pyarrow, 0: it has none whose items are known. */
guint64
flatline_arrow_find_chunks (FlatlineTextWriter *self, guint64 array);
gint64
flatline_arrow_read_length (FlatlineTextWriter *self, guint64 chunks);

/* Its item at @i, @missing where there is none. */
void
flatline_arrow_append_at (FlatlineTextWriter *self, GString *text, guint64 chunks, gint64 i, const char *missing);

/* Of the class @name ("pyarrow.lib.Int64Array"); NULL for what is none. */
FlatlineLibraryTextFunc
flatline_arrow_find_writer (FlatlineTypeCache *types, const char *name);

G_END_DECLS
