/* SPDX-License-Identifier: MIT */
/* repr() of numbers, str and bytes. Facts from the language reference and from what CPython prints. */
#include "flatline-literals.h"

#include "flatline-digits.h"

#include <math.h>
#include <string.h>

/* The fewest digits that read back as the same double: "1.5e+02" -> digits "15", exponent 2. */
static void
find_shortest_digits (double value, char digits[32], int *exponent)
{
  for (int precision = 0; precision <= 16; precision++)
    {
      char format[16], buffer[64];
      char *e;
      gsize n = 0;

      g_snprintf (format, sizeof format, "%%.%de", precision);
      g_ascii_formatd (buffer, sizeof buffer, format, value);
      if (precision < 16 && g_ascii_strtod (buffer, NULL) != value)
        continue;
      e = strchr (buffer, 'e');
      *exponent = (int)g_ascii_strtoll (e + 1, NULL, 10);
      for (char *c = buffer; c < e; c++)
        {
          if (g_ascii_isdigit (*c))
            digits[n++] = *c;
        }
      while (n > 1 && digits[n - 1] == '0')
        n--;
      digits[n] = '\0';
      return;
    }
}

/* @point_zero: "1.0" for a float, "1" for a part of a complex. */
static void
append_double (GString *text, double value, gboolean point_zero)
{
  char digits[32];
  int exponent, n;

  if (isnan (value) || isinf (value))
    {
      g_string_append (text, isnan (value) ? "nan" : value < 0 ? "-inf" : "inf");
      return;
    }
  if (signbit (value))
    g_string_append_c (text, '-');
  find_shortest_digits (fabs (value), digits, &exponent);
  n = (int)strlen (digits);
  if (exponent < -4 || exponent >= 16)
    {
      g_string_append_c (text, digits[0]);
      if (n > 1)
        g_string_append_printf (text, ".%s", digits + 1);
      g_string_append_printf (text, "e%c%02d", exponent < 0 ? '-' : '+', ABS (exponent));
      return;
    }
  if (exponent < 0)
    {
      g_string_append (text, "0.");
      for (int i = -1; i > exponent; i--)
        g_string_append_c (text, '0');
      g_string_append (text, digits);
      return;
    }
  for (int i = 0; i <= exponent; i++)
    g_string_append_c (text, i < n ? digits[i] : '0');
  if (n > exponent + 1)
    g_string_append_printf (text, ".%s", digits + exponent + 1);
  else if (point_zero)
    g_string_append (text, ".0");
}

void
flatline_literal_append_float (GString *text, double value)
{
  append_double (text, value, TRUE);
}

void
flatline_literal_append_complex (GString *text, double real, double imaginary)
{
  gboolean both = real != 0 || signbit (real);

  if (both)
    {
      g_string_append_c (text, '(');
      append_double (text, real, FALSE);
      if (!signbit (imaginary) || isnan (imaginary))
        g_string_append_c (text, '+');
    }
  append_double (text, imaginary, FALSE);
  g_string_append_c (text, 'j');
  if (both)
    g_string_append_c (text, ')');
}

static void
append_hexadecimal (GString *text, const guint32 *digits, gsize n_digits, guint bits_per_digit, gsize max_digits)
{
  guint64 bits = 0;
  guint n_bits = 0;
  gsize total = n_digits * bits_per_digit;
  gsize skip = (4 - total % 4) % 4;
  gboolean leading = TRUE;
  gsize written = 0;

  /* From the highest digit down, four bits at a time. */
  n_bits = (guint)skip;
  g_string_append (text, "0x");
  for (gsize i = n_digits; i-- > 0 && written < max_digits;)
    {
      bits = bits << bits_per_digit | digits[i];
      n_bits += bits_per_digit;
      while (n_bits >= 4 && written < max_digits)
        {
          guint nibble = (guint)(bits >> (n_bits - 4)) & 15;

          n_bits -= 4;
          leading = leading && nibble == 0;
          if (leading)
            continue;
          g_string_append_c (text, "0123456789abcdef"[nibble]);
          written++;
        }
      bits &= (G_GUINT64_CONSTANT (1) << n_bits) - 1;
    }
  g_string_append_printf (text, "… (%" G_GSIZE_FORMAT " bits)", total);
}

