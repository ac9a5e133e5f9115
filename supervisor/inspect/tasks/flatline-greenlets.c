/* SPDX-License-Identifier: MIT */
/*
 * Nobody keeps a list of greenlets but the garbage collector, whose lists have all objects that may hold others. What
 * is where in a greenlet differs with its version, and is found by what it is: the first word that points to a frame
 * object is the innermost frame. From 3.12 on some of the frames behind it lie on the C stack, which a greenlet that is
 * switched out has copied away in part: four words tell from where to where it went, where the copy is, and how long.
 */
#include "flatline-greenlets.h"

#include "flatline-dicts.h"
#include "flatline-stack-walk.h"
#include "flatline-tasks.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_GREENLETS   10000
#define MAX_OBJECTS     (4 * 1024 * 1024)
#define LOOKS_AT_CLOCK  4096
#define MAX_WORDS       32 /* of a greenlet, or of the struct behind it, that are looked at */
#define MAX_STACK_BYTES (G_GUINT64_CONSTANT (64) * 1024 * 1024)
#define GC_HEAD_BYTES   16
#define GC_FLAGS        G_GUINT64_CONSTANT (3)

/* Since 2.0 a greenlet is head, weak references, dict, and a pointer to all else. */
#define SHORT_GREENLET_BYTES 40

typedef struct
{
  FlatlinePythonReading *reading;
  guint64 type;            /* greenlet.greenlet */
  GHashTable *is_greenlet; /* type -> 1 no, 2 yes */
  GPtrArray *found;        /* addresses */
  guint n_objects;
  gboolean is_cut_short;
} Search;

/* Where the C stack of a greenlet was, and where a copy of its lower end is. */
typedef struct
{
  guint64 start, stop, copy, saved;
} CStack;

static guint64
read_word (FlatlinePythonReading *reading, guint64 address)
{
  guint64 word = 0;

  flatline_memory_read_u64 (reading->target->memory, address, &word);
  return word;
}

/* --- all of them --- */

static gboolean
is_greenlet_type (Search *search, guint64 address)
{
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (search->is_greenlet, GSIZE_TO_POINTER (address)));

  if (known == 0)
    {
      const FlatlineTypeInfo *type = flatline_type_cache_find (search->reading->types, address);

      known = 1;
      for (guint depth = 0; type && depth < 64 && known == 1; depth++)
        {
          if (type->address == search->type)
            known = 2;
          type = type->base ? flatline_type_cache_find (search->reading->types, type->base) : NULL;
        }
      g_hash_table_insert (search->is_greenlet, GSIZE_TO_POINTER (address), GUINT_TO_POINTER (known));
    }
  return known == 2;
}

static gboolean
is_time_up (Search *search)
{
  if (search->n_objects++ % LOOKS_AT_CLOCK == 0)
    search->is_cut_short |= g_get_monotonic_time () > search->reading->deadline_us + FLATLINE_TASKS_GRACE_US;
  return search->is_cut_short || search->n_objects > MAX_OBJECTS || search->found->len >= MAX_GREENLETS;
}

/* Include/internal/pycore_gc.h: next, prev, both with flags in the lowest bits; the object comes behind. */
static void
search_list (Search *search, guint64 head)
{
  const guint64 object_type = (guint64)search->reading->target->layout.object_type;
  guint64 link = read_word (search->reading, head) & ~GC_FLAGS;

  while (link != 0 && link != head && !is_time_up (search))
    {
      const guint64 object = link + GC_HEAD_BYTES;
      const guint64 type = read_word (search->reading, object + object_type);

      if (type != 0 && is_greenlet_type (search, type))
        g_ptr_array_add (search->found, GSIZE_TO_POINTER (object));
      link = read_word (search->reading, link) & ~GC_FLAGS;
    }
}

/* A list of the collector is a word that leads round to itself, in both directions. */
static gboolean
is_list (FlatlinePythonReading *reading, guint64 head)
{
  const guint64 next = read_word (reading, head) & ~GC_FLAGS;
  const guint64 previous = read_word (reading, head + 8) & ~GC_FLAGS;

  return next != 0 && next != head && previous != 0 && (read_word (reading, next + 8) & ~GC_FLAGS) == head
         && (read_word (reading, previous) & ~GC_FLAGS) == head;
}

