/* SPDX-License-Identifier: MIT */
/* What the writers of scalars and of arrays have from each other. */
#pragma once

#include "flatline-numpy-types.h"
#include "flatline-numpy.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 address;
  const FlatlineNumpyType *type;
  const FlatlineNumpyType *mask; /* of what says whether there is one; NULL: there is */
  guint64 mask_at;
} FlatlineNumpyItem;

/* Whether there is none, as a whole. */
gboolean
flatline_numpy_item_is_masked (FlatlineTextWriter *self, const FlatlineNumpyItem *item);

void
flatline_numpy_item_append (FlatlineTextWriter *self,
                            GString *text,
                            const FlatlineNumpyItem *item,
                            FlatlineNumpyRelease release);

/* PyVoidScalarObject, a structure by itself: data, dtype. FALSE: of what it is, is not known. */
gboolean
flatline_numpy_read_void (
    FlatlineTextWriter *self, guint64 address, FlatlineNumpyRelease release, guint64 *data, FlatlineNumpyType *type);

/* Writers of objects, as the release of numpy writes them. */
void
flatline_numpy_append_void (FlatlineTextWriter *self,
                            GString *text,
                            guint64 address,
                            const FlatlineTypeInfo *type,
                            FlatlineNumpyRelease release);
void
flatline_numpy_append_dtype (FlatlineTextWriter *self,
                             GString *text,
                             guint64 address,
                             const FlatlineTypeInfo *type,
                             FlatlineNumpyRelease release);
void
flatline_numpy_append_array (FlatlineTextWriter *self,
                             GString *text,
                             guint64 address,
                             const FlatlineTypeInfo *type,
                             FlatlineNumpyRelease release);
void
flatline_numpy_append_records (FlatlineTextWriter *self,
                               GString *text,
                               guint64 address,
                               const FlatlineTypeInfo *type,
                               FlatlineNumpyRelease release);
void
flatline_numpy_append_masked_array (FlatlineTextWriter *self,
                                    GString *text,
                                    guint64 address,
                                    const FlatlineTypeInfo *type,
                                    FlatlineNumpyRelease release);

/* A moment of so many @units, of which @n are one tick. */
void
flatline_numpy_append_ticks (GString *text, gint64 value, gboolean is_date, const char *unit, gint32 n);

/* Of which release @writer is one for arrays; FALSE: it is none. */
gboolean
flatline_numpy_find_release (FlatlineLibraryTextFunc writer, FlatlineNumpyRelease *release);

/* Whether @writer is one for masked arrays. */
gboolean
flatline_numpy_is_for_masked (FlatlineLibraryTextFunc writer);

G_END_DECLS
