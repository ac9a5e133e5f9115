/* SPDX-License-Identifier: MIT */
/* Threads, what they wait for, and futures: Lib/threading.py, Lib/concurrent/futures, Lib/asyncio/locks.py. */
#include "flatline-library-text-private.h"

#include "flatline-attributes.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

typedef struct
{
  guint64 key, value;
  guint n;
} Lookup;

void
flatline_library_append_event (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_string_append_printf (text, "<%s at 0x%" G_GINT64_MODIFIER "x: %s>", type->full_name, address,
                          flatline_text_get_number (self, address, "_flag") ? "set" : "unset");
}

void
flatline_library_append_condition (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  guint64 waiters = flatline_text_get (self, address, "_waiters");

  g_string_append (text, "<Condition(");
  flatline_text_append_attribute (self, text, address, "_lock");
  g_string_append_printf (text, ", %" G_GINT64_FORMAT ")>",
                          waiters ? flatline_object_read_size (self->target, waiters) : 0);
}

void
flatline_library_append_semaphore (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  guint64 initial = flatline_text_get (self, address, "_initial_value");

  g_string_append_printf (text, "<%s at 0x%" G_GINT64_MODIFIER "x: value=%" G_GUINT64_FORMAT, type->full_name, address,
                          flatline_text_get_number (self, address, "_value"));
  if (initial)
    g_string_append_printf (text, "/%" G_GUINT64_FORMAT, flatline_text_get_number (self, address, "_initial_value"));
  g_string_append_c (text, '>');
}

void
flatline_library_append_barrier (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_autoptr (GString) state = g_string_new (NULL);

  flatline_text_append_attribute (self, state, address, "_state");
  g_string_append_printf (text, "<%s at 0x%" G_GINT64_MODIFIER "x: ", type->full_name, address);
  if (strcmp (state->str, "-2") == 0)
    g_string_append (text, "broken>");
  else
    g_string_append_printf (text, "waiters=%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT ">",
                            strcmp (state->str, "0") == 0 ? flatline_text_get_number (self, address, "_count") : 0,
                            flatline_text_get_number (self, address, "_parties"));
}

static gboolean
match_value (guint64 key, guint64 value, gpointer user_data)
{
  Lookup *lookup = user_data;

  if (value != lookup->value)
    return TRUE;
  lookup->key = key;
  return FALSE;
}

/* A thread is alive while threading._active knows it; the class's own __init__ leads to that module's names. */
static gboolean
is_alive (FlatlineTextWriter *self, guint64 address, const FlatlineTypeInfo *type)
{
  guint64 function = flatline_text_get_from_classes (self, type, "_bootstrap_inner");
  guint64 globals = function ? flatline_text_read_pointer (self, flatline_text_fields_of (self, function)) : 0;
  guint64 active;
  Lookup lookup = { .value = address };

  /* PyFunctionObject begins with func_globals from 3.10 on, before with func_code. */
  if (function && self->target->layout.version < 0x030a)
    globals = flatline_text_read_pointer (self, flatline_text_fields_of (self, function) + 8);
  active = globals ? flatline_dict_find (self->target, globals, "_active") : 0;
  if (active)
    flatline_dict_foreach (self->target, active, match_value, &lookup);
  return lookup.key != 0;
}

void
flatline_library_append_thread (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_autofree char *name = flatline_text_get_string (self, address, "_name");
  guint64 ident = flatline_text_get (self, address, "_ident");
  gboolean started = flatline_text_get_number (self, flatline_text_get (self, address, "_started"), "_flag") != 0;

  g_string_append_printf (text, "<%s(%s, %s", flatline_text_short_name (type), name ? name : "?",
                          !started                         ? "initial"
                          : is_alive (self, address, type) ? "started"
                                                           : "stopped");
  if (flatline_text_get_number (self, address, "_daemonic"))
    g_string_append (text, " daemon");
  if (!flatline_text_is_none (self, ident))
    {
      g_string_append_c (text, ' ');
      flatline_text_append_object (self, text, ident);
    }
  g_string_append (text, ")>");
}

void
flatline_library_append_future (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_autofree char *state = flatline_text_get_string (self, address, "_state");
  g_autofree char *word = g_ascii_strdown (state ? state : "?", -1);
  const FlatlineTypeInfo *result = flatline_text_type_of (self, flatline_text_get (self, address, "_result"));
  const FlatlineTypeInfo *exception = flatline_text_type_of (self, flatline_text_get (self, address, "_exception"));

  g_string_append_printf (text, "<%s at 0x%" G_GINT64_MODIFIER "x state=%s", flatline_text_short_name (type), address,
                          g_str_has_prefix (word, "cancelled") ? "cancelled" : word);
  if (g_strcmp0 (state, "FINISHED") == 0 && exception && exception->family == FLATLINE_FAMILY_EXCEPTION)
    g_string_append_printf (text, " raised %s", flatline_text_short_name (exception));
  else if (g_strcmp0 (state, "FINISHED") == 0 && result)
    g_string_append_printf (text, " returned %s", flatline_text_short_name (result));
  g_string_append_c (text, '>');
}

