/* SPDX-License-Identifier: MIT */
/*
 * What a task of asyncio waits for, in words: another task by its name, several of them, a call of asyncio's with the
 * object that it is of.
 */
#include "flatline-tasks-private.h"

#include "flatline-attributes.h"
#include "flatline-sets.h"
#include "flatline-strings.h"

#include <string.h>

#define MAX_CHILDREN 8
#define MAX_FUNCTION 256 /* bytes of a function object */

char *
flatline_task_dup_name (FlatlinePythonReading *reading, const FlatlineFoundTask *task)
{
  const FlatlineTypeInfo *type =
      task->fields.name ? flatline_type_cache_find_of (reading->types, task->fields.name) : NULL;
  g_autofree char *number = NULL;

  if (!type)
    return NULL;
  if (type->family == FLATLINE_FAMILY_STR)
    return flatline_string_dup (reading->target, task->fields.name, 256);
  /* 3.12 and later make the usual name only when it is asked for. */
  number = flatline_object_reader_dup_text (reading->objects, task->fields.name);
  return g_strdup_printf ("Task-%s", number);
}

static const FlatlineFoundTask *
find_task (FlatlineTaskSearch *search, guint64 address)
{
  const FlatlineFoundTask key = { .address = address };
  guint i;

  return g_array_binary_search (search->tasks, &key, flatline_found_task_compare, &i)
             ? &g_array_index (search->tasks, FlatlineFoundTask, i)
             : NULL;
}

