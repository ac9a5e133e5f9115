/* SPDX-License-Identifier: MIT */
/*
 * Dicts: Include/internal/pycore_dict.h (3.11 and later), Objects/dict-common.h (before). Attributes of instances: an
 * own dict, split keys with values beside the object (3.11, 3.12) or inside it (3.13 and later).
 */
#include "flatline-dicts.h"

#include "flatline-string-hash.h"
#include "flatline-strings.h"

#include <string.h>

#define KEYS_GENERAL  0 /* DICT_KEYS_GENERAL; the others have str keys and no hash */
#define MAX_ENTRIES   (G_GINT64_CONSTANT (1) << 32)
#define BATCH_ENTRIES 64
#define MAX_PROBES    64 /* of a table that is being changed there may be no end */

typedef struct
{
  guint64 address;
  guint64 entries; /* address of the first */
  gint64 n_entries;
  gint entry_size, key_offset;
  guint64 indices; /* address: n_indices integers of index_size bytes, -1 where there is none (DKIX_EMPTY) */
  guint64 n_indices;
  gint index_size;
} Keys;

static gboolean
read_keys (FlatlineTarget *target, guint64 address, Keys *keys)
{
  const FlatlineLayout *layout = &target->layout;
  guint8 head[64];
  gint64 index_bytes;
  guint64 n_entries;

  if (address % 8 != 0 || !flatline_memory_read (target->memory, address, head, layout->keys_indices))
    return FALSE;
  memcpy (&n_entries, head + layout->keys_nentries, sizeof n_entries);
  if (layout->keys_log2_index_bytes >= 0)
    {
      guint8 log2 = head[layout->keys_log2_index_bytes];

      if (log2 > 40)
        return FALSE;
      index_bytes = G_GINT64_CONSTANT (1) << log2;
      keys->n_indices = G_GUINT64_CONSTANT (1) << (head[layout->keys_log2_size] & 0x3f);
      keys->entry_size = head[layout->keys_kind] == KEYS_GENERAL ? 24 : 16;
    }
  else
    {
      gint64 size;

      memcpy (&size, head + layout->keys_size, sizeof size);
      if (size < 1 || size > MAX_ENTRIES)
        return FALSE;
      index_bytes = size * (size <= 0xff ? 1 : size <= 0xffff ? 2 : size <= G_GINT64_CONSTANT (0xffffffff) ? 4 : 8);
      keys->n_indices = (guint64)size;
      keys->entry_size = 24;
    }
  keys->indices = address + layout->keys_indices;
  keys->index_size = keys->n_indices > 0 ? (gint)((guint64)index_bytes / keys->n_indices) : 0;
  keys->key_offset = keys->entry_size == 24 ? 8 : 0;
  keys->entries = address + layout->keys_indices + index_bytes;
  keys->n_entries = (gint64)n_entries;
  return keys->n_entries >= 0 && keys->n_entries <= MAX_ENTRIES;
}

/* Walks entries from *@at on; where @values is not 0 the values are there and not in the entries. */
static gboolean
walk_entries (
    FlatlineTarget *target, const Keys *keys, guint64 values, gint64 *at, FlatlineItemFunc func, gpointer user_data)
{
  guint8 batch[BATCH_ENTRIES * 24];
  guint64 addresses[BATCH_ENTRIES];

  for (gint64 first = *at; first < keys->n_entries; first += BATCH_ENTRIES)
    {
      gint64 n = MIN (keys->n_entries - first, BATCH_ENTRIES);

      if (!flatline_memory_read (target->memory, keys->entries + first * keys->entry_size, batch, n * keys->entry_size))
        return FALSE;
      for (gint64 i = 0; i < n; i++)
        memcpy (&addresses[i], batch + i * keys->entry_size + keys->key_offset, sizeof *addresses);
      flatline_memory_expect (target->memory, addresses, n);
      for (gint64 i = 0; i < n; i++)
        {
          guint64 key, value;

          memcpy (&key, batch + i * keys->entry_size + keys->key_offset, sizeof key);
          memcpy (&value, batch + i * keys->entry_size + keys->key_offset + 8, sizeof value);
          if (values && !flatline_memory_read_u64 (target->memory, values + (first + i) * 8, &value))
            return FALSE;
          if (key == 0 || value == 0)
            continue;
          if (!func (key, value, user_data))
            {
              *at = first + i;
              return TRUE;
            }
        }
    }
  *at = keys->n_entries;
  return TRUE;
}

