/* SPDX-License-Identifier: MIT */
/* Numbers as numpy keeps them in memory, by their kind and width. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_NUMPY_BOOL,
  FLATLINE_NUMPY_INT,
  FLATLINE_NUMPY_UINT,
  FLATLINE_NUMPY_FLOAT,
  FLATLINE_NUMPY_COMPLEX, /* the width is that of both parts */
} FlatlineNumpyKind;

/* Appends the number at @bytes, as repr() writes it: the shortest text that is read back as the same number.
 * @by_precision: numbers with more digits than their type is sure of get an exponent, as numpy 2.3 and later write
 * them. */
void
flatline_numpy_number_append (
    GString *text, FlatlineNumpyKind kind, guint width, const guint8 *bytes, gboolean by_precision);

/* datetime64: so many @units ("D", "ns") since 1970, as ISO 8601. FALSE for units it does not know. */
gboolean
flatline_numpy_date_append (GString *text, gint64 value, const char *unit);

G_END_DECLS
