/* SPDX-License-Identifier: MIT */
/* Text of simple values exactly as Python's repr() writes it: pure functions, no target. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* repr of a float: the shortest digits that read back as @value. */
void
flatline_literal_append_float (GString *text, double value);

/* repr of a complex number. */
void
flatline_literal_append_complex (GString *text, double real, double imaginary);

/*
 * An integer out of digits of @bits_per_digit bits, the least first. More than @max_digits decimal digits: hexadecimal
 * with the lowest left out, and TRUE is answered (not the whole).
 */
gboolean
flatline_literal_append_int (
    GString *text, const guint32 *digits, gsize n_digits, guint bits_per_digit, gboolean negative, gsize max_digits);

/* repr of the first @n characters; @whole FALSE puts "…" where the rest would be. */
void
flatline_literal_append_str (GString *text, const guint32 *characters, gsize n, gboolean whole);
/* @escape_apostrophes: also between double quotes, as bytearray does before 3.15. */
void
flatline_literal_append_bytes (
    GString *text, const guint8 *bytes, gsize n, gboolean whole, gboolean escape_apostrophes);

G_END_DECLS
