/* SPDX-License-Identifier: MIT */
/*
 * Trio 0.22 and later: the function that runs a loop has a Runner in its variable `runner`, which has the set of all
 * tasks (trio/_core/_run.py). What a task waits for is told by the function of Trio that the program's own code called:
 * its name, and the object that it is of; a lock names the task that owns it, a nursery those that are in it.
 */
#include "flatline-trio-tasks.h"

#include "flatline-attributes.h"
#include "flatline-generators.h"
#include "flatline-sets.h"
#include "flatline-strings.h"
#include "flatline-tasks.h"

#include <string.h>

#define MAX_TASKS    10000
#define MAX_CHILDREN 8

static const char runner_file[] = "trio/_core/_run.py";

static guint64
read_word (FlatlinePythonReading *reading, guint64 address)
{
  guint64 word = 0;

  flatline_memory_read_u64 (reading->target->memory, address, &word);
  return word;
}

static gboolean
is_a (FlatlinePythonReading *reading, guint64 object, const char *full_name)
{
  const FlatlineTypeInfo *type = object ? flatline_type_cache_find_of (reading->types, object) : NULL;

  return type && strcmp (type->full_name, full_name) == 0;
}

/* Named after where programs find it, formerly after where it is made. */
static gboolean
is_task (FlatlinePythonReading *reading, guint64 object)
{
  return is_a (reading, object, "trio.lowlevel.Task") || is_a (reading, object, "trio._core._run.Task");
}

static void
walk_set (FlatlinePythonReading *reading, guint64 set, FlatlineSequenceFunc func, gpointer user_data)
{
  const FlatlineTypeInfo *type = set ? flatline_type_cache_find_of (reading->types, set) : NULL;

  if (type && type->family == FLATLINE_FAMILY_SET)
    flatline_set_foreach (reading->target, set, func, user_data);
}

static char *
dup_name (FlatlinePythonReading *reading, guint64 task)
{
  const guint64 name = flatline_object_get (reading->types, task, "name");

  return name ? flatline_string_dup (reading->target, name, 256) : NULL;
}

/* --- what it waits for --- */

static gboolean
is_of_trio (FlatlineFrame *frame)
{
  return frame->file && strstr (frame->file, "/trio/") != NULL;
}

