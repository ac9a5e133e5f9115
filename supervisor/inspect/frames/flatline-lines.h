/* SPDX-License-Identifier: MIT */
/*
 * From an instruction to its place in the source: CPython's three table formats, as pure functions over bytes.
 * 3.9: Objects/lnotab_notes.txt; 3.10: PEP 626; 3.11 and later: PEP 657, Objects/locations.md.
 */
#pragma once

#include "flatline-layout.h"

G_BEGIN_DECLS

typedef struct
{
  gint line, end_line;     /* 1-based, 0 unknown */
  gint column, end_column; /* 1-based in bytes of UTF-8, end one past the last; 0 unknown */
} FlatlinePlace;

/* @offset: of the instruction, in bytes from the first. FALSE when the table does not cover it. */
gboolean
flatline_lines_find (
    FlatlineLineFormat format, const guint8 *table, gsize length, gint first_line, gint64 offset, FlatlinePlace *place);

G_END_DECLS
