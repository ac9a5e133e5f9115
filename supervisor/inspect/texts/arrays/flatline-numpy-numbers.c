/* SPDX-License-Identifier: MIT */
/*
 * The shortest text of a float of each width is found by trying: with one digit more each time, until it is read back
 * as the same bits. long double is that of this machine's C compiler, as it is the target's.
 */
#include "flatline-numpy-numbers.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DIGITS    36 /* of a long double of 128 bits */
#define MAX_EXPONENT  16 /* from here on with an exponent */
#define HALF_DIG      3  /* decimal digits that a float16 is sure of */
#define MIN_EXPONENT  (-4)
#define US_A_SECOND   G_GINT64_CONSTANT (1000000)
#define SECONDS_A_DAY 86400

/* IEEE 754 half precision: 1 bit sign, 5 exponent, 10 fraction. */
static double
half_to_double (guint16 half)
{
  const int exponent = half >> 10 & 0x1f;
  const int fraction = half & 0x3ff;
  double value;

  if (exponent == 0x1f)
    value = fraction ? (double)NAN : (double)INFINITY;
  else
    value = exponent ? ldexp (fraction + 1024, exponent - 25) : ldexp (fraction, -24);
  return half & 0x8000 ? -value : value;
}

/* The half that @value is rounded to, without its sign; to even where two are as near. */
static guint
double_to_half (double value)
{
  const double size = fabs (value);
  int exponent = -14;
  int fraction;

  if (size > 0)
    frexp (size, &exponent);
  /* It counts from 0.5 on, a half from 1. */
  exponent--;
  if (exponent < -14)
    return (guint)rint (ldexp (size, 24));
  fraction = (int)rint (ldexp (size, 10 - exponent));
  return (guint)((exponent + 15) << 10) + (guint)(fraction - 1024);
}

/* Whether @digits, written by this C library in this locale, is read back as @value, a float of @width bytes. */
static gboolean
is_same (const char *digits, long double value, guint width)
{
  switch (width)
    {
    case 2:
      return double_to_half (strtod (digits, NULL)) == double_to_half ((double)value);
    case 4:
      return strtof (digits, NULL) == (float)value;
    case 8:
      return strtod (digits, NULL) == (double)value;
    default:
      return strtold (digits, NULL) == value;
    }
}

/* @scientific: "-1.25e-07"; as Python lays it out. */
static void
append_layout (GString *text, const char *scientific, gboolean with_point, int max_exponent)
{
  g_autoptr (GString) digits = g_string_new (NULL);
  const char *e = strchr (scientific, 'e');
  const int exponent = e ? atoi (e + 1) : 0;

  /* A long double of impossible bits is no number. */
  if (!e)
    {
      g_string_append (text, scientific);
      return;
    }
  if (*scientific == '-')
    g_string_append_c (text, '-');
  for (const char *c = scientific; c < e; c++)
    if (g_ascii_isdigit (*c))
      g_string_append_c (digits, *c);
  while (digits->len > 1 && digits->str[digits->len - 1] == '0')
    g_string_truncate (digits, digits->len - 1);
  if (exponent < MIN_EXPONENT || exponent >= max_exponent)
    {
      g_string_append_printf (text, digits->len > 1 ? "%c.%s" : "%c%s", digits->str[0], digits->str + 1);
      g_string_append_printf (text, "e%c%02d", exponent < 0 ? '-' : '+', ABS (exponent));
      return;
    }
  for (int i = exponent; i < 0; i++)
    g_string_append (text, i == exponent ? "0." : "0");
  for (int i = 0; i < MAX ((int)digits->len, exponent + 1); i++)
    {
      if (exponent >= 0 && i == exponent + 1)
        g_string_append_c (text, '.');
      g_string_append_c (text, i < (int)digits->len ? digits->str[i] : '0');
    }
  if (with_point && exponent >= 0 && (int)digits->len <= exponent + 1)
    g_string_append (text, ".0");
}

static int
max_exponent_of (guint width, gboolean by_precision)
{
  return by_precision && width == 2 ? HALF_DIG : by_precision && width == 4 ? FLT_DIG : MAX_EXPONENT;
}

static void
append_float (GString *text, long double value, guint width, gboolean with_point, gboolean by_precision)
{
  char digits[MAX_DIGITS + 32];

  if (isnan (value))
    g_string_append (text, "nan");
  else if (isinf (value))
    g_string_append (text, value < 0 ? "-inf" : "inf");
  else
    {
      for (int n = 0; n < MAX_DIGITS; n++)
        {
          snprintf (digits, sizeof digits, "%.*Le", n, value);
          if (is_same (digits, value, width))
            break;
        }
      append_layout (text, digits, with_point, max_exponent_of (width, by_precision));
    }
}

static long double
read_float (const guint8 *bytes, guint width)
{
  guint16 half;
  float single;
  double number;
  long double wide = 0;

  switch (width)
    {
    case 2:
      memcpy (&half, bytes, sizeof half);
      return half_to_double (half);
    case 4:
      memcpy (&single, bytes, sizeof single);
      return single;
    case 8:
      memcpy (&number, bytes, sizeof number);
      return number;
    default:
      memcpy (&wide, bytes, MIN (width, sizeof wide));
      return wide;
    }
}

