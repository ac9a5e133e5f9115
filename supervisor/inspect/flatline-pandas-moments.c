/* SPDX-License-Identifier: MIT */
/*
 * Timestamp and Timedelta of pandas (pandas/_libs/tslibs): objects of the datetime module, and behind what those have,
 * and a word of Cython's, the value as a number, of UTC, with its nanoseconds.
 */
#include "flatline-pandas.h"

#include "flatline-text-fields.h"

#include <string.h>

#define JULIAN_OF_EPOCH 719163 /* as GDate counts */
#define UNIT_SECONDS    7
#define US_OF_MINUTE    G_GINT64_CONSTANT (60000000)
#define NOT_KNOWN       G_MAXINT64
#define US_OF_DAY       (G_GINT64_CONSTANT (86400) * 1000000)

/* Rounds towards the past. */
static gint64
get_thousands (gint64 value)
{
  return value / 1000 - (value % 1000 < 0);
}

/* @value in nanoseconds, of which the microseconds are known; how many there are besides, 0 when it is of another unit.
 */
static gint
get_nanoseconds (gint64 value, gint64 microseconds)
{
  const gint64 rest = (value % 1000 + 1000) % 1000;

  return get_thousands (value) == microseconds ? (gint)rest : 0;
}

static void
append_clock (GString *text, gint64 us_of_day, gint nanoseconds)
{
  const gint64 seconds = us_of_day / 1000000;
  const gint us = (gint)(us_of_day % 1000000);

  g_string_append_printf (text, "%02d:%02d:%02d", (gint)(seconds / 3600), (gint)(seconds / 60 % 60),
                          (gint)(seconds % 60));
  if (nanoseconds > 0)
    g_string_append_printf (text, ".%06d%03d", us, nanoseconds);
  else if (us > 0)
    g_string_append_printf (text, ".%06d", us);
}

/* @value, so many units since 1970 (NPY_DATETIMEUNIT from seconds on), as microseconds; before pandas 2 they are ns. */
static gint64
get_microseconds (gint64 value, guint64 unit)
{
  static const gint64 factors[] = { 1000000, 1000, 1 };
  gint64 product;

  if (unit >= UNIT_SECONDS && unit < UNIT_SECONDS + G_N_ELEMENTS (factors))
    return __builtin_mul_overflow (value, factors[unit - UNIT_SECONDS], &product) ? 0 : product;
  return get_thousands (value);
}

/* "+0100', tz='Europe/Berlin", where the difference to UTC is known. */
static void
append_zone (FlatlineTextWriter *self, GString *text, guint64 zone, gint64 offset_us)
{
  static const char begins[] = "zoneinfo.ZoneInfo(key='";
  const FlatlineTypeInfo *type = flatline_text_type_of (self, zone);
  g_autoptr (GString) name = g_string_new (NULL);

  if (offset_us % US_OF_MINUTE == 0 && ABS (offset_us) <= US_OF_DAY)
    g_string_append_printf (text, "%c%02d%02d", offset_us < 0 ? '-' : '+', (gint)(ABS (offset_us) / US_OF_MINUTE / 60),
                            (gint)(ABS (offset_us) / US_OF_MINUTE % 60));
  /* A class of pytz's has its name. */
  if (type && flatline_text_get_from_classes (self, type, "zone"))
    flatline_text_append_plain (self, name, flatline_text_get_from_classes (self, type, "zone"));
  else
    flatline_text_append_object (self, name, zone);
  if (g_str_has_prefix (name->str, begins))
    {
      g_string_truncate (name, name->len - strlen ("')"));
      g_string_erase (name, 0, (gssize)strlen (begins));
    }
  else if (strcmp (name->str, "datetime.timezone.utc") == 0)
    g_string_assign (name, "UTC");
  g_string_append_printf (text, "', tz='%s", name->str);
}

/* datetime.datetime: hash, whether there is a zone, year (2 bytes), month, day, hour, minute, second, us (3), zone. */
void
flatline_pandas_append_timestamp (FlatlineTextWriter *self,
                                  GString *text,
                                  guint64 address,
                                  const FlatlineTypeInfo *type)
{
  const guint64 at = flatline_text_fields_of (self, address);
  const guint64 nanoseconds = flatline_text_read_pointer (self, at + 48);
  g_autoptr (GDate) date = NULL;
  guint8 fields[11] = { 0 };
  gint64 us_of_day, offset_us;
  gint year;

  flatline_memory_read (self->target->memory, at + 8, fields, sizeof fields);
  year = fields[1] << 8 | fields[2];
  if (!g_date_valid_dmy (fields[4], fields[3], (GDateYear)year))
    {
      g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
      return;
    }
  date = g_date_new_dmy (fields[4], fields[3], (GDateYear)year);
  us_of_day = ((fields[5] * 60 + fields[6]) * G_GINT64_CONSTANT (60) + fields[7]) * 1000000
              + (fields[8] << 16 | fields[9] << 8 | fields[10]);
  g_string_append_printf (text, "Timestamp('%04d-%02d-%02d ", year, fields[3], fields[4]);
  append_clock (text, us_of_day, nanoseconds < 1000 ? (gint)nanoseconds : 0);
  /* What is kept besides is of UTC: the difference is the zone's. */
  if (fields[0] != 0)
    {
      const gint64 us = ((gint64)g_date_get_julian (date) - JULIAN_OF_EPOCH) * US_OF_DAY + us_of_day;
      const gint64 us_of_utc = get_microseconds ((gint64)flatline_text_read_pointer (self, at + 40),
                                                 flatline_text_read_pointer (self, at + 64) & G_MAXUINT32);

      append_zone (self, text, flatline_text_read_pointer (self, at + 24),
                   __builtin_sub_overflow (us, us_of_utc, &offset_us) ? NOT_KNOWN : offset_us);
    }
  g_string_append (text, "')");
}

/* datetime.timedelta: hash, days, seconds, microseconds. */
void
flatline_pandas_append_timedelta (FlatlineTextWriter *self,
                                  GString *text,
                                  guint64 address,
                                  const FlatlineTypeInfo *type)
{
  const guint64 at = flatline_text_fields_of (self, address);
  gint32 fields[3] = { 0 };
  gint64 us_of_day, us;

  flatline_memory_read (self->target->memory, at + 8, fields, sizeof fields);
  us_of_day = fields[1] * G_GINT64_CONSTANT (1000000) + fields[2];
  g_string_append_printf (text, "Timedelta('%d days %s", fields[0], fields[0] < 0 ? "+" : "");
  /* A number of nanoseconds has no more days than fit. */
  if (__builtin_mul_overflow (fields[0], US_OF_DAY, &us) || __builtin_add_overflow (us, us_of_day, &us))
    append_clock (text, us_of_day, 0);
  else
    append_clock (text, us_of_day, get_nanoseconds ((gint64)flatline_text_read_pointer (self, at + 32), us));
  g_string_append (text, "')");
}