/* The call of Trio that the program's own code made; of "async with" and "async for" the method that they came to. */
static FlatlineFrame *
find_call (FlatlinePythonReading *reading, FlatlineTask *record)
{
  FlatlineFrame *call = NULL;

  for (guint i = 0; i < flatline_list_length (record->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (record->frames, i);

      if (!is_of_trio (frame))
        break;
      if (!call || !g_str_has_prefix (frame->function, "__")
          || flatline_python_frame_find_local (reading, frame, "self") == 0)
        call = frame;
    }
  return call;
}

typedef struct
{
  FlatlinePythonReading *reading;
  GPtrArray *names;
} Children;

static gboolean
add_child_name (gint64 i, guint64 member, gpointer user_data)
{
  Children *children = user_data;
  char *name = is_task (children->reading, member) ? dup_name (children->reading, member) : NULL;

  if (name)
    g_ptr_array_add (children->names, name);
  return children->names->len <= MAX_CHILDREN;
}

/* "nursery of app.worker, app.other": of its innermost one. NULL: it waits in none. */
static char *
dup_nursery (FlatlinePythonReading *reading, guint64 task)
{
  const guint64 list = flatline_object_get (reading->types, task, "_child_nurseries");
  const gint64 n = list ? flatline_object_read_size (reading->target, list) : 0;
  const guint64 items = n > 0 ? read_word (reading, list + (guint64)reading->target->layout.list_items) : 0;
  const guint64 nursery = items ? read_word (reading, items + (guint64)(n - 1) * 8) : 0;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  Children children = { reading, names };
  g_autoptr (GString) text = NULL;

  if (nursery == 0)
    return NULL;
  walk_set (reading, flatline_object_get (reading->types, nursery, "_children"), add_child_name, &children);
  if (names->len == 0)
    return NULL;
  text = g_string_new ("nursery of ");
  for (guint i = 0; i < MIN (names->len, MAX_CHILDREN); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index (names, i));
  if (names->len > MAX_CHILDREN)
    g_string_append (text, ", …");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
describe_call (FlatlinePythonReading *reading, FlatlineFrame *call, FlatlineTask *record)
{
  const guint64 self = flatline_python_frame_find_local (reading, call, "self");
  const guint64 seconds =
      strcmp (call->function, "sleep") == 0 ? flatline_python_frame_find_local (reading, call, "seconds") : 0;
  const FlatlineTypeInfo *type = self ? flatline_type_cache_find_of (reading->types, self) : NULL;
  const guint64 owner = type ? flatline_object_get (reading->types, self, "_owner") : 0;
  const char *name = type ? strrchr (type->full_name, '.') : NULL;

  record->awaits_address = self;
  if (seconds)
    {
      g_autofree char *text = flatline_object_reader_dup_text (reading->objects, seconds);

      record->awaits = g_strdup_printf ("sleep %s", text ? text : "?");
    }
  else if (type && strcmp (call->function, "wrapper") == 0)
    record->awaits = g_strdup (name ? name + 1 : type->full_name); /* a socket's methods have no names of their own */
  else if (type)
    record->awaits = g_strdup_printf ("%s.%s", name ? name + 1 : type->full_name, call->function);
  else
    record->awaits = g_strdup (call->function);
  if (is_task (reading, owner))
    {
      g_autofree char *owner_name = dup_name (reading, owner);
      char *both = g_strdup_printf ("%s (%s)", record->awaits, owner_name);

      g_free (record->awaits);
      record->awaits = both;
      record->awaits_address = owner;
    }
}

static void
describe_await (FlatlinePythonReading *reading, guint64 task, FlatlineTask *record)
{
  FlatlineFrame *call = find_call (reading, record);

  if (!call)
    return;
  if (strcmp (call->function, "__aexit__") == 0 || strstr (call->function, "_nested_child_finished"))
    record->awaits = dup_nursery (reading, task);
  if (!record->awaits)
    describe_call (reading, call, record);
}

/* --- tasks --- */

typedef struct
{
  guint64 address;
  gint64 number; /* in the order of their making */
} Task;

typedef struct
{
  FlatlinePythonReading *reading;
  GArray *tasks; /* Task */
} Search;

static gboolean
note_task (gint64 i, guint64 member, gpointer user_data)
{
  Search *search = user_data;
  FlatlinePythonReading *reading = search->reading;
  Task task = { .address = member };
  g_autofree char *number = NULL;

  if (!is_task (reading, member))
    return TRUE;
  number = flatline_object_reader_dup_text (reading->objects, flatline_object_get (reading->types, member, "_counter"));
  task.number = number ? g_ascii_strtoll (number, NULL, 10) : 0;
  g_array_append_val (search->tasks, task);
  return search->tasks->len < MAX_TASKS;
}

static gint
compare_tasks (gconstpointer a, gconstpointer b)
{
  const Task *one = a, *other = b;

  return (one->number > other->number) - (one->number < other->number);
}

/* Trio has some tasks of its own, which wait for those of the program. */
static gboolean
is_of_the_program (FlatlineTask *record)
{
  for (guint i = 0; i < flatline_list_length (record->frames); i++)
    if (!is_of_trio (flatline_list_peek (record->frames, i)))
      return TRUE;
  return FALSE;
}

static void
add_task (FlatlinePythonReading *reading, guint64 member, const FlatlineThread *thread)
{
  const guint64 coroutine = flatline_object_get (reading->types, member, "coro");
  const FlatlineTypeInfo *type = coroutine ? flatline_type_cache_find_of (reading->types, coroutine) : NULL;
  g_autoptr (FlatlineTask) record = NULL;
  guint n_frames;

  if (!type || type->family != FLATLINE_FAMILY_GENERATOR)
    return;
  record = g_object_new (FLATLINE_TYPE_TASK, NULL);
  flatline_task_read_frames (reading, coroutine, record);
  n_frames = flatline_list_length (record->frames);
  if (n_frames == 0 || !is_of_the_program (record))
    return;
  record->address = member;
  record->name = dup_name (reading, member);
  record->thread = thread->native_id;
  record->state =
      g_strdup (flatline_task_take_running (reading, record)
                        || strcmp (flatline_generator_read_state (reading->target, coroutine), "running") == 0
                    ? "RUNNING"
                    : "PENDING");
  if (strcmp (record->state, "PENDING") == 0)
    describe_await (reading, member, record);
  flatline_list_append (&reading->snapshot->tasks, g_steal_pointer (&record));
}

/* The Runner of a loop on its stack, 0: none. */
static guint64
find_runner (FlatlinePythonReading *reading, FlatlineThread *thread)
{
  for (guint i = 0; i < flatline_list_length (thread->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);
      const guint64 runner = frame->file && g_str_has_suffix (frame->file, runner_file)
                                 ? flatline_python_frame_find_local (reading, frame, "runner")
                                 : 0;

      if (is_a (reading, runner, "trio._core._run.Runner"))
        return runner;
    }
  return 0;
}

void
flatline_trio_tasks_read (FlatlinePythonReading *reading)
{
  g_autoptr (GArray) tasks = g_array_new (FALSE, TRUE, sizeof (Task));
  Search search = { reading, tasks };

  for (guint i = 0; i < flatline_list_length (reading->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (reading->snapshot->threads, i);
      const guint64 runner = find_runner (reading, thread);

      if (runner == 0)
        continue;
      g_array_set_size (tasks, 0);
      walk_set (reading, flatline_object_get (reading->types, runner, "tasks"), note_task, &search);
      g_array_sort (tasks, compare_tasks);
      for (guint j = 0; j < tasks->len && !flatline_tasks_are_late (reading); j++)
        add_task (reading, g_array_index (tasks, Task, j).address, thread);
    }
}