/* Lib/asyncio/locks.py: "<asyncio.locks.Lock object at 0x… [locked, waiters:1]>" */
void
flatline_library_append_asyncio_lock (FlatlineTextWriter *self,
                                      GString *text,
                                      guint64 address,
                                      const FlatlineTypeInfo *type)
{
  guint64 waiters = flatline_text_get (self, address, "_waiters");
  gint64 n_waiters = flatline_text_is_none (self, waiters) ? 0 : flatline_object_read_size (self->target, waiters);
  guint64 value = flatline_text_get (self, address, "_value");

  g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x [", type->full_name, address);
  if (g_str_has_suffix (type->full_name, "Event"))
    g_string_append (text, flatline_text_get_number (self, address, "_value") ? "set" : "unset");
  else if (value)
    {
      g_string_append (text, flatline_text_get_number (self, address, "_value") == 0 ? "locked" : "unlocked, value:");
      if (flatline_text_get_number (self, address, "_value") != 0)
        flatline_text_append_object (self, text, value);
    }
  else
    g_string_append (text, flatline_text_get_number (self, address, "_locked") ? "locked" : "unlocked");
  if (n_waiters > 0)
    g_string_append_printf (text, ", waiters:%" G_GINT64_FORMAT, n_waiters);
  g_string_append (text, "]>");
}

/* The fields of a task that are objects, told by what they are: Modules/_asynciomodule.c has them in a new order at
 * times.
 */
static void
append_task_fields (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type, gint64 from)
{
  guint64 name = 0, coroutine = 0;
  g_autofree char *qualified_name = NULL;

  for (gint64 at = from; at + 8 <= type->basic_size; at += 8)
    {
      guint64 object = flatline_text_read_pointer (self, address + (guint64)at);
      const FlatlineTypeInfo *object_type =
          object > 4096 && object % 8 == 0 ? flatline_text_type_of (self, object) : NULL;

      if (object_type && object_type->family == FLATLINE_FAMILY_GENERATOR && !coroutine)
        coroutine = object;
      else if (object_type && !name
               && (object_type->family == FLATLINE_FAMILY_STR || object_type->family == FLATLINE_FAMILY_INT))
        name = object;
    }
  if (name)
    {
      g_autoptr (GString) own = g_string_new (NULL);

      /* 3.12 and later make the usual name only when it is asked for. */
      flatline_text_append_object (self, own, name);
      g_string_append_printf (text, g_ascii_isdigit (own->str[0]) ? " name='Task-%s'" : " name=%s", own->str);
    }
  if (coroutine)
    qualified_name = flatline_string_dup (
        self->target, flatline_text_read_pointer (self, coroutine + self->target->layout.generator_qualname), 256);
  if (qualified_name)
    g_string_append_printf (text, " coro=<%s()>", qualified_name);
}

/* 3.10 got the traceback on its way: then a future is larger. */
static gint64
size_of_future (FlatlineTextWriter *self, const FlatlineTypeInfo *type)
{
  while (type && strcmp (type->full_name, "_asyncio.Future") != 0)
    type = type->base ? flatline_type_cache_find (self->types, type->base) : NULL;
  return type ? type->basic_size : 0;
}

/* FutureObj: loop, callback, context, callbacks, exception, its traceback, result, source, message, …, state. Task has
 * it all before its own. */
void
flatline_library_append_asyncio_future (FlatlineTextWriter *self,
                                        GString *text,
                                        guint64 address,
                                        const FlatlineTypeInfo *type)
{
  static const char *const states[] = { "pending", "cancelled", "finished" };
  const guint32 version = self->target->layout.version;
  const guint64 fields = flatline_text_fields_of (self, address);
  const gboolean has_traceback = version >= 0x030b || size_of_future (self, type) > 144;
  const guint state_at = 64 + 8 * ((guint)has_traceback + (version >= 0x030d) + (version >= 0x030e));
  guint64 exception = flatline_text_read_pointer (self, fields + 32);
  guint64 result = flatline_text_read_pointer (self, fields + (has_traceback ? 48 : 40));
  gint32 state = -1;

  flatline_memory_read_i32 (self->target->memory, fields + state_at, &state);
  g_string_append_printf (text, "<%s %s", flatline_text_short_name (type),
                          state >= 0 && state < (gint32)G_N_ELEMENTS (states) ? states[state] : "?");
  if (g_str_has_suffix (type->full_name, "Task"))
    append_task_fields (self, text, address, type, (gint64)(fields - address) + state_at);
  if (state == 2)
    {
      const gboolean failed = !flatline_text_is_none (self, exception);

      g_string_append (text, failed ? " exception=" : " result=");
      flatline_text_append_object (self, text, failed ? exception : result);
    }
  g_string_append_c (text, '>');
}
