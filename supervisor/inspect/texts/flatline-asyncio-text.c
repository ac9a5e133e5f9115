/* SPDX-License-Identifier: MIT */
/* What asyncio's objects write: Lib/asyncio/base_futures.py, base_tasks.py, coroutines.py, events.py, queues.py,
 * locks.py. */
#include "flatline-asyncio-fields.h"
#include "flatline-attributes.h"
#include "flatline-code-text.h"
#include "flatline-library-text-private.h"
#include "flatline-literals.h"
#include "flatline-generators.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

#define SHORT      30 /* characters of an argument */
#define SHORT_HEAD 13
#define SHORT_TAIL 14

#define MAX_PARTIALS 8 /* within each other */

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

/* "<asyncio.locks.Barrier object at 0x… [filling, waiters:0/3]>" */
void
flatline_library_append_asyncio_barrier (FlatlineTextWriter *self,
                                         GString *text,
                                         guint64 address,
                                         const FlatlineTypeInfo *type)
{
  g_autofree char *state = flatline_text_get_string (self, flatline_text_get (self, address, "_state"), "_value_");
  guint64 n = g_strcmp0 (state, "filling") == 0 ? flatline_text_get_number (self, address, "_count") : 0;

  g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x [%s", type->full_name, address,
                          state ? state : "?");
  if (g_strcmp0 (state, "broken") != 0)
    g_string_append_printf (text, ", waiters:%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, n,
                            flatline_text_get_number (self, address, "_parties"));
  g_string_append (text, "]>");
}

/* Callbacks */

/* Lib/reprlib.py: the middle of a long text is left out. */
static void
append_short (FlatlineTextWriter *self, GString *text, guint64 object)
{
  g_autoptr (GString) own = g_string_new (NULL);
  glong n;

  flatline_text_append_object (self, own, object);
  n = g_utf8_strlen (own->str, -1);
  if (n <= SHORT)
    {
      g_string_append (text, own->str);
      return;
    }
  g_string_append_len (text, own->str, g_utf8_offset_to_pointer (own->str, SHORT_HEAD) - own->str);
  g_string_append_printf (text, "...%s", g_utf8_offset_to_pointer (own->str, n - SHORT_TAIL));
}

static gboolean
append_keyword (guint64 key, guint64 value, gpointer user_data)
{
  gpointer *data = user_data;
  g_autofree char *name = flatline_string_dup (((FlatlineTextWriter *)data[0])->target, key, 256);

  g_string_append_printf (data[1], "%s%s=", ((GString *)data[1])->len > 1 ? ", " : "", name ? name : "?");
  append_short (data[0], data[1], value);
  return TRUE;
}

