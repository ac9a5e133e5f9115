/* SPDX-License-Identifier: MIT */
/*
 * Garbage collections that call back into Python.
 *
 * From 3.15 on the collector says which frame called it. Before, only its lists tell: they go through the heads that
 * lie before the objects (CPython: Python/gc.c, Modules/gcmodule.c). What it has called __del__ of is the last of a
 * list whose own head is a variable of the collector, on the C stack; the weak reference whose callback runs is the
 * first of one.
 */
#include "flatline-collectors.h"

#include "flatline-value-stack.h"

#define HEAD_SIZE   16
#define HEAD_FLAGS  G_GUINT64_CONSTANT (3) /* in the lowest bits of both links */
#define MAX_CALLERS 2                      /* variables that may have the object: a callback may be a method */

static guint64
read_link (FlatlineTarget *target, guint64 address)
{
  guint64 link = 0;

  flatline_memory_read_u64 (target->memory, address, &link);
  return link & ~HEAD_FLAGS;
}

/* A count of references has the lower half of its 64 bits and flags in the uppermost 16: what lies there is no address.
 */
static gboolean
is_object (FlatlinePythonReading *reading, guint64 address)
{
  FlatlineTarget *target = reading->target;
  guint64 count = 0, type = 0;

  flatline_memory_read_u64 (target->memory, address, &count);
  flatline_memory_read_u64 (target->memory, address + (guint64)target->layout.object_type, &type);
  return (count >> 32 & 0xffff) == 0 && type >= 4096 && type % 8 == 0
         && flatline_type_cache_find_of (reading->types, address);
}

/* The head of a list that is neither an object's nor of the interpreter's generations. */
static gboolean
is_variable (FlatlinePythonReading *reading, const FlatlineThreadState *thread, guint64 head)
{
  return head != 0 && head - thread->interp >= (guint64)reading->target->layout.interp_size
         && !is_object (reading, head + HEAD_SIZE);
}

static gboolean
is_in_hand (FlatlinePythonReading *reading, const FlatlineThreadState *thread, guint64 object)
{
  FlatlineTarget *target = reading->target;
  const guint64 own = object - HEAD_SIZE;
  guint64 next, previous;

  if (object == 0 || object % 8 != 0)
    return FALSE;
  next = read_link (target, own);
  previous = read_link (target, own + 8);
  return (is_variable (reading, thread, next) && read_link (target, next + 8) == own)
         || (is_variable (reading, thread, previous) && read_link (target, previous) == own);
}

/* 0: it is none's. Up to 3.10 the frame object has it before its last instruction (f_gen, f_lasti). */
static guint64
find_generator (FlatlineTarget *target, const FlatlineFrameState *frame)
{
  const FlatlineLayout *layout = &target->layout;
  guint64 generator = 0;

  if (layout->frame_is_object)
    flatline_memory_read_u64 (target->memory, frame->address + (guint64)layout->frame_lasti - 8, &generator);
  else if (frame->owner == layout->frame_owner_generator)
    generator = frame->address - (guint64)layout->generator_frame;
  return generator;
}

/* A generator that was left where it stood is ended by its own frame; all else has its object as an argument. */
static gboolean
was_called_by_lists (FlatlinePythonReading *reading, const FlatlineThreadState *thread, const FlatlineFrameState *frame)
{
  const guint64 generator = find_generator (reading->target, frame);
  FlatlineCode *code;

  if (generator != 0)
    return is_in_hand (reading, thread, generator);
  code = flatline_code_cache_find (reading->codes, frame->code);
  if (!code || !flatline_code_cache_read_names (reading->codes, code))
    return FALSE;
  for (gint i = 0; i < code->n_locals; i++)
    {
      guint64 object = 0;

      /* Up to 3.10 an argument that inner functions use is not in its own place, but among the cells. */
      if ((i < MIN (code->n_arguments, MAX_CALLERS) || (code->kinds[i] & FLATLINE_KIND_CELL))
          && flatline_frame_read_local (reading->target, reading->types, frame, code, i, &object)
          && is_in_hand (reading, thread, object))
        return TRUE;
    }
  return FALSE;
}

/*
 * Whether the thread with @stack is seen to run the collection that its interpreter is in. @called becomes the address
 * of the frame that the collection called, 0: none. FALSE: nothing tells, which is no proof that it does not.
 */
static gboolean
runs_collection (FlatlinePythonReading *reading, const FlatlineStack *stack, guint64 *called)
{
  FlatlineTarget *target = reading->target;
  const FlatlineLayout *layout = &target->layout;
  const FlatlineFrameState *frames = flatline_stacks_get_frames (reading->stacks, stack);
  guint64 caller = 0;

  *called = 0;
  if (!stack->state.collecting)
    return FALSE;
  if (layout->gc_frame >= 0)
    flatline_memory_read_u64 (target->memory,
                              stack->state.interp + (guint64)layout->interp_gc + (guint64)layout->gc_frame, &caller);
  for (guint i = 0; i < stack->n_frames; i++)
    {
      if (layout->gc_frame >= 0 && frames[i].address == caller)
        return TRUE;
      *called = frames[i].address;
      if (layout->gc_frame < 0 && !layout->free_threaded && frames[i].is_entry
          && was_called_by_lists (reading, &stack->state, &frames[i]))
        return TRUE;
    }
  *called = 0;
  return FALSE;
}

void
flatline_collectors_find (FlatlinePythonReading *reading, GPtrArray *threads)
{
  for (guint i = 0; i < threads->len; i++)
    {
      const FlatlineStack *stack = &g_array_index (reading->stacks->stacks, FlatlineStack, i);
      FlatlineThread *collector = g_ptr_array_index (threads, i);
      guint64 called = 0;

      if (!runs_collection (reading, stack, &called))
        continue;
      for (guint n = 0; n < threads->len; n++)
        if (g_array_index (reading->stacks->stacks, FlatlineStack, n).state.interp == stack->state.interp)
          ((FlatlineThread *)g_ptr_array_index (threads, n))->collecting = n == i;
      for (guint n = 0; n < flatline_list_length (collector->frames); n++)
        {
          FlatlineFrame *frame = flatline_list_peek (collector->frames, n);

          frame->collected = called != 0 && frame->address == called;
        }
    }
}
