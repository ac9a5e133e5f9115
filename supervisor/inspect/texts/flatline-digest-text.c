/* SPDX-License-Identifier: MIT */
/*
 * The hashes of hashlib (Modules/_hashopenssl.c). OpenSSL knows an algorithm by a number, which comes first in its
 * EVP_MD; a pointer to that comes first in the state of a hash (crypto/evp/evp_local.h) and of an HMAC.
 */
#include "flatline-library-text-private.h"
#include "flatline-text-fields.h"

#include <string.h>

/* Include/openssl/obj_mac.h, and as Python calls them. */
static const struct
{
  gint32 number;
  const char *name;
} algorithms[] = {
  { 4, "md5" },          { 64, "sha1" },        { 675, "sha224" },      { 672, "sha256" },
  { 673, "sha384" },     { 674, "sha512" },     { 1094, "sha512_224" }, { 1095, "sha512_256" },
  { 1096, "sha3_224" },  { 1097, "sha3_256" },  { 1098, "sha3_384" },   { 1099, "sha3_512" },
  { 1100, "shake_128" }, { 1101, "shake_256" }, { 1056, "blake2b" },    { 1057, "blake2s" },
};

/* "<sha256 _hashlib.HASH object @ 0x…>" */
void
flatline_library_append_digest (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const gboolean is_keyed = strcmp (type->full_name, "_hashlib.HMAC") == 0;
  const gboolean comes_second = self->target->layout.version >= 0x030f;
  const guint64 fields = flatline_text_fields_of (self, address);
  gint32 number = 0;

  /* From 3.15 on an HMAC has the number itself, behind its state. */
  if (is_keyed && comes_second)
    flatline_memory_read_i32 (self->target->memory, fields + 16, &number);
  else
    {
      const guint64 state = flatline_text_read_pointer (self, fields + (comes_second ? 8 : 0));

      flatline_memory_read_i32 (self->target->memory, flatline_text_read_pointer (self, state), &number);
    }
  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
    if (algorithms[i].number == number)
      {
        g_string_append_printf (text, "<%s %s object @ 0x%" G_GINT64_MODIFIER "x>", algorithms[i].name,
                                is_keyed ? "HMAC" : type->full_name, address);
        return;
      }
  g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
}