/* *@values: where the values are when they are not in the entries, else 0. */
static gboolean
read_table (FlatlineTarget *target, guint64 dict, Keys *keys, guint64 *values)
{
  const FlatlineLayout *layout = &target->layout;

  if (!flatline_memory_read_u64 (target->memory, dict + layout->dict_keys, &keys->address)
      || !flatline_memory_read_u64 (target->memory, dict + layout->dict_values, values)
      || !read_keys (target, keys->address, keys))
    return FALSE;
  if (*values)
    *values += layout->dictvalues_items;
  return TRUE;
}

gboolean
flatline_dict_foreach_from (
    FlatlineTarget *target, guint64 dict, FlatlineTablePlace *place, FlatlineItemFunc func, gpointer user_data)
{
  guint64 values;
  Keys keys;

  if (!read_table (target, dict, &keys, &values))
    return FALSE;
  if (place->table && place->table != keys.address)
    {
      *place = (FlatlineTablePlace){ 0 };
      return FALSE;
    }
  place->table = keys.address;
  return walk_entries (target, &keys, values, &place->slot, func, user_data);
}

gboolean
flatline_dict_foreach (FlatlineTarget *target, guint64 dict, FlatlineItemFunc func, gpointer user_data)
{
  FlatlineTablePlace place = { 0 };

  return flatline_dict_foreach_from (target, dict, &place, func, user_data);
}

gint64
flatline_dict_read_size (FlatlineTarget *target, guint64 dict)
{
  guint64 used;

  return flatline_memory_read_u64 (target->memory, dict + target->layout.dict_used, &used) ? (gint64)used : -1;
}

typedef struct
{
  FlatlineTarget *target;
  const char *key;
  gsize length;
  guint64 value;
} Search;

static gboolean
match_key (guint64 key, guint64 value, gpointer user_data)
{
  Search *search = user_data;
  FlatlineStringView view;
  char text[128];

  if (!flatline_string_view (search->target, key, &view) || view.kind != 1 || view.length != (gint64)search->length
      || search->length > sizeof text || !flatline_memory_read (search->target->memory, view.data, text, search->length)
      || memcmp (text, search->key, search->length) != 0)
    return TRUE;
  search->value = value;
  return FALSE;
}

/* The key and value of entry @index; where @values is not 0 the values are there. */
static gboolean
read_entry (FlatlineTarget *target, const Keys *keys, guint64 values, guint64 index, guint64 *key, guint64 *value)
{
  const guint64 entry = keys->entries + index * (guint64)keys->entry_size + (guint64)keys->key_offset;

  return index < (guint64)keys->n_entries && flatline_memory_read_u64 (target->memory, entry, key)
         && flatline_memory_read_u64 (target->memory, values ? values + index * 8 : entry + 8, value);
}

/* As lookdict() in Objects/dictobject.c probes. FALSE: it cannot be done so, all entries must be walked. */
static gboolean
find_by_hash (FlatlineTarget *target, const Keys *keys, guint64 values, Search *search)
{
  guint64 hash, key, value, perturb, at;

  if (keys->n_entries == 0 || keys->index_size < 1 || keys->index_size > 8
      || !read_entry (target, keys, values, 0, &key, &value) || key == 0
      || !flatline_string_hash (target, search->key, key, &hash))
    return FALSE;
  perturb = at = hash;
  for (guint i = 0; i < MAX_PROBES; i++)
    {
      const guint64 slot = at & (keys->n_indices - 1);
      gint64 index = 0;
      guint shift = 64 - 8 * (guint)keys->index_size;

      if (!flatline_memory_read (target->memory, keys->indices + slot * (guint64)keys->index_size, &index,
                                 (gsize)keys->index_size))
        return FALSE;
      index = (gint64)((guint64)index << shift) >> shift;
      if (index == -1)
        return TRUE;
      if (index >= 0 && (!read_entry (target, keys, values, (guint64)index, &key, &value)))
        return FALSE;
      if (index >= 0 && key != 0 && value != 0 && !match_key (key, value, search))
        return TRUE;
      perturb >>= 5;
      at = at * 5 + perturb + 1;
    }
  return FALSE;
}

static guint64
find_in_keys (FlatlineTarget *target, const Keys *keys, guint64 values, const char *name)
{
  Search search = { target, name, strlen (name), 0 };
  gint64 at = 0;

  if (!find_by_hash (target, keys, values, &search))
    walk_entries (target, keys, values, &at, match_key, &search);
  return search.value;
}

