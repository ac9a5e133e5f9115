/* SPDX-License-Identifier: MIT */
/* See flatline-string-hash.h. SipHash is that of Aumasson and Bernstein, “SipHash: a fast short-input PRF” (2012). */
#include "flatline-string-hash.h"

#include "flatline-strings.h"

#include <string.h>

#define MAX_KNOWN 64 /* characters */

static guint64
rotate (guint64 word, guint by)
{
  return word << by | word >> (64 - by);
}

static void
mix (guint64 v[4], guint n_rounds)
{
  for (guint i = 0; i < n_rounds; i++)
    {
      v[0] += v[1];
      v[2] += v[3];
      v[1] = rotate (v[1], 13) ^ v[0];
      v[3] = rotate (v[3], 16) ^ v[2];
      v[0] = rotate (v[0], 32) + v[3];
      v[2] += v[1];
      v[3] = rotate (v[3], 21) ^ v[0];
      v[1] = rotate (v[1], 17) ^ v[2];
      v[2] = rotate (v[2], 32);
    }
}

/* @n_rounds a word, two more in the end than that doubled: 1-3, 2-4. */
static guint64
compute (const guint64 secret[2], guint n_rounds, const char *text, gsize length)
{
  guint64 v[4] = { secret[0] ^ G_GUINT64_CONSTANT (0x736f6d6570736575),
                   secret[1] ^ G_GUINT64_CONSTANT (0x646f72616e646f6d),
                   secret[0] ^ G_GUINT64_CONSTANT (0x6c7967656e657261),
                   secret[1] ^ G_GUINT64_CONSTANT (0x7465646279746573) };
  guint64 hash;

  for (gsize at = 0; at <= length; at += sizeof (guint64))
    {
      const gsize n = MIN (length - at, sizeof (guint64));
      guint64 word = 0;

      memcpy (&word, text + at, n);
      if (n < sizeof word)
        word |= (guint64)length << 56;
      v[3] ^= word;
      mix (v, n_rounds);
      v[0] ^= word;
    }
  v[2] ^= 0xff;
  mix (v, n_rounds + 2);
  hash = v[0] ^ v[1] ^ v[2] ^ v[3];
  /* -1 means an error there. */
  return hash == G_MAXUINT64 ? G_MAXUINT64 - 1 : hash;
}

/* How many rounds give @known the hash that it has; 0: none. */
static guint
find_rounds (FlatlineTarget *target, guint64 known)
{
  FlatlineStringView view;
  char text[MAX_KNOWN];
  guint64 hash;

  /* A str keeps its hash behind its length (PyASCIIObject). */
  if (!flatline_memory_read (target->memory, target->hash_secret_address, target->hash_secret,
                             sizeof target->hash_secret)
      || !flatline_string_view (target, known, &view) || view.kind != 1 || view.length < 1
      || view.length > (gint64)sizeof text
      || !flatline_memory_read (target->memory, view.data, text, (gsize)view.length)
      || !flatline_memory_read_u64 (target->memory, known + (guint64)target->layout.str_length + 8, &hash))
    return 0;
  for (guint n_rounds = 1; n_rounds <= 2; n_rounds++)
    if (compute (target->hash_secret, n_rounds, text, (gsize)view.length) == hash)
      return n_rounds;
  return 0;
}

gboolean
flatline_string_hash (FlatlineTarget *target, const char *text, guint64 known, guint64 *hash)
{
  if (target->hash_secret_address != 0 && target->hash_rounds == 0)
    {
      target->hash_rounds = find_rounds (target, known);
      if (target->hash_rounds == 0)
        target->hash_secret_address = 0;
    }
  if (target->hash_secret_address == 0)
    return FALSE;
  *hash = compute (target->hash_secret, target->hash_rounds, text, strlen (text));
  return TRUE;
}
