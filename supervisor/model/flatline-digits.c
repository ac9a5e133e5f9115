/* SPDX-License-Identifier: MIT */
/* Digits are written from the last to the first, at the end of a buffer that holds the longest number. */
#include "flatline-digits.h"

#define MAX_DIGITS 24

void
flatline_append_decimal (GString *text, gint64 number)
{
  guint64 rest = number < 0 ? -(guint64)number : (guint64)number;
  char digits[MAX_DIGITS];
  guint at = MAX_DIGITS;

  do
    {
      digits[--at] = (char)('0' + rest % 10);
      rest /= 10;
    }
  while (rest > 0);
  if (number < 0)
    digits[--at] = '-';
  g_string_append_len (text, digits + at, MAX_DIGITS - at);
}

void
flatline_append_hexadecimal (GString *text, guint64 number)
{
  char digits[MAX_DIGITS];
  guint at = MAX_DIGITS;

  do
    {
      digits[--at] = "0123456789abcdef"[number % 16];
      number /= 16;
    }
  while (number > 0);
  g_string_append_len (text, digits + at, MAX_DIGITS - at);
}