guint64
flatline_dict_find (FlatlineTarget *target, guint64 dict, const char *key)
{
  guint64 values;
  Keys keys;

  return read_table (target, dict, &keys, &values) ? find_in_keys (target, &keys, values, key) : 0;
}

/* The values of @object that its class's shared keys name; 0 when it has none (any more). */
static guint64
find_inline_values (FlatlineTarget *target, guint64 object, const FlatlineTypeInfo *type, guint64 dict)
{
  const FlatlineLayout *layout = &target->layout;
  guint64 values = 0;

  if (layout->inline_values_flag && (type->flags & layout->inline_values_flag))
    {
      guint8 head[4];

      values = object + type->basic_size;
      /* capacity, size, embedded, valid: Include/internal/pycore_dict.h */
      if (dict != 0 || !flatline_memory_read (target->memory, values, head, sizeof head) || !head[3])
        return 0;
      return values + layout->dictvalues_items;
    }
  if (layout->version == 0x030b)
    {
      flatline_memory_read_u64 (target->memory, object - 4 * 8, &values);
      return dict == 0 ? values : 0;
    }
  /* 3.12: one word for both, the lowest bit set marks values. */
  return layout->version == 0x030c && (dict & 1) ? dict + 1 : 0;
}

static guint64
find_instance_dict (FlatlineTarget *target, guint64 object, const FlatlineTypeInfo *type)
{
  const FlatlineLayout *layout = &target->layout;
  gint64 offset = type->dict_offset;
  guint64 dict = 0;

  if (layout->managed_dict_flag && (type->flags & (guint32)layout->managed_dict_flag))
    flatline_memory_read_u64 (target->memory, object + layout->managed_dict, &dict);
  else if (offset > 0)
    flatline_memory_read_u64 (target->memory, object + offset, &dict);
  else if (offset < 0)
    {
      gint64 size = flatline_object_read_size (target, object);

      if (size > -1000000 && size < 1000000)
        {
          gint64 whole = type->basic_size + ABS (size) * type->item_size;

          flatline_memory_read_u64 (target->memory, object + ((whole + 7) & ~7) + offset, &dict);
        }
    }
  return dict;
}

/* Values that are not in a dict: their keys are those that the class shares. FALSE: @object has a dict, or nothing. */
static gboolean
read_inline_values (
    FlatlineTarget *target, guint64 object, const FlatlineTypeInfo *type, guint64 dict, Keys *keys, guint64 *values)
{
  const gboolean is_managed =
      target->layout.managed_dict_flag && (type->flags & (guint32)target->layout.managed_dict_flag);

  *values = is_managed ? find_inline_values (target, object, type, dict) : 0;
  return *values != 0
         && flatline_memory_read_u64 (target->memory, type->address + target->layout.heaptype_cached_keys,
                                      &keys->address)
         && read_keys (target, keys->address, keys);
}

gboolean
flatline_attributes_foreach (
    FlatlineTarget *target, guint64 object, const FlatlineTypeInfo *type, FlatlineItemFunc func, gpointer user_data)
{
  const guint64 dict = find_instance_dict (target, object, type);
  guint64 values;
  gint64 at = 0;
  Keys keys;

  if (read_inline_values (target, object, type, dict, &keys, &values))
    return walk_entries (target, &keys, values, &at, func, user_data);
  if (values != 0)
    return FALSE;
  return dict == 0 || (dict & 7) || flatline_dict_foreach (target, dict, func, user_data);
}

guint64
flatline_attribute_find (FlatlineTarget *target, guint64 object, const FlatlineTypeInfo *type, const char *name)
{
  const guint64 dict = find_instance_dict (target, object, type);
  guint64 values;
  Keys keys;

  if (read_inline_values (target, object, type, dict, &keys, &values))
    return find_in_keys (target, &keys, values, name);
  return values != 0 || dict == 0 || (dict & 7) ? 0 : flatline_dict_find (target, dict, name);
}

guint64
flatline_dict_find_in_sys (FlatlineTarget *target, const char *name)
{
  guint64 interp = 0, modules = 0, sys, dict = 0;

  flatline_memory_read_u64 (target->memory, target->runtime + target->layout.runtime_interpreters_head, &interp);
  flatline_memory_read_u64 (target->memory, interp + target->layout.interp_modules, &modules);
  sys = modules ? flatline_dict_find (target, modules, "sys") : 0;
  if (sys == 0 || !flatline_memory_read_u64 (target->memory, sys + target->layout.module_dict, &dict))
    return 0;
  return flatline_dict_find (target, dict, name);
}
