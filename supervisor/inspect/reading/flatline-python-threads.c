/* SPDX-License-Identifier: MIT */
/* Thread states to thread records: names, stacks, locks. One walk; whether the target runs is the caller's.
 */
#include "flatline-python-threads.h"

#include "flatline-collectors.h"
#include "flatline-dicts.h"
#include "flatline-strings.h"
#include "flatline-thread-ids.h"
#include "flatline-thread-names.h"

#include <glib/gi18n.h>

#define MAX_HANDLED 64

static void
read_frames (FlatlinePythonReading *reading, const FlatlineStack *stack, FlatlineThread *thread)
{
  const FlatlineFrameState *states = flatline_stacks_get_frames (reading->stacks, stack);
  g_autoptr (GArray) entries = g_array_new (FALSE, TRUE, sizeof (FlatlineEntry));
  g_autoptr (GPtrArray) frames = g_ptr_array_sized_new (stack->n_frames);

  thread->cut = stack->n_frames >= reading->budget->max_frames;
  if (thread->cut)
    flatline_snapshot_add_limit (reading->snapshot, _ ("A stack is deeper than what is shown"));
  else if (!stack->complete)
    thread->incomplete = TRUE;
  flatline_code_cache_expect (reading->codes, states, stack->n_frames);
  for (guint i = 0; i < stack->n_frames; i++)
    {
      FlatlineCode *code = flatline_code_cache_find (reading->codes, states[i].code);
      FlatlineEntry entry;

      if (!code)
        {
          thread->incomplete = TRUE;
          continue;
        }
      g_ptr_array_add (frames, flatline_python_frame_new (reading, &states[i], code));
      entry = (FlatlineEntry){ states[i].is_entry, states[i].shim };
      g_array_append_val (entries, entry);
    }
  thread->frames = flatline_list_new_from (frames);
  if (reading->entries)
    g_hash_table_insert (reading->entries, thread, g_steal_pointer (&entries));
}

/* Who holds what is asked only when some thread sleeps in the kernel as one that waits for a lock does. */
static void
search_locks (FlatlinePythonReading *reading, GPtrArray *threads)
{
  g_autoptr (FlatlineLockSearch) search = NULL;
  gboolean waits = FALSE;

  for (guint i = 0; i < threads->len; i++)
    waits |= g_strcmp0 (((FlatlineThread *)g_ptr_array_index (threads, i))->syscall, "futex") == 0;
  if (!waits || !reading->budget->locks)
    return;
  search = flatline_lock_search_new (reading->target, reading->types, reading->codes);
  for (guint i = 0; i < threads->len; i++)
    {
      const FlatlineStack *stack = &g_array_index (reading->stacks->stacks, FlatlineStack, i);
      g_autoptr (GArray) frames = g_array_new (FALSE, TRUE, sizeof (FlatlineFrameState));

      g_array_append_vals (frames, flatline_stacks_get_frames (reading->stacks, stack), stack->n_frames);
      flatline_lock_search_add_thread (search, g_ptr_array_index (threads, i), frames);
    }
  flatline_lock_search_finish (search, reading->target->pid, &reading->snapshot->locks);
}

/* The record of a thread that the kernel's list already brought, or a new one. */
static FlatlineThread *
find_thread (FlatlinePythonReading *reading, GHashTable *known, gint64 native_id)
{
  FlatlineThread *thread = native_id > 0 ? g_hash_table_lookup (known, &native_id) : NULL;

  if (thread && !thread->is_python)
    return thread;
  thread = g_object_new (FLATLINE_TYPE_THREAD, "native-id", native_id, NULL);
  thread->cpu_percent = -1;
  flatline_list_append (&reading->snapshot->threads, thread);
  return thread;
}

/* The condition that threads sleep on who want the GIL is inside of it. */
static gboolean
sleeps_on_gil (FlatlineTarget *target, const FlatlineThreadState *state, FlatlineThread *thread)
{
  const char *argument = thread->syscall_args ? thread->syscall_args[0] : NULL;
  guint64 address = argument ? g_ascii_strtoull (argument, NULL, 16) : 0;

  return state->gil != 0 && !thread->holds_gil && g_strcmp0 (thread->syscall, "futex") == 0 && address >= state->gil
         && address < state->gil + target->layout.gil_size;
}

/* What sys.exc_info() would give it: generators that run have a place of their own for it, on top of their caller's. */
/*
 * "FileExistsError(17, 'File exists')" does not say of which file. The last fields of an OSError are two file names and
 * a number (CPython: Include/cpython/pyerrors.h, PyOSErrorObject), also in the classes of Python's own that are one.
 */