static void
append_complex (GString *text, const guint8 *bytes, guint width, gboolean by_precision)
{
  const long double real = read_float (bytes, width), imaginary = read_float (bytes + width, width);
  const gboolean both = real != 0 || signbit (real);

  if (both)
    {
      g_string_append_c (text, '(');
      append_float (text, real, width, FALSE, by_precision);
      if (!signbit (imaginary) || isnan (imaginary))
        g_string_append_c (text, '+');
    }
  append_float (text, imaginary, width, FALSE, by_precision);
  g_string_append (text, both ? "j)" : "j");
}

void
flatline_numpy_number_append (
    GString *text, FlatlineNumpyKind kind, guint width, const guint8 *bytes, gboolean by_precision)
{
  guint64 word = 0;
  const guint shift = 64 - 8 * MIN (width, 8);

  memcpy (&word, bytes, MIN (width, sizeof word));
  switch (kind)
    {
    case FLATLINE_NUMPY_BOOL:
      g_string_append (text, word ? "True" : "False");
      break;
    case FLATLINE_NUMPY_INT:
      g_string_append_printf (text, "%" G_GINT64_FORMAT, (gint64)(word << shift) >> shift);
      break;
    case FLATLINE_NUMPY_UINT:
      g_string_append_printf (text, "%" G_GUINT64_FORMAT, word);
      break;
    case FLATLINE_NUMPY_FLOAT:
      append_float (text, read_float (bytes, width), width, TRUE, by_precision);
      break;
    case FLATLINE_NUMPY_COMPLEX:
      append_complex (text, bytes, width / 2, by_precision);
      break;
    }
}

/* Rounds towards the past, so that what is left over is never negative. */
static gint64
divide (gint64 value, gint64 by, gint64 *rest)
{
  gint64 whole = value / by;

  *rest = value % by;
  if (*rest < 0)
    {
      *rest += by;
      whole--;
    }
  return whole;
}

/* Days since 1970 to a date of the proleptic Gregorian calendar: counted in years that begin in March. */
static void
append_day (GString *text, gint64 days)
{
  gint64 day_of_era, era = divide (days + 719468, 146097, &day_of_era);
  gint64 year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  gint64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  gint64 month = (5 * day_of_year + 2) / 153;
  gint64 day = day_of_year - (153 * month + 2) / 5 + 1;
  gint64 year = year_of_era + era * 400 + (month >= 10);

  g_string_append_printf (text, "%04" G_GINT64_FORMAT "-%02" G_GINT64_FORMAT "-%02" G_GINT64_FORMAT, year,
                          month < 10 ? month + 3 : month - 9, day);
}

gboolean
flatline_numpy_date_append (GString *text, gint64 value, const char *unit)
{
  static const struct
  {
    const char *unit;
    gint64 a_second;
    int digits;
  } fractions[] = { { "s", 1, 0 },
                    { "ms", 1000, 3 },
                    { "us", US_A_SECOND, 6 },
                    { "ns", 1000 * US_A_SECOND, 9 },
                    { "ps", US_A_SECOND * US_A_SECOND, 12 } };
  gint64 days, rest = 0;

  /* So many years or days are beyond all calendars. */
  if (strchr ("YMWD", *unit) && (value > G_MAXINT64 / 16 || value < G_MININT64 / 16))
    return FALSE;
  if (strcmp (unit, "Y") == 0)
    g_string_append_printf (text, "%04" G_GINT64_FORMAT, value + 1970);
  else if (strcmp (unit, "M") == 0)
    {
      days = divide (value, 12, &rest);
      g_string_append_printf (text, "%04" G_GINT64_FORMAT "-%02" G_GINT64_FORMAT, days + 1970, rest + 1);
    }
  else if (strcmp (unit, "W") == 0 || strcmp (unit, "D") == 0)
    append_day (text, strcmp (unit, "W") == 0 ? value * 7 : value);
  else if (strcmp (unit, "h") == 0 || strcmp (unit, "m") == 0)
    {
      const gboolean minutes = *unit == 'm';

      days = divide (value, minutes ? 1440 : 24, &rest);
      append_day (text, days);
      g_string_append_printf (text, "T%02d", (int)(minutes ? rest / 60 : rest));
      if (minutes)
        g_string_append_printf (text, ":%02d", (int)(rest % 60));
    }
  else
    {
      for (guint i = 0; i < G_N_ELEMENTS (fractions); i++)
        if (strcmp (unit, fractions[i].unit) == 0)
          {
            gint64 fraction, second;

            days = divide (divide (value, fractions[i].a_second, &fraction), SECONDS_A_DAY, &second);
            append_day (text, days);
            g_string_append_printf (text, "T%02d:%02d:%02d", (int)(second / 3600), (int)(second / 60 % 60),
                                    (int)(second % 60));
            if (fractions[i].digits > 0)
              g_string_append_printf (text, ".%0*" G_GINT64_FORMAT, fractions[i].digits, fraction);
            return TRUE;
          }
      return FALSE;
    }
  return TRUE;
}
