/* SPDX-License-Identifier: MIT */
/* The scalars and arrays of numpy. Internal to the object reader. */
#pragma once

#include "flatline-library-text.h"

G_BEGIN_DECLS

/* How the objects of the type of C @name ("numpy.float32") are written, NULL when it is none of numpy's. */
FlatlineLibraryTextFunc
flatline_numpy_find_writer (FlatlineTypeCache *types, const char *name);

/* Whether objects of @type are arrays, whose items the two below read. */
gboolean
flatline_numpy_is_array (FlatlineTypeCache *types, const FlatlineTypeInfo *type);

/* In all dimensions together; -1: not readable. */
gint64
flatline_numpy_count_items (FlatlineTypeCache *types, guint64 array);

/* @name: "[2, 0]". @object: of an array of objects, else 0; then @text is what the item is. FALSE stops the walk. */
typedef gboolean (*FlatlineNumpyItemFunc) (const char *name, const char *text, guint64 object, gpointer user_data);

/* Walks the items in the order of C, from number @first on. */
void
flatline_numpy_foreach_item (
    FlatlineTextWriter *self, guint64 array, gint64 first, FlatlineNumpyItemFunc func, gpointer user_data);

/* For whom arrays are columns: the length of the last dimension of the array at @array, -1: it is none. */
gint64
flatline_numpy_read_length (FlatlineTextWriter *self, guint64 array);

/* Its item at @i, of an array of two dimensions that of its row @row; @mask: where there is nothing, 0 none. */
void
flatline_numpy_append_at (FlatlineTextWriter *self, GString *text, guint64 array, guint64 mask, gint64 row, gint64 i);

/* The same as a number with a sign, of an array of integers or moments; FALSE: it has none there. */
gboolean
flatline_numpy_read_word (FlatlineTextWriter *self, guint64 array, gint64 row, gint64 i, gint64 *word);

/* Where an array of 64-bit numbers has @value, -1 nowhere. */
gint64
flatline_numpy_find_value (FlatlineTextWriter *self, guint64 array, gint64 value);

G_END_DECLS