static guint64
find_greenlet_type (FlatlinePythonReading *reading, guint64 interp)
{
  static const char *const names[] = { "greenlet._greenlet", "greenlet" };
  const FlatlineLayout *layout = &reading->target->layout;
  const guint64 modules = read_word (reading, interp + (guint64)layout->interp_modules);

  for (guint i = 0; modules != 0 && i < G_N_ELEMENTS (names); i++)
    {
      const guint64 module = flatline_dict_find (reading->target, modules, names[i]);
      const guint64 dict = module ? read_word (reading, module + (guint64)layout->module_dict) : 0;
      const guint64 found = dict ? flatline_dict_find (reading->target, dict, "greenlet") : 0;

      if (found != 0 && flatline_type_cache_find (reading->types, found))
        return found;
    }
  return 0;
}

/* --- one --- */

/* Where the words are that tell its frame and its stack. */
static guint64
find_words (Search *search, guint64 greenlet)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find (search->reading->types, search->type);

  return type && type->basic_size == SHORT_GREENLET_BYTES
             ? read_word (search->reading, greenlet + SHORT_GREENLET_BYTES - sizeof (guint64))
             : greenlet;
}

static gboolean
is_c_stack (const guint64 *words, CStack *stack)
{
  *stack = (CStack){ words[0], words[1], words[2], words[3] };
  return stack->start != 0 && stack->stop > stack->start && stack->saved > 0 && stack->saved <= MAX_STACK_BYTES
         && stack->saved <= stack->stop - stack->start && stack->copy != 0 && stack->copy - stack->start > stack->saved
         && stack->start - stack->copy > stack->saved;
}

/* The innermost frame, 0: it is not switched out; @stack stays zero when nothing was copied away. */
static guint64
find_frame (Search *search, guint64 greenlet, CStack *stack)
{
  FlatlinePythonReading *reading = search->reading;
  const guint64 at = find_words (search, greenlet);
  guint64 words[MAX_WORDS];
  guint64 frame = 0;

  *stack = (CStack){ 0 };
  if (at == 0 || !flatline_memory_read (reading->target->memory, at, words, sizeof words))
    return 0;
  for (guint i = 0; i < MAX_WORDS && frame == 0; i++)
    {
      const FlatlineTypeInfo *type =
          words[i] > 4096 && words[i] % 8 == 0 ? flatline_type_cache_find_of (reading->types, words[i]) : NULL;
      CStack candidate;

      if (type && strcmp (type->full_name, "frame") == 0)
        frame = words[i];
      else if (stack->saved == 0 && i + 4 <= MAX_WORDS && is_c_stack (words + i, &candidate))
        *stack = candidate;
    }
  if (frame != 0 && !reading->target->layout.frame_is_object)
    frame = read_word (reading, frame + (guint64)reading->target->layout.frame_object_frame);
  return frame;
}

static guint64
find_now (const CStack *stack, guint64 address)
{
  return address - stack->start < stack->saved ? stack->copy + (address - stack->start) : address;
}

/* Appends its frames, innermost first. */
static void
read_frames (Search *search, guint64 frame, const CStack *stack, FlatlineTask *record)
{
  FlatlinePythonReading *reading = search->reading;

  for (guint n = 0; frame != 0 && frame % 8 == 0 && n < reading->budget->max_frames; n++)
    {
      FlatlineFrameState state;
      FlatlineCode *code;
      guint64 previous;

      if (!flatline_frame_state_read (reading->target, find_now (stack, frame), &state, &previous))
        return;
      code = state.code != 0 && state.owner < reading->target->layout.frame_owner_shim
                 ? flatline_code_cache_find (reading->codes, state.code)
                 : NULL;
      if (code)
        flatline_list_append (&record->frames, flatline_python_frame_new (reading, &state, code));
      if (previous == frame)
        return;
      frame = previous;
    }
}

