/* SPDX-License-Identifier: MIT */
/*
 * Timestamp and Timedelta of pandas (pandas/_libs/tslibs): objects of the datetime module, and behind what those have,
 * and a word of Cython's, the value as a number, of UTC, with its nanoseconds.
 */
#include "flatline-pandas-private.h"

#include "flatline-text-fields.h"

#include <string.h>

#define JULIAN_OF_EPOCH 719163 /* as GDate counts */
#define LAST_JULIAN     3652059
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

/* datetime.timezone: offset, name. FALSE: it is none. */
static gboolean
read_fixed_zone (FlatlineTextWriter *self, guint64 zone, gint64 *offset_us, guint64 *name)
{
  const FlatlineTypeInfo *type = flatline_text_type_of (self, zone);
  const guint64 at = flatline_text_fields_of (self, zone);
  gint32 fields[3] = { 0 }; /* of a timedelta: days, seconds, microseconds */

  if (!type || strcmp (type->full_name, "datetime.timezone") != 0
      || !flatline_memory_read (self->target->memory,
                                flatline_text_fields_of (self, flatline_text_read_pointer (self, at)) + 8, fields,
                                sizeof fields)
      || ABS ((gint64)fields[0]) > 1)
    return FALSE;
  *offset_us = fields[0] * US_OF_DAY + fields[1] * (gint64)G_USEC_PER_SEC + fields[2];
  *name = flatline_text_read_pointer (self, at + 8);
  return TRUE;
}

/* The name of a zone of the tz database that an object of zoneinfo or pytz stands for, "UTC", or what it is else. */
static char *
dup_zone_name (FlatlineTextWriter *self, guint64 zone)
{
  static const char begins[] = "zoneinfo.ZoneInfo(key='";
  const FlatlineTypeInfo *type = flatline_text_type_of (self, zone);
  g_autoptr (GString) name = g_string_new (NULL);
  gint64 offset_us;
  guint64 own_name;

  if (read_fixed_zone (self, zone, &offset_us, &own_name))
    {
      if (own_name && !flatline_text_is_none (self, own_name))
        flatline_text_append_plain (self, name, own_name);
      else if (offset_us == 0)
        g_string_assign (name, "UTC");
      else
        g_string_append_printf (name, "UTC%c%02d:%02d", offset_us < 0 ? '-' : '+',
                                (gint)(ABS (offset_us) / US_OF_MINUTE / 60),
                                (gint)(ABS (offset_us) / US_OF_MINUTE % 60));
    }
  /* A class of pytz's has its name. */
  else if (type && flatline_text_get_from_classes (self, type, "zone"))
    flatline_text_append_plain (self, name, flatline_text_get_from_classes (self, type, "zone"));
  else
    flatline_text_append_object (self, name, zone);
  if (g_str_has_prefix (name->str, begins))
    {
      g_string_truncate (name, name->len - strlen ("')"));
      g_string_erase (name, 0, (gssize)strlen (begins));
    }
  return g_string_free (g_steal_pointer (&name), FALSE);
}

static void
append_difference (GString *text, gint64 offset_us)
{
  if (offset_us % US_OF_MINUTE == 0 && ABS (offset_us) <= US_OF_DAY)
    g_string_append_printf (text, "%c%02d%02d", offset_us < 0 ? '-' : '+', (gint)(ABS (offset_us) / US_OF_MINUTE / 60),
                            (gint)(ABS (offset_us) / US_OF_MINUTE % 60));
}

/* "+0100', tz='Europe/Berlin", where the difference to UTC is known. */
static void
append_zone (FlatlineTextWriter *self, GString *text, guint64 zone, gint64 offset_us)
{
  g_autofree char *name = dup_zone_name (self, zone);

  append_difference (text, offset_us);
  g_string_append_printf (text, "', tz='%s", name);
}

/* What the name of a zone may be made of: it becomes a path of the tz database. */
static gboolean
is_zone_name (const char *name)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";

  return g_ascii_isalpha (*name) && name[strspn (name, letters)] == '\0';
}

/* The difference to UTC that the zone has at a moment, by this machine's tz database; FALSE: not known. */
static gboolean
find_difference (FlatlineTextWriter *self, guint64 object, const char *name, gint64 seconds, gint64 *offset_us)
{
  g_autoptr (GTimeZone) zone = NULL;
  guint64 own_name;

  if (read_fixed_zone (self, object, offset_us, &own_name))
    return TRUE;
  zone = is_zone_name (name) ? g_time_zone_new_identifier (name) : NULL;
  if (!zone)
    return FALSE;
  *offset_us =
      G_USEC_PER_SEC
      * (gint64)g_time_zone_get_offset (zone, g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, seconds));
  return TRUE;
}

void
flatline_pandas_append_moment (FlatlineTextWriter *self, GString *text, gint64 value, const char *unit, guint64 zone)
{
  static const char *const units[] = { "s", "ms", "us" };
  g_autofree char *name = dup_zone_name (self, zone);
  guint64 number = 0;
  gint64 us, offset_us, day;
  g_autoptr (GDate) date = NULL;

  if (value == G_MININT64)
    {
      g_string_append (text, "NaT");
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_strcmp0 (unit, units[i]) == 0)
      number = UNIT_SECONDS + i;
  us = get_microseconds (value, number);
  if (!find_difference (self, zone, name, us / G_USEC_PER_SEC - (us % G_USEC_PER_SEC < 0), &offset_us)
      || __builtin_add_overflow (us, offset_us, &us))
    {
      g_string_append (text, "…");
      return;
    }
  day = us / US_OF_DAY - (us % US_OF_DAY < 0) + JULIAN_OF_EPOCH;
  if (day < 1 || day > LAST_JULIAN)
    {
      g_string_append (text, "…");
      return;
    }
  date = g_date_new_julian ((guint32)day);
  g_string_append_printf (text, "Timestamp('%04d-%02d-%02d ", g_date_get_year (date), g_date_get_month (date),
                          g_date_get_day (date));
  append_clock (text, (us % US_OF_DAY + US_OF_DAY) % US_OF_DAY, number == 0 ? (gint)((value % 1000 + 1000) % 1000) : 0);
  append_difference (text, offset_us);
  g_string_append_printf (text, "', tz='%s')", name);
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
