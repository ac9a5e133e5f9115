/* SPDX-License-Identifier: MIT */
/* What the readers of pandas' frames, columns and moments have from each other. */
#pragma once

#include "flatline-pandas.h"

G_BEGIN_DECLS

#define FLATLINE_PANDAS_BODY_WORDS 6 /* of an object of Cython's, in which its objects are */

/* The type of @object if its name ends with @suffix, else NULL. */
const FlatlineTypeInfo *
flatline_pandas_find_type (FlatlineTextWriter *self, guint64 object, const char *suffix);
gboolean
flatline_pandas_has_family (FlatlineTextWriter *self, guint64 object, FlatlineFamily family);

/* The int object @number; 0 when it is none. */
gint64
flatline_pandas_read_number (FlatlineTextWriter *self, guint64 number);

/* Where an index has its items. */
guint64
flatline_pandas_find_items (FlatlineTextWriter *self, guint64 index);

/* Of an array of pandas or numpy, or a range: how many items it has, -1 unknown. */
gint64
flatline_pandas_read_length (FlatlineTextWriter *self, guint64 values);

/* Its item at @i; of an array of two dimensions that of its row @row. */
void
flatline_pandas_append_at (FlatlineTextWriter *self, GString *text, guint64 values, gint64 row, gint64 i);

/* flatline-pandas-moments.c: so many @unit ("us") since 1970 of UTC, in the time zone of the object @zone. */
void
flatline_pandas_append_moment (FlatlineTextWriter *self, GString *text, gint64 value, const char *unit, guint64 zone);

/* flatline-pandas-periods.c: number @ordinal of the periods that @dtype (PeriodDtypeBase) makes. */
void
flatline_pandas_append_period_at (FlatlineTextWriter *self, GString *text, gint64 ordinal, guint64 dtype);

G_END_DECLS