static void
note_task (GPtrArray *awaited, guint64 address)
{
  g_ptr_array_add (awaited, g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", address));
}

typedef struct
{
  FlatlineTaskSearch *search;
  GPtrArray *awaited;
  GString *names;
} Names;

/* Of futures that are no tasks nothing is known by name. */
static gboolean
append_name (gint64 i, guint64 object, gpointer user_data)
{
  Names *names = user_data;
  const FlatlineFoundTask *task = find_task (names->search, object);
  g_autofree char *name =
      task && names->awaited->len < MAX_CHILDREN ? flatline_task_dup_name (names->search->reading, task) : NULL;

  if (!task || (!name && names->awaited->len < MAX_CHILDREN))
    return TRUE;
  if (name)
    g_string_append_printf (names->names, "%s%s", names->awaited->len > 0 ? ", " : "", name);
  else if (names->awaited->len == MAX_CHILDREN)
    g_string_append (names->names, ", …");
  note_task (names->awaited, object);
  return names->awaited->len < names->search->tasks->len;
}

/* "gather of Task-2, Task-3": @waits, and the tasks that the list or set at @container has; NULL when it has none. */
static char *
dup_several (FlatlineTaskSearch *search, GPtrArray *awaited, const char *waits, guint64 container)
{
  FlatlinePythonReading *reading = search->reading;
  const FlatlineTypeInfo *type = container ? flatline_type_cache_find_of (reading->types, container) : NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  Names names = { search, awaited, text };

  if (type && type->family == FLATLINE_FAMILY_SET)
    flatline_set_foreach (reading->target, container, append_name, &names);
  else if (type)
    flatline_sequence_foreach (reading->target, container, type, 0, append_name, &names);
  return text->len > 0 ? g_strdup_printf ("%s of %s", waits, text->str) : NULL;
}

static gboolean
is_of_shield (FlatlinePythonReading *reading, guint64 object, const FlatlineTypeInfo *type)
{
  g_autofree char *text =
      type->family == FLATLINE_FAMILY_STR ? flatline_string_dup (reading->target, object, 64) : NULL;

  return text && g_str_has_prefix (text, "shield.<locals>.");
}

/* What the free variable @name of a function has: its cell stands in @closure where its name does in @code. 0: none. */
static guint64
find_free_variable (FlatlinePythonReading *reading, guint64 code_object, guint64 closure, const char *name)
{
  const FlatlineLayout *layout = &reading->target->layout;
  const gint64 n_cells = flatline_object_read_size (reading->target, closure);
  FlatlineCode *code = flatline_code_cache_find (reading->codes, code_object);
  guint64 cell = 0, object = 0;
  gint64 n = 0;

  if (!code || !flatline_code_cache_read_names (reading->codes, code))
    return 0;
  for (gint i = 0; i < code->n_locals && n < n_cells && cell == 0; i++)
    {
      if (!(code->kinds[i] & FLATLINE_KIND_FREE))
        continue;
      if (g_strcmp0 (code->names[i], name) == 0)
        flatline_memory_read_u64 (reading->target->memory, closure + (guint64)layout->tuple_items + (guint64)n * 8,
                                  &cell);
      n++;
    }
  if (cell != 0)
    flatline_memory_read_u64 (reading->target->memory, cell + (guint64)layout->cell_value, &object);
  return object;
}

/* A closure has cells, and nothing else. */
static gboolean
is_closure (FlatlinePythonReading *reading, guint64 tuple, const FlatlineTypeInfo *type)
{
  guint64 first = 0;
  const FlatlineTypeInfo *its_type;

  if (type->family != FLATLINE_FAMILY_TUPLE || flatline_object_read_size (reading->target, tuple) < 1)
    return FALSE;
  flatline_memory_read_u64 (reading->target->memory, tuple + (guint64)reading->target->layout.tuple_items, &first);
  its_type = first ? flatline_type_cache_find_of (reading->types, first) : NULL;
  return its_type && its_type->family == FLATLINE_FAMILY_CELL;
}

/*
 * asyncio.shield() makes a future whose first callback, a function within shield(), has the shielded one in its
 * closure. Where functions keep their closure differs from version to version, but it is their only tuple of cells.
 */
static guint64
find_shielded (FlatlinePythonReading *reading, guint64 future)
{
  FlatlineFutureFields fields;
  const FlatlineTypeInfo *type = flatline_future_fields_read (reading->types, future, &fields) && fields.callback
                                     ? flatline_type_cache_find_of (reading->types, fields.callback)
                                     : NULL;
  gboolean is_shield = FALSE;
  guint64 code = 0, closure = 0;

  if (!type || type->family != FLATLINE_FAMILY_FUNCTION)
    return 0;
  for (gint64 at = reading->target->layout.object_type + 8; at + 8 <= MIN (type->basic_size, MAX_FUNCTION); at += 8)
    {
      guint64 object = 0;
      const FlatlineTypeInfo *its_type;

      flatline_memory_read_u64 (reading->target->memory, fields.callback + (guint64)at, &object);
      its_type = object > 4096 && object % 8 == 0 ? flatline_type_cache_find_of (reading->types, object) : NULL;
      if (!its_type)
        continue;
      is_shield |= is_of_shield (reading, object, its_type);
      if (its_type->family == FLATLINE_FAMILY_CODE && code == 0)
        code = object;
      if (closure == 0 && is_closure (reading, object, its_type))
        closure = object;
    }
  return is_shield && code && closure ? find_free_variable (reading, code, closure, "inner") : 0;
}

/* "Task-2", "shield of Task-2"; NULL: a future that nothing is known of. @object becomes what is shielded. */
static char *
dup_future (FlatlineTaskSearch *search, GPtrArray *awaited, guint64 *object)
{
  const FlatlineFoundTask *task = find_task (search, *object);
  guint64 shielded = task ? 0 : find_shielded (search->reading, *object);
  g_autofree char *name = NULL;

  if (shielded != 0)
    task = find_task (search, *object = shielded);
  if (task)
    note_task (awaited, task->address);
  name = task ? flatline_task_dup_name (search->reading, task) : NULL;
  if (shielded == 0)
    return g_steal_pointer (&name);
  return name ? g_strdup_printf ("shield of %s", name) : g_strdup ("shield");
}

static guint64
get_attribute (FlatlinePythonReading *reading, guint64 object, const char *name)
{
  return object ? flatline_object_get (reading->types, object, name) : 0;
}

/*
 * What a function of asyncio waits for, which its variables tell and the future that it made for that does not:
 * "sleep 3", "TaskGroup of Task-2, Task-3", "Queue.get". NULL: it is none of asyncio's.
 */
static char *
dup_call (FlatlineTaskSearch *search, GPtrArray *awaited, FlatlineTask *record)
{
  FlatlineFrame *innermost = flatline_list_peek (record->frames, 0);
  const char *file = innermost ? strstr (innermost->file ? innermost->file : "", "asyncio/") : NULL;
  const guint64 self = file ? flatline_python_frame_find_local (search->reading, innermost, "self") : 0;
  guint64 local;

  if (!file)
    return NULL;
  if (strcmp (file, "asyncio/taskgroups.py") == 0)
    return dup_several (search, awaited, "TaskGroup", get_attribute (search->reading, self, "_tasks"));
  if (strcmp (file, "asyncio/locks.py") == 0 || strcmp (file, "asyncio/queues.py") == 0)
    {
      const FlatlineTypeInfo *type = self ? flatline_type_cache_find_of (search->reading->types, self) : NULL;

      return type ? g_strdup_printf ("%s.%s", type->name, innermost->function) : NULL;
    }
  if (strcmp (file, "asyncio/staggered.py") == 0)
    return dup_several (search, awaited, "staggered_race",
                        flatline_python_frame_find_local (search->reading, innermost, "running_tasks"));
  if (strcmp (file, "asyncio/tasks.py") != 0)
    return NULL;
  if (strcmp (innermost->function, "sleep") == 0)
    {
      g_autofree char *delay = NULL;

      local = flatline_python_frame_find_local (search->reading, innermost, "delay");
      delay = local ? flatline_object_reader_dup_text (search->reading->objects, local) : NULL;
      return delay ? g_strdup_printf ("sleep %s", delay) : g_strdup ("sleep");
    }
  if (strcmp (innermost->function, "_wait") == 0)
    return dup_several (search, awaited, "wait", flatline_python_frame_find_local (search->reading, innermost, "fs"));
  if (strcmp (innermost->function, "wait_for") == 0
      && (local = flatline_python_frame_find_local (search->reading, innermost, "fut")) != 0)
    {
      g_autofree char *name = dup_future (search, awaited, &local);

      return name ? g_strdup_printf ("wait_for of %s", name) : NULL;
    }
  return NULL;
}

/* The function of asyncio.as_completed() that waits in a queue for the next one; 3.13 and later know those to come. */
static char *
dup_as_completed (FlatlineTaskSearch *search, GPtrArray *awaited, FlatlineTask *record)
{
  for (guint i = 0; i < flatline_list_length (record->frames) && i < 3; i++)
    {
      FlatlineFrame *frame = flatline_list_peek (record->frames, i);
      guint64 self;
      char *several;

      if (!frame->file || !g_str_has_suffix (frame->file, "asyncio/tasks.py")
          || strcmp (frame->function, "_wait_for_one") != 0)
        continue;
      self = flatline_python_frame_find_local (search->reading, frame, "self");
      several = dup_several (search, awaited, "as_completed", get_attribute (search->reading, self, "_todo"));
      return several ? several : g_strdup ("as_completed");
    }
  return NULL;
}

void
flatline_task_describe_await (FlatlineTaskSearch *search,
                              const FlatlineFoundTask *task,
                              guint64 awaited,
                              FlatlineTask *record)
{
  FlatlinePythonReading *reading = search->reading;
  guint64 object = task->fields.waiter ? task->fields.waiter : awaited;
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_null_terminated (4, g_free, TRUE);
  const FlatlineTypeInfo *type = object ? flatline_type_cache_find_of (reading->types, object) : NULL;

  if (!type || type->family == FLATLINE_FAMILY_NONE)
    return;
  record->awaits = dup_as_completed (search, tasks, record);
  if (!record->awaits && !find_task (search, object) && flatline_list_length (record->frames) > 0)
    record->awaits = dup_call (search, tasks, record);
  if (!record->awaits)
    record->awaits = dup_future (search, tasks, &object);
  record->awaits_address = object;
  /* The future that stands for several keeps them in a list. */
  if (!record->awaits && type->family == FLATLINE_FAMILY_INSTANCE)
    record->awaits =
        dup_several (search, tasks, "gather", flatline_attribute_find (reading->target, object, type, "_children"));
  if (!record->awaits)
    record->awaits = g_strdup_printf ("%s at 0x%" G_GINT64_MODIFIER "x", type->name, object);
  if (tasks->len > 0)
    record->awaits_tasks = (char **)g_ptr_array_free (g_steal_pointer (&tasks), FALSE);
}
