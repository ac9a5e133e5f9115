/* SPDX-License-Identifier: MIT */
/*
 * asyncio keeps its tasks in weak sets of the module asyncio.tasks and, from 3.14 on, in lists of threads and
 * interpreters; there are also the ones that nothing but themselves knows any more.
 *
 * A coroutine that waits has what it awaits on top of its value stack; so the stack of a task is a walk along those.
 */
#include "flatline-tasks-private.h"

#include "flatline-attributes.h"
#include "flatline-dicts.h"
#include "flatline-generators.h"
#include "flatline-sets.h"
#include "flatline-strings.h"
#include "flatline-value-stack.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_TASKS    10000
#define MAX_DEPTH    1000
#define MAX_WRAPPERS 4
#define MAX_TASK     1024 /* bytes of a Task struct */
#define MAX_NAME     200  /* characters */

#define FLAG_HEAPTYPE (G_GUINT64_CONSTANT (1) << 9) /* Include/object.h */

static guint64
read_word (FlatlinePythonReading *reading, guint64 address)
{
  guint64 word = 0;

  flatline_memory_read_u64 (reading->target->memory, address, &word);
  return word;
}

/* Of the type at @address; asked for millions of objects. */
static int
kind_of_type (FlatlineTaskSearch *search, guint64 address)
{
  int kind = GPOINTER_TO_INT (g_hash_table_lookup (search->is_task, GSIZE_TO_POINTER (address)));

  if (kind == 0)
    {
      kind = (int)flatline_asyncio_find_kind (search->reading->types,
                                              flatline_type_cache_find (search->reading->types, address));
      g_hash_table_insert (search->is_task, GSIZE_TO_POINTER (address), GINT_TO_POINTER (kind));
    }
  return kind;
}

static int
kind_of (FlatlineTaskSearch *search, guint64 object)
{
  guint64 type =
      object % 8 == 0 ? read_word (search->reading, object + search->reading->target->layout.object_type) : 0;

  return type ? kind_of_type (search, type) : FLATLINE_ASYNCIO_OTHER;
}

static void
read_task (FlatlineTaskSearch *search, guint64 address)
{
  FlatlineFoundTask task = { .address = address };

  if (flatline_task_fields_read (search->reading->types, address, &task.fields) && task.fields.coroutine)
    g_array_append_val (search->tasks, task);
}

static void
add_task (FlatlineTaskSearch *search, guint64 object)
{
  if (search->tasks->len < MAX_TASKS && kind_of (search, object) == FLATLINE_ASYNCIO_TASK)
    read_task (search, object);
}

/* Where tasks are known */

static gboolean
add_task_of_set (gint64 i, guint64 object, gpointer user_data)
{
  add_task (user_data, object);
  return TRUE;
}

/* Include/cpython/weakrefobject.h: wr_object comes first. */
static gboolean
add_task_of_weak_set (gint64 i, guint64 reference, gpointer user_data)
{
  FlatlineTaskSearch *search = user_data;

  add_task (search, read_word (search->reading, reference + search->reading->target->layout.object_type + 8));
  return TRUE;
}

/* A set of tasks, or with @weak of weak references to them. */
static void
add_tasks_of_set (FlatlineTaskSearch *search, guint64 set, gboolean weak)
{
  const FlatlineTypeInfo *type = set ? flatline_type_cache_find_of (search->reading->types, set) : NULL;

  if (type && type->family == FLATLINE_FAMILY_SET)
    flatline_set_foreach (search->reading->target, set, weak ? add_task_of_weak_set : add_task_of_set, search);
}

/* Lib/asyncio/tasks.py: a WeakSet of all tasks, whose set is in the attribute data; a set of those that began at once.
 */
static void
add_tasks_of_module (FlatlineTaskSearch *search, guint64 interp)
{
  static const char *const names[] = { "_all_tasks", "_scheduled_tasks", "_eager_tasks" };
  FlatlinePythonReading *reading = search->reading;
  guint64 modules = read_word (reading, interp + reading->target->layout.interp_modules);
  guint64 module = modules ? flatline_dict_find (reading->target, modules, "asyncio.tasks") : 0;
  guint64 dict = module ? read_word (reading, module + reading->target->layout.module_dict) : 0;

  for (guint i = 0; dict != 0 && i < G_N_ELEMENTS (names); i++)
    {
      guint64 object = flatline_dict_find (reading->target, dict, names[i]);
      const FlatlineTypeInfo *type = object ? flatline_type_cache_find_of (reading->types, object) : NULL;
      guint64 data = type && type->family == FLATLINE_FAMILY_INSTANCE
                         ? flatline_attribute_find (reading->target, object, type, "data")
                         : 0;

      add_tasks_of_set (search, data ? data : object, data != 0);
    }
}

