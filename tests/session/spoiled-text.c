/* SPDX-License-Identifier: MIT */
#include "spoiled-text.h"

/* The number at @at or after it becomes another. */
static void
spoil_number (GRand *random, GString *text, gsize at)
{
  static const char *const numbers[] = { "",
                                         "0",
                                         "-1",
                                         "1",
                                         "9223372036854775807",
                                         "-9223372036854775808",
                                         "18446744073709551615",
                                         "99999999999999999999999999",
                                         "4294967295",
                                         "2147483648",
                                         "ffffffffffffffff",
                                         "7ffffffff000" };
  gsize end;

  while (at < text->len && !g_ascii_isxdigit (text->str[at]))
    at++;
  for (end = at; end < text->len && g_ascii_isxdigit (text->str[end]);)
    end++;
  g_string_erase (text, (gssize)at, (gssize)(end - at));
  g_string_insert (text, (gssize)at, numbers[g_rand_int_range (random, 0, G_N_ELEMENTS (numbers))]);
}

static void
insert_bytes (GRand *random, GString *text, gsize at)
{
  static const char *const bytes[] = { " ", "\n", ")", "(", ":", "->", "\xff\xfe", "\xc3", "%s%n", "\\777", "\t", "/" };

  g_string_insert (text, (gssize)at, bytes[g_rand_int_range (random, 0, G_N_ELEMENTS (bytes))]);
}

/* A piece of the text comes again, so often that no buffer for it is large enough. */
static void
repeat (GRand *random, GString *text, gsize at)
{
  const gsize wanted = (gsize)g_rand_int_range (random, 1, 200);
  g_autofree char *piece = g_strndup (text->str + at, MIN (wanted, text->len - at));
  const guint times = (guint)g_rand_int_range (random, 1, 1000);

  for (guint i = 0; i < times; i++)
    g_string_insert (text, (gssize)at, piece);
}

static void
leave_out (GRand *random, GString *text, gsize at)
{
  const gsize wanted = (gsize)g_rand_int_range (random, 1, 80);

  g_string_erase (text, (gssize)at, (gssize)MIN (wanted, text->len - at));
}

static void
spoil_once (GRand *random, GString *text)
{
  const gsize at = text->len ? (gsize)g_rand_int_range (random, 0, (gint32)text->len) : 0;

  switch (text->len ? g_rand_int_range (random, 0, 10) : 8)
    {
    case 0:
      g_string_truncate (text, at);
      break;
    case 1:
      leave_out (random, text, at);
      break;
    case 2:
      text->str[at] = (char)g_rand_int (random);
      break;
    case 3:
      text->str[at] = '\0';
      break;
    case 4:
      repeat (random, text, at);
      break;
    case 5:
      g_string_truncate (text, 0);
      break;
    case 6:
    case 7:
      spoil_number (random, text, at);
      break;
    default:
      insert_bytes (random, text, at);
      break;
    }
}

void
spoil_text (GRand *random, GString *text)
{
  const guint times = (guint)g_rand_int_range (random, 1, 6);

  for (guint i = 0; i < times; i++)
    spoil_once (random, text);
}