static void
append_decimal (GString *text, const guint32 *digits, gsize n_digits, guint bits_per_digit)
{
  const guint64 chunk = 1000000000;
  g_autofree guint32 *rest = g_memdup2 (digits, n_digits * sizeof *digits);
  g_autoptr (GArray) chunks = g_array_new (FALSE, FALSE, sizeof (guint32));

  while (n_digits > 0)
    {
      guint64 remainder = 0;
      guint32 part;

      for (gsize i = n_digits; i-- > 0;)
        {
          guint64 current = remainder << bits_per_digit | rest[i];

          rest[i] = (guint32)(current / chunk);
          remainder = current % chunk;
        }
      while (n_digits > 0 && rest[n_digits - 1] == 0)
        n_digits--;
      part = (guint32)remainder;
      g_array_append_val (chunks, part);
    }
  flatline_append_decimal (text, chunks->len ? g_array_index (chunks, guint32, chunks->len - 1) : 0);
  for (guint i = chunks->len; i-- > 1;)
    g_string_append_printf (text, "%09u", g_array_index (chunks, guint32, i - 1));
}

gboolean
flatline_literal_append_int (
    GString *text, const guint32 *digits, gsize n_digits, guint bits_per_digit, gboolean negative, gsize max_digits)
{
  while (n_digits > 0 && digits[n_digits - 1] == 0)
    n_digits--;
  if (negative && n_digits > 0)
    g_string_append_c (text, '-');
  /* 0.30103: decimal digits a bit */
  if (n_digits * bits_per_digit * 30103 / 100000 > max_digits)
    {
      append_hexadecimal (text, digits, n_digits, bits_per_digit, max_digits);
      return TRUE;
    }
  /* Nearly all are small. */
  if (n_digits <= 2)
    flatline_append_decimal (text, n_digits == 0   ? 0
                                   : n_digits == 1 ? digits[0]
                                                   : (gint64)((guint64)digits[1] << bits_per_digit | digits[0]));
  else
    append_decimal (text, digits, n_digits, bits_per_digit);
  return FALSE;
}

static gboolean
is_printable (gunichar c)
{
  if (c == ' ')
    return TRUE;
  if (c > 0x10ffff)
    return FALSE;
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SPACE_SEPARATOR:
      return FALSE;
    default:
      return TRUE;
    }
}

/* The escapes that str and bytes have in common; FALSE when @c needs none of them. */
static gboolean
append_common_escape (GString *text, guint32 c, char quote)
{
  switch (c)
    {
    case '\\':
      g_string_append (text, "\\\\");
      return TRUE;
    case '\n':
      g_string_append (text, "\\n");
      return TRUE;
    case '\r':
      g_string_append (text, "\\r");
      return TRUE;
    case '\t':
      g_string_append (text, "\\t");
      return TRUE;
    default:
      if (c != (guint32)quote)
        return FALSE;
      g_string_append_c (text, '\\');
      g_string_append_c (text, quote);
      return TRUE;
    }
}

void
flatline_literal_append_str (GString *text, const guint32 *characters, gsize n, gboolean whole)
{
  gboolean single = FALSE, dual = FALSE;
  char quote;

  for (gsize i = 0; i < n; i++)
    {
      single = single || characters[i] == '\'';
      dual = dual || characters[i] == '"';
    }
  quote = single && !dual ? '"' : '\'';
  g_string_append_c (text, quote);
  for (gsize i = 0; i < n; i++)
    {
      guint32 c = characters[i];

      if (c >= ' ' && c < 0x7f && c != '\\' && c != (guint32)quote)
        {
          g_string_append_c (text, (char)c);
          continue;
        }
      if (append_common_escape (text, c, quote))
        continue;
      if (is_printable (c))
        g_string_append_unichar (text, c);
      else if (c <= 0xff)
        g_string_append_printf (text, "\\x%02x", c);
      else if (c <= 0xffff)
        g_string_append_printf (text, "\\u%04x", c);
      else
        g_string_append_printf (text, "\\U%08x", c);
    }
  g_string_append (text, whole ? "" : "…");
  g_string_append_c (text, quote);
}

void
flatline_literal_append_bytes (GString *text, const guint8 *bytes, gsize n, gboolean whole, gboolean escape_apostrophes)
{
  gboolean single = n > 0 && memchr (bytes, '\'', n);
  char quote = single && !memchr (bytes, '"', n) ? '"' : '\'';

  g_string_append_c (text, 'b');
  g_string_append_c (text, quote);
  for (gsize i = 0; i < n; i++)
    {
      if (append_common_escape (text, bytes[i], quote))
        continue;
      if (bytes[i] == '\'' && escape_apostrophes)
        g_string_append (text, "\\'");
      else if (bytes[i] < ' ' || bytes[i] >= 0x7f)
        g_string_append_printf (text, "\\x%02x", bytes[i]);
      else
        g_string_append_c (text, (char)bytes[i]);
    }
  g_string_append (text, whole ? "" : "…");
  g_string_append_c (text, quote);
}
