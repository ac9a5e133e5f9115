/* SPDX-License-Identifier: MIT */
/*
 * date, time, datetime, timedelta, timezone: Include/datetime.h (after the head a hash and whether there is a tzinfo,
 * then the packed fields). Decimal: Modules/_decimal, a hash and a libmpdec number; its text is the one of the decimal
 * arithmetic specification, "to-scientific-string".
 */
#include "flatline-date-text.h"

#include <string.h>

#define MAX_WORDS     64 /* of 19 digits */
#define DECIMAL_MINUS 1  /* MPD_NEG and the like: Modules/_decimal/libmpdec/mpdecimal.h */
#define DECIMAL_INF   2
#define DECIMAL_NAN   4
#define DECIMAL_SNAN  8
#define MAX_ZEROS     6 /* of a number below 1 that is written without an exponent */

/* Everything after the object's head and the hash. */
static gboolean
read_fields (FlatlineTextWriter *self, guint64 address, gpointer fields, gsize size)
{
  return flatline_memory_read (self->target->memory, address + self->target->layout.object_type + 16, fields, size);
}

static guint
year_of (const guint8 *data)
{
  return (guint)data[0] << 8 | data[1];
}

static guint
microseconds_of (const guint8 *data)
{
  return (guint)data[0] << 16 | (guint)data[1] << 8 | data[2];
}

/* ", 3, 4" for seconds and microseconds, as far as they are not 0; @data points to the seconds. */
static void
append_seconds (GString *text, const guint8 *data)
{
  const guint microseconds = microseconds_of (data + 1);

  if (data[0] != 0 || microseconds != 0)
    g_string_append_printf (text, ", %u", data[0]);
  if (microseconds != 0)
    g_string_append_printf (text, ", %u", microseconds);
}

/* The field of a tzinfo follows the packed ones, and is there only when the object has one. */
static void
append_zone (FlatlineTextWriter *self, GString *text, guint64 address, gboolean has_zone, gsize at)
{
  guint64 zone;

  if (!has_zone
      || !flatline_memory_read_u64 (self->target->memory, address + self->target->layout.object_type + 16 + at, &zone))
    return;
  g_string_append (text, ", tzinfo=");
  flatline_text_append_object (self, text, zone);
}

static void
append_fold (GString *text, guint8 fold)
{
  if (fold != 0)
    g_string_append (text, ", fold=1");
}

void
flatline_date_text_append_date (FlatlineTextWriter *self, GString *text, guint64 address, const char *name)
{
  guint8 fields[5]; /* hastzinfo, year (2), month, day */

  read_fields (self, address, fields, sizeof fields);
  g_string_append_printf (text, "%s(%u, %u, %u)", name, year_of (fields + 1), fields[3], fields[4]);
}

void
flatline_date_text_append_time (FlatlineTextWriter *self, GString *text, guint64 address, const char *name)
{
  guint8 fields[8]; /* hastzinfo, hour, minute, second, microsecond (3), fold */

  read_fields (self, address, fields, sizeof fields);
  g_string_append_printf (text, "%s(%u, %u", name, fields[1], fields[2]);
  append_seconds (text, fields + 3);
  append_zone (self, text, address, fields[0] != 0, 8);
  append_fold (text, fields[7]);
  g_string_append_c (text, ')');
}

void
flatline_date_text_append_datetime (FlatlineTextWriter *self, GString *text, guint64 address, const char *name)
{
  guint8 fields[12]; /* hastzinfo, year (2), month, day, hour, minute, second, microsecond (3), fold */

  read_fields (self, address, fields, sizeof fields);
  g_string_append_printf (text, "%s(%u, %u, %u, %u, %u", name, year_of (fields + 1), fields[3], fields[4], fields[5],
                          fields[6]);
  append_seconds (text, fields + 7);
  append_fold (text, fields[11]);
  append_zone (self, text, address, fields[0] != 0, 16);
  g_string_append_c (text, ')');
}

