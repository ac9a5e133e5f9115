/* SPDX-License-Identifier: MIT */
/*
 * FutureObj: loop, callback, context, callbacks, exception, its traceback, result, the stack that made it, message, …,
 * state. Task has it all before its own. What a task has of its own changes from version to version; but only one of
 * its fields is a coroutine, only one a future, and so on: they are told by what they point to.
 */
#include "flatline-asyncio-fields.h"

#include "flatline-dicts.h"
#include "flatline-strings.h"

#include <string.h>

#define MAX_BASES 32

FlatlineAsyncioKind
flatline_asyncio_find_kind (FlatlineTypeCache *types, const FlatlineTypeInfo *type)
{
  for (guint i = 0; type && i < MAX_BASES; i++)
    {
      if (strcmp (type->full_name, "_asyncio.Task") == 0 || strcmp (type->full_name, "asyncio.tasks.Task") == 0)
        return FLATLINE_ASYNCIO_TASK;
      if (strcmp (type->full_name, "_asyncio.Future") == 0 || strcmp (type->full_name, "asyncio.futures.Future") == 0)
        return FLATLINE_ASYNCIO_FUTURE;
      type = type->base ? flatline_type_cache_find (types, type->base) : NULL;
    }
  return FLATLINE_ASYNCIO_OTHER;
}

gboolean
flatline_asyncio_is_wrapper (const char *type_name)
{
  static const char *const names[] = { "coroutine_wrapper",
                                       "async_generator_asend",
                                       "async_generator_athrow",
                                       "_asyncio.FutureIter",
                                       "async_generator_wrapped_value",
                                       "anext_awaitable",
                                       NULL };

  return g_strv_contains (names, type_name);
}

static guint64
read_word (FlatlineTarget *target, guint64 address)
{
  guint64 word = 0;

  flatline_memory_read_u64 (target->memory, address, &word);
  return word;
}

/* From the first field on. 3.10 got the traceback of the exception on its way: then a future is larger. */
static guint64
find_state (const FlatlineLayout *layout, const FlatlineTypeInfo *future, gboolean *has_traceback)
{
  *has_traceback = layout->version >= 0x030b || future->basic_size > 144;
  return 64 + 8 * ((guint64)*has_traceback + (layout->version >= 0x030d) + (layout->version >= 0x030e));
}

gboolean
flatline_future_fields_read (FlatlineTypeCache *types, guint64 address, FlatlineFutureFields *fields)
{
  FlatlineTarget *target = flatline_type_cache_get_target (types);
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (types, address);
  const FlatlineTypeInfo *future = flatline_type_cache_find_base (types, type, "_asyncio.Future");
  const guint64 first = address + (guint64)target->layout.object_type + 8;
  gboolean has_traceback;
  guint64 state_at;

  memset (fields, 0, sizeof *fields);
  /* Up to 3.11 a task of C is no future by its class. */
  if (!future)
    future = flatline_type_cache_find_base (types, type, "_asyncio.Task");
  if (!future)
    return FALSE;
  state_at = find_state (&target->layout, future, &has_traceback);
  fields->loop = read_word (target, first);
  fields->callback = read_word (target, first + 8);
  fields->callbacks = read_word (target, first + 24);
  fields->exception = read_word (target, first + 32);
  fields->result = read_word (target, first + (has_traceback ? 48 : 40));
  fields->made_at = read_word (target, first + (has_traceback ? 56 : 48));
  return flatline_memory_read_i32 (target->memory, first + state_at, &fields->state);
}

static void
take_field (FlatlineTypeCache *types, FlatlineTaskFields *fields, guint64 object)
{
  const FlatlineTypeInfo *type = object > 4096 && object % 8 == 0 ? flatline_type_cache_find_of (types, object) : NULL;

  if (!type)
    return;
  if ((type->family == FLATLINE_FAMILY_GENERATOR || flatline_asyncio_is_wrapper (type->name)) && !fields->coroutine)
    fields->coroutine = object;
  else if ((type->family == FLATLINE_FAMILY_STR || type->family == FLATLINE_FAMILY_INT) && !fields->name)
    fields->name = object;
  else if (flatline_asyncio_find_kind (types, type) != FLATLINE_ASYNCIO_OTHER && !fields->waiter)
    fields->waiter = object;
}

/* How often it was asked to end: 3.11 and later count it. Before, 1 until the request has reached its coroutine. */
static gint32
count_cancel_requests (FlatlineTarget *target, guint64 state_at, guint64 own)
{
  const guint32 version = target->layout.version;
  gint32 n = 0;

  /* Up to 3.12 behind four objects and two flags; before 3.11 there is only the first flag. */
  flatline_memory_read_i32 (target->memory,
                            version >= 0x030d   ? state_at + 8
                            : version >= 0x030b ? own + 40
                                                : own + 32,
                            &n);
  return MAX (n, 0);
}

static gboolean
take_attribute (guint64 key, guint64 value, gpointer user_data)
{
  gpointer *data = user_data;
  FlatlineTypeCache *types = data[0];
  FlatlineTaskFields *fields = data[1];
  g_autofree char *name = flatline_string_dup (flatline_type_cache_get_target (types), key, 32);

  if (g_strcmp0 (name, "_loop") == 0)
    fields->loop = value;
  else if (g_strcmp0 (name, "_coro") == 0 || g_strcmp0 (name, "_name") == 0 || g_strcmp0 (name, "_fut_waiter") == 0)
    take_field (types, fields, value);
  return TRUE;
}

gboolean
flatline_task_fields_read (FlatlineTypeCache *types, guint64 address, FlatlineTaskFields *fields)
{
  FlatlineTarget *target = flatline_type_cache_get_target (types);
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (types, address);
  const FlatlineTypeInfo *task = flatline_type_cache_find_base (types, type, "_asyncio.Task");
  const FlatlineTypeInfo *future = flatline_type_cache_find_base (types, type, "_asyncio.Future");
  const guint64 first = address + (guint64)target->layout.object_type + 8;
  gpointer data[] = { types, fields };
  gboolean has_traceback;
  guint64 state_at;

  memset (fields, 0, sizeof *fields);
  if (!task)
    return type && flatline_attributes_foreach (target, address, type, take_attribute, data);
  state_at = first + find_state (&target->layout, future ? future : task, &has_traceback);
  fields->loop = read_word (target, first);
  for (guint64 at = state_at; at + 8 <= address + (guint64)task->basic_size; at += 8)
    take_field (types, fields, read_word (target, at));
  fields->n_cancel_requests =
      count_cancel_requests (target, state_at, address + (guint64)(future ? future->basic_size : task->basic_size));
  return TRUE;
}