static char *
dup_exception (FlatlinePythonReading *reading, guint64 exception, const FlatlineTypeInfo *type)
{
  g_autofree char *text = flatline_object_reader_dup_text (reading->objects, exception);
  const char *args = text ? strchr (text, '(') : NULL;
  const FlatlineTypeInfo *name_type;
  g_autofree char *name = NULL;
  guint64 address = 0;

  if (!args || !g_ascii_isdigit (args[1]) || strchr (type->full_name, '.') || type->basic_size < 3 * 8
      || !flatline_memory_read_u64 (reading->target->memory, exception + (guint64)type->basic_size - 3 * 8, &address))
    return g_steal_pointer (&text);
  name_type = address ? flatline_type_cache_find_of (reading->types, address) : NULL;
  if (!name_type || name_type->family != FLATLINE_FAMILY_STR)
    return g_steal_pointer (&text);
  name = flatline_object_reader_dup_text (reading->objects, address);
  return g_strdup_printf ("%s: %s", text, name);
}

static char *
dup_handled (FlatlinePythonReading *reading, const FlatlineThreadState *state)
{
  const FlatlineLayout *layout = &reading->target->layout;
  guint64 item = state->handled;

  for (guint i = 0; item != 0 && i < MAX_HANDLED; i++)
    {
      guint64 value = 0;
      const FlatlineTypeInfo *type;

      if (!flatline_memory_read_u64 (reading->target->memory, item + (guint64)layout->handled_value, &value))
        return NULL;
      type = value != 0 ? flatline_type_cache_find_of (reading->types, value) : NULL;
      if (type && type->family == FLATLINE_FAMILY_EXCEPTION)
        return dup_exception (reading, value, type);
      if (!flatline_memory_read_u64 (reading->target->memory, item + (guint64)layout->handled_previous, &item))
        return NULL;
    }
  return NULL;
}

static void
describe_thread (FlatlinePythonReading *reading,
                 const FlatlineThreadState *state,
                 const FlatlineThreadName *name,
                 FlatlineThread *thread)
{
  thread->pid = reading->target->pid;
  thread->ident = state->ident;
  thread->interpreter = state->interpreter;
  thread->is_python = TRUE;
  thread->is_main = thread->native_id == thread->pid;
  thread->gil = state->gil;
  thread->holds_gil = state->holds_gil;
  thread->keeps_world = state->keeps_world;
  thread->waits_for_gil = sleeps_on_gil (reading->target, state, thread);
  thread->collecting = state->collecting && state->holds_gil;
  g_free (thread->handling);
  thread->handling = dup_handled (reading, state);
  if (name || thread->is_main)
    {
      g_free (thread->name);
      thread->name = g_strdup (name ? name->name : "MainThread");
      thread->is_daemon = name && name->is_daemon;
    }
}

/* A thread that is being started has its state already, with the ids of the thread that starts it: it runs no code. */
static void
forget_unborn (GArray *stacks)
{
  g_autoptr (GHashTable) busy = g_hash_table_new (NULL, NULL); /* idents of those that run code */

  for (guint i = 0; i < stacks->len; i++)
    if (g_array_index (stacks, FlatlineStack, i).n_frames > 0)
      g_hash_table_add (busy, GSIZE_TO_POINTER (g_array_index (stacks, FlatlineStack, i).state.ident));
  for (guint i = stacks->len; i-- > 0;)
    if (g_array_index (stacks, FlatlineStack, i).n_frames == 0
        && g_hash_table_contains (busy, GSIZE_TO_POINTER (g_array_index (stacks, FlatlineStack, i).state.ident)))
      g_array_remove_index (stacks, i);
}

/*
 * A fork by native code, as uWSGI's, leaves the child the states of threads that only its parent has; Python forgets
 * them when it forks itself. Whoever ends just now is no loss either, but for those whom the end of all takes along.
 */
static gboolean
is_gone (const FlatlinePythonReading *reading, GHashTable *known, gint64 native_id)
{
  const FlatlineTarget *target = reading->target;
  g_autofree char *task = NULL;

  if (native_id <= 0 || reading->held || g_hash_table_size (known) == 0 || g_hash_table_contains (known, &native_id))
    return FALSE;
  if (target->is_core)
    return target->core != NULL;
  task = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT, target->pid, native_id);
  return !g_file_test (task, G_FILE_TEST_EXISTS);
}

static gboolean
is_finalizing (FlatlineTarget *target)
{
  guint64 finalizing = 0;

  flatline_memory_read_u64 (target->memory, target->runtime + (guint64)target->layout.runtime_finalizing, &finalizing);
  return finalizing != 0;
}

/*
 * A program that embeds Python calls it now and then: it gave it no command line, as there is none of an interpreter
 * (3.10 and later tell), and its main thread may never have to do with it. Only once it ends Python that is shutdown.
 */
static gboolean
is_embedded (FlatlineTarget *target)
{
  const guint64 arguments = flatline_dict_find_in_sys (target, "orig_argv");

  return arguments != 0 && flatline_object_read_size (target, arguments) == 0;
}

/*
 * What is typed at the prompt, or comes through standard input ("python -"), has no frame that waits for more of it.
 * sys.ps1 is there for the prompt only.
 */