/* A circular list whose links are somewhere inside the tasks (Include/internal/pycore_llist.h: next, prev). */
static void
add_tasks_of_list (FlatlineTaskSearch *search, guint64 head)
{
  FlatlinePythonReading *reading = search->reading;
  guint64 link = read_word (reading, head), offset = 0;

  for (guint n = 0; link != 0 && link != head && n < MAX_TASKS && link % 8 == 0; n++)
    {
      if (offset == 0)
        for (offset = reading->target->layout.object_type + 8; offset < MAX_TASK; offset += 8)
          if (kind_of (search, link - offset) == FLATLINE_ASYNCIO_TASK)
            break;
      add_task (search, link - offset);
      link = read_word (reading, link);
    }
}

/* Stacks */

/* What the suspended frame awaits: the topmost object of its value stack (3.15 has an empty slot above); 0 while it
 * runs. */
static guint64
find_awaited (FlatlinePythonReading *reading, const FlatlineFrameState *frame, const FlatlineCode *code)
{
  guint64 object = 0;

  for (gint slot = frame->n_stack - code->n_locals - 1; slot >= 0 && object == 0; slot--)
    object = flatline_value_stack_peek (reading->target, frame, code, slot);
  return object;
}

/* What stands between an await, or a task, and what is awaited: its first field is it. */
static guint64
look_through (FlatlinePythonReading *reading, guint64 object)
{
  const FlatlineLayout *layout = &reading->target->layout;

  for (guint depth = 0; depth < MAX_WRAPPERS; depth++)
    {
      guint64 type = object % 8 == 0 ? read_word (reading, object + layout->object_type) : 0;
      guint64 at = type ? read_word (reading, type + layout->type_name) : 0;
      /* By the bare name: 3.9 never makes some of these types ready. */
      g_autofree char *name = at ? flatline_memory_dup_string (reading->target->memory, at, 64) : NULL;

      /* A class of the program may have the name as well; of those that C makes at run time it has a dot. */
      if (!name || !flatline_asyncio_is_wrapper (name)
          || ((read_word (reading, type + (guint64)layout->type_flags) & FLAG_HEAPTYPE) && !strchr (name, '.')))
        break;
      object = read_word (reading, object + layout->object_var_size);
    }
  return object;
}

/* Before 3.11 codes have no qualified names, but what was made of them has. */
static char *
dup_coroutine_name (FlatlinePythonReading *reading, guint64 coroutine, FlatlineCode *code)
{
  const guint64 place = coroutine + (guint64)reading->target->layout.generator_qualname;
  char *found = code->qualified_name ? g_strdup (code->qualified_name)
                                     : flatline_string_dup (reading->target, read_word (reading, place), MAX_NAME);

  return found ? found : g_strdup (code->name);
}

guint64
flatline_task_read_frames (FlatlinePythonReading *reading, guint64 coroutine, FlatlineTask *record)
{
  g_autoptr (GPtrArray) frames = g_ptr_array_new ();
  /* A task may be of what __anext__() or aclose() of a generator gave. */
  const guint64 first = look_through (reading, coroutine);
  guint64 awaited = first;

  for (guint depth = 0; awaited != 0 && depth < MAX_DEPTH; depth++)
    {
      const FlatlineTypeInfo *type = flatline_type_cache_find_of (reading->types, awaited);
      FlatlineFrameState state;
      FlatlineCode *code;

      if (!type || type->family != FLATLINE_FAMILY_GENERATOR
          || !flatline_generator_read_frame (reading->target, awaited, &state))
        break;
      code = flatline_code_cache_find (reading->codes, state.code);
      if (!code)
        break;
      if (frames->len == 0)
        record->coroutine = dup_coroutine_name (reading, awaited, code);
      g_ptr_array_add (frames, flatline_python_frame_new (reading, &state, code));
      awaited = find_awaited (reading, &state, code);
      awaited = awaited ? look_through (reading, awaited) : 0;
    }
  for (guint i = frames->len; i-- > 0;)
    flatline_list_append (&record->frames, g_ptr_array_index (frames, i));
  return awaited == first ? 0 : awaited;
}

