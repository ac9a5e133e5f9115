/* SPDX-License-Identifier: MIT */
/*
 * Periods and intervals of pandas (pandas/_libs/tslibs/period.pyx, dtypes.pyx, pandas/_libs/interval.pyx): a period is
 * a number, and its dtype tells by a code what is counted since 1970, and how many of them make one.
 */
#include "flatline-pandas-private.h"

#include "flatline-text-fields.h"

#include <string.h>

#define JULIAN_OF_EPOCH 719163 /* as GDate counts */
#define LAST_JULIAN     3652059
#define DTYPE_BYTES     40 /* of one that tells how many make one, from pandas 2.2 on */
#define SECONDS_OF_DAY  G_GINT64_CONSTANT (86400)

/* The thousands of a code (enum PeriodDtypeCode); what is less tells where a year or a week ends. */
enum
{
  YEARS = 1,
  QUARTERS,
  MONTHS,
  WEEKS,
  WORKDAYS,
  DAYS,
  HOURS,
  MINUTES,
  SECONDS,
  MILLISECONDS,
  MICROSECONDS,
  NANOSECONDS,
};

static gint64
divide_down (gint64 number, gint64 by, gint64 *rest)
{
  *rest = (number % by + by) % by;
  return number / by - (number % by < 0);
}

static void
append_day (GString *text, gint64 day)
{
  g_autoptr (GDate) date = NULL;

  if (day <= -JULIAN_OF_EPOCH || day > LAST_JULIAN - JULIAN_OF_EPOCH)
    {
      g_string_append_c (text, '?');
      return;
    }
  date = g_date_new_julian ((guint32)(day + JULIAN_OF_EPOCH));
  g_string_append_printf (text, "%04d-%02d-%02d", g_date_get_year (date), g_date_get_month (date),
                          g_date_get_day (date));
}

/* @per_second of them make a second, or @seconds seconds make one. */
static void
append_moment (GString *text, gint64 ordinal, guint group)
{
  static const gint64 seconds_of[] = { 3600, 60, 1 };
  static const gint64 per_second[] = { 1000, 1000000, 1000000000 };
  static const int digits[] = { 3, 6, 9 };
  const gint64 per_day =
      group <= SECONDS ? SECONDS_OF_DAY / seconds_of[group - HOURS] : SECONDS_OF_DAY * per_second[group - MILLISECONDS];
  gint64 rest, fraction = 0, second;

  append_day (text, divide_down (ordinal, per_day, &rest));
  second = group <= SECONDS ? rest * seconds_of[group - HOURS]
                            : divide_down (rest, per_second[group - MILLISECONDS], &fraction);
  g_string_append_printf (text, " %02d:%02d", (int)(second / 3600), (int)(second / 60 % 60));
  if (group >= SECONDS)
    g_string_append_printf (text, ":%02d", (int)(second % 60));
  if (group > SECONDS)
    g_string_append_printf (text, ".%0*" G_GINT64_FORMAT, digits[group - MILLISECONDS], fraction);
}

static void
append_begin (GString *text, gint64 ordinal, guint group, guint ending)
{
  gint64 rest, count;

  switch (group)
    {
    case YEARS:
      g_string_append_printf (text, "%" G_GINT64_FORMAT, ordinal + 1970);
      break;
    case QUARTERS:
      count = divide_down (ordinal, 4, &rest);
      g_string_append_printf (text, "%" G_GINT64_FORMAT "Q%d", count + 1970, (int)rest + 1);
      break;
    case MONTHS:
      count = divide_down (ordinal, 12, &rest);
      g_string_append_printf (text, "%" G_GINT64_FORMAT "-%02d", count + 1970, (int)rest + 1);
      break;
    case WEEKS:
      /* The first one is that of 1970-01-01, a Thursday. */
      append_day (text, ordinal * 7 + (gint64)ending - 10);
      g_string_append_c (text, '/');
      append_day (text, ordinal * 7 + (gint64)ending - 4);
      break;
    case WORKDAYS:
      count = divide_down (ordinal + 3, 5, &rest);
      append_day (text, count * 7 + rest - 3);
      break;
    case DAYS:
      append_day (text, ordinal);
      break;
    default:
      append_moment (text, ordinal, group);
    }
}

