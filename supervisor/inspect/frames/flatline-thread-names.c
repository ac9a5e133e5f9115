/* SPDX-License-Identifier: MIT */
/* Thread names out of sys.modules['threading']._active: Lib/threading.py. */
#include "flatline-thread-names.h"

#include "flatline-dicts.h"
#include "flatline-strings.h"

#define MAX_NAME 256

static void
thread_name_free (gpointer data)
{
  FlatlineThreadName *name = data;

  g_free (name->name);
  g_free (name);
}

typedef struct
{
  FlatlineTarget *target;
  FlatlineTypeCache *types;
  GHashTable *names;
} Walk;

static gboolean
add_thread (guint64 key, guint64 value, gpointer user_data)
{
  Walk *walk = user_data;
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (walk->types, value);
  FlatlineThreadName *name;
  guint64 ident, attribute, number;
  guint8 truth = 0;

  if (!type || !flatline_int_read (walk->target, key, &ident))
    return TRUE;
  name = g_new0 (FlatlineThreadName, 1);
  name->ident = ident;
  attribute = flatline_attribute_find (walk->target, value, type, "_name");
  if (attribute)
    name->name = flatline_string_dup (walk->target, attribute, MAX_NAME);
  attribute = flatline_attribute_find (walk->target, value, type, "_daemonic");
  if (attribute && flatline_memory_read (walk->target->memory, attribute + walk->target->layout.long_digits, &truth, 1))
    name->is_daemon = truth != 0;
  attribute = flatline_attribute_find (walk->target, value, type, "_native_id");
  if (attribute && flatline_int_read (walk->target, attribute, &number))
    name->native_id = (gint64)number;
  g_hash_table_insert (walk->names, &name->ident, name);
  return g_hash_table_size (walk->names) < 65536;
}

GHashTable *
flatline_thread_names_read (FlatlineTarget *target, FlatlineTypeCache *types, guint64 interp)
{
  GHashTable *names = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, thread_name_free);
  Walk walk = { target, types, names };
  guint64 modules = 0, threading, dict = 0, active;

  flatline_memory_read_u64 (target->memory, interp + target->layout.interp_modules, &modules);
  threading = modules ? flatline_dict_find (target, modules, "threading") : 0;
  if (threading)
    flatline_memory_read_u64 (target->memory, threading + target->layout.module_dict, &dict);
  active = dict ? flatline_dict_find (target, dict, "_active") : 0;
  if (active)
    flatline_dict_foreach (target, active, add_thread, &walk);
  return names;
}

FlatlineThreadName *
flatline_thread_names_find (GHashTable *names, guint64 ident)
{
  return g_hash_table_lookup (names, &ident);
}