static gint64
find_thread_of (FlatlinePythonReading *reading, guint64 loop)
{
  const FlatlineTypeInfo *type = loop ? flatline_type_cache_find_of (reading->types, loop) : NULL;
  guint64 ident = type ? flatline_attribute_find (reading->target, loop, type, "_thread_id") : 0;
  g_autofree char *text = ident ? flatline_object_reader_dup_text (reading->objects, ident) : NULL;
  guint64 number = text ? g_ascii_strtoull (text, NULL, 10) : 0;

  for (guint i = 0; number != 0 && i < flatline_list_length (reading->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (reading->snapshot->threads, i);

      if (thread->ident == number)
        return thread->native_id;
    }
  return 0;
}

/*
 * A task is running when the outermost frame of its coroutine is on some thread's stack. What it runs is there: a
 * coroutine that runs awaits nothing that would lead on from it.
 */
gboolean
flatline_task_take_running (FlatlinePythonReading *reading, FlatlineTask *record)
{
  guint n_frames = flatline_list_length (record->frames);
  FlatlineFrame *outermost = n_frames > 0 ? flatline_list_peek (record->frames, n_frames - 1) : NULL;

  for (guint i = 0; outermost && i < flatline_list_length (reading->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (reading->snapshot->threads, i);

      for (guint j = 0; j < flatline_list_length (thread->frames); j++)
        if (((FlatlineFrame *)flatline_list_peek (thread->frames, j))->address == outermost->address)
          {
            g_clear_object (&record->frames);
            for (guint k = 0; k <= j; k++)
              flatline_list_append (&record->frames, g_object_ref (flatline_list_peek (thread->frames, k)));
            return TRUE;
          }
    }
  return FALSE;
}

static void
add_record (FlatlineTaskSearch *search, const FlatlineFoundTask *task)
{
  FlatlinePythonReading *reading = search->reading;
  g_autoptr (FlatlineTask) record = g_object_new (FLATLINE_TYPE_TASK, NULL);
  guint64 awaited = flatline_task_read_frames (reading, task->fields.coroutine, record);
  guint n_frames = flatline_list_length (record->frames);

  /* Without a frame the coroutine has come to its end. */
  if (n_frames == 0)
    return;
  record->address = task->address;
  record->name = flatline_task_dup_name (reading, task);
  record->thread = find_thread_of (reading, task->fields.loop);
  record->cancel_requests = task->fields.n_cancel_requests;
  record->state = g_strdup (flatline_task_take_running (reading, record) ? "RUNNING" : "PENDING");
  if (strcmp (record->state, "PENDING") == 0)
    flatline_task_describe_await (search, task, awaited, record);
  flatline_list_append (&reading->snapshot->tasks, g_steal_pointer (&record));
}

gboolean
flatline_tasks_are_late (FlatlinePythonReading *reading)
{
  if (g_get_monotonic_time () < reading->deadline_us + FLATLINE_TASKS_GRACE_US)
    return FALSE;
  flatline_snapshot_add_limit (reading->snapshot, _ ("Not all tasks and greenlets could be read in time"));
  return TRUE;
}

gint
flatline_found_task_compare (gconstpointer a, gconstpointer b)
{
  const FlatlineFoundTask *one = a, *other = b;

  return one->address < other->address ? -1 : one->address > other->address;
}

void
flatline_tasks_read (FlatlinePythonReading *reading)
{
  g_autoptr (GHashTable) is_task = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) interpreters = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) tasks = g_array_new (FALSE, TRUE, sizeof (FlatlineFoundTask));
  g_autoptr (GArray) states = NULL;
  FlatlineTaskSearch search = { reading, is_task, tasks };

  states = flatline_thread_states_read (reading->target, 65536);
  for (guint i = 0; i < states->len; i++)
    {
      const FlatlineLayout *layout = &reading->target->layout;
      FlatlineThreadState *state = &g_array_index (states, FlatlineThreadState, i);
      gboolean is_new = g_hash_table_add (interpreters, GSIZE_TO_POINTER (state->interp));

      if (is_new)
        add_tasks_of_module (&search, state->interp);
      if (is_new && layout->interp_asyncio_tasks >= 0)
        add_tasks_of_list (&search, state->interp + layout->interp_asyncio_tasks);
      if (layout->thread_asyncio_tasks >= 0)
        add_tasks_of_list (&search, state->address + layout->thread_asyncio_tasks);
    }
  g_array_sort (tasks, flatline_found_task_compare);
  for (guint i = 0; i < tasks->len && !flatline_tasks_are_late (reading); i++)
    if (i == 0
        || g_array_index (tasks, FlatlineFoundTask, i).address
               != g_array_index (tasks, FlatlineFoundTask, i - 1).address)
      add_record (&search, &g_array_index (tasks, FlatlineFoundTask, i));
}
