/* SPDX-License-Identifier: MIT */
/* Addresses and networks of Lib/ipaddress.py. */
#include "flatline-library-text-private.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

#define N_GROUPS 8

/* The int at @number as @n bytes, the highest first. */
static void
read_bytes (FlatlineTextWriter *self, guint64 number, guint8 *bytes, guint n)
{
  guint64 high = 0, low = 0;

  flatline_text_read_wide (self, number, &high, &low);
  for (guint i = 0; i < n; i++)
    {
      const guint shift = 8 * (n - 1 - i);

      bytes[i] = (guint8)(shift >= 64 ? high >> (shift - 64) : low >> shift);
    }
}

/* The first of the longest runs of zeros, of two groups at least, is left out. */
static void
append_groups (GString *text, const guint16 *groups)
{
  guint best = 0, best_length = 1;

  for (guint i = 0; i < N_GROUPS; i++)
    {
      guint length = 0;

      while (i + length < N_GROUPS && groups[i + length] == 0)
        length++;
      if (length > best_length)
        {
          best = i;
          best_length = length;
        }
    }
  for (guint i = 0; i < N_GROUPS; i++)
    {
      if (best_length > 1 && i == best)
        {
          g_string_append (text, "::");
          i += best_length - 1;
          continue;
        }
      g_string_append_printf (text, i == 0 || (best_length > 1 && i == best + best_length) ? "%x" : ":%x", groups[i]);
    }
}

static gboolean
is_version_4 (FlatlineTextWriter *self, const FlatlineTypeInfo *type)
{
  return flatline_type_cache_find_base (self->types, type, "ipaddress._BaseV4") != NULL;
}

static void
append_host (FlatlineTextWriter *self, GString *text, guint64 address)
{
  const guint64 number = flatline_text_get (self, address, "_ip");
  const FlatlineTypeInfo *type = flatline_text_type_of (self, address);
  g_autofree char *scope = flatline_text_get_string (self, address, "_scope_id");
  guint8 bytes[2 * N_GROUPS];
  guint16 groups[N_GROUPS];

  if (!type || !number)
    {
      g_string_append_c (text, '?');
      return;
    }
  if (is_version_4 (self, type))
    {
      read_bytes (self, number, bytes, 4);
      g_string_append_printf (text, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
      return;
    }
  read_bytes (self, number, bytes, sizeof bytes);
  for (guint i = 0; i < N_GROUPS; i++)
    groups[i] = (guint16)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  /* From 3.13 on what stands for an address of version 4 looks like it. */
  if (self->target->layout.version >= 0x030d && groups[5] == 0xffff
      && memcmp (groups, (const guint16[5]){ 0 }, sizeof (guint16[5])) == 0)
    g_string_append_printf (text, "::ffff:%u.%u.%u.%u", bytes[12], bytes[13], bytes[14], bytes[15]);
  else
    append_groups (text, groups);
  if (scope)
    g_string_append_printf (text, "%%%s", scope);
}

void
flatline_library_append_ip_address (FlatlineTextWriter *self,
                                    GString *text,
                                    guint64 address,
                                    const FlatlineTypeInfo *type)
{
  const guint64 network = flatline_text_get (self, address, "network_address");

  g_string_append_printf (text, "%s('", flatline_text_short_name (type));
  append_host (self, text, network ? network : address);
  if (flatline_text_get (self, address, "_prefixlen"))
    g_string_append_printf (text, "/%" G_GUINT64_FORMAT, flatline_text_get_number (self, address, "_prefixlen"));
  g_string_append (text, "')");
}