/* What of gevent or eventlet was called by the program's own code, which is further out. */
static char *
dup_call_of_loop (FlatlineTask *record)
{
  FlatlineFrame *call = NULL;

  for (guint i = 0; i < flatline_list_length (record->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (record->frames, i);

      if (!frame->file || !(strstr (frame->file, "/gevent/") || strstr (frame->file, "/eventlet/")))
        break;
      call = frame;
    }
  if (call && strcmp (call->function, "sleep") == 0)
    for (guint i = 0; i < flatline_list_length (call->locals); i++)
      {
        FlatlineValue *local = flatline_list_peek (call->locals, i);

        if (g_strcmp0 (local->name, "seconds") == 0)
          return g_strdup_printf ("sleep %s", local->text);
      }
  return call ? g_strdup (call->qualified_name) : NULL;
}

/* The only one that there is; which of several ran it is not told. */
static gint64
find_thread (FlatlineSnapshot *snapshot)
{
  gint64 found = 0;

  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      const FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      if (thread->is_python && found != 0)
        return 0;
      if (thread->is_python)
        found = thread->native_id;
    }
  return found;
}

static void
add_greenlet (Search *search, guint64 greenlet, gint64 thread)
{
  FlatlinePythonReading *reading = search->reading;
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (reading->types, greenlet);
  CStack stack;
  const guint64 frame = type ? find_frame (search, greenlet, &stack) : 0;
  g_autoptr (FlatlineTask) record = NULL;
  const FlatlineFrame *outermost;
  const char *name;

  if (frame == 0)
    return;
  record = g_object_new (FLATLINE_TYPE_TASK, NULL);
  read_frames (search, frame, &stack, record);
  if (flatline_list_length (record->frames) == 0)
    return;
  outermost = flatline_list_peek (record->frames, flatline_list_length (record->frames) - 1);
  name = strrchr (type->full_name, '.');
  record->address = greenlet;
  record->name = g_strdup_printf ("%s at 0x%" G_GINT64_MODIFIER "x", name ? name + 1 : type->full_name, greenlet);
  record->coroutine = g_strdup (outermost->qualified_name);
  record->state = g_strdup ("PENDING");
  record->awaits = dup_call_of_loop (record);
  record->thread = thread;
  flatline_list_append (&reading->snapshot->tasks, g_steal_pointer (&record));
}

/* --- all interpreters --- */

static void
read_interpreter (FlatlinePythonReading *reading, guint64 interp)
{
  const FlatlineLayout *layout = &reading->target->layout;
  g_autoptr (GHashTable) is_greenlet = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  Search search = { reading, find_greenlet_type (reading, interp), is_greenlet, found, 0, FALSE };
  const guint64 gc = interp + (guint64)layout->interp_gc;
  const gint64 thread = find_thread (reading->snapshot);

  if (search.type == 0)
    return;
  /* Debian's 3.13 aligns them to four bytes only. */
  for (gint32 offset = 0; offset + 16 <= layout->gc_collecting; offset += 4)
    if (is_list (reading, gc + (guint64)offset))
      search_list (&search, gc + (guint64)offset);
  for (guint i = 0; i < found->len && g_get_monotonic_time () < reading->deadline_us + FLATLINE_TASKS_GRACE_US; i++)
    add_greenlet (&search, GPOINTER_TO_SIZE (g_ptr_array_index (found, i)), thread);
  if (search.is_cut_short || search.n_objects > MAX_OBJECTS
      || g_get_monotonic_time () >= reading->deadline_us + FLATLINE_TASKS_GRACE_US)
    flatline_snapshot_add_limit (reading->snapshot, _ ("Not all tasks and greenlets could be read in time"));
}

void
flatline_greenlets_read (FlatlinePythonReading *reading)
{
  g_autoptr (GHashTable) interpreters = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) states = NULL;

  /* There the collector has no lists. */
  if (reading->target->layout.free_threaded)
    return;
  states = flatline_thread_states_read (reading->target, 65536);
  for (guint i = 0; i < states->len; i++)
    {
      const guint64 interp = g_array_index (states, FlatlineThreadState, i).interp;

      if (g_hash_table_add (interpreters, GSIZE_TO_POINTER (interp)))
        read_interpreter (reading, interp);
    }
}
