/* SPDX-License-Identifier: MIT */
/*
 * The dicts of the package multidict, in which a key may come more than once: headers and forms of aiohttp and others.
 * Where an object has its table, and what an entry of it looks like, was changed with several releases; it is found by
 * what it has to look like (multidict/_multilib/dict.h, htkeys.h; before 6.5 pair_list.h). What is no table of a known
 * kind is not guessed at.
 */
#include "flatline-library-text-private.h"
#include "flatline-text-fields.h"

#include <string.h>

#define DICT         "multidict._multidict.MultiDict"
#define N_FIELDS     10
#define MAX_ENTRIES  (1 << 28)
#define N_PROBES     32
#define FIRST_MAPPED 0x10000 /* below it Linux maps nothing */

typedef struct
{
  guint64 entries;
  guint64 n; /* those that were deleted have no key */
  guint size, key, value, identity, hash;
} Table;

/* Of a table of hashes: what its head takes, and its entries; those that are compact have no identity and hash. */
static const struct
{
  gboolean is_compact;
  guint head, size, key, value, identity, hash;
} kinds[] = {
  { FALSE, 24, 32, 16, 24, 8, 0 }, /* 6.5 */
  { FALSE, 32, 32, 16, 24, 8, 0 }, /* 7.0 */
  { FALSE, 48, 32, 16, 24, 8, 0 }, /* without a GIL */
  { FALSE, 32, 32, 0, 8, 16, 24 }, /* 7.1 */
  { FALSE, 48, 32, 0, 8, 16, 24 }, { TRUE, 32, 16, 0, 8, 0, 0 }, { TRUE, 48, 16, 0, 8, 0, 0 },
};

static gboolean
is_string (FlatlineTextWriter *self, guint64 object)
{
  const FlatlineTypeInfo *type = flatline_text_type_of (self, object);

  return type && type->family == FLATLINE_FAMILY_STR;
}

/* The hash of an identity, a str, is the one that it keeps itself. */
static gboolean
is_entry (FlatlineTextWriter *self, const Table *table, guint64 entry)
{
  const guint64 identity = flatline_text_read_pointer (self, entry + table->identity);

  return is_string (self, flatline_text_read_pointer (self, entry + table->key))
         && flatline_text_type_of (self, flatline_text_read_pointer (self, entry + table->value))
         && (table->identity == table->hash
             || (is_string (self, identity)
                 && flatline_text_read_pointer (self, entry + table->hash)
                        == flatline_text_read_pointer (self, flatline_text_fields_of (self, identity) + 8)));
}

static gboolean
is_table (FlatlineTextWriter *self, const Table *table)
{
  gboolean has_entry = FALSE;

  for (guint64 i = 0; i < MIN (table->n, N_PROBES); i++)
    {
      const guint64 entry = table->entries + i * table->size;
      const guint64 key = flatline_text_read_pointer (self, entry + table->key);

      if (key != 0 && !is_entry (self, table, entry))
        return FALSE;
      has_entry |= key != 0;
    }
  return has_entry || table->n == 0;
}

static guint
index_size_log2 (guint log2_size)
{
  return log2_size < 8 ? log2_size : log2_size + (log2_size < 16 ? 1 : log2_size < 32 ? 2 : 3);
}