/* "(1, k=2)"; from 3.13 on the arguments are a secret. */
static char *
dup_arguments (FlatlineTextWriter *self, guint64 arguments, guint64 keywords)
{
  const gboolean shown = self->target->layout.version < 0x030d;
  g_autoptr (GString) text = g_string_new ("(");
  gpointer data[] = { self, text };
  const gint64 n =
      shown && !flatline_text_is_none (self, arguments) ? flatline_object_read_size (self->target, arguments) : 0;

  for (gint64 i = 0; i < n && flatline_text_begin_item (self, text, (guint64)i); i++)
    append_short (
        self, text,
        flatline_text_read_pointer (self, arguments + (guint64)self->target->layout.tuple_items + (guint64)i * 8));
  if (shown && !flatline_text_is_none (self, keywords))
    flatline_dict_foreach (self->target, keywords, append_keyword, data);
  g_string_append_c (text, ')');
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* "name()", and for functions of Python " at file:line"; a partial is its function, called twice. */
static void
append_call (FlatlineTextWriter *self, GString *text, guint64 function, guint64 arguments)
{
  g_autofree char *suffix = dup_arguments (self, arguments, 0);
  const FlatlineTypeInfo *type = flatline_text_type_of (self, function);
  g_autofree char *name = NULL;
  FlatlineCode *code;

  for (guint i = 0; i < MAX_PARTIALS && type && strcmp (type->full_name, "functools.partial") == 0; i++)
    {
      const guint64 fields = flatline_text_fields_of (self, function);
      g_autofree char *own = dup_arguments (self, flatline_text_read_pointer (self, fields + 8),
                                            flatline_text_read_pointer (self, fields + 16));
      char *both = g_strconcat (own, suffix, NULL);

      g_free (suffix);
      suffix = both;
      function = flatline_text_read_pointer (self, fields);
      type = flatline_text_type_of (self, function);
    }
  name = flatline_text_dup_qualified_name (self, function);
  if (name)
    g_string_append (text, name);
  else
    flatline_text_append_object (self, text, function);
  g_string_append (text, suffix);
  if (!type || type->family != FLATLINE_FAMILY_FUNCTION)
    return;
  code = flatline_code_cache_find (
      self->codes, flatline_text_read_pointer (self, function + (guint64)self->target->layout.function_code));
  if (code)
    g_string_append_printf (text, " at %s:%d", code->file, code->first_line);
}

/* The callback of an item (callback, context) of a list. */
static guint64
read_callback (FlatlineTextWriter *self, guint64 list, gint64 i)
{
  guint64 items = flatline_text_read_pointer (self, list + (guint64)self->target->layout.list_items);
  guint64 pair = flatline_text_read_pointer (self, items + (guint64)i * 8);

  return flatline_text_read_pointer (self, pair + (guint64)self->target->layout.tuple_items);
}

/* " cb=[first(), <2 more>, last()]" */
static void
append_callbacks (FlatlineTextWriter *self, GString *text, const FlatlineFutureFields *future)
{
  const gboolean has_first = !flatline_text_is_none (self, future->callback);
  const gint64 n_listed =
      flatline_text_is_none (self, future->callbacks) ? 0 : flatline_object_read_size (self->target, future->callbacks);
  const gint64 n = n_listed + has_first;

  if (n <= 0)
    return;
  g_string_append (text, " cb=[");
  append_call (self, text, has_first ? future->callback : read_callback (self, future->callbacks, 0), 0);
  if (n > 2)
    g_string_append_printf (text, ", <%" G_GINT64_FORMAT " more>", n - 2);
  if (n > 1)
    {
      g_string_append (text, ", ");
      append_call (self, text, read_callback (self, future->callbacks, n_listed - 1), 0);
    }
  g_string_append_c (text, ']');
}

/* Futures and tasks */

/* "<name() running at file:line>": it is called running as long as it has a frame. */
static void
append_coroutine (FlatlineTextWriter *self, GString *text, guint64 coroutine)
{
  g_autofree char *name = flatline_text_dup_qualified_name (self, coroutine);
  FlatlineFrameState state;
  FlatlineCode *code = NULL;
  const gboolean has_frame = flatline_generator_read_frame (self->target, coroutine, &state);

  code = flatline_code_cache_find (self->codes,
                                   has_frame ? state.code : flatline_generator_read_code (self->target, coroutine));
  g_string_append_printf (text, " coro=<%s()", name ? name : "?");
  if (code && has_frame)
    g_string_append_printf (text, " running at %s:%d", code->file,
                            flatline_code_cache_find_place (self->codes, code, state.offset, state.line)->line);
  else if (code)
    g_string_append_printf (text, " done, defined at %s:%d", code->file, code->first_line);
  else
    g_string_append (text, has_frame ? " running" : " done");
  g_string_append_c (text, '>');
}

static void
append_task_fields (FlatlineTextWriter *self, GString *text, const FlatlineTaskFields *task)
{
  if (task->name)
    {
      g_autoptr (GString) name = g_string_new (NULL);

      flatline_text_append_object (self, name, task->name);
      g_string_append_printf (text, g_ascii_isdigit (name->str[0]) ? " name='Task-%s'" : " name=%s", name->str);
    }
  if (task->coroutine)
    append_coroutine (self, text, task->coroutine);
  if (task->waiter)
    {
      g_string_append (text, " wait_for=");
      flatline_text_append_object (self, text, task->waiter);
    }
}

/* In debug mode a future keeps the stack that made it, a list of FrameSummary; the last is shown. */
static void
append_made_at (FlatlineTextWriter *self, GString *text, guint64 stack)
{
  const gint64 n = flatline_text_is_none (self, stack) ? 0 : flatline_object_read_size (self->target, stack);
  guint64 items = n > 0 ? flatline_text_read_pointer (self, stack + (guint64)self->target->layout.list_items) : 0;
  guint64 last = items ? flatline_text_read_pointer (self, items + (guint64)(n - 1) * 8) : 0;
  g_autofree char *file = last ? flatline_text_get_string (self, last, "filename") : NULL;

  if (file)
    g_string_append_printf (text, " created at %s:%" G_GUINT64_FORMAT, file,
                            flatline_text_get_number (self, last, "lineno"));
}

void
flatline_library_append_asyncio_future (FlatlineTextWriter *self,
                                        GString *text,
                                        guint64 address,
                                        const FlatlineTypeInfo *type)
{
  static const char *const states[] = { "pending", "cancelled", "finished" };
  FlatlineFutureFields future;
  FlatlineTaskFields task = { 0 };
  const gboolean is_task = flatline_asyncio_find_kind (self->types, type) == FLATLINE_ASYNCIO_TASK;

  flatline_future_fields_read (self->types, address, &future);
  if (is_task)
    flatline_task_fields_read (self->types, address, &task);
  g_string_append_printf (text, "<%s %s", flatline_text_short_name (type),
                          future.state == 0 && task.n_cancel_requests > 0                     ? "cancelling"
                          : future.state >= 0 && future.state < (gint32)G_N_ELEMENTS (states) ? states[future.state]
                                                                                              : "?");
  if (is_task)
    append_task_fields (self, text, &task);
  if (future.state == 2)
    {
      const gboolean failed = !flatline_text_is_none (self, future.exception);

      g_string_append (text, failed ? " exception=" : " result=");
      flatline_text_append_object (self, text, failed ? future.exception : future.result);
    }
  append_callbacks (self, text, &future);
  append_made_at (self, text, future.made_at);
  g_string_append_c (text, '>');
}

/* Queues, handles, loops */

static gint64
read_length (FlatlineTextWriter *self, guint64 object, const char *name)
{
  guint64 items = flatline_text_get (self, object, name);

  return flatline_text_is_none (self, items) ? 0 : flatline_object_read_size (self->target, items);
}

/* "<Queue at 0x… maxsize=2 _queue=['x'] _getters[1] tasks=1>" */
void
flatline_library_append_asyncio_queue (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  static const char *const waiting[] = { "_getters", "_putters" };

  g_string_append_printf (text, "<%s at 0x%" G_GINT64_MODIFIER "x maxsize=", flatline_text_short_name (type), address);
  flatline_text_append_attribute (self, text, address, "_maxsize");
  if (read_length (self, address, "_queue") > 0)
    {
      g_string_append (text, " _queue=");
      flatline_text_append_as_list (self, text, flatline_text_get (self, address, "_queue"));
    }
  for (guint i = 0; i < G_N_ELEMENTS (waiting); i++)
    if (read_length (self, address, waiting[i]) > 0)
      g_string_append_printf (text, " %s[%" G_GINT64_FORMAT "]", waiting[i], read_length (self, address, waiting[i]));
  if (flatline_text_get_number (self, address, "_unfinished_tasks"))
    {
      g_string_append (text, " tasks=");
      flatline_text_append_attribute (self, text, address, "_unfinished_tasks");
    }
  if (flatline_text_get_number (self, address, "_is_shutdown"))
    g_string_append (text, " shutdown");
  g_string_append_c (text, '>');
}

/* "<TimerHandle when=12.5 callback()>" */
void
flatline_library_append_asyncio_handle (FlatlineTextWriter *self,
                                        GString *text,
                                        guint64 address,
                                        const FlatlineTypeInfo *type)
{
  guint64 callback = flatline_text_get (self, address, "_callback");
  /* In debug mode it was kept when it was cancelled. */
  g_autofree char *kept = flatline_text_get_string (self, address, "_repr");

  if (kept)
    {
      g_string_append (text, kept);
      return;
    }
  g_string_append_printf (text, "<%s", flatline_text_short_name (type));
  if (flatline_text_get_number (self, address, "_cancelled"))
    g_string_append (text, " cancelled");
  if (flatline_text_get (self, address, "_when"))
    {
      g_string_append (text, " when=");
      flatline_text_append_attribute (self, text, address, "_when");
    }
  if (!flatline_text_is_none (self, callback))
    {
      g_string_append_c (text, ' ');
      append_call (self, text, callback, flatline_text_get (self, address, "_args"));
    }
  append_made_at (self, text, flatline_text_get (self, address, "_source_traceback"));
  g_string_append_c (text, '>');
}

void
flatline_library_append_event_loop (FlatlineTextWriter *self,
                                    GString *text,
                                    guint64 address,
                                    const FlatlineTypeInfo *type)
{
  const gboolean runs = !flatline_text_is_none (self, flatline_text_get (self, address, "_thread_id"));

  g_string_append_printf (text, "<%s running=%s closed=%s debug=%s>", flatline_text_short_name (type),
                          runs ? "True" : "False",
                          flatline_text_get_number (self, address, "_closed") ? "True" : "False",
                          flatline_text_get_number (self, address, "_debug") ? "True" : "False");
}

void
flatline_library_append_task_group (FlatlineTextWriter *self,
                                    GString *text,
                                    guint64 address,
                                    const FlatlineTypeInfo *type)
{
  static const char *const lists[][2] = { { "_tasks", " tasks=" }, { "_errors", " errors=" } };

  g_string_append (text, "<TaskGroup");
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      guint64 items = flatline_text_get (self, address, lists[i][0]);
      const FlatlineTypeInfo *items_type = flatline_text_type_of (self, items);
      guint64 n = 0;

      if (items_type && items_type->family == FLATLINE_FAMILY_SET)
        n = flatline_text_read_pointer (self, items + (guint64)self->target->layout.set_used);
      else if (items_type && items_type->family == FLATLINE_FAMILY_LIST)
        n = (guint64)flatline_object_read_size (self->target, items);
      if (n > 0)
        g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, lists[i][1], n);
    }
  g_string_append (text, flatline_text_get_number (self, address, "_aborting")  ? " cancelling>"
                         : flatline_text_get_number (self, address, "_entered") ? " entered>"
                                                                                : ">");
}

/* "<Timeout [active] when=12.5>" */
void
flatline_library_append_asyncio_timeout (FlatlineTextWriter *self,
                                         GString *text,
                                         guint64 address,
                                         const FlatlineTypeInfo *type)
{
  guint64 state = flatline_text_get (self, address, "_state"), when = flatline_text_get (self, address, "_when");
  g_autofree char *name = flatline_text_get_string (self, state, "_name_");
  g_autofree char *word = flatline_text_get_string (self, state, "_value_");

  g_string_append_printf (text, "<Timeout [%s]", word ? word : "?");
  if (g_strcmp0 (name, "ENTERED") == 0)
    {
      g_autoptr (GString) number = g_string_new (NULL);
      g_autofree char *rounded = NULL;

      flatline_text_append_object (self, number, when);
      rounded = g_strdup_printf ("%.3f", g_ascii_strtod (number->str, NULL));
      g_string_append (text, " when=");
      if (flatline_text_is_none (self, when))
        g_string_append (text, "None");
      else
        flatline_literal_append_float (text, g_ascii_strtod (rounded, NULL));
    }
  g_string_append_c (text, '>');
}
