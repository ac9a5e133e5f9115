/* SPDX-License-Identifier: MIT */
/*
 * The whole of a str, bytes, bytearray, memoryview or mmap of a target, piece by piece: what was read so far stays with
 * the caller.
 */
#pragma once

#include "flatline-types.h"

G_BEGIN_DECLS

/* How far the reading is; { .size = -1 } before the first piece. */
typedef struct
{
  gboolean is_text; /* a str */
  gint64 size;      /* characters or bytes of the whole */
  gint64 position;  /* so many were read */
} FlatlineContentReading;

/* Whether values of the type with this name are read so. */
gboolean
flatline_content_can_read (const char *type);

/*
 * Appends to @piece what comes next of the object at @address: of a str as UTF-8, lone surrogates as Python escapes
 * them. FALSE when it cannot be read, is none of these types, or is not as large any more as @reading says.
 */
gboolean
flatline_content_read_piece (FlatlineTarget *target,
                             FlatlineTypeCache *types,
                             guint64 address,
                             FlatlineContentReading *reading,
                             GByteArray *piece);

G_END_DECLS