/* Its head has the size, the size of its index, of which kind it is; how many entries are free, how many are used. */
static gboolean
read_hash_table (FlatlineTextWriter *self, guint64 address, Table *table)
{
  guint8 sizes[3];
  guint64 usable;

  if (address % 8 != 0 || !flatline_memory_read (self->target->memory, address, sizes, sizeof sizes))
    return FALSE;
  usable = flatline_text_read_pointer (self, address + 8);
  table->n = flatline_text_read_pointer (self, address + 16);
  if (sizes[0] == 0 && sizes[1] == 3) /* one for all that are empty */
    return usable == 0 && table->n == 0;
  if (sizes[0] < 3 || sizes[0] > 28 || sizes[1] != index_size_log2 (sizes[0]) || usable > MAX_ENTRIES
      || table->n > MAX_ENTRIES || usable + table->n > G_GUINT64_CONSTANT (1) << sizes[0])
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      table->entries = address + kinds[i].head + (G_GUINT64_CONSTANT (1) << sizes[1]);
      table->size = kinds[i].size;
      table->key = kinds[i].key;
      table->value = kinds[i].value;
      table->identity = kinds[i].identity;
      table->hash = kinds[i].hash;
      if ((!kinds[i].is_compact || sizes[2] == 1) && is_table (self, table))
        return TRUE;
    }
  return FALSE;
}

/* Before 6.5 there was a list: its capacity, length, version, which kind it is (before 6.1 the function that makes it
 * that kind), where its pairs are; room for some. */
static gboolean
read_pair_list (FlatlineTextWriter *self, const guint64 *fields, guint64 room, Table *table)
{
  *table = (Table){ .entries = fields[4], .n = fields[1], .size = 32, .key = 8, .value = 16, .hash = 24 };
  return fields[0] > 0 && fields[0] <= MAX_ENTRIES && table->n <= fields[0]
         && ((guint8)fields[3] <= 1 || fields[3] >= FIRST_MAPPED) && (table->n > 0 || table->entries == room)
         && is_table (self, table);
}

static gboolean
read_table (FlatlineTextWriter *self, guint64 dict, Table *table)
{
  const guint64 start = flatline_text_fields_of (self, dict);
  guint64 fields[N_FIELDS];

  for (guint i = 0; i < N_FIELDS; i++)
    fields[i] = flatline_text_read_pointer (self, start + i * 8);
  for (guint i = 0; i < N_FIELDS; i++)
    if (fields[i] != 0 && read_hash_table (self, fields[i], table))
      return TRUE;
  for (guint i = 0; i + 5 <= N_FIELDS; i++)
    if (read_pair_list (self, fields + i, start + (i + 5) * 8, table))
      return TRUE;
  return FALSE;
}

/* Proxies and views have the dict behind their weak references, when they have some of these. */
static gboolean
find_table (FlatlineTextWriter *self, guint64 address, const FlatlineTypeInfo *type, Table *table)
{
  if (flatline_type_cache_find_base (self->types, type, DICT))
    return read_table (self, address, table);
  for (guint i = 0; i < 2; i++)
    {
      const guint64 dict = flatline_text_read_pointer (self, flatline_text_fields_of (self, address) + i * 8);
      const FlatlineTypeInfo *its_type = flatline_text_type_of (self, dict);

      if (its_type && flatline_type_cache_find_base (self->types, its_type, DICT))
        return read_table (self, dict, table);
    }
  return FALSE;
}

/* "<CIMultiDict('Accept': '*')>", "<_KeysView('Accept')>" */
void
flatline_library_append_multidict (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  const gboolean has_keys = strcmp (type->name, "_ValuesView") != 0;
  const gboolean has_values = strcmp (type->name, "_KeysView") != 0;
  guint64 n = 0;
  Table table;

  if (!find_table (self, address, type, &table))
    {
      g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
      return;
    }
  g_string_append_printf (text, "<%s(", flatline_text_short_name (type));
  for (guint64 i = 0; i < table.n; i++)
    {
      const guint64 key = flatline_text_read_pointer (self, table.entries + i * table.size + table.key);
      const guint64 value = flatline_text_read_pointer (self, table.entries + i * table.size + table.value);

      if (key == 0)
        continue;
      if (!flatline_text_begin_item (self, text, n++))
        break;
      if (has_keys)
        flatline_text_append_object (self, text, key);
      if (has_keys && has_values)
        g_string_append (text, ": ");
      if (has_values)
        flatline_text_append_object (self, text, value);
    }
  g_string_append (text, ")>");
}
