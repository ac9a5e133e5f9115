/* SPDX-License-Identifier: MIT */
/* Thread names out of sys.modules['threading']._active: Lib/threading.py. */
#include "flatline-thread-names.h"

#include "flatline-dicts.h"
#include "flatline-strings.h"

#define MAX_NAME               256
#define THREAD_DESCRIPTOR_SIZE 2048

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
  GPtrArray *names;
} Walk;

/* A non-negative int object that fits 60 bits; FALSE for others. */
static gboolean
read_small_int (FlatlineTarget *target, guint64 object, guint64 *value)
{
  const FlatlineLayout *layout = &target->layout;
  guint64 word;
  guint32 digits[3] = { 0 };
  gsize n;

  if (!flatline_memory_read_u64 (target->memory,
                                 object + (layout->long_tag >= 0 ? layout->long_tag : layout->object_var_size), &word))
    return FALSE;
  n = layout->long_tag >= 0 ? word >> 3 : word;
  if (n > G_N_ELEMENTS (digits)
      || !flatline_memory_read (target->memory, object + layout->long_digits, digits, n * sizeof *digits))
    return FALSE;
  *value = digits[0] | (guint64)digits[1] << 30 | (guint64)digits[2] << 60;
  return TRUE;
}

static gboolean
add_thread (guint64 key, guint64 value, gpointer user_data)
{
  Walk *walk = user_data;
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (walk->types, value);
  FlatlineThreadName *name;
  guint64 ident, attribute, number;
  guint8 truth = 0;

  if (!type || !read_small_int (walk->target, key, &ident))
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
  if (attribute && read_small_int (walk->target, attribute, &number))
    name->native_id = (gint64)number;
  g_ptr_array_add (walk->names, name);
  return walk->names->len < 65536;
}

GPtrArray *
flatline_thread_names_read (FlatlineTarget *target, FlatlineTypeCache *types, guint64 interp)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (thread_name_free);
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
flatline_thread_names_find (GPtrArray *names, guint64 ident)
{
  for (guint i = 0; i < names->len; i++)
    {
      FlatlineThreadName *name = g_ptr_array_index (names, i);

      if (name->ident == ident)
        return name;
    }
  return NULL;
}

/* The main thread is the last of the list: the oldest. */
static gsize
find_id_offset (FlatlineTarget *target, GArray *threads)
{
  for (guint i = threads->len; i-- > 0;)
    {
      FlatlineThreadState *thread = &g_array_index (threads, FlatlineThreadState, i);

      for (gsize offset = 64; offset < THREAD_DESCRIPTOR_SIZE; offset += 4)
        {
          gint32 id;

          if (!flatline_memory_read_i32 (target->memory, thread->ident + offset, &id))
            break;
          if (id == target->pid)
            return offset;
        }
    }
  return 0;
}

void
flatline_thread_states_find_native_ids (FlatlineTarget *target, GArray *threads)
{
  gsize offset;

  if (target->layout.thread_native_id >= 0)
    return;
  offset = find_id_offset (target, threads);
  for (guint i = 0; offset > 0 && i < threads->len; i++)
    {
      FlatlineThreadState *thread = &g_array_index (threads, FlatlineThreadState, i);
      gint32 id;

      if (flatline_memory_read_i32 (target->memory, thread->ident + offset, &id))
        thread->native_id = id;
    }
}
