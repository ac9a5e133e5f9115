/* SPDX-License-Identifier: MIT */
/* The frames, series, indexes and moments of pandas. Internal to the object reader. */
#pragma once

#include "flatline-library-text.h"

G_BEGIN_DECLS

/* How objects are written whose class, or the base of it that has a __repr__, is @name; NULL when it is none of
 * pandas'. */
FlatlineLibraryTextFunc
flatline_pandas_find_writer (FlatlineTypeCache *types, const char *name);

void
flatline_pandas_append_timestamp (FlatlineTextWriter *self,
                                  GString *text,
                                  guint64 address,
                                  const FlatlineTypeInfo *type);
void
flatline_pandas_append_timedelta (FlatlineTextWriter *self,
                                  GString *text,
                                  guint64 address,
                                  const FlatlineTypeInfo *type);
void
flatline_pandas_append_period (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type);
void
flatline_pandas_append_interval (FlatlineTextWriter *self,
                                 GString *text,
                                 guint64 address,
                                 const FlatlineTypeInfo *type);

G_END_DECLS