void
flatline_date_text_append_timedelta (FlatlineTextWriter *self, GString *text, guint64 address, const char *name)
{
  static const char *const units[] = { "days", "seconds", "microseconds" };
  gint32 fields[3];
  const char *between = "";

  read_fields (self, address, fields, sizeof fields);
  g_string_append_printf (text, "%s(", name);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      if (fields[i] == 0)
        continue;
      g_string_append_printf (text, "%s%s=%d", between, units[i], fields[i]);
      between = ", ";
    }
  g_string_append (text, *between ? ")" : "0)");
}

void
flatline_date_text_append_timezone (FlatlineTextWriter *self, GString *text, guint64 address, const char *name)
{
  guint64 fields[2] = { 0, 0 }; /* offset, name: right after the head */
  gint32 offset[3];

  flatline_memory_read (self->target->memory, address + self->target->layout.object_type + 8, fields, sizeof fields);
  if (fields[1] == 0 && read_fields (self, fields[0], offset, sizeof offset) && !offset[0] && !offset[1] && !offset[2])
    {
      g_string_append_printf (text, "%s.utc", name);
      return;
    }
  g_string_append_printf (text, "%s(", name);
  flatline_text_append_object (self, text, fields[0]);
  if (fields[1] != 0)
    {
      g_string_append (text, ", ");
      flatline_text_append_object (self, text, fields[1]);
    }
  g_string_append_c (text, ')');
}

/* mpd_t as the object has it after its hash. */
typedef struct
{
  guint8 flags;
  gint64 exponent, n_digits, n_words, n_allocated;
  guint64 words;
} Number;

/* The digits without sign and point, at most those of MAX_WORDS; NULL when unreadable. */
static GString *
read_digits (FlatlineTextWriter *self, const Number *number)
{
  guint64 words[MAX_WORDS];
  GString *digits;

  if (number->n_words < 1 || number->n_words > MAX_WORDS
      || !flatline_memory_read (self->target->memory, number->words, words, (gsize)number->n_words * sizeof *words))
    return NULL;
  digits = g_string_new (NULL);
  for (gint64 i = number->n_words; i-- > 0;)
    g_string_append_printf (digits, i == number->n_words - 1 ? "%" G_GUINT64_FORMAT : "%019" G_GUINT64_FORMAT,
                            words[i]);
  return digits;
}

void
flatline_date_text_append_scientific (GString *text, const char *digits, gint64 exponent)
{
  const gint64 n = (gint64)strlen (digits);
  const gint64 adjusted = (gint64)((guint64)exponent + (guint64)n - 1);

  if (exponent <= 0 && adjusted >= -MAX_ZEROS)
    {
      const gint64 before_point = n + exponent;

      if (exponent == 0)
        g_string_append (text, digits);
      else if (before_point > 0)
        g_string_append_printf (text, "%.*s.%s", (int)before_point, digits, digits + before_point);
      else
        g_string_append_printf (text, "0.%.*s%s", (int)-before_point, "0000000", digits);
      return;
    }
  g_string_append_printf (text, n > 1 ? "%c.%s" : "%c%s", digits[0], digits + 1);
  g_string_append_printf (text, "E%+" G_GINT64_FORMAT, adjusted);
}

void
flatline_date_text_append_decimal (FlatlineTextWriter *self, GString *text, guint64 address)
{
  Number number = { 0 };
  g_autoptr (GString) digits = NULL;

  read_fields (self, address, &number, sizeof number);
  g_string_append (text, number.flags & DECIMAL_MINUS ? "Decimal('-" : "Decimal('");
  if (number.flags & DECIMAL_INF)
    g_string_append (text, "Infinity");
  else
    {
      digits = number.n_digits > 0 ? read_digits (self, &number) : NULL;
      if (number.flags & (DECIMAL_NAN | DECIMAL_SNAN))
        g_string_append_printf (text, "%s%s", number.flags & DECIMAL_SNAN ? "sNaN" : "NaN", digits ? digits->str : "");
      else if (digits)
        flatline_date_text_append_scientific (text, digits->str, number.exponent);
      else
        g_string_append_c (text, '?');
    }
  g_string_append (text, "')");
}