/* "2M", "W-SUN" */
static void
append_frequency (GString *text, guint group, guint ending, gint64 n)
{
  static const char *const names[] = { "Y-", "Q-", "M", "W-", "B", "D", "h", "min", "s", "ms", "us", "ns" };
  static const char *const months[] = { "DEC", "JAN", "FEB", "MAR", "APR", "MAY",
                                        "JUN", "JUL", "AUG", "SEP", "OCT", "NOV" };
  static const char *const days[] = { "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT" };

  if (n != 1)
    g_string_append_printf (text, "%" G_GINT64_FORMAT, n);
  g_string_append (text, names[group - YEARS]);
  if (group <= QUARTERS)
    g_string_append (text, months[ending % G_N_ELEMENTS (months)]);
  else if (group == WEEKS)
    g_string_append (text, days[ending % G_N_ELEMENTS (days)]);
}

static const FlatlineTypeInfo *
find_dtype_base (FlatlineTextWriter *self, guint64 dtype)
{
  const FlatlineTypeInfo *type = dtype != 0 && dtype % 8 == 0 ? flatline_text_type_of (self, dtype) : NULL;

  return type ? flatline_type_cache_find_base (self->types, type, "pandas._libs.tslibs.dtypes.PeriodDtypeBase") : NULL;
}

void
flatline_pandas_append_period_at (FlatlineTextWriter *self, GString *text, gint64 ordinal, guint64 dtype)
{
  /* PeriodDtypeBase: functions of C, code, how many. */
  const guint64 body = flatline_text_fields_of (self, dtype);
  const guint32 code = (guint32)flatline_text_read_pointer (self, body + 8);
  const FlatlineTypeInfo *base = find_dtype_base (self, dtype);
  const gint64 n = base && base->basic_size >= DTYPE_BYTES ? (gint64)flatline_text_read_pointer (self, body + 16) : 1;
  const guint group = code / 1000, ending = code % 1000;

  if (ordinal == G_MININT64)
    g_string_append (text, "NaT");
  /* More than these make no date of four digits. */
  else if (group < YEARS || group > NANOSECONDS || ending > 11 || (group <= DAYS && ABS (ordinal) > 4000000))
    g_string_append (text, "…");
  else
    {
      g_string_append (text, "Period('");
      append_begin (text, ordinal, group, ending);
      g_string_append (text, "', '");
      append_frequency (text, group, ending, n);
      g_string_append (text, "')");
    }
}

/* From pandas 2.2 on functions of C; number, dtype. */
void
flatline_pandas_append_period (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 body = flatline_text_fields_of (self, address);
  const guint64 at = find_dtype_base (self, flatline_text_read_pointer (self, body + 16)) ? body + 8 : body;

  flatline_pandas_append_period_at (self, text, (gint64)flatline_text_read_pointer (self, at),
                                    flatline_text_read_pointer (self, at + 8));
}

/* As str() has it, where that is without the class: numbers of numpy, timestamps without a zone. */
static void
append_bound (FlatlineTextWriter *self, GString *text, guint64 bound)
{
  static const char *const classes[] = { "np.", "Timestamp(" };
  g_autoptr (GString) whole = g_string_new (NULL);
  const char *open;

  flatline_text_append_object (self, whole, bound);
  open = strchr (whole->str, '(');
  for (guint i = 0; open && i < G_N_ELEMENTS (classes); i++)
    if (g_str_has_prefix (whole->str, classes[i]) && g_str_has_suffix (whole->str, ")")
        && !strstr (whole->str, ", tz="))
      {
        const guint quote = open[1] == '\'';

        g_string_append_len (text, open + 1 + quote, (gssize)strlen (open + 1 + quote) - 1 - (gssize)quote);
        return;
      }
  g_string_append (text, whole->str);
}

/* Left, right, closed. */
void
flatline_pandas_append_interval (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  static const char *const before[] = { "(", ", ", ", closed=" };
  const guint64 body = flatline_text_fields_of (self, address);

  g_string_append (text, flatline_text_short_name (type));
  for (guint i = 0; i < G_N_ELEMENTS (before); i++)
    {
      g_string_append (text, before[i]);
      append_bound (self, text, flatline_text_read_pointer (self, body + i * 8));
    }
  g_string_append_c (text, ')');
}