static gboolean
reads_its_code (FlatlineTarget *target)
{
  const guint64 arguments = flatline_dict_find_in_sys (target, "argv");
  guint64 first = 0;
  g_autofree char *script = NULL;

  if (flatline_dict_find_in_sys (target, "ps1") != 0)
    return TRUE;
  if (arguments == 0 || flatline_object_read_size (target, arguments) < 1
      || !flatline_memory_read_u64 (target->memory, arguments + (guint64)target->layout.list_items, &first)
      || !flatline_memory_read_u64 (target->memory, first, &first))
    return FALSE;
  script = flatline_string_dup (target, first, 2);
  return script && (*script == '\0' || strcmp (script, "-") == 0);
}

/*
 * A main thread without Python code is before it, after it or between two pieces of it: `site` has been imported by
 * then, unless -S forbids it.
 * The functions of atexit in C, and what ends libraries, run there.
 */
static void
note_phase (FlatlinePythonReading *reading, const FlatlineStack *stack, const FlatlineThread *thread)
{
  FlatlineTarget *target = reading->target;
  guint64 modules = 0;

  if (!thread->is_main || stack->n_frames > 0 || !stack->complete || reading->snapshot->phase)
    return;
  flatline_memory_read_u64 (target->memory, stack->state.interp + (guint64)target->layout.interp_modules, &modules);
  if (!modules || flatline_dict_find (target, modules, "site") == 0)
    return;
  if (is_finalizing (target))
    reading->snapshot->phase = g_strdup ("shutdown");
  else if (!is_embedded (target))
    reading->snapshot->phase = g_strdup (reads_its_code (target) ? "reading" : "shutdown");
}

void
flatline_python_threads_read (FlatlinePythonReading *reading)
{
  g_autoptr (GHashTable) known = flatline_snapshot_index_threads (reading->snapshot);
  g_autoptr (GPtrArray) threads = g_ptr_array_new (); /* in the order of the stacks */
  g_autoptr (GHashTable) names = NULL;                /* of the interpreter at interp */
  guint64 interp = 0;

  if (reading->entries)
    g_hash_table_remove_all (reading->entries);
  flatline_code_cache_begin (reading->codes);
  flatline_type_cache_clear (reading->types);
  flatline_object_reader_begin (reading->objects, reading->budget, reading->deadline_us);
  flatline_object_reader_set_max_values (reading->objects, reading->max_values);
  flatline_stacks_read (reading->stacks, reading->target, reading->budget->max_frames,
                        reading->moves ? FLATLINE_STACKS_MOVING : FLATLINE_STACKS_HELD);
  forget_unborn (reading->stacks->stacks);
  for (guint i = 0; i < reading->stacks->stacks->len && !g_cancellable_is_cancelled (reading->cancellable); i++)
    {
      const FlatlineStack *stack = &g_array_index (reading->stacks->stacks, FlatlineStack, i);
      const FlatlineThreadState *state = &stack->state;
      FlatlineThreadName *name;
      FlatlineThread *thread;
      gint64 native_id;

      if (state->interp != interp)
        {
          g_clear_pointer (&names, g_hash_table_unref);
          names = flatline_thread_names_read (reading->target, reading->types, state->interp);
          interp = state->interp;
        }
      name = flatline_thread_names_find (names, state->ident);
      native_id = state->native_id ? state->native_id : name ? name->native_id : 0;
      if (is_gone (reading, known, native_id))
        {
          g_array_remove_index (reading->stacks->stacks, i--);
          continue;
        }
      thread = find_thread (reading, known, native_id);
      describe_thread (reading, state, name, thread);
      read_frames (reading, stack, thread);
      note_phase (reading, stack, thread);
      g_ptr_array_add (threads, thread);
    }
  flatline_collectors_find (reading, threads);
  search_locks (reading, threads);
}

void
flatline_python_threads_find_gil_waits (FlatlineTarget *target, FlatlineStacks *stacks, FlatlineSnapshot *snapshot)
{
  g_autoptr (GHashTable) sleepers = g_hash_table_new (NULL, NULL); /* ident -> thread */

  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      if (thread->is_python && g_strcmp0 (thread->syscall, "futex") == 0)
        g_hash_table_insert (sleepers, GSIZE_TO_POINTER (thread->ident), thread);
    }
  for (guint i = 0; i < stacks->stacks->len; i++)
    {
      const FlatlineThreadState *state = &g_array_index (stacks->stacks, FlatlineStack, i).state;
      FlatlineThread *thread = g_hash_table_lookup (sleepers, GSIZE_TO_POINTER (state->ident));

      if (thread)
        thread->waits_for_gil |= sleeps_on_gil (target, state, thread);
    }
}

void
flatline_python_threads_forget (FlatlineSnapshot *snapshot, guint n_threads)
{
  while (flatline_list_length (snapshot->threads) > n_threads)
    g_list_store_remove (snapshot->threads, flatline_list_length (snapshot->threads) - 1);
  for (guint i = 0; i < n_threads; i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      g_clear_object (&thread->frames);
      thread->is_python = thread->incomplete = FALSE;
    }
  g_clear_object (&snapshot->locks);
  g_clear_pointer (&snapshot->phase, g_free);
}
